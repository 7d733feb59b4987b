// KernelIr -> LLVM IR. Part of the plug-in.
#pragma once

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <memory>

#include "compiler/kernels/kernel_ir.hpp"

namespace rdd {

struct LlvmOptions {
  unsigned lanes = 2;  ///< doubles in a vector of the target
  bool prefetch = false;
  bool interleave = false;
  bool contract = false;  ///< these: see JitOptions
};

/// A module with the function rdd_<name> of runtime/solve/kernel.hpp. Nothing is left to the optimiser: vectors are
/// explicit and every value that is used twice is computed once.
std::unique_ptr<llvm::Module> emit_llvm(const ir::KernelIr& kernel, llvm::LLVMContext& context,
                                        const LlvmOptions& options);

}  // namespace rdd
