// Source -> ast::File, without a trace of Spirit.
#pragma once

#include <optional>
#include <string>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"

namespace rdd {

/// Reads a whole file as text. nullptr with a diagnostic (no such file, a directory, not UTF-8, binary, too large).
SourcePtr read_source(const std::string& path, Diagnostics& diagnostics);

/// nullopt where nothing could be made of the text. May return a file together with errors: the parser resumes at the
/// next statement, so that one run shows every mistake.
std::optional<ast::File> parse(const SourcePtr& source, Diagnostics& diagnostics);

}  // namespace rdd
