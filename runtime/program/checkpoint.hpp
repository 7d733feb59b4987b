// The folder relax.checkpoint beside relax.h5: all that an unfinished solve needs to go on later.
//
//   state.h5           the integrator's state, and what it belongs to; replaced by renaming
//   part1.h5, …        the results so far, each a whole results file
//   lock               held by the process at work
//
// Both end in .bin where programs write no HDF5 (result_series.hpp).
//
// The state names the parts it counts on; what else lies here was left by a process that was killed. The folder is
// removed when the results are complete, the state first.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/solve/state_file.hpp"

namespace rdd {

/// A solve cannot begin, or go on, because of the checkpoint there is. `what()` is a sentence with the way out.
class CheckpointError : public std::runtime_error {
 public:
  enum class Kind {
    in_the_way,   ///< there is one, and nobody asked to go on from it
    does_not_fit  ///< of another solve, damaged, or in use
  };
  CheckpointError(Kind kind, const std::string& sentence) : std::runtime_error(sentence), kind(kind) {}
  Kind kind;
};

class Checkpoint {
 public:
  /// Of the results at this path. Does nothing yet.
  explicit Checkpoint(const std::string& results);
  ~Checkpoint();  ///< an empty folder does not stay
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  const std::string& folder() const { return folder_; }
  std::string state() const;
  std::string part(long number) const;
  std::vector<std::string> parts(long count) const;
  bool exists() const;

  /// Creates the folder and takes its lock, once. Throws OutputError, or CheckpointError where another process has it.
  void hold();
  /// Removes what a killed process has left: temporary files, and parts beyond this many.
  void tidy(long parts) const;
  void remove();

 private:
  std::string folder_;
  int lock_ = -1;
};

/// The first difference as the end of a sentence: "its `temperature` is 600 K there and 700 K here"; empty for none.
std::string difference(const NamedTexts& there, const NamedTexts& here);

}  // namespace rdd
