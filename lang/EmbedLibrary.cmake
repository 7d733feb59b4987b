# Writes the .rdd files of stdlib/ into one C++ source: cmake -DROOT=stdlib -DOUTPUT=library_texts.cpp -P EmbedLibrary.cmake
# stdlib/lattices/bcc.rdd becomes the module std.lattices.bcc.
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/*.rdd)
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} text)
  string(REGEX REPLACE "\\.rdd$" "" module ${file})
  string(REPLACE "/" "." module ${module})
  string(APPEND entries "    {\"std.${module}\", R\"rdd_text(${text})rdd_text\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Written by lang/EmbedLibrary.cmake from stdlib/; changes belong there.
#include \"lang/library.hpp\"

#include <algorithm>

namespace rdd {

namespace {
struct Module {
  std::string_view name;
  std::string_view text;
};
constexpr Module modules[] = {
${entries}};
}  // namespace

std::optional<std::string_view> library_text(std::string_view name) {
  const auto found = std::find_if(std::begin(modules), std::end(modules), [&](const Module& m) { return m.name == name; });
  if (found == std::end(modules)) return std::nullopt;
  return found->text;
}

std::vector<std::string> library_modules() {
  std::vector<std::string> names;
  for (const Module& m : modules) names.emplace_back(m.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rdd
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUTPUT}.new)
