// What an implicit step would be if the equation had constant coefficients: the inverse of a − b L₀, wave by wave.
//
// L₀ is the discretised equation with the model's own coefficients, as far as it keeps the waves of the box apart
// (waves.hpp): all of it between periodic sides, and between walls all but drift and mixed derivatives along them. It
// has the symbol of the central differences themselves. So for a linear equation with constant coefficients it is the
// matrix of the step, exactly, and what it leaves out elsewhere (first derivatives, coefficients and reactions that
// differ from the model's) is small beside it for short waves: the iterations it helps do not grow in number as the
// grid is refined.
#pragma once

#include <complex>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/waves.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {

class Preconditioner {
 public:
  /// The workers share the waves; each wave is one's own, so results do not depend on how many there are.
  /// `uniform` (P, P), 1/s, if any: see add_to_uniform.
  Preconditioner(const ContinuumPde& pde, const Grid& grid, Workers& workers, Eigen::MatrixXd uniform = {});

  /// What is added to a − b L₀ for the uniform wave, in a box that has one; empty for nothing.
  void add_to_uniform(Eigen::MatrixXd uniform);

  /// out = (a − b L₀)⁻¹ in. Where that has no inverse, the waves it would divide by zero are left as they are.
  void solve(double a, double b, const double* in, double* out);
  /// out = L₀ in.
  void apply(const double* in, double* out);

 private:
  void find_symbols();
  void invert(double a, double b);
  void multiply(const std::vector<std::complex<double>>& matrices, const double* in, double* out);

  Coefficients coefficients_;
  Grid grid_;
  Waves waves_;
  Workers& workers_;
  Eigen::MatrixXd uniform_;
  double a_ = 0, b_ = 0;
  std::vector<std::complex<double>> symbols_;  // S, [mode][row][column]
  std::vector<std::complex<double>> inverse_;  // of a_ − b_ S
};

}  // namespace rdd
