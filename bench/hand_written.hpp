// What the compiled kernels should come close to: right-hand sides of two densities with constant coefficients on a
// periodic grid, written by hand with the widest vectors of the machine this is compiled for.
#pragma once

#include <array>

#include "runtime/solve/kernel.hpp"

namespace rdd::hand_written {

/// The 2-D stencil with its corners; the 3-D ones without and with theirs.
enum class Stencil { nine, seven, nineteen };

/// Multiplications and additions one by one, as kernels have them by default, or fused.
enum class Arithmetic { separate, fused };

/// Of the density q in the change of p at [point][p][q]. Points: the cell, then the one before and the one after it
/// along x, y and z; then the four corners along x and y, x and z, y and z: (ρ₊₊ − ρ₊₋) − (ρ₋₊ − ρ₋₋) has one weight.
using Weights = std::array<std::array<std::array<double, 2>, 2>, 10>;

/// Sweeps rows as a KernelFunction does.
using Sweep = void (*)(const double* in, double* out, const Weights& weights, const KernelLayout& layout, long first,
                       long last);

/// `prefetch`: two rows ahead. Null on machines with neither AVX-512 nor AVX2.
Sweep sweep(Stencil stencil, Arithmetic arithmetic, bool prefetch);

/// Operations on vectors a cell: what a multiply-add counts depends on the arithmetic.
int operations(Stencil stencil, Arithmetic arithmetic);

/// Multiply-adds or, in equal numbers, multiplications and additions of this machine's vectors, from registers: as many
/// as `operations`, and no memory but the sum in the end.
double from_registers(Arithmetic arithmetic, long operations);
/// Doubles in a vector; 0 where there is no hand-written kernel.
int lanes();

/// Copies past the caches.
void stream_copy(const double* from, double* to, std::size_t count);

}  // namespace rdd::hand_written
