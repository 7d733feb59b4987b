// The declarations a file can see: its own, those of the files it uses, and the standard library's rate laws. Found in
// the syntax alone, so that they are known while a model is still full of mistakes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/ast.hpp"
#include "lang/resolve.hpp"

namespace rdd::lsp {

enum class DeclarationKind { parameter, quantity, function, lattice, translations, group, state, temperature, species };

struct Declaration {
  DeclarationKind kind;
  std::string name;  ///< as the file calls it: `iron.E_mig`
  Span place;        ///< of the name where it is declared
  Span statement;    ///< the whole of it, without its block
};

struct Scope {
  std::vector<Declaration> declarations;  ///< in the order of the texts
  std::set<std::string> files;            ///< canonical paths of the files used, and of species
};

/// `directory` is where the file's relative paths start; `open` goes before the disk.
Scope scope(const ast::File& file, const std::string& directory, const OpenTexts& open);

}  // namespace rdd::lsp
