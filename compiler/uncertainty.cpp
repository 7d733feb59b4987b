#include "compiler/uncertainty.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <random>
#include <thread>

#include "compiler/large_network.hpp"
#include "compiler/lower_derivatives.hpp"
#include "compiler/lower_network.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double uncertainty_of(const Model& model, int parameter) {
  return *model.parameters[static_cast<std::size_t>(parameter)].uncertainty;
}

/// Values of all parameters where the uncertain ones are moved by what `move` says.
std::vector<double> moved(const Model& model, const Point& point, const std::function<double(int, double)>& move) {
  std::vector<double> values;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Expr& own = model.parameters[i].default_value;
    values.push_back(evaluate(own, values));
    if (point.expressions[i] != own) values[i] = evaluate(point.expressions[i], values);
    values[i] = move(static_cast<int>(i), values[i]);
  }
  return values;
}

class Normal {
 public:
  explicit Normal(std::uint64_t seed) : engine_(seed) {}
  double operator()() {  // Box and Muller; the standard library's differs from one to the next
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  std::mt19937_64 engine_;
};

std::vector<double> drawn(const Model& model, const Point& point, const std::vector<int>& uncertain,
                          std::uint64_t sample) {
  Normal normal(sample);
  return moved(model, point, [&](int i, double value) {
    if (std::ranges::find(uncertain, i) == uncertain.end()) return value;
    const Parameter& parameter = model.parameters[static_cast<std::size_t>(i)];
    constexpr int tries = 1000;
    for (int t = 0; t < tries; ++t) {
      const double candidate = value + normal() * *parameter.uncertainty;
      if (!parameter.range || (candidate >= (*parameter.range)[0] && candidate <= (*parameter.range)[1]))
        return candidate;
    }
    return std::clamp(value, (*parameter.range)[0], (*parameter.range)[1]);
  });
}

/// Derivatives of the frame's columns: F R = a, so ∂F = (1 − F Fᵀ) ∂a R⁻¹ + F Ω, Ω antisymmetric.
MatrixXd frame_change(const MatrixXd& frame, const MatrixXd& vectors, const MatrixXd& change) {
  if (frame.rows() == frame.cols()) return MatrixXd::Zero(frame.rows(), frame.cols());  // Cartesian axes stay
  const MatrixXd r = (frame.transpose() * vectors).triangularView<Eigen::Upper>();
  const MatrixXd turned = r.transpose().triangularView<Eigen::Lower>().solve(change.transpose()).transpose();
  const MatrixXd inside = frame.transpose() * turned;
  MatrixXd omega = inside.triangularView<Eigen::StrictlyLower>();
  omega -= omega.transpose().eval();
  return turned - frame * inside + frame * omega;
}

/// Changes of the coefficients along the frame, from those along the Cartesian axes.
Coefficients along(const MatrixXd& frame, const MatrixXd& change, const Coefficients& c, const Coefficients& dc) {
  const Index n = frame.cols(), m = frame.rows();
  const MatrixXd zero = MatrixXd::Zero(dc.reaction.rows(), dc.reaction.cols());
  Coefficients result{dc.reaction, std::vector<MatrixXd>(static_cast<std::size_t>(n), zero),
                      std::vector<std::vector<MatrixXd>>(static_cast<std::size_t>(n),
                                                         std::vector<MatrixXd>(static_cast<std::size_t>(n), zero))};
  for (Index i = 0; i < n; ++i) {
    for (Index a = 0; a < m; ++a) {
      const auto alpha = static_cast<std::size_t>(a);
      result.drift[static_cast<std::size_t>(i)] += frame(a, i) * dc.drift[alpha] + change(a, i) * c.drift[alpha];
      for (Index j = 0; j < n; ++j)
        for (Index b = 0; b < m; ++b) {
          const auto beta = static_cast<std::size_t>(b);
          result.diffusion[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] +=
              frame(a, i) * frame(b, j) * dc.diffusion[alpha][beta] +
              (change(a, i) * frame(b, j) + frame(a, i) * change(b, j)) * c.diffusion[alpha][beta];
        }
    }
  }
  return result;
}

/// sum += (x u)², entry by entry.
void add_square(MatrixXd& sum, const MatrixXd& x, double u) {
  if (sum.size() == 0) sum = MatrixXd::Zero(x.rows(), x.cols());
  sum += (x * u).cwiseAbs2();
}
void add_square(Coefficients& sum, const Coefficients& x, double u) {
  sum.drift.resize(x.drift.size());
  sum.diffusion.resize(x.diffusion.size());
  add_square(sum.reaction, x.reaction, u);
  for (std::size_t a = 0; a < x.drift.size(); ++a) {
    add_square(sum.drift[a], x.drift[a], u);
    sum.diffusion[a].resize(x.diffusion[a].size());
    for (std::size_t b = 0; b < x.diffusion[a].size(); ++b) add_square(sum.diffusion[a][b], x.diffusion[a][b], u);
  }
}
void take_roots(Coefficients& sum) {
  sum.reaction = sum.reaction.cwiseSqrt().eval();
  for (MatrixXd& x : sum.drift) x = x.cwiseSqrt().eval();
  for (auto& row : sum.diffusion)
    for (MatrixXd& x : row) x = x.cwiseSqrt().eval();
}

}  // namespace

std::vector<int> uncertain_parameters(const Model& model, const Point& point) {
  std::vector<int> all;
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Parameter& parameter = model.parameters[i];
    if (parameter.uncertainty && *parameter.uncertainty > 0 && point.expressions[i] == parameter.default_value)
      all.push_back(static_cast<int>(i));
  }
  return all;
}

std::optional<Propagated> propagated(const Model& model, const Point& point, const Request& request) {
  std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty() || is_large(point.network)) return std::nullopt;
  MatrixXd parts = derivatives(request, point.network, lower_derivatives(model, point, parameters)).cwiseAbs();
  for (Index j = 0; j < parts.cols(); ++j)
    parts.col(j) *= uncertainty_of(model, parameters[static_cast<std::size_t>(j)]);
  VectorXd total = parts.rowwise().norm();
  return Propagated{std::move(total), std::move(parts), std::move(parameters)};
}

std::string not_propagated(const Model& model, const Point& point) {
  if (!is_large(point.network) || uncertain_parameters(model, point).empty()) return "";
  return "uncertainties of parameters are not propagated in networks of this size\n";
}

std::optional<Uncertainties> uncertainties(const Model& model, const Point& point, const Analysis& analysis) {
  const std::vector<int> parameters = uncertain_parameters(model, point);
  if (parameters.empty() || is_large(point.network)) return std::nullopt;
  const NetworkDerivatives by = lower_derivatives(model, point, parameters);
  const BlochOperator bloch(point.network, gauge(point.network));
  const auto transport = transport_derivatives(bloch, by).transport;
  const auto lambda = eigenvalue_derivatives(BlochOperator(point.network), by, VectorXd::Zero(bloch.dimension()));
  const auto reduced = reduction_derivatives(bloch, by, analysis.reduction);
  const MatrixXd& frame = analysis.pde.frame;

  MatrixXd diffusion, first_order, velocity, real, imaginary;
  Uncertainties result;
  for (std::size_t j = 0; j < parameters.size(); ++j) {
    const double u = uncertainty_of(model, parameters[j]);
    add_square(diffusion, transport[j].diffusion, u);
    add_square(first_order, transport[j].diffusion_first_order, u);
    add_square(velocity, transport[j].velocity, u);
    add_square(real, lambda.derivatives.real().col(static_cast<Index>(j)), u);
    add_square(imaginary, lambda.derivatives.imag().col(static_cast<Index>(j)), u);
    add_square(result.coefficients,
               along(frame, frame_change(frame, point.network.lattice.vectors, by.vectors[j]),
                     analysis.reduction.coefficients, reduced.coefficients[j]),
               u);
  }
  result.transport = {diffusion.cwiseSqrt(), first_order.cwiseSqrt(), velocity.cwiseSqrt()};
  result.lambda.resize(real.rows());
  result.lambda.real() = real.cwiseSqrt();
  result.lambda.imag() = imaginary.cwiseSqrt();
  take_roots(result.coefficients);
  return result;
}

Sampled sampled(const Model& model, const Point& point, const Request& request, int samples, int threads,
                const std::function<void(double, long)>& progress) {
  expects(samples >= 2, "two samples or more");
  const std::vector<int> uncertain = uncertain_parameters(model, point);
  std::vector<std::optional<VectorXd>> found(static_cast<std::size_t>(samples));
  std::atomic<int> next = 0;
  const auto work = [&](bool tells) {
    for (int i = next++; i < samples; i = next++) {
      Diagnostics silent;
      const auto network =
          lower_network(model, drawn(model, point, uncertain, static_cast<std::uint64_t>(i) + 1), silent);
      if (network) found[static_cast<std::size_t>(i)] = values(request, *network);
      if (tells && progress) progress(static_cast<double>(i) / samples, i);
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(work, false);
    work(true);
  }

  std::vector<const VectorXd*> good;
  for (const auto& one : found)
    if (one && one->allFinite()) good.push_back(&*one);
  Sampled result;
  result.samples = static_cast<int>(good.size());
  result.failed = samples - result.samples;
  if (good.size() < 2) return result;
  const Index size = good.front()->size();
  const auto count = static_cast<double>(good.size());
  result.mean = VectorXd::Zero(size);
  for (const VectorXd* one : good) result.mean += *one / count;
  VectorXd second = VectorXd::Zero(size), fourth = second;
  for (const VectorXd* one : good) {
    const Eigen::ArrayXd square = (*one - result.mean).array().square();
    second.array() += square / count;
    fourth.array() += square.square() / count;
  }
  result.deviation = (second * (count / (count - 1))).cwiseSqrt();
  // var(s²) ≈ (μ_4 − σ⁴)/N, and the error of s is that of s² over 2 s.
  result.deviation_error =
      ((fourth.array() - second.array().square()).max(0) / count).sqrt() / (2 * second.array().sqrt());
  result.quantiles.resize(size, 5);
  const double levels[] = {0.025, 0.16, 0.5, 0.84, 0.975};
  std::vector<double> sorted(good.size());
  for (Index r = 0; r < size; ++r) {
    for (std::size_t i = 0; i < good.size(); ++i) sorted[i] = (*good[i])(r);
    std::ranges::sort(sorted);
    for (Index q = 0; q < 5; ++q) {
      const double place = levels[q] * (count - 1);
      const auto below = static_cast<std::size_t>(place);
      const std::size_t above = std::min(below + 1, sorted.size() - 1);
      result.quantiles(r, q) = sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
    }
  }
  return result;
}

bool disagree(double linear, double deviation, double deviation_error) {
  const double difference = std::abs(linear - deviation);
  return difference > 3 * deviation_error && difference > 0.1 * std::max(linear, deviation);
}

}  // namespace rdd
