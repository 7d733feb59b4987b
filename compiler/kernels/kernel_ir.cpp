#include "compiler/kernels/kernel_ir.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "runtime/expects.hpp"

namespace rdd::ir {
namespace {

template <class T>
NodePtr node(T value) {
  return std::make_shared<const Node>(Node{std::move(value)});
}

/// Calls `visit` once for every node of the tree.
template <class Visit>
void walk(const NodePtr& tree, std::set<const Node*>& seen, const Visit& visit) {
  expects(tree != nullptr, "a tree without holes");
  if (!seen.insert(tree.get()).second) return;
  visit(*tree);
  each_operand(*tree, [&](const NodePtr& operand) { walk(operand, seen, visit); });
}

template <class Visit>
void walk(const Region& region, const Visit& visit) {
  std::set<const Node*> seen;
  for (const Assignment& assignment : region.body) walk(assignment.value, seen, visit);
}

bool inside(Zone zone, int shift, int reach) {
  const int lowest = zone == Zone::low ? 0 : zone == Zone::low_second ? -1 : -reach;
  const int highest = zone == Zone::high ? 0 : zone == Zone::high_second ? 1 : reach;
  return shift >= lowest && shift <= highest;
}

void check(const KernelIr& kernel, const Region& region) {
  std::set<int> assigned;
  for (const Assignment& assignment : region.body) {
    expects(assignment.component >= 0 && assignment.component < kernel.outputs, "an output component of the kernel");
    expects(assigned.insert(assignment.component).second, "one assignment to each component");
  }
  expects(static_cast<int>(assigned.size()) == kernel.outputs, "every component assigned");
  walk(region, [&](const Node& node) {
    if (const auto* load = std::get_if<Load>(&node.value)) {
      expects(load->input >= 0 && load->input < static_cast<int>(kernel.inputs.size()), "an input of the kernel");
      expects(load->component >= 0 && load->component < components(kernel, load->input), "a component of the input");
      for (std::size_t axis = 0; axis < 3; ++axis) {
        expects(inside(region.zones[axis], load->shift[axis], kernel.reach), "loads that stay inside the walls");
        expects(static_cast<int>(axis) < kernel.dimension || load->shift[axis] == 0, "no shift along an unused axis");
      }
    } else if (const auto* scalar = std::get_if<Scalar>(&node.value)) {
      expects(scalar->index >= 0 && scalar->index < static_cast<int>(kernel.scalars.size()), "a scalar of the kernel");
    } else if (const auto* index = std::get_if<Index>(&node.value)) {
      expects(index->axis >= 0 && index->axis < kernel.dimension, "an axis of the kernel");
    } else if (const auto* number = std::get_if<Number>(&node.value)) {
      expects(std::isfinite(number->value), "finite coefficients");
    }
  });
}

}  // namespace

NodePtr number(double value) {
  return node(Number{value});
}
NodePtr scalar(int index) {
  return node(Scalar{index});
}
NodePtr index(int axis) {
  return node(Index{axis});
}
NodePtr load(int input, int component, const std::array<int, 3>& shift) {
  return node(Load{input, component, shift});
}
NodePtr operator+(NodePtr left, NodePtr right) {
  return node(Add{std::move(left), std::move(right)});
}
NodePtr operator-(NodePtr left, NodePtr right) {
  return node(Subtract{std::move(left), std::move(right)});
}
NodePtr operator*(NodePtr left, NodePtr right) {
  return node(Multiply{std::move(left), std::move(right)});
}

NodePtr operator/(NodePtr left, NodePtr right) {
  return node(Divide{std::move(left), std::move(right)});
}
NodePtr apply(expr::Operation operation, std::vector<NodePtr> arguments) {
  return node(Apply{operation, std::move(arguments)});
}

bool is_leaf(const Node& node) {
  return std::holds_alternative<Number>(node.value) || std::holds_alternative<Scalar>(node.value) ||
         std::holds_alternative<Index>(node.value) || std::holds_alternative<Load>(node.value);
}

int components(const KernelIr& kernel, int input) {
  const bool coefficients = kernel.coefficient_fields > 0 && input + 1 == static_cast<int>(kernel.inputs.size());
  return coefficients ? kernel.coefficient_fields : kernel.components;
}

std::string name(Zone zone) {
  switch (zone) {
    case Zone::low:
      return "low";
    case Zone::low_second:
      return "low_second";
    case Zone::middle:
      return "middle";
    case Zone::high_second:
      return "high_second";
    case Zone::high:
      return "high";
    case Zone::any:
      break;
  }
  return "any";
}

std::vector<Zone> KernelIr::zones(int axis) const {
  if (periodic[static_cast<std::size_t>(axis)]) return {Zone::any};
  if (reach == 1) return {Zone::low, Zone::middle, Zone::high};
  return {Zone::low, Zone::low_second, Zone::middle, Zone::high_second, Zone::high};
}

void check(const KernelIr& kernel) {
  expects(kernel.dimension >= 1 && kernel.dimension <= 3, "1, 2 or 3 dimensions");
  expects(kernel.components >= 1 && kernel.outputs >= 1, "at least one component");
  expects(kernel.reach == 1 || kernel.reach == 2, "loads of neighbours, or of theirs");
  std::set<std::array<Zone, 3>> covered;
  for (const Region& region : kernel.regions) {
    for (std::size_t axis = 0; axis < 3; ++axis)
      expects((region.zones[axis] == Zone::any) == kernel.periodic[axis], "zones on walled axes and only there");
    expects(covered.insert(region.zones).second, "disjoint regions");
    check(kernel, region);
  }
  const std::size_t places = kernel.zones(0).size() * kernel.zones(1).size() * kernel.zones(2).size();
  expects(covered.size() == places, "regions that cover the grid");
}

std::vector<RowKind> row_kinds(const KernelIr& kernel) {
  std::vector<RowKind> kinds;
  for (const Zone z : kernel.zones(2)) {
    for (const Zone y : kernel.zones(1)) {
      RowKind kind{y, z, {}};
      for (const Zone x : kernel.zones(0)) {
        const auto found = std::find_if(kernel.regions.begin(), kernel.regions.end(), [&](const Region& region) {
          return region.zones == std::array<Zone, 3>{x, y, z};
        });
        expects(found != kernel.regions.end(), "a region for every place");
        kind.along_x.push_back(&*found);
      }
      kinds.push_back(std::move(kind));
    }
  }
  return kinds;
}

std::vector<Load> loads(const std::vector<const Region*>& regions) {
  std::vector<Load> found;
  for (const Region* region : regions)
    walk(*region, [&](const Node& node) {
      if (const auto* load = std::get_if<Load>(&node.value)) found.push_back(*load);
    });
  const auto key = [](const Load& l) { return std::tuple(l.input, l.component, l.shift[2], l.shift[1], l.shift[0]); };
  std::sort(found.begin(), found.end(), [&](const Load& a, const Load& b) { return key(a) < key(b); });
  const auto same = [&](const Load& a, const Load& b) { return key(a) == key(b); };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

std::vector<Load> last_rows(const Region& region) {
  std::vector<Load> last;  // loads of a component stand together, in the order of their rows
  for (const Load& l : loads({&region})) {
    if (!last.empty() && last.back().input == l.input && last.back().component == l.component) last.pop_back();
    last.push_back(l);
  }
  return last;
}

std::vector<NodePtr> independent_sums(const Region& region) {
  constexpr std::size_t long_sum = 12;  // nodes; what is shorter is no longer than the wait for a load
  std::map<const Node*, std::size_t> sizes;
  const std::function<std::size_t(const NodePtr&)> size = [&](const NodePtr& node) {
    if (const auto known = sizes.find(node.get()); known != sizes.end()) return known->second;
    std::size_t all = 1;
    each_operand(*node, [&](const NodePtr& operand) { all += size(operand); });
    return sizes[node.get()] = std::min(all, long_sum + 1);
  };
  std::vector<NodePtr> sums;
  const std::function<void(const NodePtr&)> split = [&](const NodePtr& node) {
    std::vector<NodePtr> parts;
    each_operand(*node, [&](const NodePtr& operand) {
      if (size(operand) > long_sum) parts.push_back(operand);
    });
    const bool sum = std::holds_alternative<Add>(node->value) || std::holds_alternative<Subtract>(node->value);
    if (parts.empty() || (parts.size() == 1 && sum)) {
      if (std::find(sums.begin(), sums.end(), node) == sums.end()) sums.push_back(node);
    } else {
      for (const NodePtr& part : parts) split(part);
    }
  };
  for (const Assignment& a : region.body)
    if (size(a.value) > long_sum) split(a.value);
  std::set<const Node*> inside;
  const std::function<void(const NodePtr&)> enter = [&](const NodePtr& node) {
    each_operand(*node, [&](const NodePtr& operand) {
      if (inside.insert(operand.get()).second) enter(operand);
    });
  };
  for (const NodePtr& sum : sums) enter(sum);
  std::erase_if(sums, [&](const NodePtr& sum) { return inside.contains(sum.get()); });
  if (sums.size() == 1) sums.clear();
  return sums;
}

std::set<int> scalars(const std::vector<const Region*>& regions) {
  std::set<int> found;
  for (const Region* region : regions)
    walk(*region, [&](const Node& node) {
      if (const auto* scalar = std::get_if<Scalar>(&node.value)) found.insert(scalar->index);
    });
  return found;
}

std::set<int> indices(const std::vector<const Region*>& regions) {
  std::set<int> found;
  for (const Region* region : regions)
    walk(*region, [&](const Node& node) {
      if (const auto* index = std::get_if<Index>(&node.value)) found.insert(index->axis);
    });
  return found;
}

std::set<expr::Operation> operations(const std::vector<const Region*>& regions) {
  std::set<expr::Operation> found;
  for (const Region* region : regions)
    walk(*region, [&](const Node& node) {
      if (const auto* apply = std::get_if<Apply>(&node.value)) found.insert(apply->operation);
    });
  return found;
}

}  // namespace rdd::ir
