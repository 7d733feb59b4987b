// Files built into the program by rdd_embed (cmake/RddModule.cmake).
#pragma once

#include <span>
#include <string_view>

namespace rdd {

struct EmbeddedFile {
  std::string_view name;  ///< its path below the folder that was embedded, "lattices/bcc.rdd"
  std::string_view text;
};

/// stdlib/, sorted by name.
std::span<const EmbeddedFile> library_files();
/// docs/errors/, sorted by name.
std::span<const EmbeddedFile> explanation_files();
/// Of runtime/, what programs of `rdd emit --cpp` are built from.
std::span<const EmbeddedFile> runtime_files();

}  // namespace rdd
