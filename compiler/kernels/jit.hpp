// KernelIr -> machine code in this process, by LLVM's ORC.
//
// LLVM is large (16 ms of every process start): it lives in a plug-in, librdd_jit.so, which is loaded the first time a
// kernel must be compiled.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd {

struct JitOptions {
  bool contract = false;  ///< allow fused multiply-add: faster in the caches, and no longer the bits of the emitted C++
  bool prefetch =
      false;  ///< ask for data ahead of time: faster beyond the caches by up to 1.4, slower in them by 3 to 5 %
  bool interleave = false;  ///< for fields with interleaved rows (runtime/solve/kernel.hpp): faster in the caches
};

/// Owns the code: functions are good for as long as it lives.
class JitKernels {
 public:
  virtual ~JitKernels() = default;
  virtual KernelFunction function(const std::string& name) const = 0;  ///< nullptr where unknown
  double compile_seconds = 0;
  bool kept = false;                 ///< from the cache: nothing was compiled
  std::vector<std::string> objects;  ///< object code, for the cache; empty where it comes from there
  std::string host;                  ///< CPU name and vector width, for the summary
};

/// Why there is no kernel: the plug-in cannot be loaded, LLVM refuses. `what()` is a sentence.
class JitError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// From the cache (kernel_cache.hpp) where they are there, else compiled and kept.
std::unique_ptr<JitKernels> jit_compile(const std::vector<ir::KernelIr>& kernels, const JitOptions& options = {});
/// LLVM IR after optimisation (`--emit=llvm`) and assembly (`--emit=asm`).
std::string jit_llvm(const std::vector<ir::KernelIr>& kernels, const JitOptions& options = {});
std::string jit_assembly(const std::vector<ir::KernelIr>& kernels, const JitOptions& options = {});

}  // namespace rdd
