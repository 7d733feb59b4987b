#include "runtime/solve/preconditioner.hpp"

#include <Eigen/LU>
#include <utility>

namespace rdd {
namespace {

using Complex = std::complex<double>;

}  // namespace

Preconditioner::Preconditioner(const ContinuumPde& pde, const Grid& grid, Workers& workers, Eigen::MatrixXd uniform)
    : coefficients_(pde.coefficients),
      grid_(grid),
      waves_(grid, pde.components),
      workers_(workers),
      uniform_(std::move(uniform)) {}

void Preconditioner::add_to_uniform(Eigen::MatrixXd uniform) {
  uniform_ = std::move(uniform);
  inverse_.clear();
}

void Preconditioner::invert(double a, double b) {
  const auto P = static_cast<Eigen::Index>(coefficients_.components());
  const auto entries = static_cast<std::size_t>(P * P);
  inverse_.resize(waves_.modes() * entries);
  workers_.run(static_cast<long>(waves_.modes()), [&](long first, long last) {
    for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode) {
      using RowMajor = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      Eigen::MatrixXcd matrix = a * Eigen::MatrixXcd::Identity(P, P) -
                                b * symbol(coefficients_, on_grid(waves_.wave(mode), grid_), grid_.dimension);
      if (mode == 0 && waves_.uniform() && uniform_.size() > 0) matrix += uniform_.cast<Complex>();
      Eigen::Map<RowMajor> inverse(&inverse_[mode * entries], P, P);
      inverse = matrix.inverse();
      if (!inverse.allFinite()) inverse.setIdentity();
    }
  });
  a_ = a;
  b_ = b;
}

void Preconditioner::solve(double a, double b, const double* in, double* out) {
  if (inverse_.empty() || a != a_ || b != b_) invert(a, b);
  const auto P = static_cast<std::size_t>(coefficients_.components());
  waves_.analyse(in);
  Complex* const amplitudes = waves_.amplitudes();
  const std::size_t modes = waves_.modes();
  workers_.run(static_cast<long>(modes), [&](long first, long last) {
    std::vector<Complex> old(P);
    for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode) {
      const Complex* inverse = &inverse_[mode * P * P];
      for (std::size_t p = 0; p < P; ++p) old[p] = amplitudes[p * modes + mode];
      for (std::size_t i = 0; i < P; ++i) {
        Complex sum = 0;
        for (std::size_t j = 0; j < P; ++j) sum += inverse[i * P + j] * old[j];
        amplitudes[i * modes + mode] = sum;
      }
    }
  });
  waves_.synthesise(out);
}

}  // namespace rdd
