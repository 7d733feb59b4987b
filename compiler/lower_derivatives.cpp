// Each expression of the model gives its gradient by all parameters in one pass; what a parameter takes along with it
// (`param b = 2 * a`, `let`, kT) turns that into total derivatives. The formulas of lower_network are evaluated with
// numbers that carry these along.
#include "compiler/lower_derivatives.hpp"

#include <cmath>

#include "compiler/lower_network.hpp"
#include "compiler/rate_formulas.hpp"

namespace rdd {
namespace {

using Eigen::Index;

/// A number and its derivatives by the chosen parameters; an empty gradient is zero.
struct Dual {
  double value = 0;
  Eigen::VectorXd gradient;

  Dual() = default;
  explicit Dual(double number) : value(number) {}
  Dual(double number, Eigen::VectorXd derivatives) : value(number), gradient(std::move(derivatives)) {}
};

/// a ∂x + b ∂y
Eigen::VectorXd combined(double a, const Eigen::VectorXd& x, double b, const Eigen::VectorXd& y) {
  if (x.size() == 0 && y.size() == 0) return {};
  if (x.size() == 0) return b * y;
  if (y.size() == 0) return a * x;
  return a * x + b * y;
}

Dual operator+(const Dual& x, const Dual& y) {
  return {x.value + y.value, combined(1, x.gradient, 1, y.gradient)};
}
Dual operator-(const Dual& x, const Dual& y) {
  return {x.value - y.value, combined(1, x.gradient, -1, y.gradient)};
}
Dual operator*(const Dual& x, const Dual& y) {
  return {x.value * y.value, combined(y.value, x.gradient, x.value, y.gradient)};
}
Dual operator/(const Dual& x, const Dual& y) {
  const double quotient = x.value / y.value;
  return {quotient, combined(1 / y.value, x.gradient, -quotient / y.value, y.gradient)};
}
Dual log(const Dual& x) {
  return {std::log(x.value), combined(1 / x.value, x.gradient, 0, {})};
}

/// (all parameters, chosen ones): how each parameter moves with those that were chosen.
Eigen::MatrixXd total(const Model& model, const Point& point, std::span<const int> chosen) {
  const std::size_t count = model.parameters.size();
  Eigen::MatrixXd moves = Eigen::MatrixXd::Zero(static_cast<Index>(count), static_cast<Index>(chosen.size()));
  std::vector<double> gradient(count), values = point.parameters;
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = static_cast<Index>(i);
    const auto follow = [&](const Expr& expression) {
      value_and_gradient(expression, values, gradient);
      const Eigen::Map<const Eigen::RowVectorXd> slopes(gradient.data(), static_cast<Index>(count));
      moves.row(row) = (slopes.head(row + 1) * moves.topRows(row + 1)).eval();
    };
    const Expr& own = model.parameters[i].default_value;
    if (point.expressions[i] != own) {  // set; its expression may use what the value was without the setting
      values[i] = evaluate(own, values);
      follow(own);
    }
    follow(point.expressions[i]);
    values[i] = point.parameters[i];
    for (std::size_t j = 0; j < chosen.size(); ++j)
      if (chosen[j] == static_cast<int>(i)) moves(row, static_cast<Index>(j)) += 1;
  }
  return moves;
}

class DerivativeLowering {
 public:
  DerivativeLowering(const Model& model, const Point& point, std::span<const int> chosen)
      : model_(model),
        point_(point),
        count_(static_cast<Index>(chosen.size())),
        moves_(total(model, point, chosen)),
        gradient_(model.parameters.size()) {}

  Eigen::MatrixXd of(std::span<const Expr> expressions) {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(static_cast<Index>(expressions.size()), count_);
    for (Index i = 0; i < result.rows(); ++i) store(value(expressions[static_cast<std::size_t>(i)]), result.row(i));
    return result;
  }

  NetworkDerivatives network() {
    const Dual kT = model_.temperature ? value(parameter(*model_.temperature)) * Dual(boltzmann) : Dual(1.0);
    NetworkDerivatives result;
    lattice(result);
    positions(result);
    std::vector<Dual> log_weights;
    result.log_weights = Eigen::MatrixXd::Zero(point_.network.size(), count_);
    for (const ModelState& state : model_.states) {
      log_weights.push_back(log_weight<Dual>(state, kT, [this](const Expr& expression) { return value(expression); }));
      store(log_weights.back(), result.log_weights.row(static_cast<Index>(log_weights.size()) - 1));
    }
    std::vector<Dual> force;
    for (const Expr& component : model_.force) force.push_back(value(component));
    const Dual split = model_.force_split ? value(model_.force_split) : Dual(0.5);

    result.log_rates = Eigen::MatrixXd::Zero(static_cast<Index>(point_.network.hops.size()), count_);
    const std::vector<bool> back = leads_back(model_);
    Index hop = 0;
    for (std::size_t t = 0; t < model_.transitions.size(); ++t) {
      const ModelTransition& transition = model_.transitions[t];
      const Dual bare = log(value(transition.rate));
      Dual work(0.0);
      for (std::size_t c = 0; c < force.size(); ++c) work = work + force[c] * displacement(transition, c) / kT;
      store(bare + (back[t] ? reverse_tilt(split, work) : forward_tilt(split, work)), result.log_rates.row(hop++));
      if (!transition.reversible) continue;
      const Dual balance =
          log_weights[static_cast<std::size_t>(transition.from)] - log_weights[static_cast<std::size_t>(transition.to)];
      store(bare + backward_tilt(balance, split, work), result.log_rates.row(hop++));
    }
    return result;
  }

 private:
  Dual value(const Expr& expression) {
    const double number = value_and_gradient(expression, point_.parameters, gradient_);
    const Eigen::Map<const Eigen::VectorXd> slopes(gradient_.data(), static_cast<Index>(gradient_.size()));
    if (slopes.isZero(0)) return Dual(number);
    return {number, moves_.transpose() * slopes};
  }

  static void store(const Dual& number, Eigen::Ref<Eigen::RowVectorXd, 0, Eigen::InnerStride<>> row) {
    if (number.gradient.size() > 0) row = number.gradient.transpose();
  }

  void lattice(NetworkDerivatives& result) {
    const Lattice& lattice = point_.network.lattice;
    result.vectors.assign(static_cast<std::size_t>(count_),
                          Eigen::MatrixXd::Zero(lattice.embedding(), lattice.dimension()));
    for (int a = 0; a < lattice.dimension(); ++a) {
      vectors_.emplace_back();
      for (int c = 0; c < lattice.embedding(); ++c) {
        vectors_.back().push_back(
            value(model_.lattice.vectors[static_cast<std::size_t>(a)][static_cast<std::size_t>(c)]));
        spread(vectors_.back().back(), result.vectors, c, a);
      }
    }
  }

  void positions(NetworkDerivatives& result) {
    if (!point_.network.positions) return;
    const int embedding = point_.network.lattice.embedding();
    result.positions.assign(static_cast<std::size_t>(count_), Eigen::MatrixXd::Zero(embedding, point_.network.size()));
    for (std::size_t s = 0; s < model_.states.size(); ++s) {
      std::vector<Dual> fractions;
      for (const Expr& fraction : *model_.states[s].position) fractions.push_back(value(fraction));
      positions_.emplace_back();
      for (int c = 0; c < embedding; ++c) {
        Dual place(0.0);
        for (std::size_t a = 0; a < fractions.size(); ++a)
          place = place + vectors_[a][static_cast<std::size_t>(c)] * fractions[a];
        spread(place, result.positions, c, static_cast<Index>(s));
        positions_.back().push_back(std::move(place));
      }
    }
  }

  /// Entry (row, column) of one matrix for each parameter.
  static void spread(const Dual& number, std::vector<Eigen::MatrixXd>& matrices, Index row, Index column) {
    for (Index j = 0; j < number.gradient.size(); ++j)
      matrices[static_cast<std::size_t>(j)](row, column) = number.gradient(j);
  }

  /// Of a move: by its translation, and by the difference of the positions where the states have any.
  Dual displacement(const ModelTransition& transition, std::size_t component) const {
    Dual sum(0.0);
    for (std::size_t a = 0; a < vectors_.size(); ++a) sum = sum + vectors_[a][component] * Dual(transition.cell[a]);
    if (!positions_.empty())
      sum = sum + (positions_[static_cast<std::size_t>(transition.to)][component] -
                   positions_[static_cast<std::size_t>(transition.from)][component]);
    return sum;
  }

  const Model& model_;
  const Point& point_;
  Index count_;
  Eigen::MatrixXd moves_;
  std::vector<double> gradient_;
  std::vector<std::vector<Dual>> vectors_;    ///< n of m components
  std::vector<std::vector<Dual>> positions_;  ///< M of m components; empty where there are none
};

}  // namespace

std::vector<int> independent_parameters(const Model& model) {
  std::vector<int> all;
  for (std::size_t i = 0; i < model.parameters.size(); ++i)
    if (!model.parameters[i].derived) all.push_back(static_cast<int>(i));
  return all;
}

NetworkDerivatives lower_derivatives(const Model& model, const Point& point, std::span<const int> parameters) {
  return DerivativeLowering(model, point, parameters).network();
}

Eigen::MatrixXd expression_derivatives(const Model& model, const Point& point, std::span<const int> parameters,
                                       std::span<const Expr> expressions) {
  return DerivativeLowering(model, point, parameters).of(expressions);
}

}  // namespace rdd
