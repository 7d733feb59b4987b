#include "runtime/solve/preconditioner.hpp"

#include <Eigen/LU>
#include <type_traits>
#include <utility>

namespace rdd {
namespace {

using Complex = std::complex<double>;
using RowMajor = Eigen::Matrix<Complex, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A step inverts one matrix a wave: those of few rows without a detour through the heap.
void invert_in_place(Eigen::Map<RowMajor> matrix) {
  const auto fixed = [&]<int P>(std::integral_constant<int, P>) {
    const Eigen::Matrix<Complex, P, P> copy = matrix;
    matrix = copy.inverse();
  };
  switch (matrix.rows()) {
    case 1:
      return fixed(std::integral_constant<int, 1>{});
    case 2:
      return fixed(std::integral_constant<int, 2>{});
    case 3:
      return fixed(std::integral_constant<int, 3>{});
    default:
      matrix = matrix.inverse().eval();
  }
}

}  // namespace

Preconditioner::Preconditioner(const ContinuumPde& pde, const Grid& grid, Workers& workers, Eigen::MatrixXd uniform)
    : coefficients_(with_upwind_diffusion(pde.coefficients, grid, 0.5)),
      grid_(grid),
      waves_(grid, pde.components),
      workers_(workers),
      uniform_(std::move(uniform)) {}

void Preconditioner::add_to_uniform(Eigen::MatrixXd uniform) {
  uniform_ = std::move(uniform);
  inverse_.clear();
}

void Preconditioner::find_symbols() {
  if (!symbols_.empty()) return;
  const auto P = static_cast<std::size_t>(coefficients_.components());
  const auto rows = static_cast<Eigen::Index>(P);
  symbols_.resize(waves_.modes() * P * P);
  workers_.run(static_cast<long>(waves_.modes()), [&](long first, long last) {
    for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode)
      Eigen::Map<RowMajor>(&symbols_[mode * P * P], rows, rows) =
          symbol(coefficients_, on_grid(waves_.wave(mode), grid_), grid_.dimension);
  });
}

void Preconditioner::invert(double a, double b) {
  find_symbols();
  const auto P = static_cast<std::size_t>(coefficients_.components());
  const auto rows = static_cast<Eigen::Index>(P);
  inverse_.resize(waves_.modes() * P * P);
  workers_.run(static_cast<long>(waves_.modes()), [&](long first, long last) {
    for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode) {
      const Eigen::Map<const RowMajor> S(&symbols_[mode * P * P], rows, rows);
      Eigen::Map<RowMajor> inverse(&inverse_[mode * P * P], rows, rows);
      inverse = -b * S;
      inverse.diagonal().array() += a;
      if (mode == 0 && waves_.uniform() && uniform_.size() > 0) inverse += uniform_.cast<Complex>();
      invert_in_place(inverse);
      if (!inverse.allFinite()) inverse.setIdentity();
    }
  });
  a_ = a;
  b_ = b;
}

void Preconditioner::solve(double a, double b, const double* in, double* out) {
  if (inverse_.empty() || a != a_ || b != b_) invert(a, b);
  multiply(inverse_, in, out);
}

void Preconditioner::apply(const double* in, double* out) {
  find_symbols();
  multiply(symbols_, in, out);
}

void Preconditioner::multiply(const std::vector<Complex>& matrices, const double* in, double* out) {
  const auto P = static_cast<std::size_t>(coefficients_.components());
  waves_.analyse(in);
  Complex* const amplitudes = waves_.amplitudes();
  const std::size_t modes = waves_.modes();
  workers_.run(static_cast<long>(modes), [&](long first, long last) {
    std::vector<Complex> old(P);
    for (auto mode = static_cast<std::size_t>(first); mode < static_cast<std::size_t>(last); ++mode) {
      const Complex* matrix = &matrices[mode * P * P];
      for (std::size_t p = 0; p < P; ++p) old[p] = amplitudes[p * modes + mode];
      for (std::size_t i = 0; i < P; ++i) {
        Complex sum = 0;
        for (std::size_t j = 0; j < P; ++j) sum += matrix[i * P + j] * old[j];
        amplitudes[i * modes + mode] = sum;
      }
    }
  });
  waves_.synthesise(out);
}

}  // namespace rdd
