// KernelIr -> C++: one self-contained function with the interface of runtime/solve/kernel.hpp.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"

namespace rdd {

/// Who can call the kernels: every program that loads them, or only the text they stand in, several times over.
enum class Linkage { c, internal };

struct CppOptions {
  Linkage linkage = Linkage::c;
  bool prefetch = false, interleave = false;  ///< as in JitOptions
};

/// What emitted kernels are compiled with, beside -march=native unless a program must run elsewhere. Without fused
/// multiplications and additions, and with the functions of the C library, results have the bits of `rdd run`.
inline std::array<const char*, 3> cpp_flags(bool fused = false) {
  return {"-O3", fused ? "-ffp-contract=fast" : "-ffp-contract=off", "-fno-builtin"};
}

/// `void rdd_<name>(const double* const* in, double* out, const double* scalars, const rdd::KernelLayout*, long, long)`
/// for each kernel, with comments; needs only runtime/solve/kernel.hpp.
std::string emit_cpp(const std::vector<ir::KernelIr>& kernels, const CppOptions& options = {});

}  // namespace rdd
