// Finds librdd_jit.so and forwards to it: what RDD_JIT_PLUGIN names, else beside the executable (build tree or moved
// installation), else where this build would be installed. It stays loaded until the process ends.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "compiler/kernels/jit_plugin.hpp"

namespace rdd {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> candidates() {
  if (const char* named = std::getenv("RDD_JIT_PLUGIN"); named != nullptr && *named != '\0') return {named};
  std::vector<fs::path> found;
  std::error_code failed;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) found.push_back(executable.parent_path().parent_path() / "lib" / "librdd_jit.so");
  found.emplace_back(RDD_JIT_INSTALL_DIR "/librdd_jit.so");
  return found;
}

const JitPlugin& load() {
  std::string tried;
  for (const fs::path& path : candidates()) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* reason = dlerror();
      tried += std::string(tried.empty() ? "" : "; ") + (reason != nullptr ? reason : path.string());
      continue;
    }
    const auto entry = reinterpret_cast<JitPluginEntry>(dlsym(library, jit_plugin_entry));
    if (entry == nullptr)
      throw JitError("'" + path.string() + "' is not rdd's kernel compiler: it has no " + jit_plugin_entry);
    return *entry();
  }
  throw JitError("cannot load the kernel compiler librdd_jit.so (" + tried +
                 "); set RDD_JIT_PLUGIN to its path if it lies elsewhere");
}

const JitPlugin& plugin() {
  static const JitPlugin& loaded = load();
  return loaded;
}

}  // namespace

std::unique_ptr<JitKernels> jit_compile(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().compile(kernels, options);
}
std::string jit_llvm(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().llvm(kernels, options);
}
std::string jit_assembly(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().assembly(kernels, options);
}

}  // namespace rdd
