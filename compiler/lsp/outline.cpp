#include "compiler/lsp/features.hpp"

namespace rdd::lsp {

namespace {

class Outliner {
 public:
  explicit Outliner(const SourcePtr& source) : source_(source) {}

  Symbol operator()(const ast::Model& n) const { return symbol("model", n.name, SymbolKind::module, n); }
  Symbol operator()(const ast::Use& n) const { return symbol("use", n.path, SymbolKind::ns, n); }
  Symbol operator()(const ast::Param& n) const {
    return symbol("param", n.name, SymbolKind::variable, n, text(place(n.value)));
  }
  Symbol operator()(const ast::Let& n) const {
    return symbol("let", n.name, SymbolKind::constant, n, text(place(n.value)));
  }
  Symbol operator()(const ast::Function& n) const { return symbol("fn", n.name, SymbolKind::function, n); }
  Symbol operator()(const ast::Temperature& n) const {
    return bare("temperature", SymbolKind::variable, n, text(place(n.value)));
  }
  Symbol operator()(const ast::Lattice& n) const { return perhaps("lattice", n.name, SymbolKind::class_, n); }
  Symbol operator()(const ast::Translations& n) const { return perhaps("translations", n.name, SymbolKind::array, n); }
  Symbol operator()(const ast::Symmetry& n) const { return perhaps("symmetry", n.name, SymbolKind::array, n); }
  Symbol operator()(const ast::States& n) const {
    Symbol result = bare("states", SymbolKind::enum_, n);
    for (const ast::State& state : n.states)
      result.children.push_back(symbol("", state.name, SymbolKind::enum_member, state));
    return grown(result);
  }
  Symbol operator()(const ast::Rates& n) const {
    Symbol result = bare("rates", SymbolKind::object, n);
    for (const ast::Rate& rate : n.rates) {
      const std::string name = text(rate.from.place) + (rate.reversible ? " <-> " : " -> ") + text(rate.to.place) +
                               (rate.by ? " by " + text(place(*rate.by)) : "");
      result.children.push_back(
          {name, text(place(rate.law)), SymbolKind::operator_, span(rate.place), span(rate.from.place), {}});
    }
    return grown(result);
  }
  Symbol operator()(const ast::Table& n) const {
    return bare(n.rates ? "rates" : "states", SymbolKind::object, n, text(n.path.place));
  }
  Symbol operator()(const ast::Force& n) const { return bare("force", SymbolKind::variable, n, text(place(n.value))); }
  Symbol operator()(const ast::Reduce& n) const {
    Symbol result = bare("reduce", SymbolKind::object, n);
    for (const ast::Entry& entry : n.entries) result.children.push_back(child(entry));
    return grown(result);
  }
  Symbol operator()(const ast::Solve& n) const {
    Symbol result = symbol("solve", n.name, SymbolKind::method, n);
    for (const ast::SolveEntry& entry : n.entries) {
      if (const auto* plain = std::get_if<ast::Entry>(&entry)) result.children.push_back(child(*plain));
      if (const auto* initial = std::get_if<ast::Initial>(&entry))
        result.children.push_back({"initial " + text(initial->density.place),
                                   text(place(initial->value)),
                                   SymbolKind::field,
                                   span(initial->place),
                                   span(initial->density.place),
                                   {}});
      if (const auto* production = std::get_if<ast::Production>(&entry))
        result.children.push_back({(production->sink ? "sink " : "source ") + text(production->density.place),
                                   text(place(production->value)),
                                   SymbolKind::field,
                                   span(production->place),
                                   span(production->density.place),
                                   {}});
      if (const auto* reaction = std::get_if<ast::Reaction>(&entry))
        result.children.push_back(reaction_symbol(*reaction));
      if (const auto* field = std::get_if<ast::Field>(&entry))
        result.children.push_back(symbol("field", field->name, SymbolKind::field, *field, text(place(field->value))));
      if (const auto* species = std::get_if<ast::Species>(&entry))
        result.children.push_back(
            symbol("species", species->name, SymbolKind::object, *species, text(species->path.place)));
      if (const auto* probe = std::get_if<ast::Probe>(&entry))
        result.children.push_back(symbol("probe", probe->name, SymbolKind::event, *probe, text(place(probe->value))));
    }
    return grown(result);
  }
  Symbol operator()(const ast::Query& n) const {
    Symbol result = bare("query", SymbolKind::object, n);
    for (const ast::Name& statement : n.statements)
      result.children.push_back(
          {statement.text, "", SymbolKind::event, span(statement.place), span(statement.place), {}});
    return grown(result);
  }

 private:
  Span span(ast::Place place) const { return {source_, place.begin, place.end}; }
  std::string text(ast::Place place) const {
    std::string result(span(place).text());
    for (char& c : result)
      if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    return result;
  }
  Symbol symbol(const std::string& word, const ast::Name& name, SymbolKind kind, const ast::Node& node,
                const std::string& detail = "") const {
    return {name.text, word.empty() || !detail.empty() ? detail : word, kind, span(node.place), span(name.place), {}};
  }
  Symbol bare(const std::string& word, SymbolKind kind, const ast::Node& node, const std::string& detail = "") const {
    const Span whole = span(node.place);
    return {word, detail, kind, whole, {source_, whole.begin, std::min(whole.begin + word.size(), whole.end)}, {}};
  }
  Symbol perhaps(const std::string& word, const std::optional<ast::Name>& name, SymbolKind kind,
                 const ast::Node& node) const {
    return name ? symbol(word, *name, kind, node) : bare(word, kind, node);
  }
  /// Named by what comes: `react A + B`.
  Symbol reaction_symbol(const ast::Reaction& n) const {
    const ast::Place reactants{n.reactants.front().place.begin, n.reactants.back().place.end};
    return {"react " + text(reactants), text(place(n.rate)), SymbolKind::operator_, span(n.place), span(reactants), {}};
  }
  Symbol child(const ast::Entry& entry) const {
    return symbol("", entry.key, SymbolKind::field, entry, text(place(entry.value)));
  }
  /// A block reaches to the end of its last statement.
  static Symbol grown(Symbol symbol) {
    if (!symbol.children.empty()) symbol.whole.end = std::max(symbol.whole.end, symbol.children.back().whole.end);
    return symbol;
  }

  const SourcePtr& source_;
};

}  // namespace

std::vector<Symbol> outline(const Document& document) {
  std::vector<Symbol> result;
  if (!document.file) return result;
  for (const ast::Statement& statement : document.file->statements)
    result.push_back(std::visit(Outliner(document.source), statement));
  return result;
}

}  // namespace rdd::lsp
