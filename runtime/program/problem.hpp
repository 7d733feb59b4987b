// One solve block, ready to run: what `rdd run` executes in its own process, and what a program made by `rdd build`
// carries as constants. Both go through `solve`, so their results are the same.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/integrator.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/output.hpp"
#include "runtime/solve/solve.hpp"
#include "runtime/solve/state_file.hpp"

namespace rdd {

struct Problem {
  std::string model;  ///< name of the model
  std::string name;   ///< name of the solve block
  ContinuumPde pde;
  Grid grid;
  std::function<double(int component, double x, double y, double z)> initial;
  TimeMethod method = TimeMethod::runge_kutta;
  std::string method_reason;     ///< why the program chose it; empty where the model did
  std::string scheme_note;       ///< how differences are taken, for a reader
  std::string coefficient_note;  ///< what the coefficients follow, for a reader; empty where they are numbers
  SolveParams params;
  double checkpoint_every = 0;  ///< s of the clock between checkpoints; 0: none
  OutputSpec output;
  std::vector<std::string> states;  ///< M names of the model's own states
  /// ρ(0) = B⁰ p(0) + Σ_i B¹_i ∂_i p(0) for densities p of the states, along the domain's axes: (P, M), and n times
  /// (P, M) in m; no slip for reductions of first order.
  Eigen::MatrixXd projection;
  std::vector<Eigen::MatrixXd> slip;
};

/// Where a solve stands, for people.
struct SolveProgress {
  double fraction = 0;
  double time = 0, until = 0;  ///< s
  long steps = 0;
  double step = 0;              ///< s, the latest
  double cells_per_second = 0;  ///< updates of a cell, of the clock
  double seconds_left = 0;      ///< of the clock
};

/// Checkpoints more often than this are a mistake for a time of the solve, s.
inline constexpr double shortest_checkpoint_time = 0.01;

struct SolveOptions {
  bool restart = false;                 ///< go on from the checkpoint, where there is one
  double checkpoint_every = 0;          ///< s of the clock; 0: only when interrupted
  std::function<bool()> interrupted{};  ///< asked between steps; yes: a checkpoint, and the end
  std::function<void(const SolveProgress&)> progress{};
};

struct Outcome {
  SolveStatistics statistics;
  std::vector<std::string> files{};      ///< written: results, xdmf, csv; empty where the solve did not finish
  std::vector<double> initial_total{};   ///< (P) ∫ρ at time 0
  std::vector<double> final_total{};     ///< (P) ∫ρ at the last time
  std::vector<double> probes{};          ///< at the last time, in the order of OutputSpec::probes
  bool complete_before = false;          ///< asked to go on, and there was nothing left to do
  bool interrupted = false;              ///< `checkpoint` holds what is done so far; a steady state leaves none
  double reached = 0;                    ///< s
  double kept = 0;                       ///< s, up to which the checkpoint of an interruption holds it
  std::string checkpoint{};              ///< the folder to go on from, where there is one
  std::optional<double> restarted_at{};  ///< s
};

/// Densities at the cell centres.
Field sample(const Problem& problem);

/// (P) ∫ρ over the domain.
std::vector<double> totals(const Problem& problem, const Field& field);

/// What decides the numbers of a solve, in words: two solves that agree in it give the same bytes.
NamedTexts identity(const Problem& problem, const Kernels& kernels, const Field& initial);

/// Everything that stands in the results beside the fields. The last attribute is a fingerprint of the identity.
OutputSpec results(const Problem& problem, const Kernels& kernels, const Field& initial);

/// Integrates and writes the files; they appear only when all went well. `kernels` may be empty for the exact
/// propagator. With checkpoints, with an interruption and a restart, or without: the same bytes. Throws OutputError,
/// and CheckpointError (runtime/program/checkpoint.hpp).
Outcome solve(const Problem& problem, const Kernels& kernels, const SolveOptions& options = {});

/// Largest relative difference between the initial density half-way between neighbouring cells and the mean of the two:
/// how much of it the grid cannot show. Relative to the largest density.
double unresolved(const Problem& problem);

/// A line of text that is drawn over itself on a terminal; nothing on a pipe or with `quiet`.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label, bool quiet = false);
  ~ProgressBar();
  void operator()(double fraction, long steps);
  void operator()(const SolveProgress& progress);

 private:
  void draw(double fraction, const std::string& text) const;

  std::string label_;
  bool shown_;
  double start_;
};

/// A parameter of the model, as a program knows it.
struct ProgramParameter {
  std::string name;
  std::string unit;  ///< SI
  double value = 0;  ///< that the program was built with
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  std::string fixed{};  ///< why it cannot be set; empty where it can
};

/// `main` of a program made by `rdd build`: options, progress, a summary of each problem. Returns the exit status.
struct Program {
  std::string about;  ///< model, hash and version, for --version
  std::vector<ProgramParameter> parameters;
  /// Gives those that were not set the values that follow from the others, in order.
  std::function<void(std::vector<double>& values, const std::vector<bool>& set)> follow;
  /// Each solve block for these values of the parameters.
  std::vector<std::function<Problem(const std::vector<double>& parameters)>> problems;
  std::vector<std::function<Kernels(const std::vector<double>& parameters)>> kernels;  ///< of each
};
int run_program(int argc, char** argv, Program program);

/// What to say after an interruption; `command` is what was called.
std::string how_to_go_on(const Outcome& outcome, const std::string& command);

/// Statistics of a solve in a few lines, shared by `rdd run` and by built programs.
std::string describe(const Problem& problem, const Outcome& outcome);

}  // namespace rdd
