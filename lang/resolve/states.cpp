// The states of one cell, written out, as families, or as tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lang/limits.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/expressions.hpp"
#include "lang/resolve/families.hpp"

namespace rdd::resolving {

namespace {

struct Property {
  std::string_view name;
  Dimension dimension;
  Expr ModelState::*member;
};
const std::vector<Property>& properties() {
  static const std::vector<Property> all{
      {"energy", dimension::energy(), &ModelState::energy},
      {"entropy", dimension::energy() / dimension::temperature(), &ModelState::entropy},
      {"degeneracy", {}, &ModelState::degeneracy},
      {"weight", {}, &ModelState::weight},
  };
  return all;
}

/// False where a property is wrong.
bool read_property(Context& context, const ast::Entry& entry, const Env& env, ModelState& state) {
  Expressions expressions(context);
  const std::string& key = entry.key.text;
  if (key == "at") {
    std::optional<std::size_t> size;
    if (!context.lattice_failed) size = static_cast<std::size_t>(context.model.lattice.dimension);
    state.position = expressions.list(entry.value, env, {}, fmt::format("the position of `{}`", state.name), size);
    return state.position.has_value();
  }
  if (key == "axis") {
    std::optional<std::size_t> size;
    if (!context.lattice_failed) size = static_cast<std::size_t>(context.model.lattice.embedding);
    state.axis = expressions.list(entry.value, env, {}, fmt::format("the axis of `{}`", state.name), size);
    return state.axis.has_value();
  }
  for (const Property& property : properties()) {
    if (key != property.name) continue;
    state.*property.member =
        expressions.quantity(entry.value, env, property.dimension, fmt::format("the {} of `{}`", key, state.name));
    return state.*property.member != nullptr;
  }
  return false;
}

void read_state(Context& context, const Item& item, const ast::State& node, const Env& env, const std::string& name) {
  ModelState state{.name = name,
                   .position = {},
                   .axis = {},
                   .energy = {},
                   .entropy = {},
                   .degeneracy = {},
                   .weight = {},
                   .span = context.span(item, node.name.place)};
  std::map<std::string, ast::Place> seen;
  bool good = true;
  for (const ast::Entry& entry : node.properties) {
    const auto [found, fresh] = seen.emplace(entry.key.text, entry.key.place);
    if (!fresh) {
      context.diagnostics
          .add(Code::DuplicateEntry, context.span(item, entry.key.place),
               fmt::format("`{}` is given twice", entry.key.text))
          .note(context.span(item, found->second), "first given here");
      continue;
    }
    good = read_property(context, entry, env, state) && good;
  }
  if (state.energy && state.weight) {
    context.diagnostics
        .add(Code::BadEntry, context.span(item, seen["weight"]),
             fmt::format("`{}` has an energy and a weight; one of them gives its probability", node.name.text))
        .note(context.span(item, seen["energy"]), "the energy");
  }
  if (!good) context.weights_reported = true;  // what is missing now was written, only wrongly
  add_state(context, std::move(state));
}

/// Either every state has an energy, or every state has a weight, or none has either.
void check_weights(Context& context) {
  std::vector<ModelState>& states = context.model.states;
  if (context.weights_reported || context.states_failed) return;
  const auto has = [](const ModelState& s) { return s.energy || s.weight; };
  const auto some = std::find_if(states.begin(), states.end(), has);
  if (some == states.end()) {
    // Degeneracies or entropies alone: all energies are equal, and zero says so.
    const bool counted =
        std::any_of(states.begin(), states.end(), [](const ModelState& s) { return s.entropy || s.degeneracy; });
    if (counted) {
      for (ModelState& state : states) state.energy = number(0);
    }
    return;
  }
  const std::string kind = some->energy ? "energy" : "weight";
  for (const ModelState& state : states) {
    if (some->energy ? state.energy != nullptr : state.weight != nullptr) continue;
    context.weights_reported = true;
    context.diagnostics
        .add(Code::MissingWeights, state.span, fmt::format("`{}` has no {}, but other states have", state.name, kind))
        .note(some->span, fmt::format("`{}` has one", some->name))
        .hint(fmt::format("give every state {} {}", kind == "energy" ? "an" : "a", kind));
    return;
  }
}

}  // namespace

bool add_state(Context& context, ModelState state) {
  const auto far = [](const Expr& component) {
    const auto* constant = std::get_if<expr::Number>(&component->value);
    return constant && !(std::abs(constant->value) <= limits::cells);
  };
  if (state.position && std::any_of(state.position->begin(), state.position->end(), far)) {
    context.states_failed = true;
    context.diagnostics
        .add(Code::BadEntry, state.span,
             fmt::format("the position of `{}` is more than {} cells away", state.name, limits::cells))
        .hint("positions are fractions of the primitive vectors");
    return false;
  }
  const auto [found, fresh] = context.state_index.emplace(state.name, static_cast<int>(context.model.states.size()));
  if (!fresh) {
    context.diagnostics
        .add(Code::DuplicateName, state.span, fmt::format("the state `{}` is declared twice", state.name))
        .note(context.model.states[static_cast<std::size_t>(found->second)].span, "first declared here");
    return false;
  }
  context.model.states.push_back(std::move(state));
  return true;
}

std::optional<int> find_state(Context& context, const std::string& name, const Span& where, bool representative) {
  if (const auto found = context.state_index.find(name); found != context.state_index.end()) {
    context.use(where, context.model.states[static_cast<std::size_t>(found->second)].span, name);
    return found->second;
  }
  if (representative && context.symmetry) {
    const auto& known = context.symmetry->representatives;
    if (const auto found = known.find(name); found != known.end()) {
      context.use(where, context.model.states[static_cast<std::size_t>(found->second)].span, name);
      return found->second;
    }
  }
  if (context.states_failed || !context.unknown.insert("state " + name).second) return std::nullopt;
  Diagnostic& d = context.diagnostics.add(Code::UnknownState, where, fmt::format("there is no state `{}`", name));
  std::vector<std::string> names;
  constexpr std::size_t enough = 10'000;  // a guess is not worth more
  for (const ModelState& state : context.model.states) {
    if (names.size() == enough) break;
    names.push_back(state.name);
  }
  if (const auto guess = nearest(name, names)) {
    d.hint(fmt::format("did you mean `{}`?", *guess));
  } else if (context.state_index.contains(name + "[0]")) {
    d.hint(fmt::format("`{0}` is a family: name one of its states, such as `{0}[0]`", name));
  } else if (names.size() <= 8) {
    d.hint(fmt::format("the states are {}", fmt::join(names, ", ")));
  }
  return std::nullopt;
}

void resolve_states(Context& context) {
  bool any = false;
  for (const Item& item : context.items) {
    if (const auto* table = std::get_if<ast::Table>(item.statement); table && !table->rates) {
      any = true;
      if (!context.model.states_span) context.model.states_span = context.span(item, table->place);
      read_states_table(context, item, *table);
    }
    const auto* states = std::get_if<ast::States>(item.statement);
    if (!states) continue;
    any = true;
    if (!context.model.states_span) context.model.states_span = context.span(item, states->place);
    for (const ast::State& state : states->states) {
      const Env env = env_of(item);
      if (!state.family) {
        read_state(context, item, state, env, full_name(state.name.text, env));
        continue;
      }
      each_member(context, item, *state.family, [&](int index, const Env& member) {
        read_state(context, item, state, member, fmt::format("{}[{}]", full_name(state.name.text, member), index));
      });
    }
  }
  if (!any) {
    context.states_failed = true;
    context.diagnostics.add(Code::MissingDeclaration, context.model.span, "the model has no states")
        .hint("such as `states { X energy 0 eV }`");
    return;
  }
  if (context.model.states.empty() && !context.states_failed) {
    context.states_failed = true;
    context.diagnostics.add(Code::MissingDeclaration, context.model.states_span, "the model has no states")
        .hint("such as `X energy 0 eV`");
  }
  check_weights(context);
}

}  // namespace rdd::resolving
