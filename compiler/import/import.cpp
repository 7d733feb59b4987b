#include "compiler/import/import.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <utility>

#include "compiler/import/header.hpp"
#include "compiler/import/json_network.hpp"
#include "compiler/import/onsager.hpp"
#include "compiler/import/pathsample.hpp"
#include "compiler/import/tables.hpp"
#include "compiler/import/tammber.hpp"
#include "lang/parse.hpp"
#include "lang/resolve/csv.hpp"

namespace rdd::importing {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<Format, std::string_view> formats[] = {{Format::tammber, "tammber"},
                                                           {Format::pathsample, "pathsample"},
                                                           {Format::onsager, "onsager"},
                                                           {Format::tables, "csv"},
                                                           {Format::json, "json"}};

// Lines that are neither empty nor comments, up to a few.
std::vector<std::string_view> first_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < 50) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] == '#') continue;
    lines.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
  }
  return lines;
}

// The name with its ending replaced, where it has it: 32state.min.data -> 32state.ts.data.
std::string replaced(const std::string& path, std::string_view from, std::string_view to) {
  const std::string name = fs::path(path).filename().string();
  const std::size_t at = name.rfind(from);
  if (at == std::string::npos) return "";
  return (fs::path(path).parent_path() / (name.substr(0, at) + std::string(to) + name.substr(at + from.size()))).string();
}

bool exists(const std::string& path) {
  std::error_code error;
  return !path.empty() && fs::is_regular_file(path, error);
}

// The file that a format of two files needs beside the first one; nullptr with a diagnostic where there is none.
SourcePtr second(const ImportRequest& request, const std::vector<std::pair<std::string_view, std::string_view>>& endings,
                 std::string_view what, Diagnostics& diagnostics) {
  if (!request.transitions.empty()) return read_source(request.transitions, diagnostics);
  std::string asked;
  for (const auto& [from, to] : endings) {
    const std::string other = replaced(request.file, from, to);
    if (exists(other)) return read_source(other, diagnostics);
    if (asked.empty()) asked = other;
  }
  diagnostics
      .add(Code::CannotRead, {},
           asked.empty() ? fmt::format("{} belongs to this file, but its name does not tell where it is", what)
                         : fmt::format("{} belongs to this file, but there is no {}", what, asked))
      .hint("name it with --transitions FILE");
  return nullptr;
}

std::optional<NetworkDescription> read_two_tables(const SourcePtr& source, const ImportRequest& request,
                                                  Diagnostics& diagnostics) {
  const auto table = resolving::read_csv(source, {source, 0, 0}, diagnostics);
  if (!table) return std::nullopt;
  if (Header(*table).found && Header(*table).column({"from"})) {
    // The rates were named; states may stand beside them.
    for (const auto& [from, to] : {std::pair{"rates", "states"}, std::pair{"transitions", "states"}})
      if (const std::string states = replaced(request.file, from, to); exists(states)) {
        const SourcePtr found = read_source(states, diagnostics);
        return found ? read_tables(found, source, request.given, diagnostics) : std::nullopt;
      }
    return read_tables(nullptr, source, request.given, diagnostics);
  }
  const SourcePtr rates =
      second(request, {{"states", "rates"}, {"states", "transitions"}}, "a table of rates", diagnostics);
  return rates ? read_tables(source, rates, request.given, diagnostics) : std::nullopt;
}

std::optional<NetworkDescription> read_pathsample_files(SourcePtr source, const ImportRequest& request,
                                                        Diagnostics& diagnostics) {
  SourcePtr saddles, translations;
  if (const std::string minima = replaced(request.file, "ts.data", "min.data");
      request.transitions.empty() && exists(minima)) {
    saddles = source;
    source = read_source(minima, diagnostics);
  } else {
    saddles = second(request, {{"min.data", "ts.data"}}, "a file of saddles (ts.data)", diagnostics);
  }
  if (!request.translations.empty()) {
    translations = read_source(request.translations, diagnostics);
    if (!translations) return std::nullopt;
  }
  if (!source || !saddles) return std::nullopt;
  return read_pathsample(source, saddles, translations, request.given, diagnostics);
}

}  // namespace

std::string_view name(Format format) {
  for (const auto& [known, name] : formats)
    if (known == format) return name;
  return "";
}

std::optional<Format> format_named(std::string_view text) {
  for (const auto& [format, name] : formats)
    if (name == text) return format;
  return std::nullopt;
}

std::optional<Format> guess_format(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::vector<std::string_view> lines = first_lines(text);
  if (lines.empty()) return std::nullopt;
  const std::string_view first = lines.front();
  if (first.front() == '<') return Format::tammber;
  if (first.front() == '{' || first.front() == '[') return Format::json;
  for (const std::string_view line : lines)
    for (const std::string_view key : {"lattice", "basis", "jumpnetwork", "sitelist", "interstitial", "chemistry"})
      if (line.starts_with(key) && line.find(':') != std::string_view::npos) return Format::onsager;
  if (first.find_first_of(",;\t") != std::string_view::npos && !number(first.substr(0, first.find_first_of(",; \t"))))
    return Format::tables;
  const auto source = std::make_shared<const Source>(Source{"", std::string(first)});
  const auto line = words({source, 0, first.size()});
  if (line.size() >= 3 && number(line[0].text) && number(line[1].text) && integer(line[2].text))
    return Format::pathsample;
  return std::nullopt;
}

std::optional<NetworkDescription> read_network(const ImportRequest& request, Diagnostics& diagnostics) {
  const SourcePtr source = read_source(request.file, diagnostics);
  if (!source) return std::nullopt;
  const auto format = request.format.empty() ? guess_format(source->text) : format_named(request.format);
  if (!format) {
    diagnostics
        .add(Code::UnknownFormat, {source, 0, std::min(source->text.find('\n'), source->text.size())},
             "the format of this file is not known")
        .here("neither XML, YAML, JSON, a table with a header, nor the numbers of min.data")
        .hint("say which one it is with --format; `rdd import --help` lists them");
    return std::nullopt;
  }
  switch (*format) {
    case Format::tammber:
      return read_tammber(source, request.given, diagnostics);
    case Format::pathsample:
      return read_pathsample_files(source, request, diagnostics);
    case Format::onsager:
      return read_onsager(source, request.given, diagnostics);
    case Format::tables:
      return read_two_tables(source, request, diagnostics);
    case Format::json:
      return read_json(source, request.given, diagnostics);
  }
  return std::nullopt;
}

}  // namespace rdd::importing
