# rdd_module(NAME EXPORT SET SOURCES ... [PUBLIC ...] [PRIVATE ...]): one library of the project, as the target rdd::NAME.
# Its headers are included by their path from the project's root: #include "runtime/spectrum/bloch.hpp".
#
# EXPORT runtime or language: the part of the installed package it belongs to (cmake/rdd-config.cmake.in). What a library
# needs for its own compilation alone, headers without a library, goes as $<BUILD_INTERFACE:...>: who installs rdd need
# not have it.
function(rdd_warnings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -ffp-contract=off)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # false alarms in std::string (GCC bug 105651)
  endif()
  if(RDD_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(RDD_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${RDD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${RDD_SANITIZE})
  endif()
endfunction()

function(rdd_module name)
  cmake_parse_arguments(arg "" "EXPORT" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(rdd_${name} STATIC ${arg_SOURCES})
  add_library(rdd::${name} ALIAS rdd_${name})
  set_target_properties(rdd_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  rdd_warnings(rdd_${name})
  target_include_directories(rdd_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/rdd>)
  target_link_libraries(rdd_${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  install(TARGETS rdd_${name} EXPORT rdd-${arg_EXPORT} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# rdd_embed(FUNCTION ROOT PATTERN...): the files below ROOT, in any folder, whose names match, built into the program.
# Writes FUNCTION.cpp into the current binary directory; it defines FUNCTION, which lang/embedded.hpp declares.
function(rdd_embed function root)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${root}/ OUTPUT_VARIABLE globs)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${globs})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedTexts.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DFUNCTION=${function} -DROOT=${root} "-DPATTERNS=${patterns}" -DOUTPUT=${output} -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Embedding ${root}"
    VERBATIM)
endfunction()
