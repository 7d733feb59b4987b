// Compiled kernels kept on disk from one run to the next, as shared libraries that need no LLVM.
//
// A file's name is a digest of all that its code depends on: the text of the kernels with every bit of their numbers,
// the options, the abilities of the processor, and the bytes of the plug-in that compiled them. So nothing there can be
// out of date. Files appear whole (written aside, synced, renamed), so that any number of processes may share the
// folder. Where the folder cannot be used, or there is no linker, kernels are compiled anew each time, and that is all.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/kernels/jit.hpp"

namespace rdd {

class KernelCache {
 public:
  /// $RDD_CACHE, or rdd/ in $XDG_CACHE_HOME or ~/.cache; "off" keeps nothing. `plugin` is the file of the plug-in.
  explicit KernelCache(const std::string& plugin);

  /// The kernels, or nothing.
  std::unique_ptr<JitKernels> find(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) const;
  /// Links object code to a file of its own. Failing is no error.
  void keep(const std::vector<ir::KernelIr>& kernels, const JitOptions& options,
            const std::vector<std::string>& objects) const;

 private:
  std::optional<std::string> path(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) const;

  std::string folder_;  ///< empty: none
  std::string plugin_;
};

}  // namespace rdd
