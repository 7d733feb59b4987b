// The bridge to SLEPc. Each process of the MPI job holds a part of the rows; MUMPS factorises them together.
#include "runtime/sparse/slepc_plugin.hpp"

#include <slepceps.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using rdd::SlepcRequest;

/// Once for the process. All but the first process of the job fall silent: they compute what it computes.
bool initialise() {
  static const bool ready = [] {
    if (SlepcInitializeNoArguments() != 0) return false;
    std::atexit([] { SlepcFinalize(); });
    PetscPushErrorHandler(PetscReturnErrorHandler, nullptr);
    int rank = 0;
    MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
    if (rank != 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr)
        return false;
    }
    return true;
  }();
  return ready;
}

/// The rows of this process. SLEPc's scalars are std::complex<double>.
PetscErrorCode assemble(const SlepcRequest& request, Mat* matrix) {
  PetscFunctionBeginUser;
  PetscCall(MatCreate(PETSC_COMM_WORLD, matrix));
  PetscCall(MatSetSizes(*matrix, PETSC_DECIDE, PETSC_DECIDE, request.size, request.size));
  PetscCall(MatSetType(*matrix, MATAIJ));
  PetscCall(MatSetUp(*matrix));
  PetscInt first = 0, last = 0;
  PetscCall(MatGetOwnershipRange(*matrix, &first, &last));
  // How many entries of each row stand in columns that this process owns, and how many elsewhere.
  std::vector<PetscInt> own(static_cast<std::size_t>(last - first), 0), other = own;
  for (int column = 0; column < request.size; ++column) {
    for (int e = request.start[column]; e < request.start[column + 1]; ++e) {
      if (request.row[e] < first || request.row[e] >= last) continue;
      ++(column >= first && column < last ? own : other)[static_cast<std::size_t>(request.row[e] - first)];
    }
  }
  PetscCall(MatXAIJSetPreallocation(*matrix, 1, own.data(), other.data(), nullptr, nullptr));
  for (int column = 0; column < request.size; ++column) {
    for (int e = request.start[column]; e < request.start[column + 1]; ++e) {
      if (request.row[e] < first || request.row[e] >= last) continue;
      PetscCall(MatSetValue(*matrix, request.row[e], column, request.value[e], INSERT_VALUES));
    }
  }
  PetscCall(MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(0);
}

PetscErrorCode solve(const SlepcRequest& request, std::complex<double>* lambda, PetscInt* converged) {
  PetscFunctionBeginUser;
  Mat matrix = nullptr;
  EPS eps = nullptr;
  ST st = nullptr;
  KSP ksp = nullptr;
  PC pc = nullptr;
  PetscCall(assemble(request, &matrix));
  PetscCall(EPSCreate(PETSC_COMM_WORLD, &eps));
  PetscCall(EPSSetOperators(eps, matrix, nullptr));
  PetscCall(EPSSetProblemType(eps, request.hermitian ? EPS_HEP : EPS_NHEP));
  PetscCall(EPSSetDimensions(eps, request.count, PETSC_DEFAULT, PETSC_DEFAULT));
  PetscCall(EPSSetTolerances(eps, 1e-10, 500));
  PetscCall(EPSSetWhichEigenpairs(eps, EPS_TARGET_MAGNITUDE));
  PetscCall(EPSSetTarget(eps, request.shift));
  PetscCall(EPSGetST(eps, &st));
  PetscCall(STSetType(st, STSINVERT));
  PetscCall(STGetKSP(st, &ksp));
  PetscCall(KSPSetType(ksp, KSPPREONLY));
  PetscCall(KSPGetPC(ksp, &pc));
  PetscCall(PCSetType(pc, PCLU));
  PetscCall(PCFactorSetMatSolverType(pc, MATSOLVERMUMPS));
  PetscCall(EPSSolve(eps));
  PetscCall(EPSGetConverged(eps, converged));
  for (PetscInt m = 0; m < std::min<PetscInt>(*converged, request.count); ++m) {
    PetscScalar value = 0;
    PetscCall(EPSGetEigenvalue(eps, m, &value, nullptr));
    lambda[m] = value;
  }
  PetscCall(EPSDestroy(&eps));
  PetscCall(MatDestroy(&matrix));
  PetscFunctionReturn(0);
}

bool smallest(const SlepcRequest& request, std::complex<double>* lambda, char* message, int length) {
  const auto size = static_cast<std::size_t>(length);
  if (!initialise()) {
    std::snprintf(message, size, "SLEPc did not start");
    return false;
  }
  PetscInt converged = 0;
  if (const PetscErrorCode failed = solve(request, lambda, &converged); failed != 0) {
    const char* text = nullptr;
    PetscErrorMessage(failed, &text, nullptr);
    std::snprintf(message, size, "SLEPc: %s", text != nullptr ? text : "an error without a text");
    return false;
  }
  if (converged < request.count) {
    std::snprintf(message, size, "SLEPc found %d of %d eigenvalues", static_cast<int>(converged), request.count);
    return false;
  }
  return true;
}

}  // namespace

extern "C" const rdd::SlepcPlugin* rdd_slepc_plugin() {
  static const rdd::SlepcPlugin table{smallest};
  return &table;
}
