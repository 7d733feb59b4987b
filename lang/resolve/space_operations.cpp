#include "lang/resolve/space_operations.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace rdd::resolving {

Basis::Basis(const ModelLattice& lattice, std::span<const double> parameters)
    : n(static_cast<std::size_t>(lattice.dimension)), m(static_cast<std::size_t>(lattice.embedding)) {
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t c = 0; c < m; ++c) vectors[c][a] = evaluate(lattice.vectors[a][c], parameters);
  }
  double square = 0;
  for (std::size_t c = 0; c < m; ++c) square += vectors[c][0] * vectors[c][0];
  for (Vector& row : vectors) {
    for (double& x : row) x /= std::sqrt(square);
  }
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      for (std::size_t c = 0; c < m; ++c) metric[a][b] += vectors[c][a] * vectors[c][b];
    }
  }
  const Matrix g = inverted(metric);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t c = 0; c < m; ++c) {
      for (std::size_t b = 0; b < n; ++b) inverse[a][c] += g[a][b] * vectors[c][b];
    }
  }
}

Matrix Basis::inverted(Matrix a) const {
  Matrix result{};
  for (std::size_t i = 0; i < n; ++i) result[i][i] = 1;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t j = i; j < n; ++j) {
      if (std::abs(a[j][i]) > std::abs(a[pivot][i])) pivot = j;
    }
    std::swap(a[i], a[pivot]);
    std::swap(result[i], result[pivot]);
    const double scale = 1 / a[i][i];
    for (std::size_t c = 0; c < n; ++c) a[i][c] *= scale, result[i][c] *= scale;
    for (std::size_t j = 0; j < n; ++j) {
      const double factor = a[j][i];
      if (j == i) continue;
      for (std::size_t c = 0; c < n; ++c) a[j][c] -= factor * a[i][c], result[j][c] -= factor * result[i][c];
    }
  }
  return result;
}

double wrapped(double x) {
  const double rest = x - std::floor(x);
  return rest > 1 - same_place ? 0 : rest;
}

Vector image(const SpaceOperation& o, const Vector& f) {
  Vector result = o.translation;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) result[i] += o.rotation[i][j] * f[j];
  }
  return result;
}

SpaceOperation product(const SpaceOperation& b, const SpaceOperation& a) {
  SpaceOperation result;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      result.rotation[i][j] = 0;
      for (std::size_t k = 0; k < 3; ++k) result.rotation[i][j] += b.rotation[i][k] * a.rotation[k][j];
    }
  }
  result.translation = image(b, a.translation);
  for (double& x : result.translation) x = wrapped(x);
  return result;
}

bool equal(const SpaceOperation& a, const SpaceOperation& b) {
  if (a.rotation != b.rotation) return false;
  for (std::size_t i = 0; i < 3; ++i) {
    const double d = a.translation[i] - b.translation[i];
    if (std::abs(d - std::round(d)) > same_place) return false;
  }
  return true;
}

std::string printed(const Vector& f, std::size_t n) {
  std::string result;
  for (std::size_t i = 0; i < n; ++i) result += fmt::format("{}{:.4g}", i ? ", " : "", wrapped(f[i]) + 0.0);
  return "[" + result + "]";
}

}  // namespace rdd::resolving
