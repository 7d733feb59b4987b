// Files of other programs -> the text of a model: which reader is asked, and what it needs beside the file.
#pragma once

#include <optional>
#include <string>

#include "compiler/import/given.hpp"
#include "compiler/import/network_description.hpp"

namespace rdd::importing {

enum class Format { tammber, pathsample, onsager, tables, json };

/// "tammber", "pathsample", "onsager", "csv", "json"
std::string_view name(Format format);
std::optional<Format> format_named(std::string_view name);

/// By the beginning of the text. nullopt where it looks like none of them.
std::optional<Format> guess_format(std::string_view text);

struct ImportRequest {
  std::string file;
  std::string format;         ///< empty: guessed
  std::string transitions;    ///< the second file of formats of two; empty: found by its name
  std::string translations;   ///< PATHSAMPLE
  Given given;
};

/// Reads the file and what belongs to it. nullopt with diagnostics.
std::optional<NetworkDescription> read_network(const ImportRequest& request, Diagnostics& diagnostics);

}  // namespace rdd::importing
