// From a graph to the plan of its factorisation (T. A. Davis, Direct Methods for Sparse Linear Systems, 2006).
//
// An order that keeps separators for the end leaves few new entries (nested dissection; optimal for meshes). Which
// column must wait for which is a tree, and runs of columns along it with the same entries below make a supernode: a
// dense matrix, on which the arithmetic is done at full speed. Supernodes are made a little larger than they need be,
// where that stores few zeros.
#include "runtime/sparse/elimination_order.hpp"

#include <metis.h>

#include <Eigen/OrderingMethods>
#include <algorithm>
#include <numeric>

#include "runtime/expects.hpp"
#include "runtime/network/balance.hpp"

namespace rdd {
namespace {

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

constexpr int few = 200;  // states, below which minimum degree is as good as dissection

std::vector<int> minimum_degree(const StateGraph& graph) {
  std::vector<Eigen::Triplet<double, int>> entries;
  for (int s = 0; s < graph.size(); ++s) {
    entries.emplace_back(s, s, 1.0);
    for (int e = graph.start[at(s)]; e < graph.start[at(s) + 1]; ++e) entries.emplace_back(s, graph.next[at(e)], 1.0);
  }
  Eigen::SparseMatrix<double, Eigen::ColMajor, int> matrix(graph.size(), graph.size());
  matrix.setFromTriplets(entries.begin(), entries.end());
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int> permutation;
  Eigen::AMDOrdering<int>()(matrix, permutation);
  return {permutation.indices().data(), permutation.indices().data() + graph.size()};
}

std::vector<int> nested_dissection(const StateGraph& graph) {
  idx_t states = graph.size();
  std::vector<idx_t> start(graph.start.begin(), graph.start.end());
  std::vector<idx_t> next(graph.next.begin(), graph.next.end());
  std::vector<idx_t> order(at(graph.size())), position(at(graph.size()));
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_NUMBERING] = 0;
  options[METIS_OPTION_SEED] = 1;
  const int status = METIS_NodeND(&states, start.data(), next.data(), nullptr, options, order.data(), position.data());
  expects(status == METIS_OK, "an order from METIS");
  return {order.begin(), order.end()};
}

/// The column each column waits for next: the first entry below its diagonal in the factor; -1 for the last.
std::vector<int> elimination_tree(const StateGraph& graph, const std::vector<int>& order,
                                  const std::vector<int>& position) {
  std::vector<int> parent(order.size(), -1), ancestor(order.size(), -1);
  for (int i = 0; i < graph.size(); ++i) {
    const int state = order[at(i)];
    for (int e = graph.start[at(state)]; e < graph.start[at(state) + 1]; ++e) {
      for (int j = position[at(graph.next[at(e)])]; j >= 0 && j < i;) {
        const int above = ancestor[at(j)];
        ancestor[at(j)] = i;
        if (above < 0) parent[at(j)] = i;
        j = above;
      }
    }
  }
  return parent;
}

/// Children directly before their parents, subtree after subtree.
std::vector<int> postorder(const std::vector<int>& parent) {
  const int size = static_cast<int>(parent.size());
  std::vector<int> child(at(size), -1), sibling(at(size), -1), order, stack;
  for (int j = size - 1; j >= 0; --j) {
    if (parent[at(j)] < 0) continue;
    sibling[at(j)] = child[at(parent[at(j)])];
    child[at(parent[at(j)])] = j;
  }
  for (int root = 0; root < size; ++root) {
    if (parent[at(root)] >= 0) continue;
    stack.push_back(root);
    while (!stack.empty()) {
      const int j = stack.back();
      if (const int first = child[at(j)]; first >= 0) {
        child[at(j)] = sibling[at(first)];
        stack.push_back(first);
      } else {
        order.push_back(j);
        stack.pop_back();
      }
    }
  }
  return order;
}

/// Entries of each column of the factor, with the diagonal.
std::vector<int> column_counts(const StateGraph& graph, const EliminationPlan& plan, const std::vector<int>& parent) {
  std::vector<int> count(parent.size(), 1), seen(parent.size(), -1);
  for (int i = 0; i < graph.size(); ++i) {
    seen[at(i)] = i;
    const int state = plan.order[at(i)];
    for (int e = graph.start[at(state)]; e < graph.start[at(state) + 1]; ++e) {
      for (int j = plan.position[at(graph.next[at(e)])]; j < i && seen[at(j)] != i; j = parent[at(j)]) {
        ++count[at(j)];
        seen[at(j)] = i;
      }
    }
  }
  return count;
}

struct Block {
  int first, last;
  double height;  ///< entries of its first column
  double zeros;   ///< stored though they are none
};

double trapezoid(double height, double columns) {
  return columns * height - columns * (columns - 1) / 2;
}

/// May the block be joined with the one its columns lead to? Small ones always; others if that stores few zeros.
bool worth_joining(const Block& child, const Block& parent, Block& joined) {
  const double child_columns = child.last - child.first;
  const double columns = parent.last - child.first;
  const double height = child_columns + parent.height;
  const double stored = trapezoid(height, columns);
  const double before = trapezoid(child.height, child_columns) + trapezoid(parent.height, parent.last - parent.first);
  const double zeros = child.zeros + parent.zeros + stored - before;
  joined = {child.first, parent.last, height, zeros};
  return columns <= 8 || zeros <= (columns <= 16 ? 0.5 : columns <= 48 ? 0.1 : 0.05) * stored;
}

std::vector<Block> blocks(const std::vector<int>& parent, const std::vector<int>& count) {
  std::vector<Block> result;
  const int size = static_cast<int>(parent.size());
  for (int j = 0; j < size;) {
    int last = j + 1;
    while (last < size && parent[at(last - 1)] == last && count[at(last - 1)] == count[at(last)] + 1) ++last;
    Block block{j, last, static_cast<double>(count[at(j)]), 0};
    j = last;
    while (!result.empty() && parent[at(result.back().last - 1)] >= block.first &&
           parent[at(result.back().last - 1)] < block.last) {
      Block joined{};
      if (!worth_joining(result.back(), block, joined)) break;
      block = joined;
      result.pop_back();
    }
    result.push_back(block);
  }
  return result;
}

}  // namespace

StateGraph state_graph(int states, const std::vector<Hop>& hops) {
  std::vector<std::pair<int, int>> pairs;
  pairs.reserve(2 * hops.size());
  for (const Hop& hop : hops) {
    if (hop.from == hop.to) continue;
    pairs.emplace_back(hop.from, hop.to);
    pairs.emplace_back(hop.to, hop.from);
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  StateGraph graph;
  graph.start.assign(at(states) + 1, 0);
  for (const auto& [from, to] : pairs) {
    ++graph.start[at(from) + 1];
    graph.next.push_back(to);
  }
  std::partial_sum(graph.start.begin(), graph.start.end(), graph.start.begin());
  return graph;
}

EliminationPlan plan_elimination(const StateGraph& graph, int last) {
  const int size = graph.size();
  expects(last >= 0 && last < size, "a state to be eliminated last");
  EliminationPlan plan;
  plan.order = size < few ? minimum_degree(graph) : nested_dissection(graph);
  plan.order.erase(std::find(plan.order.begin(), plan.order.end(), last));
  plan.order.push_back(last);
  plan.position.resize(at(size));
  const auto number = [&] {
    for (int i = 0; i < size; ++i) plan.position[at(plan.order[at(i)])] = i;
  };
  number();
  std::vector<int> parent = elimination_tree(graph, plan.order, plan.position);
  {
    const std::vector<int> post = postorder(parent);
    std::vector<int> place(at(size)), order(at(size)), moved(at(size), -1);
    for (int i = 0; i < size; ++i) place[at(post[at(i)])] = i;
    for (int i = 0; i < size; ++i) {
      order[at(i)] = plan.order[at(post[at(i)])];
      if (const int p = parent[at(post[at(i)])]; p >= 0) moved[at(i)] = place[at(p)];
    }
    plan.order = std::move(order);
    parent = std::move(moved);
    number();
  }

  const std::vector<Block> all = blocks(parent, column_counts(graph, plan, parent));
  std::vector<int> block_of(at(size));
  for (std::size_t b = 0; b < all.size(); ++b) {
    for (int j = all[b].first; j < all[b].last; ++j) block_of[at(j)] = static_cast<int>(b);
  }
  std::vector<std::vector<int>> children(all.size());
  std::vector<int> seen(at(size), -1);
  std::int64_t open = 0;
  for (std::size_t b = 0; b < all.size(); ++b) {
    Supernode node{all[b].first, all[b].last, -1, {}};
    const auto take = [&](int row) {
      if (row < node.last || seen[at(row)] == static_cast<int>(b)) return;
      seen[at(row)] = static_cast<int>(b);
      node.rows.push_back(row);
    };
    for (int j = node.first; j < node.last; ++j) {
      const int state = plan.order[at(j)];
      for (int e = graph.start[at(state)]; e < graph.start[at(state) + 1]; ++e) {
        take(plan.position[at(graph.next[at(e)])]);
      }
    }
    std::int64_t freed = 0;
    for (const int child : children[b]) {
      const std::vector<int>& rows = plan.supernodes[at(child)].rows;
      for (const int row : rows) take(row);
      freed += static_cast<std::int64_t>(rows.size()) * static_cast<std::int64_t>(rows.size());
    }
    std::sort(node.rows.begin(), node.rows.end());
    if (!node.rows.empty()) {
      node.parent = block_of[at(node.rows.front())];
      children[at(node.parent)].push_back(static_cast<int>(b));
    }
    const auto rest = static_cast<std::int64_t>(node.rows.size());
    const std::int64_t height = rest + node.columns();
    plan.entries += height * node.columns();
    plan.peak_entries = std::max(plan.peak_entries, plan.entries + open + rest * rest);
    open += rest * rest - freed;
    for (int j = 0; j < node.columns(); ++j) {
      const auto below = static_cast<double>(height - j - 1);
      plan.operations += below * (below + 1);
    }
    plan.supernodes.push_back(std::move(node));
  }
  return plan;
}

}  // namespace rdd
