// Runs the system's C++ compiler on an emitted program.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "compiler/kernels/emit_cpp.hpp"
#include "compiler/program/build_program.hpp"
#include "compiler/program/toolchain.hpp"

extern char** environ;

namespace rdd {
namespace {

namespace fs = std::filesystem;

// Removes a file when it goes out of scope.
struct Temporary {
  fs::path path;
  ~Temporary() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
};

std::string content(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Runs a program without a shell, its messages into `log`. Returns its exit status, or -1 where it cannot be started.
int run(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // POSIX takes char*
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int refused = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// Headers and libraries: beside the installed command, or in the source and build trees.
struct Places {
  std::string include, library;
};
Places places() {
  std::error_code ignored;
  const fs::path prefix = fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path();
  const fs::path installed = prefix / toolchain::include_directory;
  if (fs::exists(installed / "runtime/program/problem.hpp")) return {installed, prefix / toolchain::library_directory};
  return {toolchain::source_tree, toolchain::build_libraries};
}

}  // namespace

void build_program(const std::string& source, const std::string& program, const BuildOptions& options) {
  const char* from_environment = std::getenv("CXX");
  const std::string compiler = !options.compiler.empty()               ? options.compiler
                               : from_environment && *from_environment ? from_environment
                                                                       : "c++";
  const fs::path target(program);
  const std::string unique = fmt::format(".{}.{}", target.filename().string(), getpid());
  const Temporary text{target.parent_path() / (unique + ".cpp")};
  const Temporary binary{target.parent_path() / (unique + ".tmp")};
  const Temporary log{target.parent_path() / (unique + ".log")};
  if (fs::is_directory(target))
    throw BuildError(fmt::format("cannot write '{}': it is a directory; name a file", program));
  {
    std::ofstream out(text.path);
    out << source;
    if (!out.flush())
      throw BuildError(
          fmt::format("cannot write beside '{}': does its directory exist, and may you write there?", program));
  }
  const Places at = places();
  std::vector<std::string> command{compiler, "-std=c++20", "-DEIGEN_MAX_ALIGN_BYTES=64"};
  for (const char* flag : cpp_flags(options.fused)) command.push_back(flag);
  if (!options.portable) command.push_back("-march=native");
  command.insert(command.end(), {"-I" + at.include, "-isystem", toolchain::eigen_include, "-o", binary.path, text.path,
                                 "-L" + at.library, "-lrdd_program", "-lrdd_solve", "-lrdd_runtime"});
  for (const char* flag : toolchain::link_flags) command.push_back(flag);
  const int status = run(command, log.path);
  if (status == -1)
    throw BuildError(
        fmt::format("there is no compiler called '{}': install g++, or name one with --compiler or CXX", compiler));
  if (status != 0) throw BuildError(fmt::format("'{}' ended with status {}\n{}", compiler, status, content(log.path)));
  std::error_code failed;
  fs::rename(binary.path, target, failed);
  if (failed) throw BuildError(fmt::format("cannot write '{}': {}", program, failed.message()));
  if (options.keep_source) {
    fs::rename(text.path, target.string() + ".cpp", failed);
    if (failed) throw BuildError(fmt::format("cannot write '{}.cpp': {}", program, failed.message()));
  }
}

}  // namespace rdd
