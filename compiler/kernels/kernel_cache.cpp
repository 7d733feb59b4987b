#include "compiler/kernels/kernel_cache.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include "compiler/kernels/discretise.hpp"

extern char** environ;

namespace rdd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 200;

/// Two FNV-1a hashes of 64 bits with different seeds: 128 bits, for texts nobody made up to collide.
class Digest {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes)
      for (std::uint64_t& hash : hashes_) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    for (std::uint64_t& hash : hashes_) hash = (hash ^ bytes.size()) * 0x100000001b3u;  // where one text ends
  }
  std::string text() const { return fmt::format("{:016x}{:016x}", hashes_[0], hashes_[1]); }

 private:
  std::array<std::uint64_t, 2> hashes_{0xcbf29ce484222325u, 0x84222325cbf29ce4u};
};

/// What the processor can do; nothing where this program cannot tell, and then nothing is kept.
std::optional<std::string> processor() {
#if defined(__x86_64__)
  std::string all;
  for (const unsigned leaf : {0u, 1u, 7u, 0x80000001u}) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(leaf, 0, &a, &b, &c, &d)) continue;
    if (leaf == 1) b = 0, a &= ~0xfu;  // which core this is; the stepping
    all += fmt::format("{:x}:{:x},{:x},{:x},{:x};", leaf, a, b, c, d);
  }
  return all;
#else
  return std::nullopt;
#endif
}

std::string folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  if (const std::string own = variable("RDD_CACHE"); !own.empty()) return own == "off" ? "" : own;
  if (const std::string all = variable("XDG_CACHE_HOME"); !all.empty()) return all + "/rdd";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.cache/rdd";
  return "";
}

std::optional<std::string> contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

class KeptKernels final : public JitKernels {
 public:
  explicit KeptKernels(void* library) : library_(library) { kept = true; }
  ~KeptKernels() override { dlclose(library_); }
  KeptKernels(const KeptKernels&) = delete;
  KeptKernels& operator=(const KeptKernels&) = delete;
  KernelFunction function(const std::string& name) const override {
    return reinterpret_cast<KernelFunction>(dlsym(library_, ("rdd_" + name).c_str()));
  }

 private:
  void* library_;
};

/// Runs the system's linker; true where it went well.
bool link(const std::vector<std::string>& objects, const std::string& library) {
  std::vector<std::string> words{"ld", "-shared", "-z", "noexecstack", "-o", library};
  words.insert(words.end(), objects.begin(), objects.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "ld", &quiet, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (failed != 0) return false;
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = fsync(file) == 0;
  close(file);
  return done;
}

/// Takes the oldest files away where there are too many. One that is in use stays so for those who opened it.
void tidy(const fs::path& folder) {
  std::error_code failed;
  std::multimap<fs::file_time_type, fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.path().extension() == ".so") files.emplace(entry.last_write_time(failed), entry.path());
  for (auto oldest = files.begin(); files.size() > most_files; oldest = files.erase(oldest))
    fs::remove(oldest->second, failed);
}

}  // namespace

KernelCache::KernelCache(const std::string& plugin) : folder_(folder()), plugin_(plugin) {}

std::unique_ptr<JitKernels> KernelCache::find(const std::vector<ir::KernelIr>& kernels,
                                              const JitOptions& options) const {
  const auto file = path(kernels, options);
  std::error_code failed;
  if (!file || !fs::exists(*file, failed)) return nullptr;
  void* const library = dlopen(file->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  auto kept = std::make_unique<KeptKernels>(library);
  for (const ir::KernelIr& kernel : kernels)
    if (kept->function(kernel.name) == nullptr) return nullptr;
  fs::last_write_time(*file, fs::file_time_type::clock::now(), failed);  // the oldest are those not used for long
  return kept;
}

void KernelCache::keep(const std::vector<ir::KernelIr>& kernels, const JitOptions& options,
                       const std::vector<std::string>& objects) const {
  const auto file = path(kernels, options);
  if (!file) return;
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) return;
  std::string aside = folder_ + "/.new-XXXXXX";
  if (mkdtemp(aside.data()) == nullptr) return;
  std::vector<std::string> names;
  bool written = true;
  for (const std::string& object : objects) {
    names.push_back(fmt::format("{}/{}.o", aside, names.size()));
    std::ofstream out(names.back(), std::ios::binary);
    out << object;
    written = written && out.flush().good();
  }
  const std::string library = aside + "/kernels.so";
  if (written && link(names, library) && sync(library)) {
    fs::rename(library, *file, failed);
    tidy(folder_);
  }
  fs::remove_all(aside, failed);
}

std::optional<std::string> KernelCache::path(const std::vector<ir::KernelIr>& kernels,
                                             const JitOptions& options) const {
  if (folder_.empty()) return std::nullopt;
  const auto host = processor();
  const auto code = contents(plugin_);
  if (!host || !code) return std::nullopt;
  Digest digest;
  digest.add(*host);
  digest.add(*code);
  digest.add(options.contract ? "contract" : "exact");
  digest.add(options.prefetch ? "prefetch" : "plain");
  digest.add(options.interleave ? "interleaved rows" : "rows");
  for (const ir::KernelIr& kernel : kernels) {
    digest.add(text(kernel));
    digest.add(kernel.streams ? "past the caches" : "through them");  // not said in the text
  }
  return folder_ + "/" + digest.text() + ".so";
}

}  // namespace rdd
