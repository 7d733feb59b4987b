// `rdd fmt`: files in, the same files in canonical layout out; one that does not parse is left alone.
#include "lang/format.hpp"

#include <fmt/format.h>

#include <iostream>
#include <iterator>

#include "compiler/cli/commands.hpp"
#include "lang/parse.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {

namespace {

/// The text of `name`, or of standard input for `-`.
SourcePtr read(const std::string& name, Diagnostics& diagnostics) {
  if (name != "-") return read_source(name, diagnostics);
  std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  return std::make_shared<const Source>(Source{"<stdin>", std::move(text)});
}

std::string_view line_at(std::string_view text, std::size_t begin) {
  return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

/// The first line in which two texts differ, before and after.
std::string first_difference(const std::string& name, std::string_view before, std::string_view after) {
  std::size_t number = 1, old_begin = 0, new_begin = 0;
  while (old_begin < before.size() && new_begin < after.size()) {
    const std::string_view old_line = line_at(before, old_begin), new_line = line_at(after, new_begin);
    const bool same_end = (old_begin + old_line.size() < before.size()) == (new_begin + new_line.size() < after.size());
    if (old_line != new_line || !same_end) break;
    old_begin += old_line.size() + 1;
    new_begin += new_line.size() + 1;
    ++number;
  }
  const auto shown = [&](char sign, std::string_view text, std::size_t begin) {
    return begin < text.size() ? fmt::format("  {}{}\n", sign, line_at(text, begin)) : std::string();
  };
  return fmt::format("{}:{}: not formatted\n{}{}", name, number, shown('-', before, old_begin),
                     shown('+', after, new_begin));
}

int format_one(const std::string& name, bool check) {
  Diagnostics diagnostics;
  const SourcePtr source = read(name, diagnostics);
  const auto text = source ? rdd::format(source, diagnostics) : std::nullopt;
  if (const int status = report(diagnostics, false); !text) return status;
  if (check) {
    if (*text == source->text) return ok;
    fmt::print("{}", first_difference(source->name, source->text, *text));
    return model_wrong;
  }
  if (name == "-") {
    fmt::print("{}", *text);
    return ok;
  }
  if (*text == source->text) return ok;
  try {
    write_file(name, *text);
  } catch (const OutputError& error) {
    diagnostics.clear();
    diagnostics.add(Code::CannotWrite, {}, error.what()).hint("the file is as it was");
    return report(diagnostics, false);
  }
  fmt::print(stderr, "{}: formatted\n", name);
  return ok;
}

}  // namespace

int format(const FormatOptions& options) {
  int status = ok;
  for (const std::string& name : options.files) status = std::max(status, format_one(name, options.check));
  return status;
}

}  // namespace rdd::cli
