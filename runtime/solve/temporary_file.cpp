#include "runtime/solve/temporary_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace rdd {
namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string way_out(const std::string& path, int error) {
  const std::string folder = folder_of(path);
  switch (error) {
    case ENOENT:
      return fmt::format("create the folder '{}' or choose another", folder);
    case ENOTDIR:
      return fmt::format("'{}' is not a folder; choose one that is", folder);
    case EISDIR:
      return "name a file, not a folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return fmt::format("choose a folder in place of '{}' that you may write to", folder);
    case ENOSPC:
    case EDQUOT:
      return "free some space, or write to another disk";
    case EFBIG:
      return "raise the limit on the size of files (ulimit -f), or write fewer times";
    case ENAMETOOLONG:
      return "choose a shorter name";
    default:
      return "choose another place, or mend this one";
  }
}

}  // namespace

OutputError cannot_write(const std::string& path, int error) {
  return OutputError(fmt::format("cannot write '{}': {}; {}", path,
                                 error ? std::strerror(error) : "the HDF5 library failed", way_out(path, error)));
}

TemporaryFile::TemporaryFile(std::string destination) : destination_(std::move(destination)) {
  namespace fs = std::filesystem;
  const fs::path whole(destination_);
  if (whole.filename().empty()) throw cannot_write(destination_, EISDIR);
  struct stat present {};
  if (::stat(destination_.c_str(), &present) == 0) {
    if (S_ISDIR(present.st_mode)) throw cannot_write(destination_, EISDIR);
    if (!S_ISREG(present.st_mode))
      throw OutputError(fmt::format("cannot write '{}': it is a device, not a file; name a file", destination_));
  }
  path_ = (whole.parent_path() / fmt::format(".{}.{}.tmp", whole.filename().string(), ::getpid())).string();
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    const int error = errno;
    path_.clear();
    throw cannot_write(destination_, error);
  }
}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw cannot_write(destination_, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void TemporaryFile::sync() {
  // Some file systems know no fsync (EINVAL); those that do report here what went wrong after the write.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) throw cannot_write(destination_, errno);
}

void TemporaryFile::rename() {
  rename_to(destination_);
}
void TemporaryFile::rename_to(const std::string& path) {
  if (std::rename(path_.c_str(), path.c_str()) != 0) throw cannot_write(path, errno);
  path_.clear();
}

void write_file(const std::string& path, std::string_view text) {
  const bool present = ::access(path.c_str(), F_OK) == 0;
  if (present && ::access(path.c_str(), W_OK) != 0) throw cannot_write(path, errno);
  TemporaryFile file(present ? std::filesystem::canonical(path).string() : path);
  file.append(text);
  if (present) {
    struct stat old {};
    if (::stat(path.c_str(), &old) != 0) throw cannot_write(path, errno);
    // Only root may give a file away; for everybody else it is theirs already, or becomes theirs.
    const bool given = ::chown(file.path().c_str(), old.st_uid, old.st_gid) == 0;
    if (::chmod(file.path().c_str(), given ? old.st_mode & 07777 : old.st_mode & 0777) != 0)
      throw cannot_write(path, errno);
  }
  file.sync();
  file.rename();
}

void remove_temporaries(const std::string& destination) {
  namespace fs = std::filesystem;
  const std::string begin = "." + fs::path(destination).filename().string() + ".", end = ".tmp";
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_of(destination), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) continue;
    const std::string digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
    if (digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 9) continue;
    const bool alive = ::kill(static_cast<pid_t>(std::stol(digits)), 0) == 0 || errno != ESRCH;
    if (!alive) ::unlink(entry.path().c_str());
  }
}

void sync_folder(const std::string& path) {
  const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // may be written to but not read: the renames stand all the same
  ::fsync(folder);
  ::close(folder);
}

}  // namespace rdd
