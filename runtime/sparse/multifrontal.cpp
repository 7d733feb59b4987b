// Multifrontal factorisation (Duff & Reid 1983): each supernode gathers its own entries and what its children have left
// for it in a dense matrix, eliminates its columns there, and leaves the remainder to its parent.
//
// Why our own. The generator −Q̃(0) has off-diagonal entries ≤ 0 and columns that sum to zero, and elimination keeps
// both: every update of an off-diagonal entry adds a number of its own sign. Only the pivots are differences, and they
// need not be computed as such: a pivot is minus the sum of what stands below it in its column. So nothing cancels, as
// in the elimination of Grassmann, Taksar and Heyman, and the factors are right to about M·1e-16 in every single entry
// for rates over any number of decades. No library does that; it takes dense fronts, where whole columns are at hand.
// A solution then has errors of 1e-16 of |A⁻¹||b|, which is as slow as the solution itself, not of the fastest rate.
//
// Away from k = 0 the diagonal dominates its column, so that no exchange of rows is needed for stability, and with
// detailed balance the matrix is Hermitian and positive definite; the pivots there are ordinary differences.
#include "runtime/sparse/multifrontal.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/sparse/panel_product.hpp"
#include "runtime/sparse/panel_solve.hpp"

namespace rdd {
namespace {

using Eigen::Index;
constexpr Index block = 48;  // columns that are eliminated before the rest of the front is updated

double real_part(double x) {
  return x;
}
double real_part(std::complex<double> x) {
  return x.real();
}
/// A row of right-hand sides by a pivot.
void divide(double* row, double pivot) {
  for (int side = 0; side < side_by_side; ++side) row[side] /= pivot;
}
void divide(double* row, std::complex<double> pivot) {
  const std::complex<double> inverse = 1.0 / pivot;
  for (int side = 0; side < side_by_side; ++side) {
    const double real = row[side], imaginary = row[side_by_side + side];
    row[side] = real * inverse.real() - imaginary * inverse.imag();
    row[side_by_side + side] = real * inverse.imag() + imaginary * inverse.real();
  }
}
bool usable(double pivot) {
  return std::isfinite(pivot) && pivot != 0;
}
bool usable(std::complex<double> pivot) {
  return std::isfinite(pivot.real()) && std::isfinite(pivot.imag()) && pivot != 0.0;
}

/// y −= x · factor over `count` entries.
template <class Scalar>
void subtract_multiple(Index count, const Scalar* x, Scalar factor, Scalar* y) {
  for (Index i = 0; i < count; ++i) y[i] -= x[i] * factor;
}
// Complex products written out: the operator of the library asks for infinities.
void subtract_multiple(Index count, const std::complex<double>* x, std::complex<double> factor,
                       std::complex<double>* y) {
  const double a = factor.real(), b = factor.imag();
  const auto* from = reinterpret_cast<const double*>(x);
  auto* to = reinterpret_cast<double*>(y);
  for (Index i = 0; i < 2 * count; i += 2) {
    to[i] -= from[i] * a - from[i + 1] * b;
    to[i + 1] -= from[i] * b + from[i + 1] * a;
  }
}

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// The elimination of one front: `lower` (rows, columns), `upper` (rows − columns, columns; general only), and the
/// remainder (rows − columns)².
template <class Scalar>
class Front {
 public:
  Front(Matrix<Scalar>& lower, Matrix<Scalar>& upper, Matrix<Scalar>& rest, bool hermitian, bool zero_sums,
        ProductBuffers& buffers)
      : lower_(lower),
        upper_(upper),
        rest_(rest),
        hermitian_(hermitian),
        zero_sums_(zero_sums),
        rows_(lower.rows()),
        columns_(lower.cols()),
        buffers_(buffers) {}

  /// `last`: the final column is the one pivot of a matrix of zero sums that is zero.
  bool eliminate(bool last) {
    if (hermitian_) scaled_.resize(rows_, columns_);
    for (Index first = 0; first < columns_; first += block) {
      const Index end = std::min(first + block, columns_);
      for (Index k = first; k < end; ++k) {
        if (!pivot(k, last && k == columns_ - 1)) return false;
        if (hermitian_) {
          column_of_symmetric(k, end);
        } else {
          column_of_general(k, end);
        }
      }
      if (hermitian_) {
        const Index m = rows_ - end;
        subtract_product(m, columns_ - end, end - first, &lower_(0, first) + end, rows_, &scaled_(0, first) + end,
                         rows_, end < columns_ ? &lower_(end, end) : nullptr, rows_, true, true, buffers_);
      } else {
        finish_general(first, end);
      }
    }
    const Index below = rows_ - columns_;
    if (below == 0) return true;
    if (hermitian_) {
      subtract_product(below, below, columns_, lower_.data() + columns_, rows_, scaled_.data() + columns_, rows_,
                       rest_.data(), below, true, true, buffers_);
    } else {
      subtract_product(below, below, columns_, lower_.data() + columns_, rows_, upper_.data(), below, rest_.data(),
                       below, false, false, buffers_);
    }
    return true;
  }

 private:
  bool pivot(Index k, bool is_last) {
    Scalar& d = lower_(k, k);
    if (zero_sums_) {
      d = -lower_.col(k).tail(rows_ - k - 1).sum();
      if (is_last) return true;
    } else if (hermitian_) {
      d = real_part(d);
    }
    return hermitian_ ? usable(d) && real_part(d) > 0 : usable(d);
  }

  /// L = column / pivot; the columns up to `end` are updated.
  void column_of_symmetric(Index k, Index end) {
    const Index below = rows_ - k - 1;
    Scalar* const column = lower_.data() + k * rows_ + k + 1;
    Scalar* const scaled = scaled_.data() + k * rows_ + k + 1;
    const double inverse = 1 / real_part(lower_(k, k));
    for (Index i = 0; i < below; ++i) {
      scaled[i] = column[i];
      column[i] *= inverse;
    }
    for (Index j = k + 1; j < end; ++j) {
      const Index skip = j - k - 1;
      subtract_multiple(below - skip, column + skip, Eigen::numext::conj(scaled[skip]), lower_.data() + j * rows_ + j);
    }
  }

  void column_of_general(Index k, Index end) {
    const Index below = rows_ - k - 1;
    Scalar* const column = lower_.data() + k * rows_ + k + 1;
    const Scalar inverse = Scalar(1) / lower_(k, k);
    for (Index i = 0; i < below; ++i) column[i] *= inverse;
    for (Index j = k + 1; j < end; ++j) {
      subtract_multiple(below, column, lower_(k, j), lower_.data() + j * rows_ + k + 1);
    }
  }

  /// The rows of U of the columns [first, end), then what they and L take from the rest of the supernode.
  void finish_general(Index first, Index end) {
    const Index wide = end - first;
    const auto unit = lower_.block(first, first, wide, wide).template triangularView<Eigen::UnitLower>();
    const Index right = columns_ - end;
    const Index below = rows_ - columns_;
    auto ahead = lower_.block(first, end, wide, right);
    if (right > 0) unit.solveInPlace(ahead);
    auto beyond = upper_.middleCols(first, wide);
    if (below > 0) unit.transpose().template solveInPlace<Eigen::OnTheRight>(beyond);
    if (right == 0) return;
    const Matrix<Scalar> turned = ahead.transpose();  // (right, wide)
    subtract_product(rows_ - end, right, wide, &lower_(0, first) + end, rows_, turned.data(), right, &lower_(end, end),
                     rows_, false, false, buffers_);
    if (below == 0) return;
    subtract_product(below, right, wide, &upper_(0, first), below, &lower_(0, first) + end, rows_, &upper_(0, end),
                     below, false, false, buffers_);
  }

  Matrix<Scalar>& lower_;
  Matrix<Scalar>& upper_;
  Matrix<Scalar>& rest_;
  bool hermitian_, zero_sums_;
  Index rows_, columns_;
  Matrix<Scalar> scaled_;  ///< L D
  ProductBuffers& buffers_;
};

}  // namespace

template <class Scalar>
SparseFactor<Scalar>::SparseFactor(std::shared_ptr<const EliminationPlan> plan,
                                   const Eigen::SparseMatrix<Scalar>& matrix, Structure structure, Diagonal diagonal)
    : plan_(std::move(plan)),
      structure_(structure),
      diagonal_(diagonal),
      panels_(std::make_shared<std::vector<Panel>>(plan_->supernodes.size())) {
  expects(matrix.rows() == plan_->size() && matrix.cols() == plan_->size(), "a matrix of the plan's size");
  factorise(matrix);
}

template <class Scalar>
void SparseFactor<Scalar>::factorise(const Eigen::SparseMatrix<Scalar>& matrix) {
  const EliminationPlan& plan = *plan_;
  const bool hermitian = structure_ == Structure::hermitian;
  using Sparse = Eigen::SparseMatrix<Scalar>;
  const Sparse transposed = hermitian ? Sparse() : Sparse(matrix.transpose());
  std::vector<Vectors> rests(plan.supernodes.size());
  std::vector<std::vector<int>> children(plan.supernodes.size());
  for (std::size_t s = 0; s < plan.supernodes.size(); ++s) {
    if (const int parent = plan.supernodes[s].parent; parent >= 0) {
      children[static_cast<std::size_t>(parent)].push_back(static_cast<int>(s));
    }
  }
  std::vector<Index> local(static_cast<std::size_t>(plan.size()));  // row of the front for each position
  ProductBuffers buffers;
  for (std::size_t s = 0; s < plan.supernodes.size(); ++s) {
    const Supernode& node = plan.supernodes[s];
    const Index columns = node.columns();
    const auto below = static_cast<Index>(node.rows.size());
    for (Index j = 0; j < columns; ++j) local[static_cast<std::size_t>(node.first + j)] = j;
    for (Index i = 0; i < below; ++i) {
      local[static_cast<std::size_t>(node.rows[static_cast<std::size_t>(i)])] = columns + i;
    }
    Vectors& lower = (*panels_)[s].lower;
    Vectors& upper = (*panels_)[s].upper;
    lower.setZero(columns + below, columns);
    if (!hermitian) upper.setZero(below, columns);
    Vectors& rest = rests[s];
    rest.setZero(below, below);
    bytes_ += sizeof(Scalar) * static_cast<std::size_t>(lower.size() + upper.size());

    for (Index j = 0; j < columns; ++j) {
      const int position = node.first + static_cast<int>(j);
      const int state = plan.order[static_cast<std::size_t>(position)];
      for (typename Sparse::InnerIterator entry(matrix, state); entry; ++entry) {
        const int row = plan.position[static_cast<std::size_t>(entry.row())];
        if (row >= (hermitian ? position : node.first)) lower(local[static_cast<std::size_t>(row)], j) += entry.value();
      }
      if (hermitian) continue;
      for (typename Sparse::InnerIterator entry(transposed, state); entry; ++entry) {
        const int column = plan.position[static_cast<std::size_t>(entry.row())];
        if (column >= node.last) upper(local[static_cast<std::size_t>(column)] - columns, j) += entry.value();
      }
    }
    for (const int child : children[s]) {
      const std::vector<int>& rows = plan.supernodes[static_cast<std::size_t>(child)].rows;
      Vectors& from = rests[static_cast<std::size_t>(child)];
      const auto count = static_cast<Index>(rows.size());
      std::vector<Index> to(rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) to[i] = local[static_cast<std::size_t>(rows[i])];
      for (Index j = 0; j < count; ++j) {
        const Index column = to[static_cast<std::size_t>(j)];
        for (Index i = hermitian ? j : 0; i < count; ++i) {
          const Index row = to[static_cast<std::size_t>(i)];
          if (column < columns) {
            lower(row, column) += from(i, j);
          } else if (row < columns) {
            upper(column - columns, row) += from(i, j);
          } else {
            rest(row - columns, column - columns) += from(i, j);
          }
        }
      }
      from.resize(0, 0);
    }
    const bool zero_sums = diagonal_ == Diagonal::zero_sums;
    Front<Scalar> front(lower, upper, rest, hermitian, zero_sums, buffers);
    if (!front.eliminate(zero_sums && node.last == plan.size())) {
      ok_ = false;
      return;
    }
  }
}

namespace {

/// Right-hand sides in the order of elimination, eight beside one another (panel_solve.hpp); the last eight are filled
/// up with zeros.
template <class Scalar>
class RightSides {
 public:
  static constexpr Index width = side_by_side * (std::is_same_v<Scalar, double> ? 1 : 2);  ///< numbers of a row

  RightSides(const EliminationPlan& plan, const Eigen::Ref<const Matrix<Scalar>>& x)
      : plan_(plan), states_(x.rows()), columns_(x.cols()), strips_((x.cols() + side_by_side - 1) / side_by_side) {
    numbers_.resize(static_cast<std::size_t>(strips_ * states_ * width));
    for (Index column = 0; column < columns_; ++column) {
      for (Index i = 0; i < states_; ++i) {
        put(row(column / side_by_side, i), column % side_by_side, x(plan_.order[static_cast<std::size_t>(i)], column));
      }
    }
  }
  void restore(Eigen::Ref<Matrix<Scalar>> x) const {
    for (Index column = 0; column < columns_; ++column) {
      for (Index i = 0; i < states_; ++i) {
        take(row(column / side_by_side, i), column % side_by_side, x(plan_.order[static_cast<std::size_t>(i)], column));
      }
    }
  }

  Index strips() const { return strips_; }
  void set_last_to_zero() {
    for (Index strip = 0; strip < strips_; ++strip) std::fill_n(row(strip, states_ - 1), width, 0.0);
  }
  void divide(Index position, Scalar pivot) {
    for (Index strip = 0; strip < strips_; ++strip) rdd::divide(row(strip, position), pivot);
  }
  /// The rows of one strip that a supernode knows, its own first, one after another; and back.
  void load(Index strip, const Supernode& node, std::vector<double>& front) const {
    front.resize(static_cast<std::size_t>(width) * (static_cast<std::size_t>(node.columns()) + node.rows.size()));
    double* to = std::copy_n(row(strip, node.first), width * node.columns(), front.data());
    for (const int position : node.rows) to = std::copy_n(row(strip, position), width, to);
  }
  void store(Index strip, const Supernode& node, const std::vector<double>& front) {
    const double* from = front.data();
    std::copy_n(from, width * node.columns(), row(strip, node.first));
    from += width * node.columns();
    for (const int position : node.rows) {
      std::copy_n(from, width, row(strip, position));
      from += width;
    }
  }

 private:
  double* row(Index strip, Index position) { return numbers_.data() + (strip * states_ + position) * width; }
  const double* row(Index strip, Index position) const {
    return numbers_.data() + (strip * states_ + position) * width;
  }
  static void put(double* to, Index side, double x) { to[side] = x; }
  static void put(double* to, Index side, std::complex<double> x) {
    to[side] = x.real();
    to[side_by_side + side] = x.imag();
  }
  static void take(const double* from, Index side, double& x) { x = from[side]; }
  static void take(const double* from, Index side, std::complex<double>& x) {
    x = {from[side], from[side_by_side + side]};
  }

  const EliminationPlan& plan_;
  Index states_, columns_, strips_;
  std::vector<double> numbers_;
};

/// What is done to the rows of one supernode, `own` the first `columns` of them: p runs over its columns, four at a
/// time.
template <class Scalar>
class PanelStep {
 public:
  PanelStep(const Matrix<Scalar>& lower, const Matrix<Scalar>& upper, std::vector<double>& front)
      : lower_(lower), upper_(upper), rows_(lower.rows()), columns_(lower.cols()), front_(front.data()) {}

  /// L x = b
  void forward() {
    for (Index p = 0; p < columns_; p += 4) {
      const Index end = std::min(p + 4, columns_);
      for (Index q = p; q < end; ++q) use_.update(end - q - 1, 1, at(lower_, q + 1, q), rows_, row(q), row(q + 1));
      use_.update(rows_ - end, end - p, at(lower_, end, p), rows_, row(p), row(end));
    }
  }
  /// Lᵀ x = b, or Lᴴ x = b
  void backward(bool conjugate) {
    const auto gather = conjugate ? use_.gather_conjugate : use_.gather;
    for (Index p = last_step(); p >= 0; p -= 4) {
      const Index end = std::min(p + 4, columns_);
      gather(rows_ - end, end - p, at(lower_, end, p), rows_, row(end), row(p));
      for (Index q = end; q-- > p;) gather(end - q - 1, 1, at(lower_, q + 1, q), rows_, row(q + 1), row(q));
    }
  }
  /// U x = b; `last_is_free`: the last x is what it is.
  void backward_upper(bool last_is_free) {
    use_.gather(upper_.rows(), columns_, upper_.data(), upper_.rows(), row(columns_), row(0));
    for (Index p = last_step(); p >= 0; p -= 4) {
      const Index end = std::min(p + 4, columns_);
      for (Index q = end; q-- > p;) {
        if (!last_is_free || q + 1 < columns_) divide(row(q), lower_(q, q));
        use_.update(q - p, 1, at(lower_, p, q), rows_, row(q), row(p));
      }
      use_.update(p, end - p, at(lower_, 0, p), rows_, row(p), row(0));
    }
  }
  /// Uᵀ x = b; `last_is_zero`: x is zero where the pivot is.
  void forward_upper_transposed(bool last_is_zero) {
    for (Index p = 0; p < columns_; p += 4) {
      const Index end = std::min(p + 4, columns_);
      use_.gather(p, end - p, at(lower_, 0, p), rows_, row(0), row(p));
      for (Index q = p; q < end; ++q) {
        use_.gather(q - p, 1, at(lower_, p, q), rows_, row(p), row(q));
        if (last_is_zero && q + 1 == columns_) {
          std::fill_n(row(q), RightSides<Scalar>::width, 0.0);
        } else {
          divide(row(q), lower_(q, q));
        }
      }
    }
    use_.update(upper_.rows(), columns_, upper_.data(), upper_.rows(), row(0), row(columns_));
  }

 private:
  Index last_step() const { return (columns_ - 1) / 4 * 4; }
  double* row(Index i) { return front_ + i * RightSides<Scalar>::width; }
  static const Scalar* at(const Matrix<Scalar>& x, Index i, Index j) { return x.data() + j * x.rows() + i; }

  const PanelSolve<Scalar>& use_ = panel_solve<Scalar>();
  const Matrix<Scalar>& lower_;
  const Matrix<Scalar>& upper_;
  Index rows_, columns_;
  double* front_;
};

/// Supernodes in the order of elimination or backwards, and every strip of right-hand sides.
template <class Scalar, class Panels, class Step>
void walk(const EliminationPlan& plan, const Panels& panels, bool backwards, RightSides<Scalar>& x, const Step& step) {
  std::vector<double> front;
  const std::size_t count = panels.size();
  for (std::size_t turn = 0; turn < count; ++turn) {
    const std::size_t s = backwards ? count - 1 - turn : turn;
    for (Index strip = 0; strip < x.strips(); ++strip) {
      x.load(strip, plan.supernodes[s], front);
      PanelStep<Scalar> panel(panels[s].lower, panels[s].upper, front);
      step(panel, s + 1 == count);
      x.store(strip, plan.supernodes[s], front);
    }
  }
}

}  // namespace

template <class Scalar>
void SparseFactor<Scalar>::solve(Eigen::Ref<Vectors> x) const {
  expects(ok_, "factors of a regular matrix");
  using Step = PanelStep<Scalar>;
  const bool zero_sums = diagonal_ == Diagonal::zero_sums;
  RightSides<Scalar> y(*plan_, x);
  walk(*plan_, *panels_, false, y, [](Step& panel, bool) { panel.forward(); });
  if (structure_ == Structure::hermitian) {
    for (std::size_t s = 0; s < panels_->size(); ++s) {
      const Supernode& node = plan_->supernodes[s];
      for (Index j = 0; j < node.columns(); ++j) y.divide(node.first + j, (*panels_)[s].lower(j, j));
    }
  }
  if (zero_sums) y.set_last_to_zero();
  if (structure_ == Structure::hermitian) {
    walk(*plan_, *panels_, true, y, [](Step& panel, bool) { panel.backward(true); });
  } else {
    walk(*plan_, *panels_, true, y, [&](Step& panel, bool last) { panel.backward_upper(zero_sums && last); });
  }
  y.restore(x);
}

template <class Scalar>
void SparseFactor<Scalar>::solve_transposed(Eigen::Ref<Vectors> x) const {
  if (structure_ == Structure::hermitian) {
    expects((std::is_same_v<Scalar, double>), "a real symmetric matrix");
    solve(x);
    return;
  }
  expects(ok_, "factors of a regular matrix");
  using Step = PanelStep<Scalar>;
  const bool zero_sums = diagonal_ == Diagonal::zero_sums;
  RightSides<Scalar> y(*plan_, x);
  walk(*plan_, *panels_, false, y, [&](Step& panel, bool last) { panel.forward_upper_transposed(zero_sums && last); });
  walk(*plan_, *panels_, true, y, [](Step& panel, bool) { panel.backward(false); });
  y.restore(x);
}

template <class Scalar>
auto SparseFactor<Scalar>::null_vector() const -> Vectors {
  expects(ok_ && structure_ == Structure::general && diagonal_ == Diagonal::zero_sums, "a singular general matrix");
  Vectors result = Vectors::Zero(plan_->size(), 1);
  result(plan_->order.back(), 0) = 1;
  RightSides<Scalar> y(*plan_, result);
  walk(*plan_, *panels_, true, y, [](PanelStep<Scalar>& panel, bool last) { panel.backward_upper(last); });
  y.restore(result);
  return result;
}

template class SparseFactor<double>;
template class SparseFactor<std::complex<double>>;

}  // namespace rdd
