// The batch kernels against Eigen, matrix by matrix: for every instruction set of this machine.
#include "runtime/spectrum/batch/stack.hpp"

#include <doctest/doctest.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "runtime/dense.hpp"
#include "runtime/expects.hpp"
#include "runtime/spectrum/batch/blocked_solver.hpp"
#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;
using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXcd;

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

MatrixXcd random_complex(std::mt19937_64& engine, Index size) {
  MatrixXcd result(size, size);
  for (Complex& x : result.reshaped()) x = {uniform(engine) - 0.5, uniform(engine) - 0.5};
  return result;
}
MatrixXcd random_unitary(std::mt19937_64& engine, Index size) {
  return Eigen::HouseholderQR<MatrixXcd>(random_complex(engine, size)).householderQ();
}
MatrixXcd hermitian(const MatrixXcd& a) {
  MatrixXcd result = 0.5 * (a + a.adjoint());
  result.diagonal().imag().setZero();
  return result;
}

/// Matrices of this size that are hard in one way or another.
std::vector<std::pair<std::string, MatrixXcd>> hermitian_cases(std::mt19937_64& engine, Index size) {
  std::vector<std::pair<std::string, MatrixXcd>> cases;
  const MatrixXcd random = hermitian(random_complex(engine, size));
  const MatrixXcd u = random_unitary(engine, size);
  cases.emplace_back("random", random);
  cases.emplace_back("zero", MatrixXcd::Zero(size, size));
  cases.emplace_back("identity", 3 * MatrixXcd::Identity(size, size));
  Eigen::VectorXd levels(size), grades(size);
  for (Index i = 0; i < size; ++i) {
    levels(i) = static_cast<double>(i / 3);  // each value three times
    grades(i) = std::pow(10.0, -3.0 * static_cast<double>(i));
  }
  cases.emplace_back("diagonal", MatrixXcd(levels.reverse().cast<Complex>().asDiagonal()));
  cases.emplace_back("degenerate", hermitian(u * levels.asDiagonal() * u.adjoint()));
  cases.emplace_back("rank one", hermitian(u.col(0) * u.col(0).adjoint()));
  cases.emplace_back("graded, falling", hermitian(grades.asDiagonal() * random * grades.asDiagonal()));
  const Eigen::VectorXd rising = grades.reverse();
  cases.emplace_back("graded, rising", hermitian(rising.asDiagonal() * random * rising.asDiagonal()));
  cases.emplace_back("real", hermitian(random.real().cast<Complex>()));
  MatrixXcd tridiagonal = MatrixXcd::Zero(size, size);
  for (Index i = 0; i + 1 < size; ++i) tridiagonal(i, i + 1) = tridiagonal(i + 1, i) = -1;
  cases.emplace_back("tridiagonal", tridiagonal);
  MatrixXcd wilkinson = tridiagonal;  // pairs of eigenvalues that agree to many digits
  for (Index i = 0; i < size; ++i) wilkinson(i, i) = std::abs(static_cast<double>(2 * i - size + 1)) / 2;
  cases.emplace_back("Wilkinson", wilkinson);
  cases.emplace_back("one small entry", MatrixXcd(tridiagonal + 1e-170 * random));
  cases.emplace_back("huge", MatrixXcd(1e200 * random));
  cases.emplace_back("close to overflow", MatrixXcd(1e306 * random));
  cases.emplace_back("small", MatrixXcd(1e-200 * random));
  cases.emplace_back("close to underflow", MatrixXcd(1e-300 * random));
  return cases;
}

std::vector<std::pair<std::string, MatrixXcd>> general_cases(std::mt19937_64& engine, Index size) {
  std::vector<std::pair<std::string, MatrixXcd>> cases = hermitian_cases(engine, size);
  const MatrixXcd random = random_complex(engine, size);
  const MatrixXcd u = random_unitary(engine, size);
  cases.emplace_back("random, general", random);
  cases.emplace_back("unitary", u);
  MatrixXcd shift = MatrixXcd::Zero(size, size);
  for (Index i = 0; i < size; ++i) shift((i + 1) % size, i) = 1;
  cases.emplace_back("cyclic shift", shift);  // the plain QR algorithm stands still here
  MatrixXcd jordan = MatrixXcd::Identity(size, size);
  for (Index i = 0; i + 1 < size; ++i) jordan(i, i + 1) = 1;
  cases.emplace_back("defective", jordan);
  cases.emplace_back("triangular", MatrixXcd(random.triangularView<Eigen::Upper>()));
  cases.emplace_back("lower triangular", MatrixXcd(random.triangularView<Eigen::Lower>()));
  cases.emplace_back("real, general", MatrixXcd(random.real().cast<Complex>()));
  cases.emplace_back("huge, general", MatrixXcd(1e200 * random));
  cases.emplace_back("small, general", MatrixXcd(1e-300 * random));
  Eigen::VectorXd grades(size);
  for (Index i = 0; i < size; ++i) grades(i) = std::pow(10.0, -2.0 * static_cast<double>(i));
  cases.emplace_back("graded, general", MatrixXcd(grades.asDiagonal() * random));
  // The generator of a one-way ring with one fast step.
  MatrixXcd ring = shift - MatrixXcd::Identity(size, size);
  ring.col(0) *= 1e8;
  cases.emplace_back("one-way ring", ring);
  return cases;
}

MatrixXcd beside(const std::vector<std::pair<std::string, MatrixXcd>>& cases) {
  const Index size = cases.front().second.rows();
  MatrixXcd columns(size, size * static_cast<Index>(cases.size()));
  for (std::size_t k = 0; k < cases.size(); ++k) {
    columns.middleCols(static_cast<Index>(k) * size, size) = cases[k].second;
  }
  return columns;
}

/// By a power of two to entries of about one; tests of sizes then cannot overflow either.
double down(const MatrixXcd& a) {
  int exponent = 0;
  const double largest = std::max(a.real().cwiseAbs().maxCoeff(), a.imag().cwiseAbs().maxCoeff());
  if (largest > 0) std::frexp(largest, &exponent);
  return std::ldexp(1.0, std::min(-exponent, 1000));
}

/// The largest entry of each column is real and positive, whichever of nearly equal ones that is.
bool straight(const MatrixXcd& vectors) {
  for (Index m = 0; m < vectors.cols(); ++m) {
    const double largest = vectors.col(m).cwiseAbs().maxCoeff();
    bool found = false;
    for (Index i = 0; i < vectors.rows() && !found; ++i) {
      if (std::abs(vectors(i, m)) < largest * (1 - 1e-6)) continue;
      found = vectors(i, m).real() > 0 && std::abs(vectors(i, m).imag()) < 8 * epsilon;
      if (!found && std::abs(vectors(i, m)) > largest * (1 - 1e-7)) return false;
    }
    if (!found) return false;
  }
  return true;
}

const std::vector<Index> sizes{1, 2, 3, 4, 5, 7, 8, 10, 13, 16, 21, 32, 45};

}  // namespace

TEST_CASE("Hermitian matrices in the lanes have Eigen's eigenvalues, orthonormal vectors and no residual") {
  for (const batch::Kernels* kernels : batch::kernels()) {
    const std::string instructions = kernels->name;
    CAPTURE(instructions);
    for (const Index size : sizes) {
      CAPTURE(size);
      std::mt19937_64 engine(static_cast<std::uint64_t>(size));
      const auto cases = hermitian_cases(engine, size);
      const MatrixXcd columns = beside(cases);
      batch::Kernels used = *kernels;
      used.largest_vectors = used.largest_values = 64;
      const HermitianSet set = hermitian_set(side_by_side(columns), true, 1, &used);
      const HermitianSet values_only = hermitian_set(side_by_side(columns), false, 1, &used);
      for (std::size_t k = 0; k < cases.size(); ++k) {
        CAPTURE(cases[k].first);
        const auto column = static_cast<Index>(k);
        const double scale = down(cases[k].second);
        const MatrixXcd a = scale * cases[k].second;
        const double bound = 10 * static_cast<double>(size) * epsilon * a.norm();
        const Eigen::VectorXd expected = hermitian_eigenvalues(a);
        const Eigen::VectorXd found = scale * set.values.col(column);
        CHECK((found - expected).cwiseAbs().maxCoeff() <= bound);
        CHECK((scale * values_only.values.col(column) - expected).cwiseAbs().maxCoeff() <= bound);
        for (Index m = 0; m + 1 < size; ++m) CHECK(found(m) <= found(m + 1));
        const MatrixXcd u = set.vectors.middleCols(column * size, size);
        CHECK((u.adjoint() * u - MatrixXcd::Identity(size, size)).norm() <=
              10 * static_cast<double>(size) * epsilon * std::sqrt(static_cast<double>(size)));
        CHECK((a * u - u * found.asDiagonal()).norm() <= bound * std::sqrt(static_cast<double>(size)));
        CHECK(straight(u));
      }
    }
  }
}

TEST_CASE("general matrices in the lanes: each eigenvalue makes A - lambda singular, vectors leave no residual") {
  for (const batch::Kernels* kernels : batch::kernels()) {
    const std::string instructions = kernels->name;
    CAPTURE(instructions);
    for (const Index size : sizes) {
      CAPTURE(size);
      std::mt19937_64 engine(static_cast<std::uint64_t>(size));
      const auto cases = general_cases(engine, size);
      const MatrixXcd columns = beside(cases);
      batch::Kernels used = *kernels;
      used.largest_general_vectors = used.largest_general_values = 64;
      const GeneralSet set = general_set(side_by_side(columns), Vectors::both, 1, &used);
      const GeneralSet values_only = general_set(side_by_side(columns), Vectors::none, 1, &used);
      for (std::size_t k = 0; k < cases.size(); ++k) {
        CAPTURE(cases[k].first);
        const auto column = static_cast<Index>(k);
        const double scale = down(cases[k].second);
        const MatrixXcd a = scale * cases[k].second;
        const double bound = 10 * static_cast<double>(size) * epsilon * a.norm();
        // The set of eigenvalues is that of a matrix this close: their sum is the trace to as much, and each makes the
        // matrix singular to as much (its least singular value is the root of the least eigenvalue of BᴴB: that is
        // found to √ε only, so B⁻¹ is asked instead).
        for (const MatrixXcd& values : {set.values, values_only.values}) {
          const Eigen::VectorXcd lambda = scale * values.col(column);
          CHECK(std::abs(lambda.sum() - a.trace()) <= bound * static_cast<double>(size));
          for (Index m = 0; m < size; ++m) {
            if (m > 0) CHECK(lambda(m - 1).real() <= lambda(m).real());
            const MatrixXcd singular = a - lambda(m) * MatrixXcd::Identity(size, size);
            const double inverse = singular.fullPivLu().rank() < size ? std::numeric_limits<double>::infinity()
                                                                      : singular.inverse().norm();
            CHECK(1 / inverse <= bound);
          }
        }
        const Eigen::VectorXcd lambda = scale * set.values.col(column);
        const MatrixXcd v = set.right.middleCols(column * size, size);
        CHECK((v.colwise().norm().array() - 1).abs().maxCoeff() <= 10 * static_cast<double>(size) * epsilon);
        CHECK((a * v - v * lambda.asDiagonal()).norm() <= bound * std::sqrt(static_cast<double>(size)));
        CHECK(straight(v));
        // Left vectors lose digits by the condition of V.
        const MatrixXcd w = set.left.middleCols(column * size, size);
        const double condition = v.norm() * w.norm();
        if (!(condition < 1e8)) continue;
        CHECK((w.transpose() * v - MatrixXcd::Identity(size, size)).norm() <=
              10 * static_cast<double>(size) * epsilon * condition);
        CHECK((w.transpose() * a - lambda.asDiagonal() * w.transpose()).norm() <= bound * condition * w.norm());
      }
    }
  }
}

TEST_CASE("normal matrices in the lanes have the general eigenvalues they were made of") {
  for (const batch::Kernels* kernels : batch::kernels()) {
    for (const Index size : {3, 6, 12, 24}) {
      std::mt19937_64 engine(static_cast<std::uint64_t>(size));
      const MatrixXcd u = random_unitary(engine, size);
      Eigen::VectorXcd expected(size);
      for (Index m = 0; m < size; ++m) expected(m) = {static_cast<double>(m / 2), m % 2 == 0 ? -1.0 : 1.0};
      const MatrixXcd a = u * expected.asDiagonal() * u.adjoint();
      const GeneralSet set = general_set(side_by_side(a), Vectors::none, 1, kernels);
      for (Index m = 0; m < size; ++m) {  // equal real parts sort by round-off
        CHECK((set.values.col(0).array() - expected(m)).abs().minCoeff() <=
              10 * static_cast<double>(size) * epsilon * a.norm());
      }
    }
  }
}

TEST_CASE("what a matrix gives in the lanes does not depend on its neighbours, its place or the threads") {
  for (const batch::Kernels* kernels : batch::kernels()) {
    const std::string instructions = kernels->name;
    CAPTURE(instructions);
    for (const Index size : {2, 3, 6, 10, 17}) {
      CAPTURE(size);
      std::mt19937_64 engine(static_cast<std::uint64_t>(size));
      auto cases = general_cases(engine, size);
      for (int more = 0; more < 12; ++more) cases.emplace_back("random", random_complex(engine, size));
      const MatrixXcd columns = beside(cases);
      const HermitianSet all = hermitian_set(side_by_side(columns), true, 1, kernels);
      const HermitianSet values_only = hermitian_set(side_by_side(columns), false, 1, kernels);
      const GeneralSet all_general = general_set(side_by_side(columns), Vectors::both, 1, kernels);
      const GeneralSet general_values = general_set(side_by_side(columns), Vectors::none, 1, kernels);
      const HermitianSet threaded = hermitian_set(side_by_side(columns), true, 3, kernels);
      CHECK(threaded.values == all.values);
      CHECK(threaded.vectors == all.vectors);
      const GeneralSet threaded_general = general_set(side_by_side(columns), Vectors::both, 3, kernels);
      CHECK(threaded_general.values == all_general.values);
      CHECK(threaded_general.right == all_general.right);
      CHECK(threaded_general.left == all_general.left);
      for (std::size_t k = 0; k < cases.size(); ++k) {
        CAPTURE(cases[k].first);
        const auto column = static_cast<Index>(k);
        const auto same = [&](const MatrixXcd& neighbours, Index place) {
          const HermitianSet set = hermitian_set(side_by_side(neighbours), true, 1, kernels);
          CHECK(set.values.col(place) == all.values.col(column));
          CHECK(set.vectors.middleCols(place * size, size) == all.vectors.middleCols(column * size, size));
          CHECK(hermitian_set(side_by_side(neighbours), false, 1, kernels).values.col(place) ==
                values_only.values.col(column));
          const GeneralSet general = general_set(side_by_side(neighbours), Vectors::both, 1, kernels);
          CHECK(general.values.col(place) == all_general.values.col(column));
          CHECK(general.right.middleCols(place * size, size) == all_general.right.middleCols(column * size, size));
          // A defective matrix has left vectors without bounds.
          const MatrixXcd w = general.left.middleCols(place * size, size);
          if (w.allFinite()) CHECK(w == all_general.left.middleCols(column * size, size));
          CHECK(general_set(side_by_side(neighbours), Vectors::none, 1, kernels).values.col(place) ==
                general_values.values.col(column));
        };
        same(cases[k].second, 0);
        MatrixXcd last(size, 6 * size);  // zero matrices before it, and behind random ones
        for (Index place = 0; place < 5; ++place) last.middleCols(place * size, size) = random_complex(engine, size);
        last.rightCols(size) = cases[k].second;
        same(last, 5);
      }
    }
  }
}

TEST_CASE("a lane that fails is solved again, alone") {
  static const batch::Kernels& real = *batch::kernels().front();
  batch::Kernels failing = real;
  failing.hermitian = [](int n, int count, double* matrices, double* work, double* values, double* vectors) {
    real.hermitian(n, count, matrices, work, values, vectors);
    for (int i = 0; i < n; ++i) values[n + i] = -1;
    return 2U;
  };
  failing.general = [](int n, int count, double* matrices, double* work, double* values, double* right, double* left) {
    real.general(n, count, matrices, work, values, right, left);
    for (int i = 0; i < 2 * n; ++i) values[2 * n + i] = -1;
    return 2U;
  };
  std::mt19937_64 engine(5);
  MatrixXcd columns(4, 8);
  columns << hermitian(random_complex(engine, 4)), hermitian(random_complex(engine, 4));
  const HermitianSet set = hermitian_set(side_by_side(columns), true, 1, &failing);
  CHECK((set.values - hermitian_set(side_by_side(columns), true).values).cwiseAbs().maxCoeff() < 1e-15);
  const GeneralSet general = general_set(side_by_side(columns), Vectors::both, 1, &failing);
  CHECK((general.values.real() - set.values).cwiseAbs().maxCoeff() < 1e-15);
  for (Index k = 0; k < 2; ++k) {
    const MatrixXcd a = columns.middleCols(4 * k, 4), u = set.vectors.middleCols(4 * k, 4);
    const MatrixXcd v = general.right.middleCols(4 * k, 4), w = general.left.middleCols(4 * k, 4);
    CHECK((u.adjoint() * a * u - MatrixXcd(set.values.col(k).cast<Complex>().asDiagonal())).norm() < 1e-14);
    CHECK((w.transpose() * a * v - MatrixXcd(general.values.col(k).asDiagonal())).norm() < 1e-14);
    CHECK(straight(u));
    CHECK(straight(v));
  }
}

TEST_CASE("matrices that are not finite are refused, and an empty set is none") {
  MatrixXcd columns = MatrixXcd::Identity(2, 4);
  columns(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(side_by_side(columns), InternalError);
  const MatrixXcd none(3, 0);
  CHECK(hermitian_set(side_by_side(none), true).values.cols() == 0);
}

TEST_CASE("larger matrices, in the lanes or one at a time, have the same properties") {
  std::mt19937_64 engine(9);
  const Index size = 140;
  MatrixXcd columns(size, 2 * size);
  columns << hermitian(random_complex(engine, size)), hermitian(1e-250 * random_complex(engine, size));
  batch::Kernels used = *batch::kernels().front();
  for (const int largest : {139, 140}) {
    CAPTURE(largest);
    used.largest_values = used.largest_vectors = largest;
    used.largest_general_values = used.largest_general_vectors = largest;
    const HermitianSet set = hermitian_set(side_by_side(columns), true, 2, &used);
    const HermitianSet values_only = hermitian_set(side_by_side(columns), false, 1, &used);
    const GeneralSet general = general_set(side_by_side(columns), Vectors::both, 2, &used);
    const GeneralSet general_values = general_set(side_by_side(columns), Vectors::none, 1, &used);
    for (Index k = 0; k < 2; ++k) {
      const MatrixXcd unscaled = columns.middleCols(k * size, size);
      const double scale = down(unscaled);
      const MatrixXcd a = scale * unscaled;
      const double bound = 10 * static_cast<double>(size) * epsilon * a.norm();
      const Eigen::VectorXd expected = hermitian_eigenvalues(a);
      CHECK((scale * set.values.col(k) - expected).cwiseAbs().maxCoeff() <= bound);
      CHECK((scale * values_only.values.col(k) - expected).cwiseAbs().maxCoeff() <= bound);
      CHECK((scale * general.values.col(k) - expected.cast<Complex>()).cwiseAbs().maxCoeff() <= bound);
      CHECK((scale * general_values.values.col(k) - expected.cast<Complex>()).cwiseAbs().maxCoeff() <= bound);
      const MatrixXcd u = set.vectors.middleCols(k * size, size);
      CHECK((u.adjoint() * u - MatrixXcd::Identity(size, size)).norm() < 1e-11);
      CHECK((a * u - u * (scale * set.values.col(k)).asDiagonal()).norm() <= 10 * bound);
      CHECK(straight(u));
      const MatrixXcd v = general.right.middleCols(k * size, size), w = general.left.middleCols(k * size, size);
      CHECK((w.transpose() * v - MatrixXcd::Identity(size, size)).norm() < 1e-10);
      CHECK((a * v - v * (scale * general.values.col(k)).asDiagonal()).norm() <= 10 * bound);
      CHECK(straight(v));
    }
  }
}
