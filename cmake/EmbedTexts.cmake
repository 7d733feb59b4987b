# Writes files into one C++ source, which defines a function of lang/embedded.hpp:
#   cmake -DFUNCTION=library_files -DROOT=stdlib -DPATTERNS=*.rdd -DOUTPUT=library_files.cpp -P EmbedTexts.cmake
# Names are relative to ROOT: stdlib/lattices/bcc.rdd becomes {"lattices/bcc.rdd", "…"}.
list(TRANSFORM PATTERNS PREPEND ${ROOT}/)
file(GLOB_RECURSE files RELATIVE ${ROOT} ${PATTERNS})
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ ${ROOT}/${file} text)
  string(APPEND entries "    {\"${file}\", R\"rdd_text(${text})rdd_text\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "// Written by cmake/EmbedTexts.cmake ; changes belong into the files themselves.
#include \"lang/embedded.hpp\"

namespace rdd {

namespace {
constexpr EmbeddedFile files[] = {
${entries}};
}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() {
  return files;
}

}  // namespace rdd
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUTPUT}.new)
