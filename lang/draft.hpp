// A model while it is written: the declarations so far, as one text.
//
// What is typed at a prompt goes into the text as if it had been written in the file. A declaration that a file may
// hold once (a parameter, a state, the lattice) takes the place of the one there is; all others (rates, tables,
// queries) go to the end. The text is then parsed and resolved like that of any file, so that nothing else has to know.
// It is kept as pieces of the texts it was typed in: each place in it can be traced back to where the user wrote it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"
#include "lang/resolve.hpp"

namespace rdd {

class Draft {
 public:
  Draft();                           ///< nothing yet
  explicit Draft(SourcePtr source);  ///< begins with the text of a file

  /// The whole text. Of a draft that nothing was added to, it is the file's own source.
  const SourcePtr& source() const { return source_; }

  /// With the declarations of another text, which was parsed without errors; blanks and comments above and behind a
  /// declaration go with it. `below`: quantities that are there already go to the end, below all that they may use,
  /// instead of staying where they are.
  Draft with(const ast::File& typed, bool below = false) const;

  /// With a value for a parameter in place of its own: in `param`, in `temperature`, or among the arguments of the
  /// `use` that brings it. `parameter` is that of the model, whose relative paths start in `directory`. nullopt where
  /// no declaration of this text can give it a value.
  std::optional<Draft> with_value(const Setting& setting, const Parameter& parameter,
                                  const std::string& directory) const;

  /// The place in a typed text, or in the file, that a place in this draft's text comes from; other places as they are.
  Span origin(const Span& span) const;

 private:
  struct Edit;  // a part of the text, and what comes in its place

  Draft(const std::string& name, std::vector<Span> pieces);
  std::vector<Span> pieces(std::size_t begin, std::size_t end) const;
  /// `edits` do not overlap; `added` goes to the end, on lines of its own.
  Draft edited(std::vector<Edit> edits, const std::vector<Span>& added) const;

  SourcePtr source_;
  std::vector<Span> pieces_;
};

/// Whether a diagnostic tells what a text lacks, or does not use yet, rather than what is wrong with it: a declaration
/// that is still to come may settle it.
bool unfinished(Code code);

/// The names of the quantities to which the declarations of a text give a value, as a model calls them.
std::vector<std::string> valued(const ast::File& file);

}  // namespace rdd
