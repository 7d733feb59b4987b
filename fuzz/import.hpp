// What the fuzz targets of the importers share: bytes as files, one after the other with a line of dashes between them,
// that go the way of `rdd import`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/import/given.hpp"
#include "compiler/import/network_description.hpp"
#include "compiler/import/write_model.hpp"
#include "fuzz/draw.hpp"
#include "fuzz/stopwatch.hpp"
#include "lang/diagnostic.hpp"
#include "lang/layout.hpp"

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

/// Reads `count` files by `read(sources, diagnostics)`, draws the diagnostics and writes the model.
template <class Read>
int import(const std::uint8_t* data, std::size_t size, std::size_t count, Read&& read) {
  const Stopwatch stopwatch;
  Diagnostics diagnostics;
  const std::vector<SourcePtr> files = sources(data, size, count);
  for (const SourcePtr& file : files)
    if (!check_text(file, diagnostics)) return 0;
  const std::optional<importing::NetworkDescription> network = read(files, diagnostics);
  draw_some(diagnostics);
  if (network && !diagnostics.has_errors()) importing::write_model(*network, "fuzz");
  return 0;
}

}  // namespace rdd::fuzz
