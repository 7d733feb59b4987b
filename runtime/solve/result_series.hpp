// The results file of a solve; docs/output.md describes its layout. Nothing in it depends on the clock or the machine:
// the same solve gives the same bytes.
//
// There are two kinds, and a program has the one whose .cpp it is compiled with: HDF5 (hdf5_series.cpp, with
// hdf5_state.cpp), which is that of rdd, and plain numbers behind a text (raw_series.cpp, with raw_state.cpp), for
// machines without the HDF5 library. What differs between the two stands in this header and in state_file.hpp.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/output.hpp"

namespace rdd {

/// Of a results file, where nobody has asked for another: ".h5" or ".bin".
std::string results_ending();

/// The file that is written where this one is asked for: itself, or "relax.bin" for "relax.h5".
std::string results_path(const std::string& asked);

/// What tells finished results of one solve from those of another (the attribute `fingerprint`). Throws ReadError.
std::string results_fingerprint(const std::string& path);

/// How XDMF refers to a field in the results file: lines of a DataItem, from the index of the time and that of the
/// component. `grid` is that of the fields in the file, which holds this many times.
using XdmfField = std::function<std::string(std::size_t time, std::size_t component)>;
XdmfField xdmf_fields(const OutputSpec& spec, const Grid& grid, std::size_t times);

class ResultSeries {
 public:
  /// Writes into the file at `path`, which is overwritten; errors speak of `destination`, the name it will have. `grid`
  /// is that of the fields in the file. All members throw OutputError.
  ResultSeries(const std::string& path, const std::string& destination, const OutputSpec& spec, const Grid& grid);
  ~ResultSeries();
  ResultSeries(const ResultSeries&) = delete;
  ResultSeries& operator=(const ResultSeries&) = delete;

  /// One time: the field, and a number for each probe.
  void append(double time, const Field& field, std::span<const double> probes);
  void close();  ///< nothing may be appended after it

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a ResultSeries has written, read back. All members throw ReadError.
class ResultPart {
 public:
  ResultPart(const std::string& path, const OutputSpec& spec, const Grid& grid);
  ~ResultPart();
  ResultPart(ResultPart&&) noexcept;

  const std::vector<double>& times() const;
  std::vector<double> probes(std::size_t index) const;
  Field field(std::size_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
