#include "lang/documentation.hpp"

#include <algorithm>
#include <memory>

#include "lang/ast.hpp"
#include "lang/library.hpp"
#include "lang/nearest.hpp"
#include "lang/parse.hpp"

namespace rdd {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

struct Line {
  std::size_t begin;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({begin, text.substr(begin, end - begin)});
    begin = end + 1;
  }
  return lines;
}

bool is_comment(const Line& line) {
  return trimmed(line.text).starts_with('#');
}

/// The words after `#` and one blank, so that what is set in stays set in.
std::string_view words(std::string_view comment) {
  std::string_view rest = comment.substr(comment.find('#') + 1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

/// The comment of whole lines [first, last), as one text.
std::string comment_of(const std::vector<Line>& lines, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    if (i > first) text += '\n';
    text += words(lines[i].text);
  }
  return text;
}

/// Up to the first full stop before a blank, or the end of the paragraph; line breaks become blanks.
std::string first_sentence(std::string_view comment) {
  std::string result;
  for (std::size_t i = 0; i < comment.size(); ++i) {
    const bool last = i + 1 == comment.size();
    if (comment[i] == '\n') {
      if (!last && comment[i + 1] == '\n') break;
      result += ' ';
      continue;
    }
    result += comment[i];
    if (comment[i] == '.' && (last || comment[i + 1] == ' ' || comment[i + 1] == '\n')) break;
  }
  return result;
}

/// The end of a statement whose head ends at `end`: that of its block, where one follows.
std::size_t statement_end(std::string_view text, std::size_t end) {
  const std::size_t open = text.find_first_not_of(" \t", end);
  if (open == std::string_view::npos || text[open] != '{') return end;
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

std::string name_of(const ast::Statement& statement) {
  return std::visit(
      [](const auto& node) -> std::string {
        if constexpr (requires { node.name->text; })
          return node.name ? node.name->text : "";
        else if constexpr (requires { node.name.text; })
          return node.name.text;
        else
          return "";
      },
      statement);
}

DocumentedDeclaration declaration(std::string_view text, const std::vector<Line>& lines,
                                  const ast::Statement& statement) {
  const ast::Place place = ast::place(statement);
  const std::size_t end = statement_end(text, place.end);
  DocumentedDeclaration result;
  result.text = text.substr(place.begin, end - place.begin);
  result.kind = result.text.substr(0, result.text.find_first_of(" \t{"));
  result.name = name_of(statement);
  std::size_t line = 0;
  while (line + 1 < lines.size() && lines[line + 1].begin <= place.begin) ++line;
  result.line = line + 1;
  std::size_t first = line;
  while (first > 0 && is_comment(lines[first - 1])) --first;
  const std::string_view rest = text.substr(end, std::min(text.find('\n', end), text.size()) - end);
  if (trimmed(rest).starts_with('#'))
    result.comment = words(trimmed(rest));
  else
    result.comment = comment_of(lines, first, line);
  return result;
}

}  // namespace

std::optional<Documentation> documentation(std::string_view module) {
  const auto text = library_text(module);
  if (!text) return std::nullopt;
  Documentation result;
  result.name = module;
  result.text = *text;
  const std::vector<Line> lines = lines_of(*text);
  std::size_t opening = 0;
  while (opening < lines.size() && is_comment(lines[opening])) ++opening;
  result.comment = comment_of(lines, 0, opening);
  result.summary = first_sentence(result.comment);
  Diagnostics diagnostics;
  const auto file = parse(std::make_shared<const Source>(Source{result.name, result.text}), diagnostics);
  if (!file) return result;
  for (const ast::Statement& statement : file->statements) {
    if (!std::holds_alternative<ast::Use>(statement))
      result.declarations.push_back(declaration(*text, lines, statement));
  }
  return result;
}

std::string module_folder(std::string_view module) {
  const std::size_t dot = module.rfind('.');
  return std::string(module.substr(0, dot == std::string_view::npos ? 0 : dot));
}

std::vector<std::string> modules_in(std::string_view folder) {
  std::vector<std::string> result;
  for (const std::string& module : library_modules()) {
    if (module.starts_with(std::string(folder) + ".")) result.push_back(module);
  }
  return result;
}

std::optional<std::string> nearest_module(std::string_view name) {
  const std::vector<std::string> modules = library_modules();
  std::vector<std::string> known = modules;
  for (const std::string& module : modules) {
    const std::string folder = module_folder(module);
    if (std::find(known.begin(), known.end(), folder) == known.end()) known.push_back(folder);
  }
  if (const auto guess = nearest(name, known)) return guess;
  const auto last_word = [](std::string_view path) { return path.substr(path.rfind('.') + 1); };
  std::vector<std::string> words;
  for (const std::string& candidate : known) words.emplace_back(last_word(candidate));
  const auto guess = nearest(last_word(name), words);
  const auto same = std::find(words.begin(), words.end(), guess.value_or(std::string(last_word(name))));
  if (same == words.end()) return std::nullopt;
  return known[static_cast<std::size_t>(same - words.begin())];
}

}  // namespace rdd
