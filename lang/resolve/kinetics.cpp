// What makes, destroys and drives defects in a solve block: source, sink, react, field.
#include <fmt/format.h>

#include "lang/nearest.hpp"
#include "lang/resolve/solve.hpp"

namespace rdd::resolving {

namespace {

constexpr std::size_t most_partners = 3;  ///< on either side of a reaction

/// Over coordinates and time.
Field over_time(const SolveParts& parts) {
  return {.axes = static_cast<int>(parts.axes()), .volume = parts.volume, .time = true, .densities = nullptr};
}

/// One side of a reaction; nullopt with a diagnostic.
std::optional<std::vector<Density>> partners(SolveParts& parts, const std::vector<ast::Reference>& nodes,
                                             const std::string& what) {
  if (nodes.size() > most_partners) {
    parts.context.diagnostics.add(Code::BadEntry, parts.span(nodes[most_partners].place),
                                  fmt::format("a reaction has at most {} {}", most_partners, what));
    return std::nullopt;
  }
  std::vector<Density> result;
  for (const ast::Reference& node : nodes) {
    if (const auto density = parts.densities.find(node, parts.env())) result.push_back(*density);
  }
  return result.size() == nodes.size() ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace

void read_production(SolveParts& parts, const ast::Production& node) {
  const auto whose = parts.densities.find(node.density, parts.env());
  Field field = over_time(parts);
  field.densities = &parts.densities;
  Env env = parts.env();
  env.field = &field;
  Expressions expressions(parts.context);
  const Dimension dimension = node.sink ? dimension::rate() : parts.density() * dimension::rate();
  Expr value = expressions.quantity(node.value, env, dimension, node.sink ? "the rate of a sink" : "a source");
  if (node.where) {
    const Expr condition = expressions.quantity(*node.where, env, {}, "a condition");
    value = value && condition ? apply(expr::Operation::where, {condition, value, number(0)}) : nullptr;
  }
  if (!whose || !value) return;
  if (node.sink)
    parts.block.sinks.push_back({*whose, value, parts.span(node.place)});
  else
    parts.block.sources.push_back({*whose, value, parts.span(node.place)});
}

void read_reaction(SolveParts& parts, const ast::Reaction& node) {
  auto reactants = partners(parts, node.reactants, "reactants");
  auto products = partners(parts, node.products, "products");
  if (node.reactants.size() > most_partners) return;  // the dimension of the rate is anybody's guess
  const Field field = over_time(parts);
  Env env = parts.env();
  env.field = &field;
  // m^(n(r−1))/s: the rate times the densities of all r reactants is a density per time.
  const int others = static_cast<int>(node.reactants.size()) - 1;
  const Dimension dimension = parts.length_to(static_cast<int>(parts.axes()) * others) * dimension::rate();
  const Expr rate = Expressions(parts.context).quantity(node.rate, env, dimension, "the rate of a reaction");
  if (!reactants || !products || !rate) return;
  parts.block.reactions.push_back(
      {std::move(*reactants), std::move(*products), rate, parts.span(node.place), parts.span(place(node.rate))});
}

void read_field(SolveParts& parts, const ast::Field& node) {
  const std::string& name = node.name.text;
  if (name != "T" && name != "force") {
    const std::vector<std::string> fields{"T", "force"};
    Diagnostic& d = parts.context.diagnostics.add(Code::UnknownEntry, parts.span(node.name.place),
                                                  fmt::format("there is no field `{}`", name));
    if (const auto guess = nearest(name, fields))
      d.hint(fmt::format("did you mean `{}`?", *guess));
    else
      d.hint(fmt::format("a field is {}", choices(fields)));
    return;
  }
  if (!parts.entries.once("field " + name, node.name.place)) return;
  const Field field = over_time(parts);
  Env env = parts.env();
  env.field = &field;
  Expressions expressions(parts.context);
  const Span where = parts.span(place(node.value));
  if (name == "T") {
    parts.block.field_temperature_span = where;
    if (!expressions.thermal("T", node.name.place, env)) return;
    parts.block.field_temperature =
        expressions.quantity(node.value, env, dimension::temperature(), "the field of the temperature");
    return;
  }
  parts.block.field_force_span = where;
  const auto components = expressions.list(node.value, env, dimension::force(), "the field of the force",
                                           static_cast<std::size_t>(parts.context.model.lattice.embedding));
  if (components) parts.block.field_force = std::move(*components);
}

}  // namespace rdd::resolving
