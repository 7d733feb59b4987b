// The standard library: .rdd files under stdlib/, built into the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdd {

/// Text of a module by its name, "std.lattices.bcc"; nullopt where there is none.
std::optional<std::string_view> library_text(std::string_view name);
/// Names of all modules, sorted.
std::vector<std::string> library_modules();

}  // namespace rdd
