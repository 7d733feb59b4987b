#include "compiler/kernels/stencil.hpp"

#include <cmath>
#include <utility>

namespace rdd {

using Eigen::Index;
using Eigen::MatrixXd;
using ir::NodePtr;

Linear operator*(const MatrixXd& matrix, Linear linear) {
  for (auto& [offset, weight] : linear.taps) weight = matrix * weight;
  for (auto& [what, weight] : linear.given) weight = matrix * weight;
  return linear;
}
Linear operator*(double factor, Linear linear) {
  for (auto& [offset, weight] : linear.taps) weight *= factor;
  for (auto& [what, weight] : linear.given) weight *= factor;
  return linear;
}
Linear operator/(Linear linear, double divisor) {
  for (auto& [offset, weight] : linear.taps) weight /= divisor;
  for (auto& [what, weight] : linear.given) weight /= divisor;
  return linear;
}
Linear operator+(Linear left, const Linear& right) {
  for (const auto& [offset, weight] : right.taps) {
    const auto [tap, isnew] = left.taps.try_emplace(offset, weight);
    if (!isnew) tap->second += weight;
  }
  for (const auto& [what, weight] : right.given) {
    const auto [known, isnew] = left.given.try_emplace(what, weight);
    if (!isnew) known->second += weight;
  }
  return left;
}
Linear operator-(Linear left, const Linear& right) {
  return std::move(left) + (-1.0) * right;
}

namespace {

/// Taps whose weights are equal up to a sign: W (Σ ± ρ(cell + offset)). One multiplication serves the four corners of a
/// mixed derivative, or both neighbours where there is no drift.
struct Group {
  MatrixXd weight;
  std::vector<std::pair<Offset, int>> members;  ///< offset and sign; the first sign is +
};

/// In the order of their first taps in memory.
std::vector<Group> groups(const Taps& taps) {
  std::vector<Group> found;
  for (const auto& [offset, weight] : taps) {
    int sign = 0;
    for (Group& group : found) {
      if ((group.weight.array() == weight.array()).all()) sign = +1;
      if ((group.weight.array() == -weight.array()).all()) sign = -1;
      if (sign == 0) continue;
      group.members.emplace_back(offset, sign);
      break;
    }
    if (sign == 0) found.push_back({weight, {{offset, +1}}});
  }
  return found;
}

}  // namespace

std::vector<NodePtr> trees(const Taps& taps, int components) {
  const std::vector<Group> by_weight = groups(taps);
  std::vector<NodePtr> rows(static_cast<std::size_t>(components));
  for (int q = 0; q < components; ++q) {
    std::vector<NodePtr> parts(static_cast<std::size_t>(components));
    for (const Group& group : by_weight) {
      NodePtr sum;
      for (const auto& [offset, sign] : group.members) {
        NodePtr tap = ir::load(0, q, offset);
        sum = !sum ? std::move(tap) : sign > 0 ? std::move(sum) + std::move(tap) : std::move(sum) - std::move(tap);
      }
      for (int p = 0; p < components; ++p) {
        const double weight = group.weight(p, q);
        NodePtr& part = parts[static_cast<std::size_t>(p)];
        if (weight == 0) continue;
        if (!part) {
          part = ir::number(weight) * sum;
        } else {
          NodePtr term = ir::number(std::abs(weight)) * sum;
          part = weight > 0 ? std::move(part) + std::move(term) : std::move(part) - std::move(term);
        }
      }
    }
    for (int p = 0; p < components; ++p) {
      NodePtr& row = rows[static_cast<std::size_t>(p)];
      NodePtr& part = parts[static_cast<std::size_t>(p)];
      if (part) row = row ? std::move(row) + std::move(part) : std::move(part);
    }
  }
  return rows;
}

NodePtr plus(NodePtr left, NodePtr right) {
  if (!left || !right) return left ? left : right;
  return std::move(left) + std::move(right);
}
NodePtr minus(NodePtr left, NodePtr right) {
  if (!right) return left;
  return left ? std::move(left) - std::move(right) : ir::number(-1) * std::move(right);
}
NodePtr times(NodePtr left, NodePtr right) {
  if (!left || !right) return nullptr;
  const auto one = [](const NodePtr& node) {
    const auto* n = std::get_if<ir::Number>(&node->value);
    return n && n->value == 1;
  };
  if (one(left)) return right;
  return one(right) ? left : std::move(left) * std::move(right);
}

Trees operator*(double factor, Trees trees) {
  for (NodePtr& node : trees.row) node = times(ir::number(factor), std::move(node));
  return trees;
}
Trees operator/(Trees trees, double divisor) {
  return 1 / divisor * std::move(trees);
}
Trees operator+(Trees left, const Trees& right) {
  for (std::size_t p = 0; p < left.row.size(); ++p) left.row[p] = plus(left.row[p], right.row[p]);
  return left;
}
Trees operator-(Trees left, const Trees& right) {
  for (std::size_t p = 0; p < left.row.size(); ++p) left.row[p] = minus(left.row[p], right.row[p]);
  return left;
}

TreeMatrix operator*(double factor, TreeMatrix matrix) {
  for (auto& row : matrix.rows)
    for (NodePtr& entry : row) entry = times(ir::number(factor), std::move(entry));
  return matrix;
}
TreeMatrix operator+(TreeMatrix left, const TreeMatrix& right) {
  for (std::size_t p = 0; p < left.rows.size(); ++p)
    for (std::size_t q = 0; q < left.rows.size(); ++q) left.rows[p][q] = plus(left.rows[p][q], right.rows[p][q]);
  return left;
}
TreeMatrix operator-(TreeMatrix left, const TreeMatrix& right) {
  for (std::size_t p = 0; p < left.rows.size(); ++p)
    for (std::size_t q = 0; q < left.rows.size(); ++q) left.rows[p][q] = minus(left.rows[p][q], right.rows[p][q]);
  return left;
}
Trees operator*(const TreeMatrix& matrix, const Trees& trees) {
  Trees product{std::vector<NodePtr>(trees.row.size())};
  for (std::size_t p = 0; p < trees.row.size(); ++p)
    for (std::size_t q = 0; q < trees.row.size(); ++q)
      product.row[p] = plus(std::move(product.row[p]), times(matrix.rows[p][q], trees.row[q]));
  return product;
}

MatrixXd pick(const MatrixXd& diagonal, const MatrixXd& right) {
  return diagonal * right;
}
Linear pick(const MatrixXd& diagonal, Linear right) {
  return diagonal * std::move(right);
}
Trees pick(const MatrixXd& diagonal, Trees right) {
  for (std::size_t p = 0; p < right.row.size(); ++p)
    if (diagonal(static_cast<Index>(p), static_cast<Index>(p)) == 0) right.row[p] = nullptr;
  return right;
}
TreeMatrix pick(const MatrixXd& diagonal, TreeMatrix right) {
  for (std::size_t p = 0; p < right.rows.size(); ++p)
    if (diagonal(static_cast<Index>(p), static_cast<Index>(p)) == 0)
      for (NodePtr& entry : right.rows[p]) entry = nullptr;
  return right;
}

}  // namespace rdd
