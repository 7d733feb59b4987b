// What the standard library says of itself: the comments of a module, and those that stand at its declarations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdd {

/// One declaration of a module, such as `param a = 0.2866 nm   # edge of the cube`.
struct DocumentedDeclaration {
  std::string kind;     ///< the word it begins with: "param", "fn", "lattice", "states", …
  std::string name;     ///< empty where it has none: `states { … }`
  std::string text;     ///< as it is written, without the comments around it
  std::string comment;  ///< the lines straight above it, or what follows it on its last line; without `#`
  std::size_t line = 1;
};

struct Documentation {
  std::string name;                                 ///< "std.lattices.bcc"
  std::string text;                                 ///< the whole module
  std::string comment;                              ///< what it opens with, without `#`
  std::string summary;                              ///< the first sentence of that, on one line
  std::vector<DocumentedDeclaration> declarations;  ///< all but `use`, in the order of the text
};

/// nullopt where the library has no such module.
std::optional<Documentation> documentation(std::string_view module);

/// The folder a module lies in: "std.lattices" for "std.lattices.bcc".
std::string module_folder(std::string_view module);
/// The modules of a folder and below it, sorted; empty where there is no such folder.
std::vector<std::string> modules_in(std::string_view folder);
/// The module or folder that a name which is neither was probably meant to be: the nearest by spelling, or one that
/// ends in the same word ("bcc", "std.bcc").
std::optional<std::string> nearest_module(std::string_view name);

}  // namespace rdd
