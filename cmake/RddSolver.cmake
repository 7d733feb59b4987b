# rdd_add_solver(TARGET MODEL.rdd [SOLVE NAME] [NAME CLASS] [SET NAME=VALUE ...])
#
# Compiles the solve blocks of a model into a target, as C++ classes: while building, `rdd` writes a header and a source,
# again whenever the model or a file it reads has changed, and a mistake in the model stops the build with rdd's own
# words. The header is named after the model's file, and holds a namespace of the model's name with a class for each
# block:
#
#   rdd_add_solver(app crowdion.rdd)      #include "crowdion.hpp"         crowdion::relax
#   … SOLVE relax                         #include "crowdion_relax.hpp"   only this block
#   … SOLVE relax NAME Walk               #include "Walk.hpp"             crowdion::Walk
#   … SET "T=700 K" "nu=3 THz"            with other values for the model's parameters
#
# docs/embedding.md shows such a class at work.
cmake_policy(PUSH)
cmake_policy(VERSION 3.25)

function(rdd_add_solver target model)
  cmake_parse_arguments(arg "" "SOLVE;NAME" "SET" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "rdd_add_solver: not understood: ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}; "
                        "it is written rdd_add_solver(TARGET MODEL.rdd [SOLVE NAME] [NAME CLASS] [SET NAME=VALUE ...])")
  endif()
  get_filename_component(model "${model}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  get_filename_component(name "${model}" NAME_WE)
  set(options --emit=class)
  if(arg_SOLVE)
    string(APPEND name "_${arg_SOLVE}")
    list(APPEND options --solve "${arg_SOLVE}")
  endif()
  if(arg_NAME)
    set(name "${arg_NAME}")
    list(APPEND options --name "${arg_NAME}")
  endif()
  foreach(setting ${arg_SET})
    list(APPEND options --set "${setting}")
  endforeach()

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/rdd/${target}")
  set(base "${folder}/${name}")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${base}.hpp" "${base}.cpp"
    COMMAND rdd::command emit "${model}" ${options} -o "${base}" --depfile "${base}.d"
    DEPENDS "${model}" "$<TARGET_FILE:rdd::command>"
    DEPFILE "${base}.d"
    COMMENT "Compiling the model ${name}"
    VERBATIM)
  target_sources(${target} PRIVATE "${base}.hpp" "${base}.cpp")
  target_include_directories(${target} PRIVATE "${folder}")
  target_link_libraries(${target} PRIVATE rdd::program)
  # Optimised whatever the build type, and rounded as `rdd run` rounds: the results are the same to the bit.
  set_source_files_properties("${base}.cpp" PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=off;-fno-builtin")
endfunction()

cmake_policy(POP)
