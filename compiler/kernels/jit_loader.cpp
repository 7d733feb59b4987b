// Loads librdd_jit.so when the first kernel must be compiled, and forwards to it.
#include "compiler/kernels/jit_plugin.hpp"
#include "runtime/plugin.hpp"

namespace rdd {
namespace {

const JitPlugin& load() {
  try {
    return load_plugin<JitPlugin>({"kernel compiler", "librdd_jit.so", jit_plugin_entry, "RDD_JIT_PLUGIN"});
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
  return plugin().compile(kernels, options);
}
std::string jit_llvm(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().llvm(kernels, options);
}
std::string jit_assembly(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return plugin().assembly(kernels, options);
}

}  // namespace rdd
