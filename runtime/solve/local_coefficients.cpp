#include "runtime/solve/local_coefficients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr long cells_at_once = 64;  // cells evaluated at once, of one row: the same for any number of threads

/// Q, C_a and D_ab with a ≤ b, of coefficients or of their fields.
template <class Equation>
auto matrices_of(Equation& equation) {
  std::vector<decltype(&equation.reaction)> all{&equation.reaction};
  for (auto& drift : equation.drift) all.push_back(&drift);
  for (std::size_t a = 0; a < equation.diffusion.size(); ++a)
    for (std::size_t b = a; b < equation.diffusion.size(); ++b) all.push_back(&equation.diffusion[a][b]);
  return all;
}

/// Zeros, or −1: an equation of this size without anything in it.
template <class Equation, class Matrix>
Equation filled(std::size_t axes, const Matrix& with) {
  Equation all;
  all.reaction = with;
  all.drift.assign(axes, with);
  all.diffusion.assign(axes, std::vector<Matrix>(axes, with));
  return all;
}

template <class Equation>
void mirror(Equation& equation) {
  for (std::size_t a = 0; a < equation.diffusion.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) equation.diffusion[a][b] = equation.diffusion[b][a];
}

}  // namespace

LocalCoefficients::LocalCoefficients(std::vector<Block> blocks, Eigen::MatrixXd frame, Eigen::MatrixXd more_reaction,
                                     int count, LocalParameters parameters, bool follow_time)
    : blocks_(std::move(blocks)),
      parameter_count_(count),
      parameters_(std::move(parameters)),
      follow_time_(follow_time),
      components_(static_cast<int>(more_reaction.rows())),
      dimension_(static_cast<int>(frame.cols())) {
  const auto axes = static_cast<std::size_t>(dimension_);
  const MatrixXd zero = MatrixXd::Zero(components_, components_);
  // Every entry of every table by itself shows where it goes.
  std::vector<std::vector<Coefficients>> parts;
  Index first = 0;
  for (const Block& block : blocks_) {
    const auto size = static_cast<Index>(block.table.entries.size());
    const Index P = block.table.P;
    parts.emplace_back();
    for (Index e = 0; e < size; ++e) {
      Coefficients part = filled<Coefficients>(axes, zero);
      if (block.table.entries[static_cast<std::size_t>(e)].kind != CoefficientTable::Series::Kind::zero) {
        const Coefficients own = along(block.table.matrices(VectorXd::Unit(size, e)), frame);
        const auto from = matrices_of(own);
        const auto to = matrices_of(part);
        for (std::size_t k = 0; k < to.size(); ++k) to[k]->block(first, first, P, P) = *from[k];
      }
      parts.back().push_back(std::move(part));
    }
    first += P;
  }
  expects(first == components_, "as many coarse states as the tables have");

  fields_ = filled<LocalFields>(axes, Eigen::MatrixXi(Eigen::MatrixXi::Constant(components_, components_, -1)));
  std::vector<std::array<Index, 3>> places;  // of the fields: matrix, row and column
  const auto fields = matrices_of(fields_);
  for (std::size_t k = 0; k < fields.size(); ++k)
    for (Index q = 0; q < components_; ++q)
      for (Index p = 0; p < components_; ++p) {
        bool any = k == 0 && more_reaction(p, q) != 0;
        for (const auto& block : parts)
          for (const Coefficients& part : block) any = any || (*matrices_of(part)[k])(p, q) != 0;
        if (!any) continue;
        (*fields[k])(p, q) = fields_.count++;
        places.push_back({static_cast<Index>(k), p, q});
      }
  mirror(fields_);
  added_ = VectorXd::Zero(fields_.count);
  for (std::size_t b = 0; b < parts.size(); ++b) {
    shares_.emplace_back(fields_.count, static_cast<Index>(parts[b].size()));
    for (std::size_t e = 0; e < parts[b].size(); ++e) {
      const auto all = matrices_of(parts[b][e]);
      for (Index f = 0; f < fields_.count; ++f) {
        const auto [k, p, q] = places[static_cast<std::size_t>(f)];
        shares_.back()(f, static_cast<Index>(e)) = (*all[static_cast<std::size_t>(k)])(p, q);
        if (k == 0) added_(f) = more_reaction(p, q);
      }
    }
  }
}

double LocalCoefficients::error() const {
  double worst = 0;
  for (const Block& block : blocks_) worst = std::max(worst, block.table.error);
  return worst;
}

MatrixXd LocalCoefficients::values(const MatrixXd& parameters) const {
  MatrixXd sum = added_.replicate(1, parameters.cols());
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    const Block& block = blocks_[b];
    MatrixXd own(static_cast<Index>(block.parameters.size()), parameters.cols());
    for (std::size_t i = 0; i < block.parameters.size(); ++i)
      own.row(static_cast<Index>(i)) = parameters.row(block.parameters[i]);
    for (Index column = 0; column < own.cols(); ++column) {
      if (block.table.inside({own.col(column).data(), own.col(column).data() + own.rows()})) continue;
      std::string where;
      for (std::size_t i = 0; i < block.parameters.size(); ++i) {
        const ParameterRange& range = block.table.ranges[i];
        where += fmt::format("{}{} = {:.6g} (known from {:.6g} to {:.6g}, SI units)", i ? ", " : "", range.name,
                             own(static_cast<Index>(i), column), range.low, range.high);
      }
      throw FieldRangeError("a field leaves the range in which the coefficients are known: " + where);
    }
    sum += shares_[b] * block.table.entries_at(own);
  }
  return sum;
}

void LocalCoefficients::fill(double time, const Grid& grid, const KernelLayout& layout, Workers& workers,
                             double* out) const {
  const long nx = grid.points[0], rows = grid.points[1] * grid.points[2];
  workers.run(rows, [&](long first, long last) {
    MatrixXd parameters(parameter_count_, cells_at_once);
    for (long row = first; row < last; ++row) {
      const long y = row % grid.points[1], z = row / grid.points[1];
      double* const to = out + z * layout.stride_z + y * layout.stride_y;
      for (long x = 0; x < nx; x += cells_at_once) {
        const long here = std::min(cells_at_once, nx - x);
        for (long i = 0; i < here; ++i) {
          const std::array<double, 3> at = grid.centre(x + i, y, z);
          parameters_({at[0], at[1], at[2], time},
                      {parameters.col(i).data(), static_cast<std::size_t>(parameter_count_)});
        }
        const auto own = parameters.leftCols(here);
        const bool alike = (own.colwise() - own.col(0)).isZero(0);
        const MatrixXd found = alike ? values(own.leftCols(1)) : values(own);
        for (Index f = 0; f < fields_.count; ++f)
          for (long i = 0; i < here; ++i)
            to[f * layout.stride_component + layout.along_x(x + i)] = found(f, alike ? 0 : i);
      }
      for (Index f = 0; f < fields_.count; ++f)
        close_row(to + f * layout.stride_component + layout.halo * ways, nx / ways, layout.halo);
    }
  });
}

Coefficients LocalCoefficients::matrices(const VectorXd& values) const {
  Coefficients all =
      filled<Coefficients>(static_cast<std::size_t>(dimension_), MatrixXd(MatrixXd::Zero(components_, components_)));
  const auto fields = matrices_of(fields_);
  const auto to = matrices_of(all);
  for (std::size_t k = 0; k < fields.size(); ++k)
    for (Index q = 0; q < components_; ++q)
      for (Index p = 0; p < components_; ++p)
        if (const int f = (*fields[k])(p, q); f >= 0) (*to[k])(p, q) = values(f);
  mirror(all);
  return all;
}

Coefficients LocalCoefficients::at(std::span<const double> parameters) const {
  return matrices(values(Eigen::Map<const VectorXd>(parameters.data(), static_cast<Index>(parameters.size()))));
}

void LocalCoefficients::describe(ContinuumPde& pde, const Grid& grid, double until) const {
  constexpr long most_samples = 200'000;
  constexpr int times = 9;
  const int looks = follow_time_ ? times : 1;
  std::array<long, 3> stride{1, 1, 1};
  const auto count = [&](std::size_t a) { return (grid.points[a] + stride[a] - 1) / stride[a]; };
  while (count(0) * count(1) * count(2) * looks > most_samples) {
    const auto most = count(0) >= count(1) && count(0) >= count(2) ? 0u : count(1) >= count(2) ? 1u : 2u;
    stride[most] *= 2;
  }
  VectorXd sum = VectorXd::Zero(fields_.count);
  MatrixXd extremes = MatrixXd::Zero(fields_.count, fields_.count);  // for each field the point where it is largest
  long samples = 0;
  VectorXd parameters(parameter_count_);
  for (int look = 0; look < looks; ++look) {
    const double time = looks > 1 ? until * look / (looks - 1) : 0;
    for (long z = 0; z < grid.points[2]; z += stride[2])
      for (long y = 0; y < grid.points[1]; y += stride[1])
        for (long x = 0; x < grid.points[0]; x += stride[0]) {
          const std::array<double, 3> at = grid.centre(x, y, z);
          parameters_({at[0], at[1], at[2], time}, {parameters.data(), static_cast<std::size_t>(parameter_count_)});
          const VectorXd here = values(parameters);
          sum += here;
          ++samples;
          for (Index f = 0; f < fields_.count; ++f)
            if (std::abs(here(f)) > std::abs(extremes(f, f))) extremes.col(f) = here;
        }
  }
  pde.coefficients = matrices(sum / static_cast<double>(samples));
  pde.extremes.clear();
  for (Index f = 0; f < fields_.count; ++f) {
    bool known = extremes(f, f) == 0;
    for (Index before = 0; before < f; ++before) known = known || extremes.col(before) == extremes.col(f);
    if (!known) pde.extremes.push_back(matrices(extremes.col(f)));
  }
}

}  // namespace rdd
