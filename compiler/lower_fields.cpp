#include "compiler/lower_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/pipeline.hpp"
#include "compiler/readings.hpp"
#include "runtime/reduction/interpolant.hpp"

namespace rdd {
namespace {

// Values of the fields that are looked at to find their ranges, and times among them.
constexpr long most_samples = 200'000;
constexpr int most_times = 65;

// One number that varies: the temperature, a component of the force, a parameter.
struct Varying {
  std::string name;
  int force = -1;      // which component; −1: the temperature, or
  int parameter = -1;  // this parameter of the model
  Expr value;          // over x, y, z, t; of a parameter itself
  Span place;
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool varies() const { return high - low > 1e-9 * std::max(std::abs(low), std::abs(high)); }
};

bool uses_time(const Expr& expression) {
  constexpr int time_axis = 3;
  if (const auto* c = std::get_if<expr::Coordinate>(&expression->value)) return c->axis == time_axis;
  const auto* a = std::get_if<expr::Apply>(&expression->value);
  return a && std::any_of(a->arguments.begin(), a->arguments.end(), uses_time);
}

class FieldLowering {
 public:
  FieldLowering(const SolveBlock& block, std::span<const double> parameters, std::span<const Defect> defects,
                const Grid& grid, double until, std::span<const FreeParameter> free, Diagnostics& diagnostics)
      : block_(block),
        parameters_(parameters.begin(), parameters.end()),
        defects_(defects),
        grid_(grid),
        until_(until),
        diagnostics_(diagnostics) {
    const auto add = [&](std::string name, int force, const Expr& value, const Span& place) {
      all_.push_back({std::move(name), force, -1, rdd::bind(value, parameters), place});
    };
    if (block.field_temperature) add("T", -1, block.field_temperature, block.field_temperature_span);
    for (std::size_t i = 0; i < block.field_force.size(); ++i)
      add(std::string("force along ") + "xyz"[i], static_cast<int>(i), block.field_force[i], block.field_force_span);
    for (const FreeParameter& one : free) {
      if (one.temperature && block.field_temperature) continue;  // the field stands in its place
      all_.push_back(
          {one.name, -1, one.temperature ? -1 : one.index, parameter(one.index), one.place, one.low, one.high});
    }
  }

  std::optional<LocalParts> parts(Eigen::MatrixXd more_reaction) {
    LocalParts parts;
    for (const Varying& one : all_) parts.follow_time = parts.follow_time || uses_time(one.value);
    if (parts.follow_time && block_.steady) {
      diagnostics_.add(Code::BadEntry, all_.front().place, "a field that changes in time has no steady state")
          .note(block_.until_span, "the steady state is asked for here");
      return std::nullopt;
    }
    if (!ranges(parts.follow_time)) return std::nullopt;
    std::vector<LocalCoefficients::Block> blocks;
    for (const Defect& defect : defects_) {
      auto block = block_of(defect);
      if (!block) return std::nullopt;
      blocks.push_back(*std::move(block));
    }
    for (const Varying& one : all_) {
      parts.parameters.push_back(one.value);
      if (one.varies() || all_.size() == 1) parts.names += (parts.names.empty() ? "" : ", ") + one.name;
    }
    parts.parameters.push_back(number(0));  // of tables that depend on none of them
    const LocalParameters values = [list = parts.parameters, parameters = parameters_](
                                       const std::array<double, 4>& place, std::span<double> to) {
      for (std::size_t i = 0; i < list.size(); ++i) to[i] = evaluate(list[i], parameters, place);
    };
    parts.frame = defects_[0].pde.frame;
    parts.more_reaction = std::move(more_reaction);
    parts.coefficients =
        std::make_shared<const LocalCoefficients>(std::move(blocks), parts.frame, parts.more_reaction,
                                                  static_cast<int>(parts.parameters.size()), values, parts.follow_time);
    return parts;
  }

 private:
  // What values the fields take at the cells and at a few times.
  bool ranges(bool in_time) {
    const int times = in_time ? most_times : 1;
    std::array<long, 3> stride{1, 1, 1};
    const auto count = [&](std::size_t a) { return (grid_.points[a] - 1) / stride[a] + 1; };
    while (count(0) * count(1) * count(2) * times > most_samples)
      for (std::size_t a = 0; a < 3; ++a) stride[a] = std::min(2 * stride[a], std::max(grid_.points[a], 1L));
    for (Varying& one : all_) {
      if (one.low <= one.high) continue;  // a range that was given
      for (int look = 0; look < times; ++look) {
        const double time = times > 1 ? until_ * look / (times - 1) : 0;
        for (long z = 0; z < grid_.points[2]; z += stride[2])
          for (long y = 0; y < grid_.points[1]; y += stride[1])
            for (long x = 0; x < grid_.points[0]; x += stride[0]) {
              const auto at = grid_.centre(x, y, z);
              const double value = evaluate(one.value, {}, {at[0], at[1], at[2], time});
              if (!std::isfinite(value) || (one.force < 0 && !(value > 0))) {
                diagnostics_
                    .add(Code::NotPositive, one.place,
                         one.force < 0 ? "the temperature must be above zero everywhere" : "the force is not finite")
                    .here(fmt::format("{:.6g} in SI units at x = {:.4g} nm, t = {:.4g} s", value, at[0] * 1e9, time));
                return false;
              }
              one.low = std::min(one.low, value);
              one.high = std::max(one.high, value);
            }
      }
    }
    if (std::count_if(all_.begin(), all_.end(), [](const Varying& one) { return one.varies(); }) <= 3) return true;
    diagnostics_.add(Code::BadRange, all_.front().place, "too much varies at once")
        .here("of temperature, components of a force and free parameters three at most can")
        .hint("keep one of them constant");
    return false;
  }

  // The interpolant of a defect over those fields that vary and that it feels.
  std::optional<LocalCoefficients::Block> block_of(const Defect& defect) {
    std::vector<ParameterRange> ranges;
    std::vector<int> which;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const Varying& one = all_[i];
      if (!one.varies() || !(one.parameter >= 0 ? defect.name.empty() : defect.feels(one.force))) continue;
      const bool thermal = one.force < 0 && one.parameter < 0;
      const double margin = 0.01 * (one.high - one.low);
      ranges.push_back(
          {one.name, thermal ? std::max(one.low - margin, one.low / 2) : one.low - margin, one.high + margin, thermal});
      which.push_back(static_cast<int>(i));
    }
    const bool none = ranges.empty();
    if (none) {  // of a number that nothing depends on
      ranges.push_back({"nothing", -1, 1});
      which.push_back(static_cast<int>(all_.size()));
    }
    Diagnostics inside;
    const Request request{.topic = Topic::coefficients, .P = defect.reduction.P, .order = defect.reduction.order};
    const Span& place = all_[none ? 0 : static_cast<std::size_t>(which[0])].place;
    const ReductionAt reduction_at = [&](const std::vector<double>& point,
                                         const Memberships* like) -> std::optional<Reduction> {
      FieldValues values;
      for (const Varying& one : all_) set(values, one, 0.5 * (one.low + one.high));
      for (std::size_t a = 0; !none && a < point.size(); ++a)
        set(values, all_[static_cast<std::size_t>(which[a])], point[a]);
      const auto network = defect.network_at(values, inside);
      if (!network) return std::nullopt;
      return reduction_if_any(request, *network, like, place, inside);
    };
    auto table = interpolate(reduction_at, ranges);
    if (!table) {
      auto& diagnostic = diagnostics_.add(
          Code::BadRange, place,
          fmt::format("the model cannot be reduced to {} coarse states everywhere in this range", defect.reduction.P));
      const auto reasons = inside.sorted();
      const auto why = std::ranges::find(reasons, Severity::error, &Diagnostic::severity);
      if (why != reasons.end()) diagnostic.hint("somewhere in it, " + why->message);
      return std::nullopt;
    }
    if (!sound(*table, defect, place)) return std::nullopt;
    return LocalCoefficients::Block{*std::move(table), std::move(which)};
  }

  static void set(FieldValues& values, const Varying& which, double value) {
    if (which.parameter >= 0)
      values.parameters.emplace_back(which.parameter, value);
    else if (which.force < 0)
      values.temperature = value;
    else
      values.force[static_cast<std::size_t>(which.force)] = value;
  }

  bool sound(const CoefficientTable& table, const Defect& defect, const Span& place) {
    constexpr double much = 0.1;
    if (table.min_chi < -much) {
      diagnostics_.add(Code::BadRange, place, "the coarse states are not the same everywhere in this range")
          .here(fmt::format("a membership becomes {:.2g}", table.min_chi))
          .hint("another number of `bands`, or a shorter range");
      return false;
    }
    if ((table.groups.chi - defect.reduction.groups.chi).cwiseAbs().maxCoeff() > 0.5) {
      diagnostics_
          .add(Code::BadRange, place, "the coarse states of this range are not those of the model's own parameters")
          .hint("give the model a temperature, a force and parameters within the range");
      return false;
    }
    if (!table.converged)
      diagnostics_.add(Code::PoorInterpolation, place,
                       fmt::format("coefficients follow this to {:.1e} only", table.error));
    return true;
  }

  const SolveBlock& block_;
  std::vector<double> parameters_;
  std::span<const Defect> defects_;
  const Grid& grid_;
  double until_;
  Diagnostics& diagnostics_;
  std::vector<Varying> all_;
};

}  // namespace

std::vector<int> numbers(std::span<const FreeParameter> free) {
  std::vector<int> all;
  for (const FreeParameter& one : free) all.push_back(one.index);
  return all;
}

bool has_fields(const SolveBlock& block) {
  return block.field_temperature || !block.field_force.empty();
}

std::optional<LocalParts> lower_fields(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, const Grid& grid, double until,
                                       Eigen::MatrixXd more_reaction, std::span<const FreeParameter> free,
                                       Diagnostics& diagnostics) {
  return FieldLowering(block, parameters, defects, grid, until, free, diagnostics).parts(std::move(more_reaction));
}

}  // namespace rdd
