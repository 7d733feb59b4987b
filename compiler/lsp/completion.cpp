// What can stand at a place follows from the pieces before it on its statement, and from the block it stands in.
#include <algorithm>
#include <set>

#include "compiler/lsp/features.hpp"
#include "compiler/lsp/words.hpp"
#include "lang/format/pieces.hpp"
#include "lang/library.hpp"
#include "lang/scan.hpp"

namespace rdd::lsp {

namespace {

using format_detail::Context;
using format_detail::Kind;
using format_detail::Piece;

/// Where a place lies: the block, the pieces of the statement that are finished before it, and the word begun.
struct Situation {
  Context block = Context::file;
  std::vector<Piece> before;
  std::string head;  ///< the word that opens the block
};

/// The block and the pieces before a byte, from the layout of the text up to there.
Situation situation(const Layout& layout) {
  Situation result;
  const std::vector<Chunk>* level = &layout.chunks;
  const std::string_view text = layout.text;
  while (!level->empty() && level->back().has_block && level->back().close == text.size()) {
    const Chunk& open = level->back();
    const std::vector<Piece> head = format_detail::cut(text.substr(open.begin, open.end - open.begin));
    result.block = format_detail::context_inside(head);
    if (!head.empty()) result.head = head.front().text;
    level = &open.block;
  }
  if (level->empty() || level->back().has_block) return result;
  const Chunk& last = level->back();
  // The statement goes on unless a line or a `;` ends it. (Layout leaves no newline within brackets.)
  if (text.find_first_of("\n;", last.end) != std::string_view::npos) return result;
  result.before = format_detail::cut(text.substr(last.begin, last.end - last.begin));
  return result;
}

class Completer {
 public:
  Completer(const Document& document, Situation situation) : document_(document), at_(std::move(situation)) {}

  std::vector<Completion> run() {
    const std::vector<Piece>& before = at_.before;
    if (before.empty()) {
      statement_begins();
    } else if (is_unit_place()) {
      units();
    } else {
      switch (at_.block) {
        case Context::file:
          in_declaration();
          break;
        case Context::states:
          words(WordKind::property);
          if (in_value()) values();
          break;
        case Context::rates:
          in_rate();
          break;
        case Context::solve:
          in_solve_entry();
          break;
        case Context::mappings:
          words(WordKind::mapping);
          words(WordKind::property);
          break;
        case Context::query:
          break;
        default:
          values();
      }
    }
    return std::move(items_);
  }

 private:
  bool first_is(std::string_view word) const { return is(at_.before.front(), word); }
  bool last_is(std::string_view word) const { return is(at_.before.back(), word); }
  bool has(std::string_view word) const {
    return std::any_of(at_.before.begin(), at_.before.end(), [&](const Piece& p) { return is(p, word); });
  }
  std::size_t count() const { return at_.before.size(); }

  /// Behind a number, or behind `/`, `*` of its unit.
  bool is_unit_place() const {
    const std::vector<Piece>& before = at_.before;
    if (at_.block == Context::query) return false;
    std::size_t i = before.size() - 1;
    if (before[i].kind == Kind::number) return true;
    while (i > 0 && (is(before[i], "/") || is(before[i], "*")) && before[i - 1].kind == Kind::name &&
           find_unit(before[i - 1].text))
      i -= 2;
    return before[i].kind == Kind::number || (i > 0 && is(before[i], "/") && before[i - 1].kind == Kind::number);
  }

  /// Whether the statement has come to an expression.
  bool in_value() const {
    const Piece& last = at_.before.back();
    return last.kind == Kind::sign ? !closes(last) : reserved(last.text);
  }

  void statement_begins() {
    switch (at_.block) {
      case Context::file:
        return words(WordKind::declaration);
      case Context::rates:
        return states();
      case Context::entries:
        return words(at_.head == "lattice" ? WordKind::lattice_entry : WordKind::reduce_entry);
      case Context::solve:
        return words(WordKind::solve_entry);
      case Context::mappings:
        words(WordKind::mapping);
        return words(WordKind::property);
      default:
        return;
    }
  }

  void in_declaration() {
    if (first_is("use")) {
      if (count() == 1)
        for (const std::string& module : library_modules()) add(module, CompletionKind::module, "module", "");
      else
        word("as");
      return;
    }
    if (first_is("model") || first_is("solve") || first_is("query") || first_is("reduce")) return;
    if (first_is("lattice") && count() == 1) return declarations(DeclarationKind::lattice, CompletionKind::enumeration);
    if (first_is("translations")) return declarations(DeclarationKind::translations, CompletionKind::enumeration);
    if (first_is("symmetry")) {
      word("auto");
      return declarations(DeclarationKind::group, CompletionKind::enumeration);
    }
    if (first_is("states") || first_is("rates")) return word("table");
    if ((first_is("param") || first_is("let") || first_is("fn")) && !has("=")) return;
    if (first_is("param") && !in_value()) word("in");
    if (first_is("force") && !in_value()) word("split");
    values();
  }

  void in_rate() {
    const bool arrow = has("->") || has("<->");
    if (!arrow || last_is("->") || last_is("<->")) return states();
    if (!has(":")) return word("by");
    words(WordKind::law);
    values();
    if (!in_value()) word("for");
  }

  void in_solve_entry() {
    if (first_is("boundary")) return in_boundary();
    if (first_is("method")) {
      for (const char* name : {"auto", "exponential", "explicit", "implicit", "imex"}) word(name);
      return;
    }
    if (first_is("symbol")) return word("exact");
    if (first_is("arithmetic")) {
      for (const char* name : {"exact", "fused"}) word(name);
      return;
    }
    if (first_is("until")) word("steady");
    if (first_is("scheme")) {
      for (const char* name : {"auto", "central", "fourth", "limited"}) word(name);
      return;
    }
    if (first_is("species")) return;
    if (first_is("step")) word("auto");
    if (first_is("probe") && !has("=")) return;
    if (first_is("field") && !has("=")) {
      if (count() == 1)
        for (const char* name : {"T", "force"}) any_word(name);
      return;
    }
    const bool change = first_is("source") || first_is("sink");
    if ((first_is("initial") || change) && !has("=")) {
      if (count() == 1) densities();
      return;
    }
    if (first_is("react") && !has(":")) {
      if (count() == 1 || last_is("+") || last_is("->")) densities();
      return;
    }
    if (first_is("probe")) {
      words(WordKind::probe);
      densities();
    }
    if (change) {
      densities();
      if (!in_value())
        for (const char* name : {"where", "and", "or"}) word(name);
    }
    if (first_is("initial") || change) words(WordKind::profile);
    if (first_is("probe") || first_is("initial")) coordinates(false);
    if (first_is("react") || first_is("field") || change) coordinates(true);
    values();
  }

  /// Within the brackets of `value(…)` a density, then its value; else the kinds of walls.
  void in_boundary() {
    std::size_t open = count();  // of the bracket that is not closed
    std::size_t depth = 0;
    for (std::size_t i = count(); i-- > 0 && open == count();) {
      if (closes(at_.before[i])) ++depth;
      if (opens(at_.before[i]) && depth-- == 0) open = i;
    }
    if (open == count()) {
      for (const char* kind : {"periodic", "absorbing", "reflecting", "value", "flux"}) word(kind);
      return;
    }
    if (last_is("(") || last_is(",")) densities();
    if (last_is(",")) return;
    coordinates(true);
    values();
  }

  void coordinates(bool time) {
    for (const char* axis : {"x", "y", "z"}) add(axis, CompletionKind::variable, "coordinate", "");
    if (time) add("t", CompletionKind::variable, "time", "");
  }

  void densities() {
    states();
    declarations(DeclarationKind::species, CompletionKind::enumeration);
    word("coarse");
    word("all");
  }
  void states() { declarations(DeclarationKind::state, CompletionKind::enumeration); }
  void values() {
    declarations(DeclarationKind::parameter, CompletionKind::variable);
    declarations(DeclarationKind::quantity, CompletionKind::variable);
    declarations(DeclarationKind::function, CompletionKind::function);
    words(WordKind::function);
    words(WordKind::constant);
  }
  void units() {
    for (const std::string& name : unit_names()) {
      const auto unit = find_unit(name);
      add(name, CompletionKind::unit, unit && unit->cells == 0 ? rdd::words(unit->dimension) : "", "");
    }
  }

  void declarations(DeclarationKind kind, CompletionKind shown_as) {
    for (const Declaration& d : document_.scope.declarations)
      if (d.kind == kind) add(d.name, shown_as, std::string(d.statement.text()), comment_of(d.statement));
  }
  void words(WordKind kind) {
    const CompletionKind shown_as =
        kind == WordKind::constant ? CompletionKind::constant
        : kind == WordKind::function || kind == WordKind::law || kind == WordKind::profile || kind == WordKind::probe
            ? CompletionKind::function
        : kind == WordKind::declaration || kind == WordKind::clause ? CompletionKind::keyword
                                                                    : CompletionKind::property;
    for (const Word& w : lsp::words())
      if (w.kind == kind) add(std::string(w.name), shown_as, std::string(w.form), std::string(w.meaning));
  }
  void word(std::string_view name) {
    for (const Word& w : lsp::words())
      if (w.name == name && (w.kind == WordKind::clause || w.kind == WordKind::solve_value))
        add(std::string(name), CompletionKind::keyword, std::string(w.form), std::string(w.meaning));
  }
  /// The same whatever else it is.
  void any_word(std::string_view name) {
    for (const Word& w : lsp::words())
      if (w.name == name) add(std::string(name), CompletionKind::keyword, std::string(w.form), std::string(w.meaning));
  }
  void add(const std::string& label, CompletionKind kind, const std::string& detail, const std::string& text) {
    if (seen_.insert(label).second) items_.push_back({label, kind, detail, text});
  }

  const Document& document_;
  Situation at_;
  std::vector<Completion> items_;
  std::set<std::string> seen_;
};

}  // namespace

Completions completions(const Document& document, std::size_t byte) {
  const std::string& text = document.source->text;
  byte = std::min(byte, text.size());
  std::size_t begin = byte;
  while (begin > 0 && (is_name_part(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  const std::string_view line = std::string_view(text).substr(0, begin);
  while (begin < byte && (is_digit(text[begin]) || text[begin] == '.')) ++begin;  // `5e`: a unit written too close
  Completions result{{document.source, begin, byte}, {}};
  Diagnostics ignored;
  const auto layout = lay_out({document.source, 0, begin}, ignored);
  if (!layout) return result;
  for (const Comment& comment : layout->comments)
    if (comment.end == begin && line.size() >= comment.begin) return result;
  const std::size_t newline = line.rfind('\n');
  const std::string_view this_line = line.substr(newline == std::string_view::npos ? 0 : newline + 1);
  if (std::count(this_line.begin(), this_line.end(), '"') % 2 == 1) return result;  // within a text
  result.items = Completer(document, situation(*layout)).run();
  return result;
}

}  // namespace rdd::lsp
