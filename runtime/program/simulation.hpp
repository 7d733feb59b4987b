// One solve block as an object: the same problem and the same numbers as `rdd run`, at the pace of the program that
// holds it. SI units throughout: m, s, and densities in 1/m^n.
//
// A solve block with `until steady` has one step, to its steady state at an infinite time: any of the calls that go on
// takes it, and is there from then on. Another density put in place of one begins anew, at time 0.
//
//   crowdion::relax walk;                     // a class made by rdd_add_solver, or Study::simulation
//   while (walk.time() < walk.until()) {
//     walk.step(1e-9);
//     std::span<const double> density = walk.field(0);
//   }
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/program/problem.hpp"

namespace rdd {

class Integrator;

/// The integration broke down: the step became too small, the field is no longer finite. `what()` is a sentence.
class SolveError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A density at a place of the domain, which begins at 0 along each axis. Axes the domain does not have stay unread.
using DensityFunction = std::function<double(double x, double y, double z)>;

/// What can be set before a solve begins; what is left alone is the model's own.
struct SimulationOptions {
  /// Initial densities of the model's states, projected on the slow manifold with their initial slip, and of the coarse
  /// states as they are. Where any is given they replace the model's altogether, and those left out are zero. Empty, or
  /// one for each state (coarse state) in the order of Problem::states (ContinuumPde::names).
  std::vector<DensityFunction> states = {}, coarse = {};
  double until = 0;         ///< s; 0: the model's; neither this nor `every` is for a steady state
  double every = 0;         ///< s between outputs; 0: the model's
  int threads = 1;          ///< results do not depend on it
  std::string output = {};  ///< the HDF5 file to write, with its companions; empty: none
};

class Simulation {
 public:
  /// `code` keeps alive what the kernels point to, where that can go. Throws std::invalid_argument for options of the
  /// wrong size, and OutputError where the output cannot be written.
  Simulation(Problem problem, const Kernels& kernels, const SimulationOptions& options = {},
             std::shared_ptr<const void> code = nullptr);
  ~Simulation();
  Simulation(Simulation&&) noexcept;
  Simulation& operator=(Simulation&&) noexcept;

  const Problem& problem() const;  ///< the equation, its grid, names and settings
  const Grid& grid() const;
  const Coefficients& coefficients() const;  ///< Q, C and D along the domain's axes
  int components() const;                    ///< P, the number of coarse states

  double time() const;   ///< s
  double until() const;  ///< s, the end the model or the options give; infinite for a steady state

  /// The density of a coarse state in every cell, x fastest, then y, then z; good until the next change.
  std::span<const double> field(int component) const;
  /// Points along z, y, x, as the fields lie; 1 along axes there are not.
  std::array<std::size_t, 3> shape() const;
  double total(int component) const;  ///< ∫ρ over the domain
  /// The probes of the model, now; std::invalid_argument where none is called so.
  double probe(std::size_t index) const;
  double probe(std::string_view name) const;

  /// Puts another density in place of a coarse state's: what the host program adds, removes or couples in. `values` has
  /// one number a cell.
  void replace(int component, std::span<const double> values);

  /// Goes on by an interval, or to a time, s. On the way it stops at the model's output times (the multiples of
  /// `every`), and writes the fields where there is an output. Where it stops nowhere else, the fields are those of
  /// `rdd run` to the bit; other stops change round-off where time is exact, and stay within the tolerance elsewhere. A
  /// time that differs from an output time by less than 1e-9 of the interval is that output time. Throws SolveError,
  /// OutputError.
  void step(double interval);
  void advance(double time);
  /// To the end, and the files in their places.
  void run();

  /// Puts the output's files in their places: until then they do not exist. Without an output, or before the steady
  /// state it is to hold, it does nothing.
  void finish();
  const std::vector<std::string>& files() const;  ///< written by `finish`: h5, xdmf, csv

  /// Steps, rejected steps and sweeps so far.
  const SolveStatistics& statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
