// Results on disk: the fields (result_series.hpp), their XDMF companion for ParaView, and the probes as CSV. All three
// are written under temporary names beside their destination and renamed together by `commit`: they appear whole or not
// at all.
//
// A long solve closes what it has from time to time as a part, a whole results file of its own; `commit` then puts the
// parts together, to the bytes of a file that was written in one go.
#pragma once

#include <array>
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

/// Numbers that stand beside the fields: what went into the solve.
struct OutputArray {
  std::string group;  ///< "equation"
  std::string name;
  std::string unit;                ///< SI; empty for plain numbers
  std::vector<std::size_t> shape;  ///< empty: one number
  std::vector<double> values;
};

struct OutputSpec {
  std::string path;                     ///< "relax.h5", as asked for; companions: relax.xdmf, relax.probes.csv
  std::vector<std::string> components;  ///< names of the P fields
  std::vector<std::pair<std::string, std::string>> attributes;  ///< provenance: model text, hash, version, method, …
  std::vector<ProbeSpec> probes;
  std::array<long, 3> thin{1, 1, 1};  ///< cells of the grid, along each axis, that make one cell of the file
  std::vector<OutputArray> inputs = {};
};

/// The grid of the cells in the file. `thin` must divide the points of each axis.
Grid thinned(const Grid& grid, const std::array<long, 3>& thin);
/// The mean density of each of them: totals stay what they are.
Field thinned(const Grid& grid, const std::array<long, 3>& thin, const Field& field);

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
  const std::vector<std::string>& paths() const;  ///< final paths: results, xdmf, and csv where there are probes

  /// Completes what was written since the last part as a file of its own, synced, at this path; nothing where there was
  /// no time since. True where there is a new part. Throws OutputError.
  bool close_part(const std::string& path);
  /// Begins with what an earlier run has written. Throws ReadError where a part is not what it was.
  void go_on_from(const std::vector<std::string>& parts);
  long times() const;  ///< written so far, parts included

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Beside the results: "a/relax.h5" and ".xdmf" make "a/relax.xdmf".
std::string companion(const std::string& path, const std::string& ending);

/// Removes the temporary files that runs which are no more have left beside the files of this output.
void remove_orphans(const std::string& path);

}  // namespace rdd
