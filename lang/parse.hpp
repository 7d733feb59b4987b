// Source -> ast::File, without a trace of Spirit.
#pragma once

#include <optional>
#include <string>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"

namespace rdd {

/// Reads a whole file as text. nullptr with a diagnostic (no such file, a directory, not UTF-8, binary, too large).
/// `asked` is the place that asks for the file, where there is one; `name` is what diagnostics call it (the path if
/// empty).
SourcePtr read_source(const std::string& path, Diagnostics& diagnostics, const Span& asked = {}, std::string name = {});

/// nullopt where nothing could be made of the text. May return a file together with errors: the parser resumes at the
/// next statement, so that one run shows every mistake.
std::optional<ast::File> parse(const SourcePtr& source, Diagnostics& diagnostics);

/// One expression, and nothing else: a value typed at the prompt or given to `--set`. Places are those of the whole
/// source.
std::optional<ast::Expr> parse_expression(const Span& text, Diagnostics& diagnostics);

}  // namespace rdd
