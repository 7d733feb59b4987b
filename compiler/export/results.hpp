// What `rdd export` writes: the numbers of a model at one point of its parameters, in SI units, before they become a file.
#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"

namespace rdd::exporting {

struct NetworkResults {
  std::optional<double> kelvin;
  bool reversible = false;
  Eigen::MatrixXd lattice;                   ///< (n, m): rows are the primitive vectors, m
  Eigen::VectorXd weights;                   ///< (M), sum 1
  std::optional<Eigen::MatrixXd> positions;  ///< (M, n) fractions of the primitive vectors
  struct Transition {
    int from, to;
    std::array<int, 3> by;
    double rate;  ///< 1/s, with the force
  };
  std::vector<Transition> transitions;  ///< every directed one, in the order of declaration
};

struct SpectrumResults {
  std::vector<int> grid;    ///< points an axis
  Eigen::MatrixXd phases;   ///< (n, K) k·a_α, radians
  Eigen::MatrixXcd lambda;  ///< (M, K), 1/s
};

struct ReductionResults {
  int P = 0;
  int order = 2;
  std::vector<std::string> coarse_states;
  Eigen::MatrixXd chi;  ///< (M, P)
  double crispness = 0;
  GapCandidate gap;
  double resolution = 0;  ///< cells
};

struct Results {
  std::string model, hash;
  std::vector<std::array<std::string, 2>> parameters;  ///< names and SI units
  std::vector<double> values;                          ///< of the parameters, SI
  std::vector<std::string> states;                     ///< the network's, whatever else is asked for
  std::optional<NetworkResults> network;
  std::optional<SpectrumResults> spectrum;
  std::optional<ReductionResults> reduction;
  std::optional<Coefficients> coefficients;
};

struct What {
  bool network = false, spectrum = false, reduction = false, coefficients = false;
};

/// Points an axis for a spectrum where none are asked for: a few hundred wave vectors.
std::vector<int> usual_grid(int dimension);

/// Runs the stages that are needed. nullopt with diagnostics. `grid`: points an axis from −π to π, for the spectrum.
std::optional<Results> collect(const Model& model, const std::vector<Setting>& settings, const What& what,
                               const std::vector<int>& grid, Diagnostics& diagnostics);

/// One file: docs/export.md has the schema. The network in it is what `rdd import` reads.
std::string json_text(const Results& results);

/// One table each, as the part of its name before ".csv" and its text: "network.states", "network.rates", …
std::vector<std::array<std::string, 2>> csv_texts(const Results& results);

/// The same groups and numbers as JSON, as datasets with an attribute `unit`. Overwrites the file at `path`; errors
/// speak of `destination`. Throws OutputError.
void write_hdf5(const Results& results, const std::string& path, const std::string& destination);

}  // namespace rdd::exporting
