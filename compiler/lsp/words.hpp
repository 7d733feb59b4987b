// What belongs to the language itself, in a sentence each: for hovers and lists of completions.
#pragma once

#include <string_view>
#include <vector>

namespace rdd::lsp {

enum class WordKind {
  declaration,    ///< begins a statement of a file
  clause,         ///< `by`, `in`: in the middle of a statement
  property,       ///< of a state
  mapping,        ///< key of a table
  lattice_entry,  ///< begins an entry of a `lattice` block
  reduce_entry,
  solve_entry,
  solve_value,  ///< `absorbing`, `exponential`: what an entry of `solve` can be
  law,          ///< of a rate
  function,
  profile,  ///< of an initial density
  probe,
  constant
};

struct Word {
  WordKind kind;
  std::string_view name;
  std::string_view form;  ///< how it is written
  std::string_view meaning;
};

const std::vector<Word>& words();

}  // namespace rdd::lsp
