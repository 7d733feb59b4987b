#include "tests/solve/plain_kernel.hpp"

#include <cmath>
#include <random>

#include "runtime/expects.hpp"
#include "runtime/solve/sum.hpp"

namespace rdd {
namespace {

ContinuumPde current_pde;
Grid current_grid;

using Index = std::array<long, 3>;

class Evaluation {
 public:
  Evaluation(const double* y, const KernelLayout& layout) : y_(y), layout_(layout) {}

  double right_hand_side(int p, const Index& cell) const {
    const Coefficients& c = current_pde.coefficients;
    double sum = 0;
    for (int q = 0; q < current_pde.components; ++q) {
      sum += c.reaction(p, q) * at(q, cell);
      for (std::size_t a = 0; a < static_cast<std::size_t>(current_grid.dimension); ++a) {
        const double C = c.drift[a](p, q), D = c.diffusion[a][a](p, q), h = current_grid.spacing[a];
        sum += (gain(q, cell, a, 1, C, D) - gain(q, cell, a, 0, C, D)) / h;
        for (std::size_t b = 0; b < static_cast<std::size_t>(current_grid.dimension); ++b)
          if (a != b && c.diffusion[a][b](p, q) != 0) {
            expects(current_grid.periodic(static_cast<int>(a)) && current_grid.periodic(static_cast<int>(b)),
                    "mixed derivatives between periodic axes");
            double corners = 0;
            for (const long i : {-1, 1})
              for (const long j : {-1, 1})
                corners += static_cast<double>(i * j) * at(q, shifted(shifted(cell, a, i), b, j));
            sum += c.diffusion[a][b](p, q) * corners / (4 * h * current_grid.spacing[b]);
          }
      }
    }
    return sum;
  }

 private:
  double at(int q, const Index& cell) const {
    return y_[q * layout_.stride_component + cell[2] * layout_.stride_z + cell[1] * layout_.stride_y + cell[0]];
  }
  Index shifted(Index cell, std::size_t a, long by) const {
    const long n = current_grid.points[a];
    cell[a] = (cell[a] + by + n) % n;
    return cell;
  }
  // C ρ + D ∂ρ at the face of this cell towards its high (side = 1) or low neighbour.
  double gain(int q, const Index& cell, std::size_t a, std::size_t side, double C, double D) const {
    const double h = current_grid.spacing[a], here = at(q, cell);
    const bool at_wall =
        current_grid.boundary[a][0] != Boundary::periodic && cell[a] == (side == 1 ? current_grid.points[a] - 1 : 0);
    const double sign = side == 1 ? 1 : -1;
    if (at_wall) return current_grid.boundary[a][side] == Boundary::absorbing ? sign * D * (0 - here) / (h / 2) : 0.0;
    const double there = at(q, shifted(cell, a, side == 1 ? 1 : -1));
    return C * (here + there) / 2 + sign * D * (there - here) / h;
  }

  const double* y_;
  const KernelLayout& layout_;
};

template <class Value>
void sweep(double* out, const KernelLayout& layout, long first, long last, const Value& value) {
  for (int p = 0; p < current_pde.components; ++p)
    for (long row = first; row < last; ++row)
      for (long x = 0; x < layout.n[0]; ++x) {
        const Index cell{x, row % layout.n[1], row / layout.n[1]};
        const long index = p * layout.stride_component + cell[2] * layout.stride_z + cell[1] * layout.stride_y + x;
        out[index] = value(p, cell, index);
      }
}

void rhs(const double* const* in, double* out, const double*, const KernelLayout* layout, long first, long last) {
  const Evaluation L(in[0], *layout);
  sweep(out, *layout, first, last, [&](int p, const Index& cell, long) { return L.right_hand_side(p, cell); });
}

void stage(const double* const* in, double* out, const double* scalars, const KernelLayout* layout, long first,
           long last) {
  const Evaluation L(in[0], *layout);
  sweep(out, *layout, first, last, [&](int p, const Index& cell, long i) {
    return scalars[0] * in[0][i] + scalars[1] * in[1][i] + scalars[2] * in[2][i] + scalars[3] * in[3][i] +
           scalars[4] * L.right_hand_side(p, cell);
  });
}

}  // namespace

ContinuumPde make_pde(const Eigen::MatrixXd& reaction, const std::vector<Eigen::MatrixXd>& drift,
                      const std::vector<std::vector<Eigen::MatrixXd>>& diffusion) {
  ContinuumPde pde;
  pde.dimension = static_cast<int>(drift.size());
  pde.components = static_cast<int>(reaction.rows());
  pde.frame = Eigen::MatrixXd::Identity(pde.dimension, pde.dimension);
  pde.coefficients = {reaction, drift, diffusion};
  for (int p = 0; p < pde.components; ++p) pde.names.push_back("coarse[" + std::to_string(p) + "]");
  return pde;
}

ContinuumPde make_pde(double velocity, double diffusivity) {
  const auto one = [](double value) { return Eigen::MatrixXd::Constant(1, 1, value); };
  return make_pde(one(0), {one(-velocity)}, {{one(diffusivity)}});
}

Grid make_grid(int dimension, long points, double length, Boundary boundary) {
  Grid grid;
  grid.dimension = dimension;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimension); ++a) {
    grid.points[a] = points;
    grid.spacing[a] = length / static_cast<double>(points);
    grid.boundary[a] = {boundary, boundary};
  }
  return grid;
}

Kernels plain_kernels(const ContinuumPde& pde, const Grid& grid) {
  current_pde = pde;
  current_grid = grid;
  Kernels kernels;
  kernels.rhs = rhs;
  kernels.stage = stage;
  return kernels;
}

Field random_field(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 bits(seed);
  Field field(size);
  for (double& value : field) value = static_cast<double>(bits() >> 11) * 0x1p-53;
  return field;
}

double largest_difference(const Field& a, const Field& b) {
  expects(a.size() == b.size(), "fields of one size");
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

double total(const Field& field) {
  return pairwise_sum(0, field.size(), [&](std::size_t i) { return field[i]; });
}

}  // namespace rdd
