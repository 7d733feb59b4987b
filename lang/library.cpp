// A module is a file by another name: stdlib/lattices/bcc.rdd is std.lattices.bcc.
#include "lang/library.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "lang/embedded.hpp"
#include "lang/parse.hpp"

namespace rdd {

namespace {

std::string module_name(std::string_view file) {
  constexpr std::string_view extension = ".rdd";
  std::string name = "std." + std::string(file.substr(0, file.size() - extension.size()));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace

std::optional<std::string_view> library_text(std::string_view name) {
  for (const EmbeddedFile& file : library_files())
    if (module_name(file.name) == name) return file.text;
  return std::nullopt;
}

const ast::File* library_file(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::optional<ast::File>> parsed;  // addresses stay good
  const auto text = library_text(name);
  if (!text) return nullptr;
  const std::lock_guard lock(mutex);
  const auto [found, fresh] = parsed.try_emplace(name);
  Diagnostics none;  // the tests read every module
  if (fresh) found->second = parse(std::make_shared<const Source>(Source{name, std::string(*text)}), none);
  return found->second ? &*found->second : nullptr;
}

std::vector<std::string> library_modules() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : library_files()) names.push_back(module_name(file.name));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rdd
