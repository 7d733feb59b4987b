// The standard library: .rdd files under stdlib/, built into the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast.hpp"

namespace rdd {

/// Text of a module by its name, "std.lattices.bcc"; nullopt where there is none.
std::optional<std::string_view> library_text(std::string_view name);
/// The same parsed; null where there is none. Its text never changes, so each module is parsed once for as long as the
/// program runs: a language server resolves at every key.
const ast::File* library_file(const std::string& name);
/// Names of all modules, sorted.
std::vector<std::string> library_modules();

}  // namespace rdd
