// Operations of a space group on fractions of the primitive vectors.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string>

#include "lang/model.hpp"
#include "lang/symmetry/space_group.hpp"

namespace rdd::resolving {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;
using Rotation = std::array<std::array<int, 3>, 3>;

inline constexpr double same_place = 1e-3;  // of a primitive vector: positions are often written with four digits

/// The primitive vectors as numbers, and the way back from Cartesian coordinates to fractions.
struct Basis {
  std::size_t n = 0, m = 0;
  Matrix vectors{};  ///< column a is the vector a_α
  Matrix inverse{};  ///< A⁺ = (AᵀA)⁻¹Aᵀ, n × m
  Matrix metric{};   ///< AᵀA, n × n

  /// In units of the first vector's length.
  Basis(const ModelLattice& lattice, std::span<const double> parameters);

  /// Do the vectors span less than their number?
  bool flat() const { return !std::isfinite(inverse[0][0]); }

 private:
  /// Gauss-Jordan; n ≤ 3.
  Matrix inverted(Matrix a) const;
};

/// Into [0, 1), where what is nearly 1 counts as 0.
double wrapped(double x);
Vector image(const SpaceOperation& o, const Vector& f);
/// First a, then b.
SpaceOperation product(const SpaceOperation& b, const SpaceOperation& a);
/// Up to whole cells.
bool equal(const SpaceOperation& a, const SpaceOperation& b);
/// "[0.5, 0.25]", the first n, wrapped.
std::string printed(const Vector& f, std::size_t n);

}  // namespace rdd::resolving
