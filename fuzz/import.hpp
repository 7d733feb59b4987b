// What the fuzz targets of the importers share: bytes as sources, one after the other with a line of dashes between
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "compiler/import/given.hpp"
#include "compiler/import/network_description.hpp"
#include "lang/diagnostic.hpp"

namespace rdd::fuzz {

/// `count` sources; those that the bytes do not reach are empty.
inline std::vector<SourcePtr> sources(const std::uint8_t* data, std::size_t size, std::size_t count) {
  static const std::string separator = "\n-----\n";
  std::string rest(reinterpret_cast<const char*>(data), size);
  std::vector<SourcePtr> all;
  while (all.size() < count) {
    const std::size_t end = all.size() + 1 == count ? std::string::npos : rest.find(separator);
    all.push_back(std::make_shared<const Source>(Source{"fuzz", rest.substr(0, end)}));
    rest = end == std::string::npos ? "" : rest.substr(end + separator.size());
  }
  return all;
}

inline void draw_all(const Diagnostics& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) draw(out, diagnostic);
}

}  // namespace rdd::fuzz
