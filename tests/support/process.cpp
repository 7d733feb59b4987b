#include "tests/support/process.hpp"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rdd::test {

namespace fs = std::filesystem;

Finished run(const std::vector<std::string>& command, const std::string& input, const fs::path& directory,
             int seconds) {
  const Scratch scratch;
  const std::string in = scratch.write("in", input), out = scratch.file("out"), err = scratch.file("err");
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    const int files[] = {open(in.c_str(), O_RDONLY), open(out.c_str(), O_WRONLY | O_CREAT, 0600),
                         open(err.c_str(), O_WRONLY | O_CREAT, 0600)};
    for (int i = 0; i < 3; ++i) dup2(files[i], i);
    if (chdir(directory.c_str()) != 0) _exit(127);
    alarm(static_cast<unsigned>(seconds));
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out), read_file(err)};
}

namespace {

std::string with_path(const std::string& line) {
  return "PATH='" + fs::path(rdd_command()).parent_path().string() + "':$PATH; export PATH\n" + line;
}

}  // namespace

Finished shell(const std::string& line, const fs::path& directory) {
  return run({"sh", "-c", with_path(line)}, "", directory);
}

std::string on_terminal(const std::string& line, const fs::path& directory) {
  const std::string script = with_path(line);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("forkpty failed");
  if (child == 0) {
    alarm(120);
    if (chdir(directory.c_str()) == 0) execlp("sh", "sh", "-c", script.c_str(), nullptr);
    _exit(127);
  }
  std::string shown;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(terminal, buffer, sizeof buffer)) > 0;)
    shown.append(buffer, static_cast<std::size_t>(size));
  close(terminal);
  waitpid(child, nullptr, 0);
  return shown;
}

std::string rdd_command() {
  return std::string(RDD_BINARY_DIR) + "/bin/rdd";
}

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "rdd-test-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary directory");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Scratch::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return file(name);
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace rdd::test
