// The transitions: who goes where, by which translation, how fast, and whether the way back follows.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "lang/limits.hpp"
#include "lang/resolve/expressions.hpp"
#include "lang/resolve/families.hpp"

namespace rdd::resolving {

namespace {

std::string printed(const std::array<int, 3>& cell, int n) {
  return fmt::format("[{}]", fmt::join(cell.begin(), cell.begin() + n, ", "));
}

/// The name a reference means: `X`, or `site[3]` with its index evaluated.
std::optional<std::string> state_name(Context& context, const ast::Reference& reference, const Env& env) {
  if (reference.index.empty()) return full_name(reference.name.text, env);
  const auto index = Expressions(context).integer(reference.index.front(), env, "the index of a state");
  if (!index) return std::nullopt;
  return fmt::format("{}[{}]", full_name(reference.name.text, env), *index);
}

void read_rate(Context& context, const Item& item, const ast::Rate& node, const Env& base) {
  Expressions expressions(context);
  const auto find = [&](const ast::Reference& reference) -> std::optional<int> {
    const auto name = state_name(context, reference, base);
    return name ? find_state(context, *name, context.span(item, reference.place), true) : std::nullopt;
  };
  const std::optional<int> from = find(node.from), to = find(node.to);

  ModelTransition transition;
  transition.reversible = node.reversible;
  transition.span = context.span(item, node.place);
  transition.rate_span = context.span(item, place(node.law));
  const auto n = static_cast<std::size_t>(context.model.lattice.dimension);
  Span by;
  bool good = from && to;
  if (node.by) {
    by = context.span(item, place(*node.by));
    const auto cell =
        expressions.integers(*node.by, base, "a translation", context.lattice_failed ? std::nullopt : std::optional(n));
    good = good && cell && cell->size() <= 3;
    if (good) std::copy(cell->begin(), cell->end(), transition.cell.begin());
  }
  Env env = base;
  RateOrigin origin{nullptr};
  if (from) {
    origin.state = &context.model.states[static_cast<std::size_t>(*from)];
    env.origin = &origin;
  }
  if (from || !context.states_failed) {
    transition.rate = expressions.quantity(node.law, env, dimension::rate(), "the rate");
  }
  if (!good || !transition.rate) return;
  transition.from = *from;
  transition.to = *to;
  if (*from == *to && transition.cell == std::array<int, 3>{}) {
    const std::string& name = origin.state->name;
    Diagnostic& d = context.diagnostics.add(
        Code::HopWithoutMotion,
        context.span(item, {node.from.place.begin, node.by ? place(*node.by).end : node.to.place.end}),
        fmt::format("this rate leads from `{}` to itself in the same cell", name));
    if (!context.lattice_failed && !node.by) {
      std::array<int, 3> example{1, 0, 0};
      d.hint(fmt::format("say where to: `by {}`", printed(example, context.model.lattice.dimension)));
    }
    return;
  }
  if (node.reversible && *from != *to && !context.weights_reported && !origin.state->energy && !origin.state->weight) {
    context.weights_reported = true;
    const auto arrow =
        static_cast<std::uint32_t>(std::string_view(item.file->file.source->text).find("<->", node.from.place.end));
    context.diagnostics
        .add(Code::MissingWeights, context.span(item, {arrow, arrow + 3}),
             "the way back follows from the states' weights, which are not given")
        .note(origin.state->span, fmt::format("`{}` has neither an energy nor a weight", origin.state->name))
        .hint("give each state an `energy` or a `weight`, or declare both directions with `->`");
  }
  add_transition(context, std::move(transition), by);
}

using Key = std::tuple<int, int, std::array<int, 3>>;

Key key(const ModelTransition& t) {
  return {t.from, t.to, t.cell};
}
Key reverse(const ModelTransition& t) {
  return {t.to, t.from, {-t.cell[0], -t.cell[1], -t.cell[2]}};
}

/// The reverse of a `<->` must not be declared again: it would be counted twice. By sorting, not by pairs.
void check_reverses(Context& context) {
  const std::vector<ModelTransition>& all = context.model.transitions;
  std::vector<std::pair<Key, std::size_t>> reverses;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].reversible) reverses.emplace_back(reverse(all[i]), i);
  }
  if (reverses.empty()) return;
  std::sort(reverses.begin(), reverses.end());
  int reported = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = std::lower_bound(reverses.begin(), reverses.end(), std::pair(key(all[i]), std::size_t{0}));
    if (found == reverses.end() || found->first != key(all[i])) continue;
    // Two `<->` that are each other's reverse find one another twice; the later one is reported.
    if (all[i].reversible && found->second > i) continue;
    const std::size_t first = std::min(i, found->second), second = std::max(i, found->second);
    if (++reported > 20) return;
    context.diagnostics
        .add(Code::ReverseDeclaredTwice, all[second].span, "this is declared already, as the way back of a `<->`")
        .note(all[first].span, "here")
        .hint(all[first].reversible && all[second].reversible ? "leave one of them out"
                                                              : "leave it out, or write `->` for both directions");
  }
}

}  // namespace

void add_transition(Context& context, ModelTransition transition, const Span& by) {
  const auto far = [](int component) { return std::abs(component) > limits::cells; };
  if (std::any_of(transition.cell.begin(), transition.cell.end(), far)) {
    if (!context.unknown.insert("translation too far").second) return;
    context.diagnostics.add(Code::BadEntry, by ? by : transition.span,
                            fmt::format("a translation leads at most {} cells along each vector", limits::cells));
    return;
  }
  const auto& declared = context.model.translations;
  if (declared && transition.cell != std::array<int, 3>{} &&
      std::find(declared->begin(), declared->end(), transition.cell) == declared->end()) {
    const int n = context.model.lattice.dimension;
    const std::string cell = printed(transition.cell, n);
    if (!context.unknown.insert("translation " + cell).second) return;
    std::vector<std::string> known;
    for (const auto& t : *declared) known.push_back(printed(t, n));
    context.diagnostics
        .add(Code::OutsideTranslations, by ? by : transition.span,
             fmt::format("{} is not among the declared translations", cell))
        .hint(known.size() <= 8 ? fmt::format("they are {}", fmt::join(known, ", "))
                                : fmt::format("there are {} of them; add {} and its negation", known.size(), cell));
    return;
  }
  context.model.transitions.push_back(std::move(transition));
}

void resolve_rates(Context& context) {
  for (const Item& item : context.items) {
    if (const auto* table = std::get_if<ast::Table>(item.statement); table && table->rates) {
      if (!context.model.rates_span) context.model.rates_span = context.span(item, table->place);
      read_rates_table(context, item, *table);
    }
    const auto* rates = std::get_if<ast::Rates>(item.statement);
    if (!rates) continue;
    if (!context.model.rates_span) context.model.rates_span = context.span(item, rates->place);
    for (const ast::Rate& rate : rates->rates) {
      const Env env = env_of(item);
      if (!rate.family) {
        read_rate(context, item, rate, env);
        continue;
      }
      each_member(context, item, *rate.family, [&](int, const Env& member) { read_rate(context, item, rate, member); });
    }
  }
  check_reverses(context);
  complete_rates(context);
}

}  // namespace rdd::resolving
