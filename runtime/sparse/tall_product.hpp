// Products of tall, thin matrices: what iterations on blocks of vectors spend their time in beside solutions.
#pragma once

#include <Eigen/Core>
#include <complex>

namespace rdd {

template <class Scalar>
using TallMatrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// Aᴴ B for A (M, a), B (M, b).
template <class Scalar>
TallMatrix<Scalar> adjoint_product(const Eigen::Ref<const TallMatrix<Scalar>>& a,
                                   const Eigen::Ref<const TallMatrix<Scalar>>& b);

/// X −= A S for X (M, b), A (M, a), S (a, b).
template <class Scalar>
void subtract_combination(Eigen::Ref<TallMatrix<Scalar>> x, const Eigen::Ref<const TallMatrix<Scalar>>& a,
                          const TallMatrix<Scalar>& s);

/// A S.
template <class Scalar>
TallMatrix<Scalar> combination(const Eigen::Ref<const TallMatrix<Scalar>>& a, const TallMatrix<Scalar>& s);

}  // namespace rdd
