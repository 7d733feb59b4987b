// Loads librdd_jit.so when the first kernel must be compiled, and forwards to it. What it made before is in the cache.
#include <utility>

#include "compiler/kernels/jit_plugin.hpp"
#include "compiler/kernels/kernel_cache.hpp"
#include "runtime/plugin.hpp"

namespace rdd {
namespace {

const Plugin where{"kernel compiler", "librdd_jit.so", jit_plugin_entry, "RDD_JIT_PLUGIN"};

const JitPlugin& load() {
  try {
    return load_plugin<JitPlugin>(where);
  } catch (const PluginError& error) {
    throw JitError(error.what());
  }
}

const JitPlugin& plugin() {
  static const JitPlugin& loaded = load();
  return loaded;
}

}  // namespace

std::unique_ptr<JitKernels> jit_compile(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  const KernelCache cache(plugin_file(where));
  if (auto kept = cache.find(kernels, options)) return kept;
  auto compiled = plugin().compile(kernels, options);
  cache.keep(kernels, options, std::exchange(compiled->objects, {}));
  return compiled;
}
std::string jit_llvm(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().llvm(kernels, options);
}
std::string jit_assembly(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().assembly(kernels, options);
}

}  // namespace rdd
