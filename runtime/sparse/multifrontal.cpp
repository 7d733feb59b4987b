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

#include <cmath>

#include "runtime/expects.hpp"
#include "runtime/sparse/panel_product.hpp"

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
    unit.solveInPlace(ahead);
    auto beyond = upper_.middleCols(first, wide);
    unit.transpose().template solveInPlace<Eigen::OnTheRight>(beyond);
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

template <class Scalar>
auto SparseFactor<Scalar>::reordered(const Eigen::Ref<const Vectors>& x) const -> Vectors {
  Vectors result(x.rows(), x.cols());
  for (Index column = 0; column < x.cols(); ++column) {
    for (Index i = 0; i < x.rows(); ++i) result(i, column) = x(plan_->order[static_cast<std::size_t>(i)], column);
  }
  return result;
}

template <class Scalar>
void SparseFactor<Scalar>::restore(const Vectors& x, Eigen::Ref<Vectors> out) const {
  for (Index column = 0; column < x.cols(); ++column) {
    for (Index i = 0; i < x.rows(); ++i) out(plan_->order[static_cast<std::size_t>(i)], column) = x(i, column);
  }
}

namespace {

/// The rows of a supernode that lie below its diagonal block, gathered from x or scattered back to it.
template <class Scalar>
void gather(const Matrix<Scalar>& x, const std::vector<int>& rows, Matrix<Scalar>& part) {
  part.resize(static_cast<Index>(rows.size()), x.cols());
  for (Index column = 0; column < x.cols(); ++column) {
    for (std::size_t i = 0; i < rows.size(); ++i) part(static_cast<Index>(i), column) = x(rows[i], column);
  }
}
template <class Scalar>
void scatter(const Matrix<Scalar>& part, const std::vector<int>& rows, Matrix<Scalar>& x) {
  for (Index column = 0; column < x.cols(); ++column) {
    for (std::size_t i = 0; i < rows.size(); ++i) x(rows[i], column) = part(static_cast<Index>(i), column);
  }
}

}  // namespace

/// L x = b.
template <class Scalar>
void SparseFactor<Scalar>::forward(Vectors& x) const {
  Vectors part;
  for (std::size_t s = 0; s < panels_->size(); ++s) {
    const Supernode& node = plan_->supernodes[s];
    const Vectors& lower = (*panels_)[s].lower;
    auto own = x.middleRows(node.first, node.columns());
    lower.topRows(node.columns()).template triangularView<Eigen::UnitLower>().solveInPlace(own);
    if (node.rows.empty()) continue;
    gather(x, node.rows, part);
    part.noalias() -= lower.bottomRows(part.rows()) * own;
    scatter(part, node.rows, x);
  }
}

/// D x = b; the zero pivot gives 0.
template <class Scalar>
void SparseFactor<Scalar>::divide(Vectors& x) const {
  for (std::size_t s = 0; s < panels_->size(); ++s) {
    const Supernode& node = plan_->supernodes[s];
    for (Index j = 0; j < node.columns(); ++j) x.row(node.first + j) /= (*panels_)[s].lower(j, j);
  }
  if (diagonal_ == Diagonal::zero_sums) x.row(x.rows() - 1).setZero();
}

/// Lᴴ x = b, or U x = b; `last_is_free`: the last entry of x is what it is.
template <class Scalar>
void SparseFactor<Scalar>::backward(Vectors& x, bool last_is_free) const {
  Vectors part;
  for (std::size_t s = panels_->size(); s-- > 0;) {
    const Supernode& node = plan_->supernodes[s];
    const Panel& panel = (*panels_)[s];
    const Index columns = node.columns();
    auto own = x.middleRows(node.first, columns);
    if (!node.rows.empty()) {
      gather(x, node.rows, part);
      if (structure_ == Structure::hermitian) {
        own.noalias() -= panel.lower.bottomRows(part.rows()).adjoint() * part;
      } else {
        own.noalias() -= panel.upper.transpose() * part;
      }
    }
    if (structure_ == Structure::hermitian) {
      panel.lower.topRows(columns).adjoint().template triangularView<Eigen::UnitUpper>().solveInPlace(own);
    } else if (last_is_free && s + 1 == panels_->size()) {
      auto head = own.topRows(columns - 1);
      head.noalias() -= panel.lower.col(columns - 1).head(columns - 1) * own.row(columns - 1);
      panel.lower.topLeftCorner(columns - 1, columns - 1).template triangularView<Eigen::Upper>().solveInPlace(head);
    } else {
      panel.lower.topRows(columns).template triangularView<Eigen::Upper>().solveInPlace(own);
    }
  }
}

/// Uᵀ x = b.
template <class Scalar>
void SparseFactor<Scalar>::forward_transposed(Vectors& x) const {
  Vectors part;
  const bool zero_sums = diagonal_ == Diagonal::zero_sums;
  for (std::size_t s = 0; s < panels_->size(); ++s) {
    const Supernode& node = plan_->supernodes[s];
    const Panel& panel = (*panels_)[s];
    const Index columns = node.columns();
    const Index solved = zero_sums && s + 1 == panels_->size() ? columns - 1 : columns;
    auto own = x.middleRows(node.first, solved);
    panel.lower.topLeftCorner(solved, solved).transpose().template triangularView<Eigen::Lower>().solveInPlace(own);
    if (node.rows.empty()) continue;
    gather(x, node.rows, part);
    part.noalias() -= panel.upper * own;
    scatter(part, node.rows, x);
  }
  if (zero_sums) x.row(x.rows() - 1).setZero();
}

/// Lᵀ x = b.
template <class Scalar>
void SparseFactor<Scalar>::backward_transposed(Vectors& x) const {
  Vectors part;
  for (std::size_t s = panels_->size(); s-- > 0;) {
    const Supernode& node = plan_->supernodes[s];
    const Vectors& lower = (*panels_)[s].lower;
    auto own = x.middleRows(node.first, node.columns());
    if (!node.rows.empty()) {
      gather(x, node.rows, part);
      own.noalias() -= lower.bottomRows(part.rows()).transpose() * part;
    }
    lower.topRows(node.columns()).transpose().template triangularView<Eigen::UnitUpper>().solveInPlace(own);
  }
}

template <class Scalar>
void SparseFactor<Scalar>::solve(Eigen::Ref<Vectors> x) const {
  expects(ok_, "factors of a regular matrix");
  Vectors y = reordered(x);
  forward(y);
  if (structure_ == Structure::hermitian) {
    divide(y);
    backward(y, false);
  } else if (diagonal_ == Diagonal::zero_sums) {
    y.row(y.rows() - 1).setZero();
    backward(y, true);
  } else {
    backward(y, false);
  }
  restore(y, x);
}

template <class Scalar>
void SparseFactor<Scalar>::solve_transposed(Eigen::Ref<Vectors> x) const {
  if (structure_ == Structure::hermitian) {
    expects((std::is_same_v<Scalar, double>), "a real symmetric matrix");
    solve(x);
    return;
  }
  expects(ok_, "factors of a regular matrix");
  Vectors y = reordered(x);
  forward_transposed(y);
  backward_transposed(y);
  restore(y, x);
}

template <class Scalar>
auto SparseFactor<Scalar>::null_vector() const -> Vectors {
  expects(ok_ && structure_ == Structure::general && diagonal_ == Diagonal::zero_sums, "a singular general matrix");
  Vectors y = Vectors::Zero(plan_->size(), 1);
  y(plan_->size() - 1, 0) = 1;
  backward(y, true);
  Vectors result(plan_->size(), 1);
  restore(y, result);
  return result;
}

template class SparseFactor<double>;
template class SparseFactor<std::complex<double>>;

}  // namespace rdd
