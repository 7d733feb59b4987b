#include "compiler/readings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/large_network.hpp"
#include "runtime/reduction/sparse_reduction.hpp"
#include "runtime/spectrum/accurate.hpp"

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

/// How many bands are listed.
int listed_bands(const RateNetwork& network) {
  return is_large(network) ? few_bands : network.size();
}

/// λ and ∂λ at k = 0 or elsewhere, of the bands that are listed.
Eigen::VectorXcd listed_lambda(const RateNetwork& network, const VectorXd& phases) {
  if (!is_large(network)) return rates_with_digits(BlochOperator(network), phases);
  return SparseSpectrum(network).slow_bands(phases, few_bands);
}
Eigen::MatrixXcd listed_slopes(const RateNetwork& network, const NetworkDerivatives& by, const VectorXd& phases) {
  std::vector<BandPoint> points;
  for (int band = 0; band < listed_bands(network); ++band) points.push_back({phases, band});
  if (!is_large(network)) return band_derivatives(BlochOperator(network), by, points);
  return sparse_band_derivatives(SparseSpectrum(network), by, points);
}

VectorXd zero_phases(const RateNetwork& network) {
  return VectorXd::Zero(network.lattice.dimension());
}

/// Of all modes but the stationary one, at k = 0.
VectorXd listed_rates(const RateNetwork& network) {
  return listed_lambda(network, zero_phases(network)).tail(listed_bands(network) - 1).real();
}

Transport transport_of(const RateNetwork& network) {
  if (!is_large(network)) return transport(BlochOperator(network, gauge(network)));
  return sparse_transport(network, GroupInverse(network), gauge(network)).transport;
}

/// Would P bands at k = 0 split a complex pair?
bool splits_pair_at(const RateNetwork& network, int P) {
  if (network.reversible) return false;
  if (is_large(network)) return splits_pair(SparseSpectrum(network).slow_modes(P + 3).lambda, P);
  return splits_pair(modes_at_zero(BlochOperator(network), 1).lambda, P);
}

}  // namespace

Reduction reduction_of(const Request& request, const RateNetwork& network, const Memberships* like) {
  const ReduceParams params{.order = request.order, .like = like};
  if (!is_large(network)) return reduce_unresolved(BlochOperator(network, gauge(network)), request.P, params);
  return sparse_reduce_unresolved(SparseSpectrum(network), gauge(network), request.P, params);
}

std::optional<Reduction> reduction_if_any(const Request& request, const RateNetwork& network, const Memberships* like,
                                          const Span& place, Diagnostics& diagnostics) {
  try {
    if (network.size() < request.P || splits_pair_at(network, request.P)) return std::nullopt;
    return reduction_of(request, network, like);
  } catch (const SparseLimit& limit) {
    explain(limit, place, network, diagnostics);
    return std::nullopt;
  }
}

TransportDerivatives transport_slopes(const RateNetwork& network, const NetworkDerivatives& by) {
  if (!is_large(network)) return transport_derivatives(BlochOperator(network, gauge(network)), by);
  const GroupInverse inverse(network);
  return sparse_transport_derivatives(network, by, inverse, sparse_transport(network, inverse, gauge(network)),
                                      gauge(network));
}

ReductionDerivatives reduction_slopes(const RateNetwork& network, const NetworkDerivatives& by,
                                      const Reduction& reduction) {
  if (!is_large(network)) return reduction_derivatives(BlochOperator(network, gauge(network)), by, reduction);
  return sparse_reduction_derivatives(SparseSpectrum(network), gauge(network), by, reduction);
}

VectorXd listed(const Reduction& reduction) {
  return listed(reduction.coefficients, reduction.groups.chi);
}

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
      for (int mode = 1; mode < listed_bands(network); ++mode)
        list.push_back({fmt::format("/timescales/{}", mode - 1), fmt::format("τ_{}", mode), dimension::time()});
      break;
    case Topic::spectrum:
      for (int mode = 0; mode < listed_bands(network); ++mode) {
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

VectorXd values(const Request& request, const RateNetwork& network) {
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift:
      return listed(request.topic, transport_of(network));
    case Topic::timescales:
      return listed_rates(network).cwiseInverse();
    case Topic::spectrum:
      return pairs(listed_lambda(network, request.phases));
    case Topic::coefficients:
      return listed(reduction_of(request, network));
  }
  return {};
}

VectorXd sizes(const Request& request, const RateNetwork& network) {
  if (request.topic == Topic::diffusion || request.topic == Topic::drift)
    return transport_sizes(request.topic, transport_of(network), network);
  const VectorXd value = values(request, network);
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift:
      break;
    case Topic::timescales:
      return value.cwiseAbs();
    case Topic::spectrum: {
      const VectorXd once = band_sizes(BlochOperator(network), listed_lambda(network, request.phases));
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
  const double fastest = bloch.reversible() ? 0 : bloch.network().escape.maxCoeff();
  if (is_large(bloch.network()))  // their vectors, and so their slopes, have three digits fewer than other figures
    return 1e3 * (lambda.cwiseAbs().array() + 1e-6 * fastest);
  return bloch.reversible() ? lambda.cwiseAbs().eval() : VectorXd::Constant(lambda.size(), fastest).eval();
}

Eigen::MatrixXd derivatives(const Request& request, const RateNetwork& network, const NetworkDerivatives& by,
                            bool* kink) {
  const auto count = static_cast<Index>(readings(request, network).size());
  Eigen::MatrixXd all(count, by.parameters());
  switch (request.topic) {
    case Topic::diffusion:
    case Topic::drift: {
      const auto found = transport_slopes(network, by).transport;
      for (Index j = 0; j < all.cols(); ++j) all.col(j) = listed(request.topic, found[static_cast<std::size_t>(j)]);
      break;
    }
    case Topic::timescales: {
      const VectorXd slope = -listed_rates(network).cwiseAbs2().cwiseInverse();  // of 1/λ
      all = slope.asDiagonal() * listed_slopes(network, by, zero_phases(network)).real().bottomRows(count);
      break;
    }
    case Topic::spectrum: {
      const Eigen::MatrixXcd found = listed_slopes(network, by, request.phases);
      for (Index j = 0; j < all.cols(); ++j) all.col(j) = pairs(found.col(j));
      break;
    }
    case Topic::coefficients: {
      const ReductionDerivatives found = reduction_slopes(network, by, reduction_of(request, network));
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
