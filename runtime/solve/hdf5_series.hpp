// The HDF5 file of a solve.
//
//   /time               (T)              s
//   /fields/<component> (T, nz, ny, nx)  densities, 1/m^n; attribute `unit`; one time a chunk (or several chunks),
//   compressed /grid               attributes: dimension, points (n), spacing (n) in m, boundary (n, 2) low and high
//   side of each axis;
//                       x first
//   /provenance         attributes: what the solve came from, as text
//   /xdmf/0, 1, …       the datasets of /fields once more (hard links), for the XDMF companion
//
// All numbers are 64 bit. Nothing in it depends on the clock or the machine: the same solve gives the same bytes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/output.hpp"

namespace rdd {

class Hdf5Series {
 public:
  /// Writes into the file at `path`, which is overwritten; errors speak of `destination`, the name it will have. All
  /// members throw OutputError.
  Hdf5Series(const std::string& path, const std::string& destination, const OutputSpec& spec, const Grid& grid);
  ~Hdf5Series();
  Hdf5Series(const Hdf5Series&) = delete;
  Hdf5Series& operator=(const Hdf5Series&) = delete;

  void append(double time, const Field& field);
  void close();  ///< nothing may be appended after it

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
