#include "compiler/lsp/transport.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <system_error>

namespace rdd::lsp {

namespace {

constexpr std::size_t longest_header = std::size_t{1} << 16;
constexpr std::size_t longest_body = std::size_t{1} << 28;

/// The Content-Length of a header; nullopt where it has none that could be meant.
std::optional<std::size_t> length(std::string_view header) {
  constexpr std::string_view name = "content-length:";
  while (!header.empty()) {
    const std::size_t newline = std::min(header.find('\n'), header.size());
    std::string_view line = header.substr(0, newline);
    header.remove_prefix(std::min(newline + 1, header.size()));
    // Behind what a broken message left the header does not begin its line.
    const auto at = std::search(line.begin(), line.end(), name.begin(), name.end(), [](char a, char b) {
      return static_cast<char>(std::tolower(static_cast<unsigned char>(a))) == b;
    });
    if (at == line.end()) continue;
    line.remove_prefix(static_cast<std::size_t>(at - line.begin()) + name.size());
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error == std::errc() && end != line.data() && value <= longest_body) return value;
  }
  return std::nullopt;
}

}  // namespace

Transport::Transport(int in, int out) : in_(in), out_(out) {
  std::signal(SIGPIPE, SIG_IGN);
}

bool Transport::fill() {
  char bytes[1 << 16];
  ssize_t count = 0;
  do {
    count = ::read(in_, bytes, sizeof bytes);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Transport::read() {
  while (true) {
    std::size_t end = std::string::npos, gap = 0;
    while (true) {
      const std::size_t crlf = buffer_.find("\r\n\r\n"), lf = buffer_.find("\n\n");
      end = std::min(crlf, lf);
      gap = crlf < lf ? 4 : 2;
      if (end != std::string::npos) break;
      // Endless bytes without an empty line are no header; what could be the beginning of one is kept.
      if (buffer_.size() > longest_header) buffer_.erase(0, buffer_.size() - 3);
      if (!fill()) return std::nullopt;
    }
    const auto size = length(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end + gap);
    if (!size) continue;
    while (buffer_.size() < *size)
      if (!fill()) return std::nullopt;
    std::string body = buffer_.substr(0, *size);
    buffer_.erase(0, *size);
    return body;
  }
}

bool Transport::waiting() const {
  if (!buffer_.empty()) return true;
  pollfd descriptor{in_, POLLIN, 0};
  return ::poll(&descriptor, 1, 0) > 0;
}

void Transport::write(const std::string& body) {
  const std::string message = fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  for (std::string_view rest = message; !rest.empty();) {
    const ssize_t count = ::write(out_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "writing to the editor");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace rdd::lsp
