// One solve block, ready to run: what `rdd run` executes in its own process, and what a program made by `rdd build`
// carries as constants. Both go through `solve`, so their results are the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/output.hpp"
#include "runtime/solve/solve.hpp"

namespace rdd {

struct Problem {
  std::string model;  ///< name of the model
  std::string name;   ///< name of the solve block
  ContinuumPde pde;
  Grid grid;
  std::function<double(int component, double x, double y, double z)> initial;
  TimeMethod method = TimeMethod::runge_kutta;
  std::string method_reason;  ///< why the program chose it; empty where the model did
  SolveParams params;
  OutputSpec output;
  std::vector<std::string> states;  ///< M names of the model's own states
  /// ρ(0) = B⁰ p(0) + Σ_i B¹_i ∂_i p(0) for densities p of the states, along the domain's axes: (P, M), and n times
  /// (P, M) in m; no slip for reductions of first order.
  Eigen::MatrixXd projection;
  std::vector<Eigen::MatrixXd> slip;
};

struct Outcome {
  SolveStatistics statistics;
  std::vector<std::string> files;     ///< written, in the order h5, xdmf, csv; empty where the solve failed
  std::vector<double> initial_total;  ///< (P) ∫ρ at time 0
  std::vector<double> final_total;    ///< (P) ∫ρ at the last time
  std::vector<double> probes;         ///< at the last time, in the order of OutputSpec::probes
};

/// Densities at the cell centres.
Field sample(const Problem& problem);

/// Integrates and writes the files; they appear only when all went well. `kernels` may be empty for the exact
/// propagator. Throws OutputError.
Outcome solve(const Problem& problem, const Kernels& kernels, const Progress& progress = {});

/// Largest relative difference between the initial density half-way between neighbouring cells and the mean of the two:
/// how much of it the grid cannot show. Relative to the largest density.
double unresolved(const Problem& problem);

/// A line of text that is drawn over itself on a terminal; nothing on a pipe or with `quiet`.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label, bool quiet = false);
  ~ProgressBar();
  void operator()(double fraction, long steps);

 private:
  std::string label_;
  bool shown_;
  double start_;
};

/// `main` of a program made by `rdd build`: options, progress, a summary of each problem. Returns the exit status.
struct Program {
  std::string about;  ///< model, hash and version, for --version
  std::vector<Problem> problems;
  std::vector<Kernels> kernels;  ///< one for each problem
};
int run_program(int argc, char** argv, Program program);

/// Statistics of a solve in a few lines, shared by `rdd run` and by built programs.
std::string describe(const Problem& problem, const Outcome& outcome);

}  // namespace rdd
