// A missing or foreign plug-in ends with a sentence. Loading happens once a process, so each case runs in a child.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "compiler/kernels/jit.hpp"

namespace rdd::test {
namespace {

/// The message of the JitError thrown in a child process which is told to use this plug-in.
std::string message_with(const char* plugin) {
  int channel[2];
  REQUIRE(pipe(channel) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    setenv("RDD_JIT_PLUGIN", plugin, 1);
    std::string message = "no error";
    try {
      jit_compile({});
    } catch (const JitError& error) {
      message = error.what();
    }
    const auto written = write(channel[1], message.data(), message.size());
    _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
  }
  close(channel[1]);
  std::string message;
  char buffer[512];
  for (ssize_t n = 0; (n = read(channel[0], buffer, sizeof buffer)) > 0;)
    message.append(buffer, static_cast<std::size_t>(n));
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  return message;
}

TEST_CASE("a missing plug-in is named, with the way out") {
  const std::string message = message_with("/nowhere/librdd_jit.so");
  CHECK(message.find("/nowhere/librdd_jit.so") != std::string::npos);
  CHECK(message.find("RDD_JIT_PLUGIN") != std::string::npos);
}

TEST_CASE("a library that is not the plug-in is refused") {
  CHECK(message_with("libm.so.6").find("'libm.so.6' is not rdd's kernel compiler") == 0);
}

}  // namespace
}  // namespace rdd::test
