// Messages of the Language Server Protocol on a pair of file descriptors: a header with Content-Length, an empty line,
// and that many bytes.
#pragma once

#include <optional>
#include <string>

namespace rdd::lsp {

class Transport {
 public:
  /// From here on the process ignores SIGPIPE: that the other side is gone is noticed when writing.
  Transport(int in, int out);

  /// The body of the next message; nullopt at the end of the input. Headers without a usable length are passed over.
  std::optional<std::string> read();
  /// Whether something has arrived already.
  bool waiting() const;
  /// Throws std::system_error where the other side is gone.
  void write(const std::string& body);

 private:
  bool fill();  ///< reads more; false at the end of the input

  int in_, out_;
  std::string buffer_;
};

}  // namespace rdd::lsp
