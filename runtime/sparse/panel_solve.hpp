// The two steps that solutions with sparse factors are made of, for eight right-hand sides at once.
#pragma once

#include <Eigen/Core>
#include <complex>

namespace rdd {

/// Right-hand sides that are treated together. A row holds their numbers for one unknown: `side_by_side` real parts,
/// followed for complex numbers by as many imaginary ones.
inline constexpr int side_by_side = 8;

/// For columns [0, count) of A (rows, count), `lda` numbers apart, rows y_i and x_c of right-hand sides one after
/// another.
template <class Scalar>
struct PanelSolve {
  /// y_i −= Σ_c A_ic x_c
  void (*update)(Eigen::Index rows, Eigen::Index count, const Scalar* a, Eigen::Index lda, const double* x, double* y);
  /// x_c −= Σ_i A_ic y_i
  void (*gather)(Eigen::Index rows, Eigen::Index count, const Scalar* a, Eigen::Index lda, const double* y, double* x);
  /// x_c −= Σ_i conj(A_ic) y_i
  void (*gather_conjugate)(Eigen::Index rows, Eigen::Index count, const Scalar* a, Eigen::Index lda, const double* y,
                           double* x);
};

/// Written for registers of 512, 256 and 128 bits: the one for this processor.
template <class Scalar>
const PanelSolve<Scalar>& panel_solve();

extern template const PanelSolve<double>& panel_solve();
extern template const PanelSolve<std::complex<double>>& panel_solve();

}  // namespace rdd
