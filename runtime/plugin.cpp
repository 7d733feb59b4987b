#include "runtime/plugin.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

namespace rdd {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> candidates(const Plugin& plugin) {
  const char* const named = std::getenv(plugin.variable.c_str());
  if (named != nullptr && *named != '\0') return {named};
  std::vector<fs::path> found;
  std::error_code failed;
  const fs::path prefix = fs::read_symlink("/proc/self/exe", failed).parent_path().parent_path();
  if (!failed) {
    for (const char* directory : {RDD_LIBDIR, "lib"}) {
      const fs::path beside = prefix / directory / plugin.library;
      if (fs::exists(beside, failed)) found.push_back(beside);
    }
  }
  found.emplace_back(plugin.library);
  return found;
}

}  // namespace

std::string plugin_file(const Plugin& plugin) {
  return candidates(plugin).front().string();
}

void* plugin_entry(const Plugin& plugin) {
  std::string tried;
  for (const fs::path& path : candidates(plugin)) {
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* const reason = dlerror();
      tried += std::string(tried.empty() ? "" : "; ") + (reason != nullptr ? reason : path.string());
      continue;
    }
    void* const entry = dlsym(library, plugin.entry.c_str());
    if (entry == nullptr)
      throw PluginError("'" + path.string() + "' is not rdd's " + plugin.purpose + ": it has no " + plugin.entry);
    return entry;
  }
  throw PluginError("cannot load the " + plugin.purpose + " " + plugin.library + " (" + tried + "); set " +
                    plugin.variable + " to its path if it lies elsewhere");
}

}  // namespace rdd
