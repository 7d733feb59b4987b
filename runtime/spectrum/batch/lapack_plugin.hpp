// What the program and its plug-in librdd_lapack.so agree on. Loading LAPACK takes longer than many a run: it is loaded
// when the first large dense eigenproblem comes (runtime/plugin.hpp).
#pragma once

#include <complex>

namespace rdd {

/// Both return LAPACK's info: 0, or what went wrong. Column-major; called from several threads at once, each of which
/// gets one core.
struct LapackPlugin {
  /// zheevd: eigenvalues (n) ascending of the lower triangle; where `vectors`, they take the place of the matrix.
  int (*hermitian)(int n, bool vectors, std::complex<double>* matrix, double* values);
  /// zgeev: eigenvalues (n) and, unless null, right eigenvectors of norm 1; destroys the matrix.
  int (*general)(int n, std::complex<double>* matrix, std::complex<double>* values, std::complex<double>* right);
};

/// The plug-in's one symbol: `extern "C" const rdd::LapackPlugin* rdd_lapack_plugin()`.
inline constexpr const char* lapack_plugin_entry = "rdd_lapack_plugin";

}  // namespace rdd
