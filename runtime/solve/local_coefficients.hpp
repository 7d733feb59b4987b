// Coefficients that follow a temperature and a force which vary in space and time: interpolants of the reduction,
// evaluated in every cell (docs/theory.md, section 5).
#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/reduction/coefficient_table.hpp"
#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"
#include "runtime/solve/workers.hpp"

namespace rdd {

/// Which local coefficient field holds an entry; −1: it is zero everywhere.
struct LocalFields {
  Eigen::MatrixXi reaction;                             ///< (P, P)
  std::vector<Eigen::MatrixXi> drift;                   ///< n of them
  std::vector<std::vector<Eigen::MatrixXi>> diffusion;  ///< n × n, equal for ij and ji
  int count = 0;
};

/// A temperature or a force came to where no coefficients are known.
class FieldRangeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The parameters of the interpolants at a place (m) and a time (s), SI: written to the last argument.
using LocalParameters = std::function<void(const std::array<double, 4>& place, std::span<double> parameters)>;

class LocalCoefficients {
 public:
  /// One kind of defect: its table, and which of the parameters are the table's, in its order.
  struct Block {
    CoefficientTable table;
    std::vector<int> parameters;
  };

  /// blocks          their coarse states follow one another
  /// frame           (m, n) axes of the domain
  /// more_reaction   (P, P) 1/s, added to the reaction matrix everywhere
  /// parameters      how many there are, and what they are where
  /// follow_time     do they depend on the time?
  LocalCoefficients(std::vector<Block> blocks, Eigen::MatrixXd frame, Eigen::MatrixXd more_reaction, int count,
                    LocalParameters parameters, bool follow_time);

  const LocalFields& fields() const { return fields_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  bool follow_time() const { return follow_time_; }
  /// Largest relative error of the interpolants.
  double error() const;

  /// All fields on the grid, as components of one. Throws FieldRangeError.
  void fill(double time, const Grid& grid, const KernelLayout& layout, Workers& workers, double* out) const;

  /// The coefficients as an equation has them, along the frame, for these values of the parameters.
  Coefficients at(std::span<const double> parameters) const;

  /// Puts into `pde` the mean coefficients over the grid, and those that stand out: where an entry is largest, at the
  /// start, the end and a few times between. Throws FieldRangeError.
  void describe(ContinuumPde& pde, const Grid& grid, double until) const;

 private:
  Eigen::MatrixXd values(const Eigen::MatrixXd& parameters) const;  ///< fields in rows, points in columns
  Coefficients matrices(const Eigen::VectorXd& values) const;

  std::vector<Block> blocks_;
  int parameter_count_;
  LocalParameters parameters_;
  bool follow_time_;
  int components_ = 0, dimension_ = 0;
  LocalFields fields_;
  std::vector<Eigen::MatrixXd> shares_;  ///< of each block: fields in terms of the entries of its table
  Eigen::VectorXd added_;                ///< to the fields
};

}  // namespace rdd
