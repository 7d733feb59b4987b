// Files that appear whole or not at all: written under a temporary name beside their destination, then renamed.
#pragma once

#include <string>
#include <string_view>

#include "runtime/solve/output.hpp"

namespace rdd {

/// "cannot write PATH: REASON; WAY OUT" from an errno value.
OutputError cannot_write(const std::string& path, int error);

class TemporaryFile {
 public:
  /// Creates the empty file .<name>.<pid>.tmp beside `destination`. Throws OutputError.
  explicit TemporaryFile(std::string destination);
  ~TemporaryFile();  ///< removes it unless renamed
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& destination() const { return destination_; }
  const std::string& path() const { return path_; }
  void append(std::string_view text);       ///< throws OutputError
  void sync();                              ///< waits until the contents are on the disk; throws OutputError
  void rename();                            ///< puts it in place of the destination; throws OutputError
  void rename_to(const std::string& path);  ///< the same elsewhere on this disk

 private:
  std::string destination_, path_;
  int descriptor_ = -1;
};

/// Writes a text as a file, whole or not at all. A file that is there keeps its permissions and its owner; a link goes
/// on leading to its file. Throws OutputError.
void write_file(const std::string& path, std::string_view text);

/// Removes the temporary files of this destination whose process is no more.
void remove_temporaries(const std::string& destination);

/// Waits until the renames in the folder of this file are on the disk, where the file system can tell.
void sync_folder(const std::string& path);

}  // namespace rdd
