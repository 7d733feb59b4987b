// The eigensolvers for a batch of small matrices at once, one in each lane of the SIMD registers, as they are compiled
// for each instruction set. stack.hpp is what the rest of the program calls.
//
// A batch holds `lanes` matrices of n × n complex numbers, interleaved: entry (i, j) of matrix l has its real part at
// (2 (j n + i)) lanes + l and its imaginary part `lanes` further on. Pointers are aligned to 64 bytes.
//
// What a lane holds on return depends on its own matrix alone: not on the other lanes, nor on which lane it is. Sums of
// products may be contracted to fused multiply-adds, so that the last bits differ between instruction sets.
#pragma once

#include <cstddef>
#include <vector>

namespace rdd::batch {

/// rate·exp(i phase) in one entry of the matrices.
struct Term {
  int place;   ///< j n + i; terms are sorted by it
  int offset;  ///< index of the phase
  double rate;
};

struct Kernels {
  const char* name;  ///< "AVX-512"
  int lanes;
  /// Hermitian matrices larger than this are faster one at a time, by a blocked solver: eigenvalues alone, and with
  /// vectors; the same for general matrices.
  int largest_values, largest_vectors, largest_general_values, largest_general_vectors;

  /// Doubles of work space for matrices of this size.
  std::size_t (*work)(int n);

  /// Sets `matrices` to the sums of terms. Phases are o·k: offsets (d, offsets), wave vectors (d, count) with count ≤
  /// lanes; further lanes become zero matrices. phases: 3·lanes·offsets doubles of work space.
  void (*assemble)(int n, const Term* terms, std::size_t term_count, int dimension, const double* offsets,
                   int offset_count, const double* wave_vectors, int count, double* phases, double* matrices);

  /// Eigenvalues, ascending, of the first `count` lanes (n for each), and orthonormal eigenvectors (n, n for each,
  /// complex) unless null. Reads the lower triangle and destroys the matrices. Entries must be finite. Returns a bit
  /// for each lane that has not converged: its results are void.
  unsigned (*hermitian)(int n, int count, double* matrices, double* work, double* values, double* vectors);

  /// Complex eigenvalues, sorted by real part, then by imaginary part; where not null, right eigenvectors of norm 1,
  /// and left ones with Wᵀ V = 1 (only with right ones).
  unsigned (*general)(int n, int count, double* matrices, double* work, double* values, double* right, double* left);
};

/// Those this machine can run, the fastest first. The last, for any machine, is always there.
const std::vector<const Kernels*>& kernels();

}  // namespace rdd::batch
