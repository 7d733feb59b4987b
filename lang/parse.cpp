// One statement after the other: its first word says which rule of the grammar reads it.
#include "lang/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "lang/grammar/grammar.hpp"
#include "lang/layout.hpp"
#include "lang/nearest.hpp"

namespace rdd {

namespace {

using grammar::Range;

constexpr std::size_t largest_file = std::size_t{1} << 28;  // 256 MB: tables of millions of rows fit
constexpr std::size_t most_errors = 50;

class Parser {
 public:
  Parser(const SourcePtr& source, const Layout& layout, Diagnostics& diagnostics)
      : reader_{source, layout.text, diagnostics}, layout_(layout) {}

  ast::File run() {
    ast::File file{reader_.source, {}};
    for (const Chunk& chunk : layout_.chunks) {
      if (failures_ > most_errors) {
        give_up(chunk);
        break;
      }
      if (chunk.broken) continue;
      if (auto statement = read_statement(chunk)) file.statements.push_back(std::move(*statement));
    }
    return file;
  }

 private:
  using Statement = std::optional<ast::Statement>;

  std::string_view first_word(const Chunk& chunk) const { return word_at(chunk.begin, chunk.end); }
  std::string_view word_at(std::size_t begin, std::size_t end) const {
    std::size_t at = begin;
    while (at < end && is_name_part(reader_.text[at])) ++at;
    return reader_.text.substr(begin, at - begin);
  }
  std::string_view second_word(const Chunk& chunk) const {
    std::size_t at = chunk.begin + first_word(chunk).size();
    while (at < chunk.end && reader_.text[at] == ' ') ++at;
    return word_at(at, chunk.end);
  }
  Span span(std::size_t begin, std::size_t end) const { return {reader_.source, begin, end}; }
  static ast::Place place(const Chunk& chunk) {
    return {static_cast<std::uint32_t>(chunk.begin), static_cast<std::uint32_t>(chunk.end)};
  }

  Diagnostic& report(Code code, Span where, std::string message) {
    ++failures_;
    return reader_.diagnostics.add(code, std::move(where), std::move(message));
  }
  void give_up(const Chunk& chunk) {
    if (given_up_) return;
    given_up_ = true;
    reader_.diagnostics.add(Code::TooManyErrors, span(chunk.begin, chunk.begin + first_word(chunk).size()),
                            "too many errors: the rest of the text was not read");
  }

  template <class T>
  std::optional<T> read(const Chunk& chunk) {
    std::optional<T> result = grammar::read<T>(reader_, {chunk.begin, chunk.end});
    if (!result) ++failures_;
    return result;
  }

  /// A declaration of one line.
  template <class T>
  Statement line(const Chunk& chunk) {
    if (chunk.has_block) {
      report(Code::Syntax, span(chunk.open, chunk.open + 1), fmt::format("`{}` takes no block", first_word(chunk)));
      return std::nullopt;
    }
    auto node = read<T>(chunk);
    if (!node) return std::nullopt;
    return ast::Statement(std::move(*node));
  }

  /// Reads each statement of a block as a T; those that fail are reported and left out.
  template <class T>
  std::vector<T> block(const Chunk& chunk) {
    std::vector<T> result;
    each(chunk, [&](const Chunk& inner) {
      if (auto node = read<T>(inner)) result.push_back(std::move(*node));
    });
    return result;
  }
  /// The same where a statement holds a list.
  template <class T>
  std::vector<T> lists(const Chunk& chunk) {
    std::vector<T> result;
    each(chunk, [&](const Chunk& inner) {
      auto nodes = read<std::vector<T>>(inner);
      if (nodes) std::move(nodes->begin(), nodes->end(), std::back_inserter(result));
    });
    return result;
  }
  template <class Function>
  void each(const Chunk& chunk, Function&& function) {
    for (const Chunk& inner : chunk.block) {
      if (failures_ > most_errors) return give_up(inner);
      if (inner.broken) continue;
      if (inner.has_block) {
        report(Code::Syntax, span(inner.open, inner.open + 1), "no block can stand here");
        continue;
      }
      function(inner);
    }
  }

  bool needs_block(const Chunk& chunk) {
    if (chunk.has_block) return true;
    report(Code::Syntax, span(chunk.end, chunk.end + 1), fmt::format("`{}` needs a block", first_word(chunk)))
        .hint(fmt::format("open it with `{{` and close it with `}}`"));
    return false;
  }
  /// A head that is one word and nothing else.
  bool bare(const Chunk& chunk) {
    const std::string_view word = first_word(chunk);
    if (chunk.begin + word.size() == chunk.end) return true;
    report(Code::Syntax, span(chunk.begin + word.size(), chunk.end), fmt::format("expected `{{` after `{}`", word));
    return false;
  }

  Statement read_statement(const Chunk& chunk) {
    const std::string_view word = first_word(chunk);
    if (word == "model") return line<ast::Model>(chunk);
    if (word == "use") return line<ast::Use>(chunk);
    if (word == "param") return line<ast::Param>(chunk);
    if (word == "let") return line<ast::Let>(chunk);
    if (word == "fn") return line<ast::Function>(chunk);
    if (word == "temperature") return line<ast::Temperature>(chunk);
    if (word == "force") return line<ast::Force>(chunk);
    if (word == "lattice") return lattice(chunk);
    if (word == "translations") return set_of_lists<ast::Translations>(chunk);
    if (word == "states" || word == "rates") {
      if (second_word(chunk) == "table") return table(chunk);
      if (!bare(chunk) || !needs_block(chunk)) return std::nullopt;
      if (word == "states") return ast::States{{place(chunk)}, block<ast::State>(chunk)};
      return ast::Rates{{place(chunk)}, block<ast::Rate>(chunk)};
    }
    if (word == "reduce") {
      if (!bare(chunk) || !needs_block(chunk)) return std::nullopt;
      return ast::Reduce{{place(chunk)}, block<ast::Entry>(chunk)};
    }
    if (word == "solve") return solve(chunk);
    if (word == "query") return query(chunk);
    if (word == "symmetry") return set_of_lists<ast::Symmetry>(chunk);
    return unknown(chunk, word);
  }

  Statement lattice(const Chunk& chunk) {
    auto node = read<ast::Lattice>(chunk);
    std::vector<ast::LatticeEntry> entries;
    each(chunk, [&](const Chunk& inner) {
      if (first_word(inner) == "point") {
        if (auto point = read<ast::Point>(inner)) entries.emplace_back(std::move(*point));
      } else if (auto entry = read<ast::Entry>(inner)) {
        entries.emplace_back(std::move(*entry));
      }
    });
    if (!node) return std::nullopt;
    if (chunk.has_block) node->block = std::move(entries);
    return std::move(*node);
  }

  /// `translations`, `symmetry`: a name, a block of lists, or both.
  template <class T>
  Statement set_of_lists(const Chunk& chunk) {
    auto node = read<T>(chunk);
    std::vector<ast::Expr> members = lists<ast::Expr>(chunk);
    if (!node) return std::nullopt;
    if (chunk.has_block) node->block = std::move(members);
    return std::move(*node);
  }

  Statement table(const Chunk& chunk) {
    auto node = read<ast::Table>(chunk);
    if (!needs_block(chunk)) return std::nullopt;
    std::vector<ast::Mapping> mappings = lists<ast::Mapping>(chunk);
    if (!node) return std::nullopt;
    node->mappings = std::move(mappings);
    return std::move(*node);
  }

  Statement solve(const Chunk& chunk) {
    auto node = read<ast::Solve>(chunk);
    if (!needs_block(chunk)) return std::nullopt;
    std::vector<ast::SolveEntry> entries;
    each(chunk, [&](const Chunk& inner) {
      if (auto entry = solve_entry(inner)) entries.push_back(std::move(*entry));
    });
    if (!node) return std::nullopt;
    node->entries = std::move(entries);
    return std::move(*node);
  }

  std::optional<ast::SolveEntry> solve_entry(const Chunk& chunk) {
    const auto wrap = [](auto node) -> std::optional<ast::SolveEntry> {
      if (!node) return std::nullopt;
      return ast::SolveEntry(std::move(*node));
    };
    const std::string_view word = first_word(chunk);
    if (word == "boundary") return wrap(read<ast::Boundaries>(chunk));
    if (word == "initial") return wrap(read<ast::Initial>(chunk));
    if (word == "source" || word == "sink") return wrap(read<ast::Production>(chunk));
    if (word == "react") return wrap(read<ast::Reaction>(chunk));
    if (word == "field") return wrap(read<ast::Field>(chunk));
    if (word == "species") return wrap(read<ast::Species>(chunk));
    if (word == "probe") return wrap(read<ast::Probe>(chunk));
    if (word == "checkpoint") return wrap(read<ast::Checkpoint>(chunk));
    return plain_entry(chunk, word);
  }

  /// `KEY VALUE`; what is none may be a misspelt entry of another form.
  std::optional<ast::SolveEntry> plain_entry(const Chunk& chunk, std::string_view word) {
    Diagnostics found;
    auto entry = grammar::read<ast::Entry>({reader_.source, reader_.text, found}, {chunk.begin, chunk.end});
    if (entry) return ast::SolveEntry(std::move(*entry));
    const auto& known = solve_words();
    const bool misspelt = std::find(known.begin(), known.end(), word) == known.end();
    if (const auto guess = misspelt ? nearest(word, known) : std::nullopt) {
      report(Code::UnknownEntry, span(chunk.begin, chunk.begin + word.size()),
             fmt::format("a `solve` block has no entry `{}`", word))
          .hint(fmt::format("did you mean `{}`?", *guess));
      return std::nullopt;
    }
    ++failures_;
    for (const Diagnostic& d : found.sorted()) reader_.diagnostics.add(d);
    return std::nullopt;
  }

  Statement query(const Chunk& chunk) {
    if (!bare(chunk) || !needs_block(chunk)) return std::nullopt;
    ast::Query node{{place(chunk)}, {}};
    each(chunk, [&](const Chunk& inner) {
      node.statements.push_back(
          {{place(inner)}, std::string(reader_.text.substr(inner.begin, inner.end - inner.begin))});
    });
    return node;
  }

  Statement unknown(const Chunk& chunk, std::string_view word) {
    const std::size_t width = std::max<std::size_t>(word.size(), 1);
    if (word.empty()) {
      report(Code::Syntax, span(chunk.begin, chunk.begin + 1),
             fmt::format("expected a declaration, found `{}`", reader_.text.substr(chunk.begin, 1)));
      return std::nullopt;
    }
    Diagnostic& d = report(Code::UnknownDeclaration, span(chunk.begin, chunk.begin + width),
                           fmt::format("`{}` begins no declaration", word));
    const std::string_view rest = reader_.text.substr(chunk.begin, chunk.end - chunk.begin);
    if (const auto guess = nearest(word, declaration_words())) {
      d.hint(fmt::format("did you mean `{}`?", *guess));
    } else if (rest.find("->") != std::string_view::npos) {
      d.hint("rates stand in a block: `rates { … }`");
    } else if (rest.find('=') != std::string_view::npos) {
      d.hint(fmt::format("a quantity is declared by `param {}`", rest));
    } else {
      d.hint(
          "a model is made of model, use, param, let, fn, temperature, lattice, translations, symmetry, states, rates, "
          "force, reduce, solve and query");
    }
    return std::nullopt;
  }

  grammar::Reader reader_;
  const Layout& layout_;
  std::size_t failures_ = 0;
  bool given_up_ = false;
};

}  // namespace

SourcePtr read_source(const std::string& path, Diagnostics& diagnostics, const Span& asked, std::string name) {
  if (name.empty()) name = path;
  const auto fail = [&](const std::string& why) -> SourcePtr {
    diagnostics.add(Code::CannotRead, asked, fmt::format("cannot read {}: {}", name, why));
    return nullptr;
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return fail("no such file");
  if (status.type() == std::filesystem::file_type::directory) return fail("it is a directory");
  if (std::filesystem::is_other(status) && status.type() != std::filesystem::file_type::fifo)
    return fail("it is a device, not a file");  // which may have no end
  const auto stamp = [&]() -> std::pair<std::uintmax_t, std::filesystem::file_time_type> {
    if (status.type() != std::filesystem::file_type::regular) return {};  // a pipe has neither
    std::error_code none;
    return {std::filesystem::file_size(path, none), std::filesystem::last_write_time(path, none)};
  };
  const auto before = stamp();
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(std::error_code(errno, std::generic_category()).message());
  std::string text;
  constexpr std::size_t step = std::size_t{1} << 20;
  for (std::size_t size = 0; in && size <= largest_file; size = text.size()) {
    text.resize(size + step);
    in.read(text.data() + size, static_cast<std::streamsize>(step));
    text.resize(size + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return fail("reading it failed");
  if (stamp() != before) return fail("it changed while it was read; try again when it is complete");
  if (text.size() > largest_file) {
    diagnostics.add(Code::TooLarge, asked, fmt::format("{} is larger than {} MB", name, largest_file >> 20))
        .hint("is it a model, or a table of one?");
    return nullptr;
  }
  const auto source = std::make_shared<const Source>(Source{std::move(name), std::move(text)});
  return check_text(source, diagnostics) ? source : nullptr;
}

std::optional<ast::File> parse(const SourcePtr& source, Diagnostics& diagnostics) {
  const std::optional<Layout> layout = lay_out({source, 0, source->text.size()}, diagnostics);
  if (!layout) return std::nullopt;
  if (layout->chunks.empty()) {
    diagnostics.add(Code::EmptyFile, {source, 0, 0}, fmt::format("{} declares nothing", source->name))
        .hint("a model begins with `model NAME`");
    return std::nullopt;
  }
  return Parser(source, *layout, diagnostics).run();
}

std::optional<ast::Expr> parse_expression(const Span& text, Diagnostics& diagnostics) {
  const SourcePtr& source = text.source;
  const std::optional<Layout> layout = lay_out(text, diagnostics);
  if (!layout) return std::nullopt;
  if (layout->chunks.empty()) {
    diagnostics.add(Code::Syntax, text, "expected a value, but there is none");
    return std::nullopt;
  }
  for (const Chunk& chunk : layout->chunks) {
    if (chunk.broken) return std::nullopt;
  }
  const Chunk& first = layout->chunks.front();
  if (first.has_block || layout->chunks.size() > 1) {
    const std::size_t at = first.has_block ? first.open : layout->chunks[1].begin;
    diagnostics.add(Code::Syntax, {source, at, at + 1}, "expected one value and nothing after it");
    return std::nullopt;
  }
  return grammar::read<ast::Expr>({source, layout->text, diagnostics}, {first.begin, first.end});
}

}  // namespace rdd
