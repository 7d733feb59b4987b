// Model -> text: a stable listing, made to be read and to be compared by `diff`.
#include <fmt/format.h>

#include "lang/print.hpp"

namespace rdd {

namespace {

class Listing {
 public:
  explicit Listing(const Model& model) : model_(model) {
    for (const Parameter& parameter : model.parameters) names_.push_back(parameter.name);
  }

  std::string run() {
    line("model {}  # {}", model_.name, model_.hash);
    parameters();
    shape();
    states();
    transitions();
    if (!model_.force.empty()) {
      line("\nforce {} N split {}", list(model_.force), model_.force_split ? show(model_.force_split) : "0.5");
    }
    line("\nreduce  # bands {}, order {}, error {}",
         model_.reduce.bands ? fmt::format("{}", *model_.reduce.bands) : "auto", model_.reduce.order,
         model_.reduce.error);
    for (const SolveBlock& block : model_.solves) solve(block);
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    out_ += fmt::format(format, std::forward<Arguments>(arguments)...) + "\n";
  }
  std::string show(const Expr& e) const { return text(e, names_); }
  std::string list(const std::vector<Expr>& items) const {
    std::string result;
    for (const Expr& item : items) result += (result.empty() ? "" : ", ") + show(item);
    return "[" + result + "]";
  }
  std::string cell(const std::array<int, 3>& c) const {
    return fmt::format("[{}]", fmt::join(c.begin(), c.begin() + model_.lattice.dimension, ", "));
  }

  void parameters() {
    line("\nparameters  # SI units");
    for (const Parameter& p : model_.parameters) {
      std::string text = fmt::format("  {} {} = {}", p.derived ? "let" : "param", p.name, show(p.default_value));
      if (const std::string unit = si_unit(p.dimension); !unit.empty()) text += " " + unit;
      if (p.uncertainty) text += fmt::format(" +- {}", *p.uncertainty);
      if (p.range) text += fmt::format(" in [{}, {}]", (*p.range)[0], (*p.range)[1]);
      line("{}", text);
    }
  }

  void shape() {
    line("\nlattice  # {} of {}, m", model_.lattice.dimension, model_.lattice.embedding);
    for (const auto& vector : model_.lattice.vectors) line("  {}", list(vector));
    for (const SpecialPoint& p : model_.lattice.points)
      line("  point {} = [{}]", p.name,
           fmt::join(p.fractions.begin(), p.fractions.begin() + model_.lattice.dimension, ", "));
    for (const auto& piece : model_.lattice.path) line("  path {}", fmt::join(piece, " - "));
    if (model_.translations) {
      line("\ntranslations");
      for (const auto& t : *model_.translations) line("  {}", cell(t));
    }
    if (model_.symmetry) {
      const ModelSymmetry& s = *model_.symmetry;
      line("\nsymmetry {}  # {} operations; declared: {} of {} states, {} of {} rates", s.name, s.operations.size(),
           s.declared_states, model_.states.size(), s.declared_transitions, model_.transitions.size());
    }
  }

  void states() {
    line("\nstates  # {}; J, J/K", model_.states.size());
    for (const ModelState& state : model_.states) {
      std::string text = "  " + state.name;
      if (state.position) text += " at " + list(*state.position);
      if (state.axis) text += " axis " + list(*state.axis);
      if (state.energy) text += " energy " + show(state.energy);
      if (state.entropy) text += " entropy " + show(state.entropy);
      if (state.degeneracy) text += " degeneracy " + show(state.degeneracy);
      if (state.weight) text += " weight " + show(state.weight);
      line("{}", text);
    }
  }

  void transitions() {
    line("\nrates  # {}; 1/s", model_.transitions.size());
    for (const ModelTransition& t : model_.transitions) {
      line("  {} {} {} by {} : {}", model_.states[static_cast<std::size_t>(t.from)].name, t.reversible ? "<->" : "->",
           model_.states[static_cast<std::size_t>(t.to)].name, cell(t.cell), show(t.rate));
    }
  }

  std::string density(const Density& d, const SolveBlock& block) const {
    return density_name(d, model_, block.species);
  }
  std::string sum(const std::vector<Density>& densities, const SolveBlock& block) const {
    std::string result;
    for (const Density& d : densities) result += (result.empty() ? "" : " + ") + density(d, block);
    return result.empty() ? "0" : result;
  }

  std::string probe(const Probe& p, const SolveBlock& block) const {
    static constexpr const char* kinds[] = {"integral", "mean", "variance", "at"};
    std::string first;
    if (p.kind == Probe::Kind::mean || p.kind == Probe::Kind::variance) first = std::string(1, "xyz"[p.axis]) + ", ";
    if (p.kind == Probe::Kind::at) first = list(p.place) + ", ";
    return fmt::format("{}({}{})", kinds[static_cast<int>(p.kind)], first, density(p.density, block));
  }

  void boundary(const SolveBlock& block) {
    static constexpr const char* sides[] = {"periodic", "absorbing", "reflecting"};
    static constexpr const char* kinds[] = {"value", "flux", "absorbing"};
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(model_.lattice.dimension); ++axis) {
      line("  boundary {0}.low: {1}, {0}.high: {2}", "xyz"[axis], sides[static_cast<int>(block.sides[axis][0])],
           sides[static_cast<int>(block.sides[axis][1])]);
      for (std::size_t end = 0; end < 2; ++end) {
        for (const BoundaryValue& value : block.given[axis][end]) {
          line("  boundary {}.{}: {}({} = {})", "xyz"[axis], end == 0 ? "low" : "high",
               kinds[static_cast<int>(value.kind)], density(value.density, block), show(value.value));
        }
      }
    }
  }

  void kinetics(const SolveBlock& block) {
    for (const Production& source : block.sources)
      line("  source {} = {}", density(source.density, block), show(source.value));
    for (const Sink& sink : block.sinks) line("  sink {} = {}", density(sink.density, block), show(sink.rate));
    for (const Reaction& reaction : block.reactions) {
      line("  react {} -> {} : {}", sum(reaction.reactants, block), sum(reaction.products, block), show(reaction.rate));
    }
    if (block.field_temperature) line("  field T = {}", show(block.field_temperature));
    if (!block.field_force.empty()) line("  field force = {}", list(block.field_force));
  }

  void solve(const SolveBlock& block) {
    static constexpr const char* schemes[] = {"auto", "central", "fourth", "limited"};
    static constexpr const char* methods[] = {"auto", "exponential", "explicit", "implicit", "imex"};
    line("\nsolve {}  # SI units", block.name);
    if (block.lengths.empty())
      line("  cells {}", list(block.cells));
    else
      line("  domain {}", list(block.lengths));
    if (!block.grid.empty()) line("  grid [{}]", fmt::join(block.grid, ", "));
    if (block.spacing) line("  spacing {}", show(block.spacing));
    for (const Species& species : block.species)
      line("  species {} = {}  # {}", species.name, species.model->name, species.model->hash);
    boundary(block);
    for (const Initial& initial : block.initial)
      line("  initial {} = {}", density(initial.density, block), show(initial.value));
    kinetics(block);
    line("  until {}", block.steady ? "steady" : show(block.until));
    if (block.every) line("  every {}", show(block.every));
    line("  step {}", block.step ? show(block.step) : "auto");
    line("  method {}", methods[static_cast<int>(block.method)]);
    if (block.exact_symbol) line("  symbol exact");
    if (block.scheme != Scheme::automatic) line("  scheme {}", schemes[static_cast<int>(block.scheme)]);
    if (block.fused) line("  arithmetic fused");
    line("  tolerance {}", block.tolerance);
    for (const Probe& p : block.probes) line("  probe {} = {}", p.name, probe(p, block));
    if (!block.output.empty()) line("  output \"{}\"", block.output);
    if (!block.thin.empty()) line("  thin [{}]", fmt::join(block.thin, ", "));
    if (block.checkpoint) line("  checkpoint every {}  # of the clock", show(block.checkpoint));
  }

  const Model& model_;
  std::vector<std::string> names_;
  std::string out_;
};

}  // namespace

std::string density_name(const Density& density, const Model& model, const std::vector<Species>& species) {
  const Species* const other = density.species < 0 ? nullptr : &species[static_cast<std::size_t>(density.species)];
  const std::string prefix = other ? other->name + "." : "";
  if (density.kind == Density::Kind::all) return prefix + "all";
  if (density.kind == Density::Kind::coarse) return fmt::format("{}coarse[{}]", prefix, density.index);
  return prefix + (other ? *other->model : model).states[static_cast<std::size_t>(density.index)].name;
}

std::string text(const Model& model) {
  return Listing(model).run();
}

}  // namespace rdd
