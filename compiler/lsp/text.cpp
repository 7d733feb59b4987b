#include "compiler/lsp/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace rdd::lsp {

namespace {

/// Bytes of the UTF-8 character that begins with `c`; 1 for a stray byte.
std::size_t length_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::size_t units(std::size_t length, Encoding encoding) {
  if (encoding == Encoding::utf8) return length;
  return encoding == Encoding::utf16 && length == 4 ? 2 : 1;  // a pair of surrogates
}

}  // namespace

Places::Places(std::string_view text, Encoding encoding) : text_(text), encoding_(encoding), begins_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) begins_.push_back(i + 1);
  }
}

std::string_view Places::line(std::size_t number) const {
  const std::size_t begin = begins_[number];
  const std::size_t next = number + 1 < begins_.size() ? begins_[number + 1] : text_.size();
  std::string_view result = text_.substr(begin, next - begin);
  while (!result.empty() && (result.back() == '\n' || result.back() == '\r')) result.remove_suffix(1);
  return result;
}

Place Places::place(std::size_t byte) const {
  byte = std::min(byte, text_.size());
  const auto next = std::upper_bound(begins_.begin(), begins_.end(), byte);
  Place place{static_cast<std::size_t>(next - begins_.begin()) - 1, 0};
  const std::string_view text = line(place.line);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::min(length_of(text[at]), text.size() - at);
    if (begins_[place.line] + at + length > byte) break;
    at += length;
    place.character += units(length, encoding_);
  }
  return place;
}

std::size_t Places::byte(Place place) const {
  if (place.line >= begins_.size()) return text_.size();
  const std::string_view text = line(place.line);
  std::size_t at = 0;
  for (std::size_t left = place.character; at < text.size();) {
    const std::size_t length = std::min(length_of(text[at]), text.size() - at);
    const std::size_t taken = units(length, encoding_);
    if (taken > left) break;
    left -= taken;
    at += length;
  }
  return begins_[place.line] + at;
}

std::string path_of(std::string_view uri) {
  constexpr std::string_view scheme = "file://";
  if (!uri.starts_with(scheme)) return "";
  uri.remove_prefix(scheme.size());
  const std::size_t root = uri.find('/');  // what stands before is the host
  if (root == std::string_view::npos) return "";
  std::string path;
  for (std::size_t i = root; i < uri.size(); ++i) {
    int code = 0;
    const bool escaped = uri[i] == '%' && i + 2 < uri.size() &&
                         std::from_chars(uri.data() + i + 1, uri.data() + i + 3, code, 16).ptr == uri.data() + i + 3;
    path += escaped ? static_cast<char>(code) : uri[i];
    if (escaped) i += 2;
  }
  return path;
}

std::string uri_of(std::string_view path) {
  std::string uri = "file://";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-_.~").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

}  // namespace rdd::lsp
