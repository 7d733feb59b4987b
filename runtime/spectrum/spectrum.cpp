#include "runtime/spectrum/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <thread>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"

namespace rdd {

using Eigen::Index;

Eigen::VectorXd Spectrum::band_min() const {
  return lambda.real().rowwise().minCoeff();
}
Eigen::VectorXd Spectrum::band_max() const {
  return lambda.real().rowwise().maxCoeff();
}

Eigen::MatrixXd uniform_grid(const std::vector<int>& points) {
  Index total = 1;
  for (const int count : points) {
    expects(count >= 1, "at least one point per axis");
    total *= count;
  }
  const Index axes = static_cast<Index>(points.size());
  Eigen::MatrixXd grid(axes, total);
  for (Index column = 0; column < total; ++column) {
    Index rest = column;
    for (Index axis = axes - 1; axis >= 0; --axis) {
      const int count = points[static_cast<std::size_t>(axis)];
      const auto place = static_cast<int>(rest % count);
      rest /= count;
      // Antisymmetric to the last bit, so that −k is in the set with k.
      grid(axis, column) = count == 1 ? 0 : std::numbers::pi * (2 * place - (count - 1)) / (count - 1);
    }
  }
  return grid;
}

Eigen::VectorXcd bands_at(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXd>& phases) {
  if (bloch.reversible()) return hermitian_eigenvalues(-bloch.hermitian(phases)).cast<std::complex<double>>();
  if (phases.isZero(0)) return eigenvalues(Eigen::MatrixXd(-bloch.at_zero()));
  return eigenvalues(Eigen::MatrixXcd(-bloch.matrix(phases)));
}

Spectrum bands(const BlochOperator& bloch, const Eigen::Ref<const Eigen::MatrixXd>& phases, int threads) {
  expects(phases.rows() == bloch.dimension(), "one phase for each lattice vector");
  const Index columns = phases.cols();

  // λ(−k) = conj λ(k): of each pair ±k only the first is computed.
  std::map<std::vector<double>, Index> seen;
  std::vector<Index> to_compute, mirrored_from(static_cast<std::size_t>(columns), -1);
  for (Index column = 0; column < columns; ++column) {
    std::vector<double> k(static_cast<std::size_t>(phases.rows())), minus_k(k.size());
    for (std::size_t axis = 0; axis < k.size(); ++axis) {
      k[axis] = phases(static_cast<Index>(axis), column) + 0.0;  // −0 becomes 0
      minus_k[axis] = 0.0 - k[axis];
    }
    if (const auto mirror = seen.find(minus_k); mirror != seen.end() && minus_k != k) {
      mirrored_from[static_cast<std::size_t>(column)] = mirror->second;
    } else {
      seen.emplace(k, column);
      to_compute.push_back(column);
    }
  }

  Spectrum spectrum{phases, Eigen::MatrixXcd(bloch.size(), columns), bloch.reversible(),
                    bloch.network().escape.maxCoeff()};
  const auto work = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      spectrum.lambda.col(to_compute[i]) = bands_at(bloch, phases.col(to_compute[i]));
    }
  };
  const std::size_t parts = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), 1,
                                                    std::max<std::size_t>(to_compute.size(), 1));
  {
    std::vector<std::jthread> pool;
    for (std::size_t part = 1; part < parts; ++part) {
      pool.emplace_back(work, to_compute.size() * part / parts, to_compute.size() * (part + 1) / parts);
    }
    work(0, to_compute.size() / parts);
  }
  for (Index column = 0; column < columns; ++column) {
    const Index source = mirrored_from[static_cast<std::size_t>(column)];
    if (source < 0) continue;
    Eigen::VectorXcd values = spectrum.lambda.col(source).conjugate();
    std::sort(values.begin(), values.end(), [](std::complex<double> a, std::complex<double> b) {
      return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
    });
    if (spectrum.hermitian) values.imag().setZero();
    spectrum.lambda.col(column) = values;
  }
  return spectrum;
}

double digits_left(double lambda, double fastest_rate, int states) {
  const double error = std::numeric_limits<double>::epsilon() * states * fastest_rate;
  return std::log10(std::abs(lambda) / error);
}

double digits_left(const Spectrum& spectrum) {
  double digits = 16;
  const auto states = static_cast<int>(spectrum.lambda.rows());
  for (Index column = 0; column < spectrum.lambda.cols(); ++column) {
    for (Index m = 1; m < states; ++m) {
      digits = std::min(digits, digits_left(std::abs(spectrum.lambda(m, column)), spectrum.fastest_rate, states));
    }
  }
  return digits;
}

}  // namespace rdd
