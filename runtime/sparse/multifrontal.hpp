// Factors of large sparse matrices: of −Q̃(0) to full relative accuracy, of −Q̃(k) for any wave vector.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <complex>
#include <memory>
#include <vector>

#include "runtime/sparse/elimination_order.hpp"

namespace rdd {

enum class Structure {
  hermitian,  ///< A = L D Lᴴ, positive definite; only entries at or below the diagonal of the reordered matrix are used
  general,    ///< A = L U without exchanges of rows: for matrices whose columns are dominated by their diagonals
};

/// Which diagonal a matrix has.
enum class Diagonal {
  given,
  zero_sums,  ///< minus the sum of the other entries of its column, which are ≤ 0; what is given is not read. The graph
              ///< is connected and the matrix singular. Nothing is subtracted in the factorisation: all entries of the
              ///< factors have nearly full relative accuracy, however many decades the rates span (multifrontal.cpp)
};

/// Scalar: double or std::complex<double>. Holds the factors; copies share them.
template <class Scalar>
class SparseFactor {
 public:
  using Vectors = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  /// `matrix` (M, M): its entries lie where the graph of the plan has edges, and on the diagonal. Throws std::bad_alloc
  /// where the factors do not fit into memory.
  SparseFactor(std::shared_ptr<const EliminationPlan> plan, const Eigen::SparseMatrix<Scalar>& matrix,
               Structure structure, Diagonal diagonal = Diagonal::given);

  /// False where a pivot was not a positive (hermitian) or a finite, non-zero number: then there are no solutions.
  bool ok() const { return ok_; }

  /// A X = B, in place, all columns at once. Diagonal::zero_sums: the solution with 0 for the state that was eliminated
  /// last; sums of the columns of B over all states must vanish.
  void solve(Eigen::Ref<Vectors> x) const;
  /// Aᵀ X = B (not conjugated). Diagonal::zero_sums: X is defined up to a constant, 0 for the last state; B must be
  /// orthogonal to the null vector of A. Not for complex hermitian matrices.
  void solve_transposed(Eigen::Ref<Vectors> x) const;
  /// Diagonal::zero_sums, general: v ≥ 0 with A v = 0 and 1 for the last state, from positive terms only.
  Vectors null_vector() const;

  std::size_t bytes() const { return bytes_; }

 private:
  struct Panel {
    Vectors lower;  ///< (rows, columns): the diagonal block with the pivots on its diagonal, and L below it
    Vectors upper;  ///< (rows below, columns), general only: Uᵀ to the right of the diagonal block
  };
  void factorise(const Eigen::SparseMatrix<Scalar>& matrix);

  std::shared_ptr<const EliminationPlan> plan_;
  Structure structure_;
  Diagonal diagonal_;
  std::shared_ptr<std::vector<Panel>> panels_;
  std::size_t bytes_ = 0;
  bool ok_ = true;
};

extern template class SparseFactor<double>;
extern template class SparseFactor<std::complex<double>>;

}  // namespace rdd
