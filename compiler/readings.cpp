#include "compiler/readings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
constexpr const char* axis_names = "xyz";

Dimension diffusivity() {
  return dimension::length() * dimension::length() / dimension::time();
}
Dimension velocity() {
  return dimension::length() / dimension::time();
}

void append(std::vector<double>& list, const Eigen::MatrixXd& matrix) {
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < matrix.cols(); ++j) list.push_back(matrix(i, j));
}
VectorXd vector(const std::vector<double>& list) {
  return Eigen::Map<const VectorXd>(list.data(), static_cast<Index>(list.size()));
}

VectorXd listed(const Coefficients& c, const Eigen::MatrixXd& chi) {
  std::vector<double> rows;
  append(rows, chi);
  VectorXd all(listed(c).size() + chi.size());
  all << listed(c), vector(rows);
  return all;
}

VectorXd pairs(const Eigen::Ref<const Eigen::VectorXcd>& lambda) {
  VectorXd list(2 * lambda.size());
  for (Index m = 0; m < lambda.size(); ++m) list.segment(2 * m, 2) << lambda(m).real(), lambda(m).imag();
  return list;
}

VectorXd zero_phases(const RateNetwork& network) {
  return VectorXd::Zero(network.lattice.dimension());
}

}  // namespace

VectorXd listed(const Coefficients& c) {
  std::vector<double> list;
  append(list, c.reaction);
  for (const Eigen::MatrixXd& drift : c.drift) append(list, drift);
  for (std::size_t a = 0; a < c.diffusion.size(); ++a)
    for (std::size_t b = a; b < c.diffusion.size(); ++b) append(list, c.diffusion[a][b]);
  return vector(list);
}

VectorXd listed(Topic topic, const Transport& transport) {
  if (topic == Topic::drift) return transport.velocity;
  std::vector<double> list;
  append(list, transport.diffusion);
  append(list, transport.diffusion_first_order);
  return vector(list);
}

VectorXd transport_sizes(Topic topic, const Transport& transport, const RateNetwork& network) {
  const VectorXd value = listed(topic, transport);
  const double diffusion = transport.diffusion.cwiseAbs().maxCoeff();
  if (topic == Topic::drift) {
    const double cell = network.lattice.vectors.colwise().norm().minCoeff();
    return VectorXd::Constant(value.size(), std::max(value.cwiseAbs().maxCoeff(), diffusion / cell));
  }
  VectorXd result = VectorXd::Constant(value.size(), transport.diffusion_first_order.cwiseAbs().maxCoeff());
  result.head(value.size() / 2).setConstant(diffusion);
  return result;
}

std::vector<Reading> readings(const Request& request, const RateNetwork& network) {
  std::vector<Reading> list;
  const int m = network.lattice.embedding();
  const auto matrix = [&](const std::string& path, const std::string& name, int rows, int columns,
                          const Dimension& dimension) {
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        list.push_back({fmt::format("{}/{}/{}", path, i, j), fmt::format("{}[{},{}]", name, i, j), dimension});
  };
  switch (request.topic) {
    case Topic::diffusion:
      for (const auto& [key, name] : {std::pair{"D", "D"}, std::pair{"D_first_order", "D⁰"}})
        for (int i = 0; i < m; ++i)
          for (int j = 0; j < m; ++j)
            list.push_back({fmt::format("/{}/{}/{}", key, i, j),
                            fmt::format("{}_{}{}", name, axis_names[i], axis_names[j]), diffusivity()});
      break;
    case Topic::drift:
      for (int i = 0; i < m; ++i)
        list.push_back({fmt::format("/v/{}", i), fmt::format("v_{}", axis_names[i]), velocity()});
      break;
    case Topic::timescales:
      for (int mode = 1; mode < (is_large(network) ? few_bands : network.size()); ++mode)
        list.push_back({fmt::format("/timescales/{}", mode - 1), fmt::format("τ_{}", mode), dimension::time()});
      break;
    case Topic::spectrum:
      for (int mode = 0; mode < network.size(); ++mode) {
        list.push_back({fmt::format("/lambda/{}/0", mode), fmt::format("λ_{}", mode), dimension::rate()});
        list.push_back({fmt::format("/lambda/{}/1", mode), fmt::format("Im λ_{}", mode), dimension::rate()});
      }
      break;
    case Topic::coefficients:
      matrix("/Q", "Q", request.P, request.P, dimension::rate());
      for (int a = 0; a < m; ++a)
        matrix(fmt::format("/C/{}", axis_names[a]), fmt::format("C_{}", axis_names[a]), request.P, request.P,
               velocity());
      for (int a = 0; a < m; ++a)
        for (int b = a; b < m; ++b)
          matrix(fmt::format("/D/{}{}", axis_names[a], axis_names[b]),
                 fmt::format("D_{}{}", axis_names[a], axis_names[b]), request.P, request.P, diffusivity());
      matrix("/chi", "χ", network.size(), request.P, {});
      break;
  }
  return list;
}

VectorXd values(const Request& request, const RateNetwork& network, const Memberships* like) {
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift:
      return listed(request.topic, transport(BlochOperator(network, gauge(network))));
    case Topic::timescales: {
      const Eigen::VectorXcd lambda = bands_at(BlochOperator(network), zero_phases(network));
      return lambda.tail(lambda.size() - 1).real().cwiseInverse();
    }
    case Topic::spectrum:
      return pairs(bands_at(BlochOperator(network), request.phases));
    case Topic::coefficients: {
      const Reduction found =
          reduce_unresolved(BlochOperator(network, gauge(network)), request.P, {.order = request.order, .like = like});
      return listed(found.coefficients, found.groups.chi);
    }
  }
  return {};
}

VectorXd sizes(const Request& request, const RateNetwork& network) {
  if (request.topic == Topic::diffusion || request.topic == Topic::drift)
    return transport_sizes(request.topic, transport(BlochOperator(network, gauge(network))), network);
  const VectorXd value = values(request, network);
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift:
      break;
    case Topic::timescales:
      return value.cwiseAbs();
    case Topic::spectrum: {
      const Eigen::VectorXcd lambda = bands_at(BlochOperator(network), request.phases);
      const VectorXd once = band_sizes(BlochOperator(network), lambda);
      VectorXd twice(value.size());
      for (Index m = 0; m < once.size(); ++m) twice.segment(2 * m, 2).setConstant(once(m));
      return twice;
    }
    case Topic::coefficients: {
      const int m = network.lattice.embedding();
      const Index entries = (1 + m + m * (m + 1) / 2) * request.P * request.P;
      VectorXd result = VectorXd::Ones(value.size());  // memberships
      result.head(entries) = coefficient_sizes(coefficients_of(value.head(entries), request.P, m), network);
      return result;
    }
  }
  return {};
}

VectorXd coefficient_sizes(const Coefficients& c, const RateNetwork& network) {
  if (c.components() == network.size()) return listed(c).cwiseAbs();
  Coefficients size = c;
  double drift = 0, diffusion = 0;
  const double reaction = c.reaction.cwiseAbs().maxCoeff();
  for (const Eigen::MatrixXd& entry : c.drift) drift = std::max(drift, entry.cwiseAbs().maxCoeff());
  for (const auto& row : c.diffusion)
    for (const Eigen::MatrixXd& entry : row) diffusion = std::max(diffusion, entry.cwiseAbs().maxCoeff());
  // A velocity that the others make: the round-off of drifts that are zero.
  const double cell = network.lattice.vectors.colwise().norm().minCoeff();
  drift = std::max({drift, diffusion / cell, std::sqrt(reaction * diffusion)});
  size.reaction.setConstant(reaction);
  for (Eigen::MatrixXd& entry : size.drift) entry.setConstant(drift);
  for (auto& row : size.diffusion)
    for (Eigen::MatrixXd& entry : row) entry.setConstant(diffusion);
  return listed(size);
}

VectorXd band_sizes(const BlochOperator& bloch, const Eigen::Ref<const Eigen::VectorXcd>& lambda) {
  return bloch.reversible() ? lambda.cwiseAbs().eval()
                            : VectorXd::Constant(lambda.size(), bloch.network().escape.maxCoeff()).eval();
}

Eigen::MatrixXd derivatives(const Request& request, const RateNetwork& network, const NetworkDerivatives& by,
                            bool* kink) {
  const auto count = static_cast<Index>(readings(request, network).size());
  Eigen::MatrixXd all(count, by.parameters());
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift: {
      const auto found = transport_derivatives(BlochOperator(network, gauge(network)), by).transport;
      for (Index j = 0; j < all.cols(); ++j) all.col(j) = listed(request.topic, found[static_cast<std::size_t>(j)]);
      break;
    }
    case Topic::timescales: {
      const EigenvalueDerivatives found = eigenvalue_derivatives(BlochOperator(network), by, zero_phases(network));
      const VectorXd rates = found.lambda.real().tail(count);
      const VectorXd slope = -rates.cwiseAbs2().cwiseInverse();  // of 1/λ
      all = slope.asDiagonal() * found.derivatives.real().bottomRows(count);
      break;
    }
    case Topic::spectrum: {
      const EigenvalueDerivatives found = eigenvalue_derivatives(BlochOperator(network), by, request.phases);
      for (Index j = 0; j < all.cols(); ++j) all.col(j) = pairs(found.derivatives.col(j));
      break;
    }
    case Topic::coefficients: {
      const BlochOperator bloch(network, gauge(network));
      const Reduction reduction = reduce_unresolved(bloch, request.P, {.order = request.order});
      const ReductionDerivatives found = reduction_derivatives(bloch, by, reduction);
      if (kink) *kink = found.kink;
      for (Index j = 0; j < all.cols(); ++j)
        all.col(j) = listed(found.coefficients[static_cast<std::size_t>(j)], found.chi[static_cast<std::size_t>(j)]);
      break;
    }
  }
  return all;
}

Eigen::MatrixXd square_of(const Eigen::Ref<const VectorXd>& list, int size) {
  Eigen::MatrixXd matrix(size, size);
  for (Index i = 0; i < size; ++i)
    for (Index j = 0; j < size; ++j) matrix(i, j) = list(size * i + j);
  return matrix;
}

Coefficients coefficients_of(const Eigen::Ref<const VectorXd>& list, int components, int axes) {
  Index at = 0;
  const auto next = [&] {
    const Index size = components * components;
    const Eigen::MatrixXd matrix = square_of(list.segment(at, size), components);
    at += size;
    return matrix;
  };
  Coefficients c;
  c.reaction = next();
  for (int a = 0; a < axes; ++a) c.drift.push_back(next());
  c.diffusion.resize(static_cast<std::size_t>(axes));
  for (std::size_t a = 0; a < c.diffusion.size(); ++a)
    for (std::size_t b = 0; b < c.diffusion.size(); ++b) c.diffusion[a].push_back(b < a ? c.diffusion[b][a] : next());
  return c;
}

}  // namespace rdd
