// For programs none of whose solves needs SUNDIALS: they are built without it, and without the methods that rest on it.
#include "runtime/expects.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

static constexpr const char* never = "no such solve in a program that is built without SUNDIALS";

std::unique_ptr<Integrator> implicit_integrator(const Kernels&, const ContinuumPde&, const Grid&, Field, double,
                                                const SolveParams&, const Progress&) {
  expects(false, never);
  return nullptr;
}

std::unique_ptr<Integrator> imex_integrator(const Kernels&, const ContinuumPde&, const Grid&, Field, double,
                                            const SolveParams&, const Progress&) {
  expects(false, never);
  return nullptr;
}

SolveStatistics solve_steady(const Kernels&, const ContinuumPde&, const Grid&, Field, const SolveParams&,
                             const Observer&, const Progress&, const std::function<bool()>&) {
  expects(false, never);
  return {};
}

}  // namespace rdd
