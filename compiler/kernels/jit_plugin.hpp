// What the command and its plug-in librdd_jit.so agree on. Both come from one build, so C++ types may cross.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/kernels/jit.hpp"

namespace rdd {

struct JitPlugin {
  std::unique_ptr<JitKernels> (*compile)(const std::vector<ir::KernelIr>&, const JitOptions&);
  std::string (*llvm)(const std::vector<ir::KernelIr>&, const JitOptions&);
  std::string (*assembly)(const std::vector<ir::KernelIr>&, const JitOptions&);
};

/// The plug-in's one symbol: `extern "C" const rdd::JitPlugin* rdd_jit_plugin()` (runtime/plugin.hpp).
inline constexpr const char* jit_plugin_entry = "rdd_jit_plugin";

}  // namespace rdd
