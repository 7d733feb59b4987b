// KernelIr -> C++: one self-contained function with the interface of runtime/solve/kernel.hpp.
#pragma once

#include <string>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"

namespace rdd {

/// Who can call the kernels: every program that loads them, or only the text they stand in, several times over.
enum class Linkage { c, internal };

/// `void rdd_<name>(const double* const* in, double* out, const double* scalars, const rdd::KernelLayout*, long, long)`
/// for each kernel, with comments; needs only runtime/solve/kernel.hpp. Compiled with -ffp-contract=off it gives the
/// bits of the JIT-compiled kernels.
std::string emit_cpp(const std::vector<ir::KernelIr>& kernels, Linkage linkage = Linkage::c);

}  // namespace rdd
