#include "compiler/lsp/document.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "compiler/pipeline.hpp"
#include "compiler/version.hpp"
#include "lang/draft.hpp"
#include "lang/library.hpp"
#include "lang/parse.hpp"
#include "lang/scan.hpp"

namespace rdd::lsp {

namespace {

bool is_model(const ast::File& file) {
  return std::any_of(file.statements.begin(), file.statements.end(), [](const ast::Statement& statement) {
    return std::holds_alternative<ast::Model>(statement) || std::holds_alternative<ast::States>(statement) ||
           std::holds_alternative<ast::Rates>(statement) || std::holds_alternative<ast::Table>(statement) ||
           std::holds_alternative<ast::Solve>(statement);
  });
}

std::string trimmed_comment(std::string_view text) {
  text.remove_prefix(1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

/// The line that holds a byte, without its newline.
std::string_view line_around(std::string_view text, std::size_t byte) {
  const std::size_t newline = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
}

std::string joined(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The lines of comments that stand before a byte without anything between them; `begin` is that of a line.
std::vector<std::string> comments_above(std::string_view text, std::size_t begin) {
  std::vector<std::string> lines;
  while (begin > 0) {
    const std::string_view line = line_around(text, begin - 1);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] != '#') break;
    lines.insert(lines.begin(), trimmed_comment(line.substr(first)));
    begin = static_cast<std::size_t>(line.data() - text.data());
  }
  return lines;
}

}  // namespace

void analyse(Document& document, const OpenTexts& open) {
  document.stale = false;
  document.uses.clear();
  Diagnostics diagnostics;
  document.file = parse(document.source, diagnostics);
  const bool readable = document.file.has_value();
  if (!readable) document.file = ast::File{document.source, {}};
  const std::string directory = std::filesystem::path(document.path).parent_path().string();
  document.scope = scope(*document.file, directory, open);
  const bool model_wanted = is_model(*document.file);
  if (readable) {
    auto model = resolve(*document.file, directory, diagnostics, &document.uses, &open);
    if (model && model_wanted) {
      Diagnostics ignored;
      if (auto values = parameter_values(*model, {}, ignored)) {
        document.model = std::make_shared<const Model>(*model);
        document.values = std::move(*values);
      }
      lower(*model, {}, diagnostics);
    }
  }
  document.diagnostics = diagnostics.sorted();
  if (!model_wanted) std::erase_if(document.diagnostics, [](const Diagnostic& d) { return unfinished(d.code); });
}

Span name_at(const Document& document, std::size_t byte) {
  const std::string& text = document.source->text;
  Diagnostics ignored;
  const auto layout = lay_out({document.source, 0, text.size()}, ignored);
  if (layout)
    for (const Comment& comment : layout->comments)
      if (comment.begin < byte && byte <= comment.end) return {};
  const std::string_view line = line_around(text, byte);
  const auto begin = static_cast<std::size_t>(line.data() - text.data());
  if (std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(byte - begin), '"') % 2 == 1) return {};
  const auto part = [](char c) { return is_name_part(c) || c == '.'; };
  std::size_t first = byte, last = byte;
  while (first > begin && part(text[first - 1])) --first;
  while (last < begin + line.size() && part(text[last])) ++last;
  while (first < last && (text[first] == '.' || is_digit(text[first]))) ++first;  // a number, or the dots of a range
  while (last > first && text[last - 1] == '.') --last;
  if (const std::size_t dots = std::string_view(text).substr(first, last - first).find("..");
      dots != std::string::npos) {
    if (byte <= first + dots)
      last = first + dots;
    else
      first += dots + 2;
  }
  return first < last ? Span{document.source, first, last} : Span{};
}

std::optional<Span> declaration_at(const Document& document, std::size_t byte) {
  const auto covers = [&](const Span& span) {
    return span.source == document.source && span.begin <= byte && byte <= span.end;
  };
  for (const NameUse& use : document.uses)
    if (covers(use.use)) return use.declaration;
  for (const Declaration& declaration : document.scope.declarations)
    if (covers(declaration.place) && declaration.kind != DeclarationKind::temperature) return declaration.place;
  // A model that does not resolve leaves names unbound: the syntax still knows what they are called.
  const Span name = name_at(document, byte);
  for (const Declaration& declaration : document.scope.declarations)
    if (name && declaration.name == name.text()) return declaration.place;
  return std::nullopt;
}

std::string comment_of(const Span& statement) {
  const std::string& text = statement.source->text;
  const std::string_view line = line_around(text, statement.begin);
  std::vector<std::string> lines = comments_above(text, static_cast<std::size_t>(line.data() - text.data()));
  const std::size_t behind = text.find_first_not_of(" \t;}", statement.end);
  if (behind != std::string::npos && text[behind] == '#')
    lines.push_back(trimmed_comment(std::string_view(text).substr(behind, text.find('\n', behind) - behind)));
  return joined(lines);
}

std::string heading(const SourcePtr& source) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < source->text.size() && source->text[at] == '#';) {
    const std::string_view line = line_around(source->text, at);
    lines.push_back(trimmed_comment(line));
    at += line.size() + 1;
  }
  return joined(lines);
}

std::string library_file(const std::string& module) {
  namespace fs = std::filesystem;
  const auto text = library_text(module);
  if (!text) return "";
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::error_code error;
  fs::path path = cache && *cache ? fs::path(cache)
                  : home && *home ? fs::path(home) / ".cache"
                                  : fs::temp_directory_path(error);
  std::string relative = module;
  std::replace(relative.begin(), relative.end(), '.', '/');
  path = path / "rdd" / version / (relative + ".rdd");
  std::ifstream present(path, std::ios::binary);
  if (present && std::string{std::istreambuf_iterator<char>(present), {}} == *text) return path.string();
  fs::create_directories(path.parent_path(), error);
  const fs::path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  if (!(std::ofstream(temporary, std::ios::binary) << *text).flush()) return "";
  fs::rename(temporary, path, error);
  return error ? "" : path.string();
}

}  // namespace rdd::lsp
