// Results on disk: an HDF5 file, its XDMF companion for ParaView, and the probes as CSV. All three are written under
// temporary names beside their destination and renamed together by `commit`: they appear whole or not at all.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/probes.hpp"

namespace rdd {

/// The outside world refused: cannot create, disk full, rename failed. `what()` is a sentence with the path and reason.
class OutputError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct OutputSpec {
  std::string path;                     ///< "relax.h5"; companions: relax.xdmf, relax.probes.csv
  std::vector<std::string> components;  ///< names of the P fields
  std::vector<std::pair<std::string, std::string>> attributes;  ///< provenance: model text, hash, version, method, …
  std::vector<ProbeSpec> probes;
};

class OutputFiles {
 public:
  /// Opens the temporaries at once, so that an unwritable place is known before anything is computed. Throws
  /// OutputError.
  OutputFiles(OutputSpec spec, const Grid& grid);
  ~OutputFiles();  ///< removes what was not committed
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  void write(double time, const Field& field);    ///< appends one time; throws OutputError
  void commit();                                  ///< completes, syncs and renames; throws OutputError
  const std::vector<std::string>& paths() const;  ///< final paths, in the order h5, xdmf, csv (csv only with probes)

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
