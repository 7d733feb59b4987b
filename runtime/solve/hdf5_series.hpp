// The HDF5 file of a solve; docs/output.md describes its layout. Nothing in it depends on the clock or the machine: the
// same solve gives the same bytes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/output.hpp"

namespace rdd {

class Hdf5Series {
 public:
  /// Writes into the file at `path`, which is overwritten; errors speak of `destination`, the name it will have. `grid`
  /// is that of the fields in the file. All members throw OutputError.
  Hdf5Series(const std::string& path, const std::string& destination, const OutputSpec& spec, const Grid& grid);
  ~Hdf5Series();
  Hdf5Series(const Hdf5Series&) = delete;
  Hdf5Series& operator=(const Hdf5Series&) = delete;

  /// One time: the field, and a number for each probe.
  void append(double time, const Field& field, std::span<const double> probes);
  void close();  ///< nothing may be appended after it

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What an Hdf5Series has written, read back. All members throw ReadError.
class Hdf5Part {
 public:
  Hdf5Part(const std::string& path, const OutputSpec& spec, const Grid& grid);
  ~Hdf5Part();
  Hdf5Part(Hdf5Part&&) noexcept;

  const std::vector<double>& times() const;
  std::vector<double> probes(std::size_t index) const;
  Field field(std::size_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
