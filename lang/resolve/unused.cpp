// Parameters that nothing uses: a misspelling, or a rate that was forgotten.
#include <fmt/format.h>

#include "lang/resolve/context.hpp"

namespace rdd::resolving {

namespace {

/// Which parameters the expressions of a model look at.
class Used {
 public:
  explicit Used(std::size_t parameters) : used_(parameters, false) {}
  bool operator[](std::size_t parameter) const { return used_[parameter]; }

  void in(const Expr& expression) {
    if (!expression) return;
    if (const auto* parameter = std::get_if<expr::Parameter>(&expression->value))
      used_[static_cast<std::size_t>(parameter->index)] = true;
    if (const auto* apply = std::get_if<expr::Apply>(&expression->value)) in(apply->arguments);
  }
  void in(const std::vector<Expr>& expressions) {
    for (const Expr& expression : expressions) in(expression);
  }

 private:
  std::vector<bool> used_;
};

}  // namespace

void check_unused(Context& context, const SourcePtr& main) {
  const Model& model = context.model;
  Used used(model.parameters.size());
  for (const Parameter& parameter : model.parameters) used.in(parameter.default_value);
  for (const auto& vector : model.lattice.vectors) used.in(vector);
  for (const ModelState& state : model.states) {
    for (const Expr* e : {&state.energy, &state.entropy, &state.degeneracy, &state.weight}) used.in(*e);
    if (state.position) used.in(*state.position);
    if (state.axis) used.in(*state.axis);
  }
  for (const ModelTransition& transition : model.transitions) used.in(transition.rate);
  used.in(model.force);
  used.in(model.force_split);
  for (const SolveBlock& block : model.solves) {
    for (const auto* list : {&block.lengths, &block.cells}) used.in(*list);
    for (const Expr* e : {&block.spacing, &block.until, &block.every, &block.step}) used.in(*e);
    for (const auto& axis : block.given) {
      for (const auto& side : axis) {
        for (const BoundaryValue& given : side) used.in(given.value);
      }
    }
    for (const Initial& initial : block.initial) used.in(initial.value);
    for (const Production& source : block.sources) used.in(source.value);
    for (const Sink& sink : block.sinks) used.in(sink.rate);
    for (const Reaction& reaction : block.reactions) used.in(reaction.rate);
    used.in(block.field_temperature);
    used.in(block.field_force);
    for (const Probe& probe : block.probes) used.in(probe.place);
  }
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    const Parameter& parameter = model.parameters[i];
    if (used[i] || parameter.span.source != main || model.temperature == static_cast<int>(i)) continue;
    context.diagnostics
        .add(Code::UnusedParameter, parameter.span,
             fmt::format("the {} `{}` is used nowhere", parameter.derived ? "quantity" : "parameter", parameter.name))
        .hint("leave it out, or use it where it was meant");
  }
}

}  // namespace rdd::resolving
