// What transport is added up from: P quantities that are linear in the densities around a cell, in two forms. `Linear`
// has numbers for weights, so that equal ones can be found; `Trees` has any coefficients, as trees of KernelIr.
#pragma once

#include <Eigen/Core>
#include <array>
#include <map>
#include <tuple>
#include <vector>

#include "compiler/kernels/kernel_ir.hpp"
#include "compiler/kernels/transport.hpp"

namespace rdd {

using Offset = std::array<int, 3>;  ///< of a cell from the one in question

struct MemoryOrder {
  bool operator()(const Offset& a, const Offset& b) const {
    return std::tie(a[2], a[1], a[0]) < std::tie(b[2], b[1], b[0]);
  }
};

using Taps = std::map<Offset, Eigen::MatrixXd, MemoryOrder>;

/// P linear functionals of the P fields around a cell: Σ W ρ(cell + offset) + Σ v · given, with (P, P) weights W and
/// (P) weights v.
struct Linear {
  Taps taps;
  std::map<Given, Eigen::VectorXd> given;
};

Linear operator*(const Eigen::MatrixXd& matrix, Linear linear);
Linear operator*(double factor, Linear linear);
Linear operator/(Linear linear, double divisor);
Linear operator+(Linear left, const Linear& right);
Linear operator-(Linear left, const Linear& right);

/// Trees of the taps, one for each component p: over the sources q, what ρ_q does to ρ_p, Σ number × (sum of loads)
/// over groups of taps whose weights are equal up to a sign; left to right throughout. Numbers that are zero are left
/// out; null where nothing is left. Sums of their own for each q keep the chains of dependent additions short.
std::vector<ir::NodePtr> trees(const Taps& taps, int components);

/// Sums and products of trees, of which null is zero.
ir::NodePtr plus(ir::NodePtr left, ir::NodePtr right);
ir::NodePtr minus(ir::NodePtr left, ir::NodePtr right);
ir::NodePtr times(ir::NodePtr left, ir::NodePtr right);

struct Trees {
  std::vector<ir::NodePtr> row;  ///< (P)
};
Trees operator*(double factor, Trees trees);
Trees operator/(Trees trees, double divisor);
Trees operator+(Trees left, const Trees& right);
Trees operator-(Trees left, const Trees& right);

struct TreeMatrix {
  std::vector<std::vector<ir::NodePtr>> rows;  ///< (P, P)
};
TreeMatrix operator*(double factor, TreeMatrix matrix);
TreeMatrix operator+(TreeMatrix left, const TreeMatrix& right);
TreeMatrix operator-(TreeMatrix left, const TreeMatrix& right);
Trees operator*(const TreeMatrix& matrix, const Trees& trees);

/// The rows that a diagonal of ones and zeros picks.
Eigen::MatrixXd pick(const Eigen::MatrixXd& diagonal, const Eigen::MatrixXd& right);
Linear pick(const Eigen::MatrixXd& diagonal, Linear right);
Trees pick(const Eigen::MatrixXd& diagonal, Trees right);
TreeMatrix pick(const Eigen::MatrixXd& diagonal, TreeMatrix right);

}  // namespace rdd
