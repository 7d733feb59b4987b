// Running programs from tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rdd::test {

struct Finished {
  int status = 0;      ///< exit status; 128 + n after signal n
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};

/// Runs a program without a shell, with its standard input from a text, in a directory, ended after `seconds`.
Finished run(const std::vector<std::string>& command, const std::string& input = "",
             const std::filesystem::path& directory = ".", int seconds = 120);

/// Gives a line to the shell, which finds this build's `rdd` first.
Finished shell(const std::string& line, const std::filesystem::path& directory = ".");

/// What such a line shows on a terminal: standard output and errors, as they come.
std::string on_terminal(const std::string& line, const std::filesystem::path& directory = ".");

/// The `rdd` command of this build.
std::string rdd_command();

/// A directory of its own, removed with all it holds.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const;  ///< returns the path

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

}  // namespace rdd::test
