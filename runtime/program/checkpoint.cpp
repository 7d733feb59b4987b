#include "runtime/program/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "runtime/solve/output.hpp"
#include "runtime/solve/result_series.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {

namespace fs = std::filesystem;

namespace {

// "part12.h5" -> 12; 0 for any other name.
long number_of_part(const std::string& name) {
  const std::string begin = "part", end = results_ending();
  if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) return 0;
  const std::string digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
  const bool number = digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::stol(digits) : 0;
}

}  // namespace

Checkpoint::Checkpoint(const std::string& results) : folder_(companion(results, ".checkpoint")) {}

Checkpoint::~Checkpoint() {
  if (lock_ < 0) return;
  if (!exists()) remove();
  if (lock_ >= 0) ::close(lock_);
}

std::string Checkpoint::state() const {
  return folder_ + "/state" + results_ending();
}

std::string Checkpoint::part(long number) const {
  return fmt::format("{}/part{}{}", folder_, number, results_ending());
}

std::vector<std::string> Checkpoint::parts(long count) const {
  std::vector<std::string> all;
  for (long i = 1; i <= count; ++i) all.push_back(part(i));
  return all;
}

bool Checkpoint::exists() const {
  std::error_code ignored;
  return fs::exists(state(), ignored);
}

void Checkpoint::hold() {
  if (lock_ >= 0) return;
  if (::mkdir(folder_.c_str(), 0777) != 0 && errno != EEXIST) throw cannot_write(folder_, errno);
  sync_folder(folder_);
  const std::string path = folder_ + "/lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) throw cannot_write(path, errno);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  // A file system that knows no locks must do without.
  if (::fcntl(lock_, F_OFD_SETLK, &whole) == 0 || (errno != EAGAIN && errno != EACCES)) return;
  ::close(lock_);
  lock_ = -1;
  throw CheckpointError(
      CheckpointError::Kind::does_not_fit,
      fmt::format("another process is at work on the checkpoint '{}': wait for it, or end it", folder_));
}

void Checkpoint::tidy(long parts) const {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool temporary = name.starts_with(".") && name.ends_with(".tmp");
    if (temporary || number_of_part(name) > parts) ::unlink(entry.path().c_str());
  }
}

void Checkpoint::remove() {
  ::unlink(state().c_str());
  sync_folder(state());
  tidy(0);
  ::unlink((folder_ + "/lock").c_str());
  ::rmdir(folder_.c_str());
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
}

std::string difference(const NamedTexts& there, const NamedTexts& here) {
  constexpr std::size_t readable = 60;
  const auto find = [](const NamedTexts& in, const std::string& name) {
    return std::find_if(in.begin(), in.end(), [&](const auto& item) { return item.first == name; });
  };
  for (const auto& [name, value] : here) {
    const auto other = find(there, name);
    if (other == there.end()) return fmt::format("it has no {}", name);
    if (other->second == value) continue;
    if (value.size() > readable || other->second.size() > readable || value.find('\n') != std::string::npos)
      return fmt::format("its {} is another one", name);
    return fmt::format("its {} is {} there and {} here", name, other->second, value);
  }
  for (const auto& [name, value] : there)
    if (find(here, name) == here.end()) return fmt::format("it has a {}, and this solve has none", name);
  return "";
}

}  // namespace rdd
