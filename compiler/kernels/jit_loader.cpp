// Finds librdd_jit.so and forwards to it: what RDD_JIT_PLUGIN names, else beside the executable (build tree or
// installation, wherever it was moved), else by its name alone, along the run path of the program, which the installed
// package sets. It stays loaded until the process ends.
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
  const fs::path prefix = executable.parent_path().parent_path();
  for (const char* directory : {RDD_LIBDIR, "lib"}) {
    const fs::path beside = prefix / directory / "librdd_jit.so";
    if (!failed && fs::exists(beside)) found.push_back(beside);
  }
  found.emplace_back("librdd_jit.so");
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
