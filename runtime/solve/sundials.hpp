// What any .cpp that uses SUNDIALS needs: its objects, which free themselves.
#pragma once

#include <nvector/nvector_serial.h>
#include <sundials/sundials_linearsolver.h>

#include <memory>
#include <type_traits>

#include "runtime/expects.hpp"

namespace rdd::sundials {

struct Context {
  SUNContext get = nullptr;
  Context() { expects(SUNContext_Create(nullptr, &get) == 0, "a context of SUNDIALS"); }
  ~Context() { SUNContext_Free(&get); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

struct Free {
  void operator()(N_Vector vector) const { N_VDestroy(vector); }
  void operator()(SUNLinearSolver solver) const { SUNLinSolFree(solver); }
};
using Vector = std::unique_ptr<std::remove_pointer_t<N_Vector>, Free>;
using LinearSolver = std::unique_ptr<std::remove_pointer_t<SUNLinearSolver>, Free>;

}  // namespace rdd::sundials
