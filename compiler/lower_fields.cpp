#include "compiler/lower_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/large_network.hpp"
#include "compiler/pipeline.hpp"
#include "runtime/reduction/interpolant.hpp"

namespace rdd {
namespace {

// Values of the fields that are looked at to find their ranges, and times among them.
constexpr long most_samples = 200'000;
constexpr int most_times = 65;

// One number of the fields: the temperature, a component of the force.
struct Varying {
  std::string name;
  int force = -1;  // which component; −1: the temperature
  Expr value;      // over x, y, z, t
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
                const Grid& grid, double until, Diagnostics& diagnostics)
      : block_(block), defects_(defects), grid_(grid), until_(until), diagnostics_(diagnostics) {
    const auto add = [&](std::string name, int force, const Expr& value, const Span& place) {
      all_.push_back({std::move(name), force, rdd::bind(value, parameters), place});
    };
    if (block.field_temperature) add("T", -1, block.field_temperature, block.field_temperature_span);
    for (std::size_t i = 0; i < block.field_force.size(); ++i)
      add(std::string("force along ") + "xyz"[i], static_cast<int>(i), block.field_force[i], block.field_force_span);
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
    for (const Varying& one : all_) parts.parameters.push_back(one.value);
    parts.parameters.push_back(number(0));  // of tables that depend on none of them
    const LocalParameters values = [list = parts.parameters](const std::array<double, 4>& place, std::span<double> to) {
      for (std::size_t i = 0; i < list.size(); ++i) to[i] = evaluate(list[i], {}, place);
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
    diagnostics_.add(Code::BadRange, all_.front().place, "the temperature and three components of a force all vary")
        .here("three numbers at most can")
        .hint("keep one of them constant, or turn the lattice so that the force lies along two axes");
    return false;
  }

  // The interpolant of a defect over those fields that vary and that it feels.
  std::optional<LocalCoefficients::Block> block_of(const Defect& defect) {
    if (is_large(defect.network)) {
      diagnostics_
          .add(Code::TooManyStates, all_.front().place,
               fmt::format("{} states are too many for coefficients that follow a field", defect.network.size()))
          .hint("leave the field out: the temperature and the force of the model hold everywhere");
      return std::nullopt;
    }
    std::vector<ParameterRange> ranges;
    std::vector<int> which;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const Varying& one = all_[i];
      if (!one.varies() || !defect.feels(one.force)) continue;
      const double margin = 0.01 * (one.high - one.low);
      ranges.push_back({one.name, one.force < 0 ? std::max(one.low - margin, one.low / 2) : one.low - margin,
                        one.high + margin, one.force < 0});
      which.push_back(static_cast<int>(i));
    }
    const bool none = ranges.empty();
    if (none) {  // of a number that nothing depends on
      ranges.push_back({"nothing", -1, 1});
      which.push_back(static_cast<int>(all_.size()));
    }
    Diagnostics inside;
    const OperatorAt operator_at = [&](const std::vector<double>& point) -> std::optional<BlochOperator> {
      FieldValues values;
      for (const Varying& one : all_) set(values, one.force, 0.5 * (one.low + one.high));
      for (std::size_t a = 0; !none && a < point.size(); ++a)
        set(values, all_[static_cast<std::size_t>(which[a])].force, point[a]);
      const auto network = defect.network_at(values, inside);
      if (!network) return std::nullopt;
      return BlochOperator(*network, gauge(*network));
    };
    auto table = interpolate(operator_at, ranges, defect.reduction.P, defect.reduction.order);
    const Span& place = all_[none ? 0 : static_cast<std::size_t>(which[0])].place;
    if (!table) {
      auto& diagnostic = diagnostics_.add(
          Code::BadRange, place,
          fmt::format("the model cannot be reduced to {} coarse states everywhere in this field", defect.reduction.P));
      const auto reasons = inside.sorted();
      const auto why = std::ranges::find(reasons, Severity::error, &Diagnostic::severity);
      if (why != reasons.end()) diagnostic.hint("somewhere in it, " + why->message);
      return std::nullopt;
    }
    if (!sound(*table, defect, place)) return std::nullopt;
    return LocalCoefficients::Block{*std::move(table), std::move(which)};
  }

  static void set(FieldValues& values, int force, double value) {
    if (force < 0)
      values.temperature = value;
    else
      values.force[static_cast<std::size_t>(force)] = value;
  }

  bool sound(const CoefficientTable& table, const Defect& defect, const Span& place) {
    constexpr double much = 0.1;
    if (table.min_chi < -much) {
      diagnostics_.add(Code::BadRange, place, "the coarse states are not the same everywhere in this field")
          .here(fmt::format("a membership becomes {:.2g}", table.min_chi))
          .hint("another number of `bands`, or a field that varies less");
      return false;
    }
    if ((table.groups.chi - defect.reduction.groups.chi).cwiseAbs().maxCoeff() > 0.5) {
      diagnostics_
          .add(Code::BadRange, place,
               "the coarse states of this field are not those of the model's own temperature and force")
          .hint("give the model a `temperature` and a `force` within the field");
      return false;
    }
    if (!table.converged)
      diagnostics_.add(Code::PoorInterpolation, place,
                       fmt::format("coefficients follow this field to {:.1e} only", table.error));
    return true;
  }

  const SolveBlock& block_;
  std::span<const Defect> defects_;
  const Grid& grid_;
  double until_;
  Diagnostics& diagnostics_;
  std::vector<Varying> all_;
};

}  // namespace

bool has_fields(const SolveBlock& block) {
  return block.field_temperature || !block.field_force.empty();
}

std::optional<LocalParts> lower_fields(const SolveBlock& block, std::span<const double> parameters,
                                       std::span<const Defect> defects, const Grid& grid, double until,
                                       Eigen::MatrixXd more_reaction, Diagnostics& diagnostics) {
  return FieldLowering(block, parameters, defects, grid, until, diagnostics).parts(std::move(more_reaction));
}

}  // namespace rdd
