// LAPACK is looked for once a process: with and without it are tested in children.
#include "runtime/spectrum/batch/blocked_solver.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <complex>
#include <cstdlib>
#include <functional>

#include "tests/runtime/random_network.hpp"

using namespace rdd;
using namespace rdd::testing;
using Eigen::MatrixXcd;

namespace {

/// Whether `check` holds in a child process that is told to use this plug-in.
bool holds_with(const char* plugin, const std::function<bool()>& check) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("RDD_LAPACK_PLUGIN", plugin, 1);
    _exit(check() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Both eigenproblems of a matrix of this size, to their residuals.
bool solves(int size) {
  std::mt19937_64 engine(1);
  MatrixXcd a(size, size);
  for (std::complex<double>& x : a.reshaped()) x = {uniform(engine) - 0.5, uniform(engine) - 0.5};
  Eigen::VectorXcd lambda(size), lambda_only(size);
  MatrixXcd v(size, size), w(size, size);
  solve_general(a, lambda.data(), v.data(), w.data());
  solve_general(a, lambda_only.data(), nullptr, nullptr);
  const double tolerance = 1e-11;
  if ((a * v - v * lambda.asDiagonal()).norm() > tolerance) return false;
  if ((w.transpose() * v - MatrixXcd::Identity(size, size)).norm() > tolerance) return false;
  if ((lambda - lambda_only).norm() > tolerance) return false;
  const MatrixXcd h = a + a.adjoint();
  Eigen::VectorXd values(size), values_only(size);
  MatrixXcd u(size, size);
  solve_hermitian(h, values.data(), u.data());
  solve_hermitian(h, values_only.data(), nullptr);
  return (h * u - u * values.asDiagonal()).norm() < tolerance && (values - values_only).norm() < tolerance &&
         (u.adjoint() * u - MatrixXcd::Identity(size, size)).norm() < tolerance;
}

}  // namespace

TEST_CASE("without LAPACK, Eigen solves large dense eigenproblems") {
  CHECK(holds_with("/nowhere/librdd_lapack.so", [] { return !lapack_found() && solves(40); }));
}

TEST_CASE("a library that is not the plug-in is no LAPACK") {
  CHECK(holds_with("libm.so.6", [] { return !lapack_found(); }));
}

#ifdef RDD_TEST_LAPACK
TEST_CASE("LAPACK's plug-in is found and solves large dense eigenproblems") {
  CHECK(holds_with("", [] { return lapack_found() && solves(40); }));
}
#endif
