// The door to the grammar: one statement in, one struct of the syntax out, and no Spirit in sight.
#pragma once

#include <optional>
#include <string_view>

#include "lang/ast.hpp"
#include "lang/diagnostic.hpp"

namespace rdd::grammar {

/// Where statements are read from: the laid-out text of a source (lang/layout.hpp), of the same length as the source's.
struct Reader {
  const SourcePtr& source;
  std::string_view text;
  Diagnostics& diagnostics;
};

/// Bytes [begin, end) of the text, without blanks around them.
struct Range {
  std::size_t begin;
  std::size_t end;
};

/// Reads the range as one T and nothing else. nullopt with one diagnostic where it does not follow the grammar. There
/// is one for every struct a statement or an entry of a block can become: Expr, Model, Use, Param, Let, Function,
/// Temperature, Lattice, Translations and Solve (heads), Symmetry, Table (head), Force, Entry, Point, Initial,
/// Boundaries, Production,
/// Reaction, Field, Species, Probe, State, Rate; and for lists: std::vector<Expr>, std::vector<Mapping>.
template <class T>
std::optional<T> read(const Reader& reader, Range range);

}  // namespace rdd::grammar
