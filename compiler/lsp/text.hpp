// Places in a text as editors count them: lines from 0, and within a line units of an encoding, UTF-16 unless both
// sides agree on another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rdd::lsp {

enum class Encoding { utf8, utf16, utf32 };

struct Place {
  std::size_t line = 0;
  std::size_t character = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

/// The places of a text, which must outlive it. Lines end with \n, \r\n or \r.
class Places {
 public:
  Places(std::string_view text, Encoding encoding);
  /// The place of a byte; one within a character is the place of that character.
  Place place(std::size_t byte) const;
  /// The byte of a place; beyond the end of a line its end, beyond the last line the end of the text.
  std::size_t byte(Place place) const;

 private:
  std::string_view line(std::size_t number) const;

  std::string_view text_;
  Encoding encoding_;
  std::vector<std::size_t> begins_;  // of the lines
};

/// `file:///home/me/a%20b.rdd` -> `/home/me/a b.rdd`; empty where the URI names no file.
std::string path_of(std::string_view uri);
std::string uri_of(std::string_view path);

}  // namespace rdd::lsp
