// The headers of other projects that a project of `rdd emit --cpp` carries.
#include <fmt/format.h>

#include <filesystem>

#include "compiler/program/emit_project.hpp"
#include "compiler/program/toolchain.hpp"
#include "runtime/solve/output.hpp"

namespace rdd {
namespace {

namespace fs = std::filesystem;

void carry(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to.parent_path(), failed);
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing, failed);
  if (failed)
    throw OutputError(
        fmt::format("cannot copy '{}' to '{}': {}; a project carries headers of Eigen and fmt (Debian: "
                    "libeigen3-dev, libfmt-dev)",
                    from.string(), to.string(), failed.message()));
}

}  // namespace

void copy_third_party(const std::string& folder) {
  const fs::path eigen = toolchain::eigen_include, to = fs::path(folder) / "third_party";
  for (const char* module :
       {"Cholesky", "Core", "Eigenvalues", "Geometry", "Householder", "Jacobi", "LU", "QR", "SVD", "SparseCore"}) {
    carry(eigen / "Eigen" / module, to / "eigen/Eigen" / module);
    carry(eigen / "Eigen/src" / module, to / "eigen/Eigen/src" / module);
  }
  for (const char* folder_of_all : {"misc", "plugins"})
    carry(eigen / "Eigen/src" / folder_of_all, to / "eigen/Eigen/src" / folder_of_all);
  for (const char* file : {"MatrixFunctions", "src/MatrixFunctions"})
    carry(eigen / "unsupported/Eigen" / file, to / "eigen/unsupported/Eigen" / file);
  for (const char* header : {"core.h", "format.h", "format-inl.h"})
    carry(fs::path(toolchain::fmt_include) / "fmt" / header, to / "fmt" / header);
}

}  // namespace rdd
