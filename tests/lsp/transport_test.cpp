#include "compiler/lsp/transport.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace rdd::lsp;

namespace {

/// What is read of bytes that arrive all at once.
std::vector<std::string> read_all(const std::string& bytes) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  Transport transport(ends[0], -1);
  std::vector<std::string> bodies;
  while (const auto body = transport.read()) bodies.push_back(*body);
  close(ends[0]);
  return bodies;
}

}  // namespace

TEST_CASE("messages are framed by their length in bytes") {
  CHECK(read_all("Content-Length: 3\r\n\r\nabcContent-Length: 2\r\nContent-Type: x\r\n\r\nν") ==
        std::vector<std::string>{"abc", "ν"});
  CHECK(read_all("content-length:0\r\n\r\n") == std::vector<std::string>{""});
  CHECK(read_all("Content-Length: 3\n\nabc") == std::vector<std::string>{"abc"});
}

TEST_CASE("headers that make no sense are passed over, and the next message is read") {
  CHECK(read_all("Content-Length: many\r\n\r\n{}Content-Length: 2\r\n\r\nok") == std::vector<std::string>{"ok"});
  CHECK(read_all("nonsense\r\n\r\nContent-Length: 2\r\n\r\nok") == std::vector<std::string>{"ok"});
  CHECK(read_all("Content-Length: -5\r\n\r\nContent-Length: 99999999999999999999\r\n\r\n").empty());
  CHECK(read_all("Content-Length: 10\r\n\r\nshort").empty());
  CHECK(read_all(std::string(50'000, 'x')).empty());
}
