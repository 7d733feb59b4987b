// Places are kept as byte offsets; lines and columns are counted only when somebody wants to read them.
#include "lang/source.hpp"

#include <algorithm>

namespace rdd {

Position position(const Source& source, std::size_t byte) {
  const std::string_view before = std::string_view(source.text).substr(0, std::min(byte, source.text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return {.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          .column = 1 + static_cast<std::size_t>(std::count_if(line.begin(), line.end(), starts_character))};
}

std::string_view Span::text() const {
  if (!source || begin >= source->text.size()) return {};
  return std::string_view(source->text).substr(begin, end > begin ? end - begin : 0);
}

}  // namespace rdd
