// An open file and what is known about it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/lsp/scope.hpp"
#include "compiler/lsp/text.hpp"
#include "lang/diagnostic.hpp"
#include "lang/layout.hpp"
#include "lang/model.hpp"

namespace rdd::lsp {

struct Document {
  std::string uri;
  std::string path;  ///< empty where the URI names no file
  SourcePtr source;
  int version = 0;
  bool stale = true;  ///< to be analysed again

  // What the last analysis found; spans may lie in other sources.
  std::optional<ast::File> file;  ///< without the statements that do not parse
  std::vector<Diagnostic> diagnostics;
  std::vector<NameUse> uses;
  Scope scope;
  std::shared_ptr<const Model> model;  ///< the last without mistakes
  std::vector<double> values;          ///< of its parameters, SI
};

/// Parses, resolves and lowers the text. A file without states and rates is a module: it is not asked to be a model.
void analyse(Document& document, const OpenTexts& open);

/// The name around a byte, `iron.E_mig` as one, outside comments and texts; an empty span where there is none.
Span name_at(const Document& document, std::size_t byte);

/// The declaration of the name at a byte, be it a use of the name or the declaration itself.
std::optional<Span> declaration_at(const Document& document, std::size_t byte);

/// The comments straight above a statement, and behind it, without their `#`.
std::string comment_of(const Span& statement);
/// The comment that a file begins with.
std::string heading(const SourcePtr& source);

/// Where a module of the standard library can be opened: a copy in the user's cache folder. Empty where none can be
/// written.
std::string library_file(const std::string& module);

}  // namespace rdd::lsp
