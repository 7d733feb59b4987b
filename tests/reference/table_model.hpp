// Models written from numbers: a .rdd file with its two tables, for networks that come as data.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace rdd::test {

struct TableModel {
  std::vector<std::vector<double>> vectors;  ///< n primitive vectors of m components, m
  std::vector<double> weights;               ///< of the states s0, s1, …
  std::vector<std::vector<double>> at;       ///< fractional positions; may be empty
  struct Jump {
    int from, to;
    std::array<int, 3> by;
    double rate;  ///< 1/s
  };
  std::vector<Jump> jumps;
};

/// Writes NAME.rdd, NAME.states.csv and NAME.rates.csv; returns the path of the first.
std::string write_model(const Scratch& scratch, const std::string& name, const TableModel& model);

}  // namespace rdd::test
