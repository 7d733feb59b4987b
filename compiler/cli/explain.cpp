// `rdd explain`: a page of docs/errors/ for the terminal, Markdown's marks taken off, or the list of all codes.
#include "lang/explanation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "compiler/cli/commands.hpp"
#include "lang/nearest.hpp"

namespace rdd::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind(Code code) {
  return severity(code) == Severity::error ? "error" : "warning";
}

struct Colours {
  std::string_view strong, error, warning, added, removed, off;
};
constexpr Colours plain{"", "", "", "", "", ""};
constexpr Colours ansi{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[32m", "\x1b[31m", "\x1b[0m"};

/// A fenced block, set in by four columns; the lines of a diff in the colours of what is added and taken away.
void print_code(const Passage& passage, const Colours& colours) {
  if (!passage.file.empty()) fmt::print("  {}:\n", passage.file);
  for (std::size_t at = 0; at < passage.text.size();) {
    const std::size_t end = std::min(passage.text.find('\n', at), passage.text.size());
    const std::string_view line = passage.text.substr(at, end - at);
    const bool changed = passage.language == "diff" && !line.empty() && line.front() != ' ';
    if (line.empty())
      fmt::print("\n");
    else if (changed)
      fmt::print("    {}{}{}\n", line.front() == '+' ? colours.added : colours.removed, line, colours.off);
    else
      fmt::print("    {}\n", line);
    at = end + 1;
  }
}

void print_section(std::string_view heading, std::string_view markdown, const Colours& colours) {
  fmt::print("\n{}{}{}\n", colours.strong, heading, colours.off);
  bool first = true;
  for (const Passage& passage : passages(markdown)) {
    if (!first) fmt::print("\n");
    first = false;
    if (passage.code)
      print_code(passage, colours);
    else
      fmt::print("{}\n", passage.text);
  }
}

void print_page(Code code, const std::optional<Explanation>& page, const Colours& colours) {
  fmt::print("{}{}[{}]{}{}: {}{}\n", severity(code) == Severity::error ? colours.error : colours.warning, kind(code),
             number(code), colours.off, colours.strong, meaning(code), colours.off);
  if (!page) return;
  fmt::print("\n{}\n", page->cause);
  print_section("Example", page->example, colours);
  print_section("Output", page->output, colours);
  print_section("Mend", page->mend, colours);
}

Json headline(Code code) {
  return {{"code", number(code)}, {"severity", kind(code)}, {"meaning", meaning(code)}};
}

Json page_json(Code code, const std::optional<Explanation>& page) {
  Json json = headline(code);
  if (!page) return json;
  json["cause"] = page->cause;
  json["example"] = page->example;
  json["output"] = page->output;
  json["mend"] = page->mend;
  return json;
}

int unknown(const ExplainOptions& options) {
  Diagnostics diagnostics;
  std::vector<std::string> names;
  for (const Code code : codes()) names.emplace_back(number(code));
  const auto source = std::make_shared<const Source>(Source{"CODE", options.code});
  Diagnostic& d = diagnostics.add(Code::UnknownCode, Span{source, 0, options.code.size()},
                                  fmt::format("no diagnostic has the code '{}'", options.code));
  if (const auto guess = nearest(options.code, names)) d.hint(fmt::format("did you mean {}?", *guess));
  d.hint("`rdd explain` lists all codes");
  return report(diagnostics, options.json);
}

}  // namespace

int explain(const ExplainOptions& options) {
  if (options.code.empty()) {
    Json all = Json::array();
    for (const Code code : codes()) {
      if (options.json)
        all.push_back(headline(code));
      else
        fmt::print("{}  {}\n", number(code), meaning(code));
    }
    if (options.json) fmt::print("{}\n", Json{{"codes", all}}.dump());
    return ok;
  }
  const auto known = code(options.code);
  if (!known) return unknown(options);
  const auto page = explanation(*known);
  if (options.json)
    fmt::print("{}\n", page_json(*known, page).dump());
  else
    print_page(*known, page, colours(STDOUT_FILENO) ? ansi : plain);
  return ok;
}

}  // namespace rdd::cli
