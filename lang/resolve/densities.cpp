#include "lang/resolve/densities.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lang/nearest.hpp"
#include "lang/print.hpp"

namespace rdd::resolving {

/// The species whose name a reference begins with; null for those of this model.
const Species* Densities::of(const std::string& name) const {
  const std::string first = name.substr(0, name.find('.'));
  const auto found =
      std::find_if(species_.begin(), species_.end(), [&](const Species& species) { return species.name == first; });
  return found == species_.end() ? nullptr : &*found;
}

bool Densities::named(const ast::Reference& node) const {
  const std::string& name = node.name.text;
  return !node.index.empty() || name == "all" || of(name) || context_.state_index.contains(name);
}

std::optional<int> Densities::state(const std::string& name, const Species* species, const Span& where) const {
  if (!species) return find_state(context_, name, where);
  std::vector<std::string> names;
  for (const ModelState& state : species->model->states) {
    if (state.name == name) {
      context_.use(where, state.span, name);
      return static_cast<int>(names.size());
    }
    names.push_back(state.name);
  }
  Diagnostic& d = context_.diagnostics.add(Code::UnknownState, where,
                                           fmt::format("the species `{}` has no state `{}`", species->name, name));
  if (const auto guess = nearest(name, names))
    d.hint(fmt::format("did you mean `{}.{}`?", species->name, *guess));
  else if (names.size() <= 8)
    d.hint(fmt::format("its states are {}", fmt::join(names, ", ")));
  return std::nullopt;
}

std::nullopt_t Densities::no_species(const std::string& name, const Span& where) const {
  Diagnostic& d = context_.diagnostics.add(Code::UnknownName, where, fmt::format("there is no species `{}`", name));
  std::vector<std::string> names;
  for (const Species& other : species_) names.push_back(other.name);
  if (const auto guess = nearest(name, names))
    d.hint(fmt::format("did you mean `{}`?", *guess));
  else
    d.hint(fmt::format("add the file of its model: `species {} = \"…\"`", name));
  return std::nullopt;
}

std::optional<Density> Densities::find(const ast::Reference& node, const Env& env) const {
  Density result;
  result.span = context_.span(env.source, node.place);
  std::string name = node.name.text;
  const Species* const species = of(name);
  if (species) {
    if (!species->model) return std::nullopt;  // what is wrong with it was reported
    result.species = static_cast<int>(species - species_.data());
    name = name == species->name ? "all" : name.substr(species->name.size() + 1);
    if (name == "all" || name == "coarse") context_.use(result.span, species->span, species->name);
  }
  if (name == "all" && node.index.empty()) return result;
  const std::size_t dot = name.find('.');
  if (!species && dot != std::string::npos && !context_.state_index.contains(name) && node.index.empty()) {
    return no_species(name.substr(0, dot), result.span);
  }
  Env plain = env;  // an index is a number
  plain.field = nullptr;
  Expressions expressions(context_);
  if (name == "coarse" && !node.index.empty()) {
    const auto index = expressions.integer(node.index.front(), plain, "the index of a coarse state");
    if (!index) return std::nullopt;
    if (*index < 0) {
      context_.diagnostics.add(Code::BadEntry, result.span, "coarse states are counted from 0");
      return std::nullopt;
    }
    result.kind = Density::Kind::coarse;
    result.index = *index;
    return result;
  }
  if (!node.index.empty()) {
    const auto index = expressions.integer(node.index.front(), plain, "the index of a state");
    if (!index) return std::nullopt;
    name += fmt::format("[{}]", *index);
  }
  const auto found = state(name, species, result.span);
  if (!found) return std::nullopt;
  result.kind = Density::Kind::state;
  result.index = *found;
  return result;
}

Expr Densities::leaf(const Density& density) const {
  using Kind = expr::Density::Kind;
  const Kind kind = density.kind == Density::Kind::state    ? Kind::state
                    : density.kind == Density::Kind::coarse ? Kind::coarse
                                                            : Kind::all;
  return density_leaf({kind, density.index, density.species, name(density)});
}

std::string Densities::name(const Density& density) const {
  return density_name(density, context_.model, species_);
}

}  // namespace rdd::resolving
