#include "lang/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "lang/layout.hpp"
#include "lang/parse.hpp"

namespace rdd {

namespace {

/// A statement of a text, or a state of a block, and where it stands.
struct Part {
  std::string key;        ///< what it declares, where a file can declare that once; empty otherwise
  std::size_t begin = 0;  ///< with its block, without the blanks around it
  std::size_t end = 0;
  std::size_t after = 0;  ///< behind what belongs to it on its last line: `;` and a comment
  bool commented = false;
  bool last_on_line = false;
  std::vector<Part> states;  ///< of a `states` block
};

/// What a statement declares. Lattices, sets of translations and groups can be defined under a name, sets and groups
/// once for each dimension; the model has one of each.
struct KeyOf {
  static std::string of_set(const std::string& word, const auto& node) {
    if (!node.name || !node.block) return word;
    const auto* first = node.block->empty() ? nullptr : std::get_if<ast::List>(&node.block->front().node);
    return fmt::format("{} {} {}", word, node.name->text, first ? first->items.size() : 0);
  }
  std::string operator()(const ast::Model&) const { return "model"; }
  std::string operator()(const ast::Use& use) const {
    return fmt::format("use {} as {}", use.path.text, use.alias ? use.alias->text : "");
  }
  std::string operator()(const ast::Param& param) const { return "quantity " + param.name.text; }
  std::string operator()(const ast::Let& let) const { return "quantity " + let.name.text; }
  std::string operator()(const ast::Function& function) const { return "fn " + function.name.text; }
  std::string operator()(const ast::Temperature&) const { return "temperature"; }
  std::string operator()(const ast::Lattice& lattice) const {
    return lattice.name && lattice.block ? "lattice " + lattice.name->text : "lattice";
  }
  std::string operator()(const ast::Translations& set) const { return of_set("translations", set); }
  std::string operator()(const ast::Symmetry& group) const { return of_set("symmetry", group); }
  std::string operator()(const ast::Force&) const { return "force"; }
  std::string operator()(const ast::Reduce&) const { return "reduce"; }
  std::string operator()(const ast::Solve& solve) const { return "solve " + solve.name.text; }
  std::string operator()(const ast::States&) const { return ""; }
  std::string operator()(const ast::Rates&) const { return ""; }
  std::string operator()(const ast::Table&) const { return ""; }
  std::string operator()(const ast::Query&) const { return ""; }
};

Part part_of(const std::string& text, const Chunk& chunk, std::string key) {
  Part part;
  part.key = std::move(key);
  part.begin = chunk.begin;
  part.end = chunk.has_block ? chunk.close + 1 : chunk.end;
  const auto skip_blanks = [&](std::size_t at) { return std::min(text.find_first_not_of(" \t\r", at), text.size()); };
  part.after = part.end;
  std::size_t at = skip_blanks(part.end);
  if (at < text.size() && text[at] == ';') {
    part.after = at + 1;
    at = skip_blanks(at + 1);
  }
  part.commented = at < text.size() && text[at] == '#';
  if (part.commented) part.after = at = std::min(text.find('\n', at), text.size());
  part.last_on_line = at == text.size() || text[at] == '\n';
  return part;
}

/// The statements of a file that was parsed without errors.
std::vector<Part> parts_of(const ast::File& file) {
  const std::string& text = file.source->text;
  Diagnostics none;
  const auto layout = lay_out({file.source, 0, text.size()}, none);
  std::vector<Part> parts;
  for (std::size_t i = 0; i < file.statements.size(); ++i) {
    const Chunk& chunk = layout->chunks[i];
    Part part = part_of(text, chunk, std::visit(KeyOf{}, file.statements[i]));
    if (const auto* states = std::get_if<ast::States>(&file.statements[i]))
      for (std::size_t s = 0; s < states->states.size(); ++s)
        part.states.push_back(part_of(text, chunk.block[s], "state " + states->states[s].name.text));
    parts.push_back(std::move(part));
  }
  return parts;
}

/// An expression with the brackets around it, which are no part of its place.
ast::Place with_brackets(const SourcePtr& source, const ast::Expr& expression) {
  Diagnostics none;
  const std::string text = lay_out({source, 0, source->text.size()}, none)->text;  // without comments
  ast::Place at = place(expression);
  for (std::uint32_t i = at.begin; i > 0 && (text[i - 1] == ' ' || text[i - 1] == '('); --i)
    if (text[i - 1] == '(') at.begin = i - 1;
  const auto count = [&](char c) { return std::count(text.begin() + at.begin, text.begin() + at.end, c); };
  while (count('(') > count(')')) at.end = static_cast<std::uint32_t>(text.find(')', at.end)) + 1;
  return at;
}

/// Words of ours between those that were typed.
Span words_of_ours(std::string text) {
  const auto source = std::make_shared<const Source>(Source{"<prompt>", std::move(text)});
  return {source, 0, source->text.size()};
}

/// The text of a setting's value, without blanks and comments around it.
Span value_of(const Setting& setting, const Parameter& parameter) {
  if (setting.number)
    return words_of_ours(
        fmt::format("{} {}", *setting.number, parameter.dimension.dimensionless() ? "" : si_unit(parameter.dimension)));
  Diagnostics none;
  const auto layout = lay_out(setting.value, none);
  return {setting.value.source, layout->chunks.front().begin, layout->chunks.front().end};
}

bool ends_line(const std::vector<Span>& pieces) {
  return pieces.empty() || pieces.back().text().ends_with('\n');
}

}  // namespace

struct Draft::Edit {
  std::size_t begin, end;
  std::vector<Span> pieces;
};

Draft::Draft() : Draft(std::make_shared<const Source>(Source{"<prompt>", ""})) {}

Draft::Draft(SourcePtr source) : source_(std::move(source)), pieces_{{source_, 0, source_->text.size()}} {}

Draft::Draft(const std::string& name, std::vector<Span> pieces) : pieces_(std::move(pieces)) {
  std::string text;
  for (const Span& piece : pieces_) text += piece.text();
  source_ = std::make_shared<const Source>(Source{name, std::move(text)});
}

std::vector<Span> Draft::pieces(std::size_t begin, std::size_t end) const {
  std::vector<Span> result;
  std::size_t start = 0;
  for (const Span& piece : pieces_) {
    const std::size_t stop = start + piece.text().size();
    const std::size_t low = std::max(begin, start), high = std::min(end, stop);
    if (low < high) result.push_back({piece.source, piece.begin + low - start, piece.begin + high - start});
    start = stop;
  }
  return result;
}

Span Draft::origin(const Span& span) const {
  if (span.source != source_) return span;
  std::size_t start = 0;
  for (const Span& piece : pieces_) {
    const std::size_t stop = start + piece.text().size();
    if (span.begin < stop || stop == source_->text.size()) {
      const std::size_t begin = piece.begin + span.begin - start;
      return {piece.source, begin, std::min(begin + (span.end - span.begin), piece.end)};
    }
    start = stop;
  }
  return span;
}

Draft Draft::edited(std::vector<Edit> edits, const std::vector<Span>& added) const {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::vector<Span> all;
  const auto append = [&all](const std::vector<Span>& more) { all.insert(all.end(), more.begin(), more.end()); };
  std::size_t done = 0;
  for (const Edit& edit : edits) {
    append(pieces(done, edit.begin));
    append(edit.pieces);
    done = edit.end;
  }
  append(pieces(done, source_->text.size()));
  if (!added.empty()) {
    if (!ends_line(all)) all.push_back(words_of_ours("\n"));
    append(added);
    if (!ends_line(all)) all.push_back(words_of_ours("\n"));
  }
  return {source_->name, std::move(all)};
}

Draft Draft::with(const ast::File& typed, bool below) const {
  Diagnostics none;
  std::vector<Part> present;
  if (const auto file = parse(source_, none)) {
    for (Part& part : parts_of(*file)) {
      present.insert(present.end(), part.states.begin(), part.states.end());
      present.push_back(std::move(part));
    }
  }
  std::vector<Edit> edits;
  std::vector<Span> added;
  std::set<std::string> replaced;
  const auto slice = [&](std::size_t begin, std::size_t end) { return Span{typed.source, begin, end}; };
  /// False where there is nothing to replace, or this text has replaced it before: then it is declared twice.
  const auto replace = [&](const Part& part) {
    const auto old = std::find_if(present.begin(), present.end(),
                                  [&](const Part& p) { return !p.key.empty() && p.key == part.key; });
    if (old == present.end() || !replaced.insert(part.key).second) return false;
    // The comment behind the old one stays, unless the new one brings its own.
    if (below && (part.key == "temperature" || part.key.starts_with("quantity "))) {
      edits.push_back({old->begin, std::min(old->after + old->last_on_line, source_->text.size()), {}});
      added.push_back(slice(part.begin, part.commented ? part.after : part.end));
      if (!part.commented)
        for (const Span& comment : pieces(old->end, old->after)) added.push_back(comment);
      added.push_back(words_of_ours("\n"));
    } else if (part.commented && old->last_on_line)
      edits.push_back({old->begin, old->after, {slice(part.begin, part.after)}});
    else
      edits.push_back({old->begin, old->end, {slice(part.begin, part.end)}});
    return true;
  };

  std::size_t read = 0;  // up to where the typed text has found its place
  const std::vector<Part> parts = parts_of(typed);
  for (const Part& part : parts) {
    const std::size_t size = typed.source->text.size();
    const std::size_t end = &part == &parts.back() ? size : std::min(part.after + part.last_on_line, size);
    const Span whole = slice(std::exchange(read, end), end);
    if (replace(part)) continue;
    std::vector<Span> fresh;
    for (const Part& state : part.states)
      if (!replace(state)) fresh.push_back(slice(state.begin, state.after));
    if (fresh.size() == part.states.size()) {
      if (part.key == "model" && !present.empty())
        edits.push_back({0, 0, {whole, words_of_ours(ends_line({whole}) ? "" : "\n")}});
      else
        added.push_back(whole);
    } else if (!fresh.empty()) {
      added.push_back(words_of_ours("states {\n"));
      for (const Span& state : fresh) {
        added.push_back(state);
        added.push_back(words_of_ours("\n"));
      }
      added.push_back(words_of_ours("}\n"));
    }
  }
  return edited(std::move(edits), added);
}

std::optional<Draft> Draft::with_value(const Setting& setting, const Parameter& parameter,
                                       const std::string& directory) const {
  Diagnostics none;
  const auto file = parse(source_, none);
  if (!file) return std::nullopt;
  const Span value = value_of(setting, parameter);
  const auto in_place_of = [&](const ast::Expr& old) {
    const ast::Place at = with_brackets(source_, old);
    return edited({{at.begin, at.end, {value}}}, {});
  };
  for (const ast::Statement& statement : file->statements) {
    if (const auto* temperature = std::get_if<ast::Temperature>(&statement); temperature && setting.name == "T")
      return in_place_of(temperature->value);
    if (const auto* param = std::get_if<ast::Param>(&statement); param && param->name.text == setting.name)
      return in_place_of(param->value);
  }
  // The text's own temperature decides over that of a file it uses.
  if (setting.name == "T") return edited({}, {words_of_ours("temperature "), value});
  for (const ast::Statement& statement : file->statements) {
    const auto* use = std::get_if<ast::Use>(&statement);
    if (!use) continue;
    const std::string path =
        use->file ? (std::filesystem::path(directory) / use->path.text).lexically_normal().string() : use->path.text;
    const std::string short_name(parameter.span.text());
    const std::string name = use->alias ? use->alias->text + "." + short_name : short_name;
    if (path != parameter.span.source->name || name != setting.name) continue;
    for (const ast::Argument& argument : use->arguments)
      if (argument.name && argument.name->text == short_name) return in_place_of(argument.value);
    const bool first = use->arguments.empty();
    const std::size_t at = first ? use->path.place.end : with_brackets(source_, use->arguments.back().value).end;
    std::vector<Span> argument{words_of_ours(fmt::format("{}{} = ", first ? "(" : ", ", short_name)), value};
    if (first) argument.push_back(words_of_ours(")"));
    return edited({{at, at, argument}}, {});
  }
  return std::nullopt;
}

bool unfinished(Code code) {
  return code == Code::MissingDeclaration || code == Code::NoRates || code == Code::UnusedParameter ||
         code == Code::MissingTemperature;
}

std::vector<std::string> valued(const ast::File& file) {
  std::vector<std::string> names;
  for (const ast::Statement& statement : file.statements) {
    if (const auto* param = std::get_if<ast::Param>(&statement)) names.push_back(param->name.text);
    if (const auto* let = std::get_if<ast::Let>(&statement)) names.push_back(let->name.text);
    if (std::holds_alternative<ast::Temperature>(statement)) names.emplace_back("T");
    const auto* use = std::get_if<ast::Use>(&statement);
    if (!use) continue;
    for (const ast::Argument& argument : use->arguments)
      if (argument.name) names.push_back((use->alias ? use->alias->text + "." : "") + argument.name->text);
  }
  return names;
}

}  // namespace rdd
