// Sampling of uncertain parameters (uncertainty.hpp).
#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <random>
#include <thread>

#include "compiler/lower_network.hpp"
#include "compiler/uncertainty.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

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

}  // namespace

Sampled sampled(const Model& model, const Point& point, const Request& request, int samples, int threads,
                const std::function<void(double, long)>& progress) {
  expects(samples >= 2, "two samples or more");
  const std::vector<int> uncertain = uncertain_parameters(model, point);
  std::vector<std::optional<VectorXd>> found(static_cast<std::size_t>(samples));
  std::optional<Memberships> groups;
  if (request.topic == Topic::coefficients) groups = reduction_of(request, point.network).groups;
  const auto value = [&](const RateNetwork& network) -> std::optional<VectorXd> {
    if (groups) {
      Diagnostics silent;
      const auto reduction = reduction_if_any(request, network, &*groups, {}, silent);
      return reduction ? std::optional(listed(*reduction)) : std::nullopt;
    }
    try {
      return values(request, network);
    } catch (const SparseLimit&) {
      return std::nullopt;
    }
  };
  std::atomic<int> next = 0;
  const auto work = [&](bool tells) {
    for (int i = next++; i < samples; i = next++) {
      Diagnostics silent;
      const auto network =
          lower_network(model, drawn(model, point, uncertain, static_cast<std::uint64_t>(i) + 1), silent);
      if (network) found[static_cast<std::size_t>(i)] = value(*network);
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
