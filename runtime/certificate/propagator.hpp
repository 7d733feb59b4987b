// exp(t Q̃(k)) of the full network on a long ladder of times, for networks of any stiffness.
#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "runtime/network/rate_network.hpp"

namespace rdd {

/// 1, 2, 5, 10, 20, 50, … times `first`: round numbers, three a decade.
std::vector<double> time_ladder(double first, int count);

enum class Precision { plain, extended };  ///< sixteen digits, or about thirty

/// Calls `at(i, exp(t_i Q̃(k)))`, in the gauge of cells, for the times of a ladder in ascending order; `at` returns
/// false to end it. `phases` (n): k·a_α, radians.
///
/// A short time by its Taylor series, then products of what is there: E(2t) = E(t)², E(4t) = E(2t)², E(5t) = E(4t)E(t),
/// E(10t) = E(5t)². Four products a decade, whatever the rates. No entry of a column of E grows beyond 1 in sum, so the
/// errors of the products only add up: to about M·ε·t·max R_jj, which is the effect of one rounding of the rates. With
/// slow modes 10^12 times slower than the fastest rates that is all of them, and the products are made with numbers of
/// two doubles (Precision::extended, ε = 1e-31), at some forty times the cost.
void propagate(const RateNetwork& network, const Eigen::Ref<const Eigen::VectorXd>& phases, double first, int count,
               Precision precision, const std::function<bool(int, const Eigen::MatrixXcd&)>& at);

/// The error stated above: absolute, of any entry. The results are handed over in doubles: never below 1e-16.
double propagator_error(const RateNetwork& network, double time, Precision precision);

}  // namespace rdd
