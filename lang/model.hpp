// Model: what a file means. Names are indices, quantities SI, dimensions checked, tables read, `<->` kept as a flag.
// Rates are still expressions over the parameters: one Model serves every temperature, stress and barrier.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/dimension.hpp"
#include "lang/expr.hpp"
#include "lang/source.hpp"
#include "lang/symmetry/space_group.hpp"

namespace rdd {

struct Model;

struct Parameter {
  std::string name;
  Expr default_value;  ///< may use earlier parameters; see parameter_values
  Dimension dimension;
  std::optional<double> uncertainty;           ///< standard uncertainty, SI
  std::optional<std::array<double, 2>> range;  ///< allowed values, SI
  bool derived = false;                        ///< declared by `let`: cannot be set
  Span span;                                   ///< of the name
};

/// A named wave vector k = Σ_α f_α b_α, b the reciprocal vectors: its phases k·a_α are 2π f_α.
struct SpecialPoint {
  std::string name;
  std::array<double, 3> fractions{};
};

struct ModelLattice {
  int dimension = 0;                       ///< n, number of primitive vectors, 1 to 3
  int embedding = 0;                       ///< m, Cartesian dimensions, n ≤ m ≤ 3
  std::vector<std::vector<Expr>> vectors;  ///< n vectors of m components, m
  std::vector<SpecialPoint> points;
  std::vector<std::vector<std::string>> path;  ///< the usual way through the zone, in unbroken pieces
  Span span;
};

struct ModelState {
  std::string name;
  std::optional<std::vector<Expr>> position;  ///< `at`: n fractions of the primitive vectors
  std::optional<std::vector<Expr>> axis;      ///< `axis`: m Cartesian components of a direction without head or tail
  Expr energy;                                ///< J; null where not given
  Expr entropy;                               ///< J/K; null where not given
  Expr degeneracy;                            ///< null where not given
  Expr weight;                                ///< `weight w`: π up to a common factor; null where not given
  Span span;
};

/// A symmetry that states and transitions have been completed by already.
struct ModelSymmetry {
  std::string name;                        ///< of the group, "auto", or empty for matrices
  std::vector<SpaceOperation> operations;  ///< all of them, the identity first
  std::size_t declared_states = 0;
  std::size_t declared_transitions = 0;
  Span span;
};

struct ModelTransition {
  int from = 0;
  int to = 0;
  std::array<int, 3> cell{};  ///< displacement of the defect in cells (`by`)
  Expr rate;                  ///< 1/s, without force
  bool reversible = false;    ///< `<->`: the reverse follows from the weights
  Span span;                  ///< the declaration, or the row of a table
  Span rate_span;             ///< the law
};

struct ReduceOptions {
  std::optional<int> bands;  ///< P; nothing for `auto`
  int order = 2;
  double error = 1e-2;  ///< ε of the resolution criterion
  Span span;
  Span bands_span;
};

enum class Side { periodic, absorbing, reflecting };
enum class Method { automatic, exponential, explicit_, implicit, imex };

/// How fluxes are found from densities: central differences of second or fourth order, or a limited flux that makes no
/// new extrema where drift dominates.
enum class Scheme { automatic, central, fourth, limited };

/// Whose density: an original state, a coarse state (`coarse[0]`), or `all` (the stationary mix; in probes and in
/// expressions the sum).
struct Density {
  enum class Kind { state, coarse, all } kind = Kind::all;
  int index = 0;
  Span span;
  int species = -1;  ///< index into SolveBlock::species; −1 for this model
};

/// Another model whose defects live in the same domain: `species i = "interstitial.rdd"`.
struct Species {
  std::string name;
  std::shared_ptr<const Model> model;
  Span span;
};

/// What a side prescribes for one density, over coordinates, t and parameters. Densities it does not name are as the
/// side itself is.
struct BoundaryValue {
  enum class Kind {
    value,   ///< the density on the wall, 1/m^n
    flux,    ///< what comes in through the wall, 1/(m^(n−1) s)
    surface  ///< `absorbing(X = κ)`: what leaves through the wall is κ times the density on it; κ in m/s
  } kind = Kind::value;
  Density density;
  Expr value;
  Span span;
};

/// `source X = …`: production, 1/(m^n s), over coordinates, t, densities and parameters.
struct Production {
  Density density;
  Expr value;
  Span span;
};

/// `sink X = RATE [where CONDITION]`: first-order loss, 1/s, over coordinates, t, densities and parameters.
struct Sink {
  Density density;
  Expr rate;  ///< `where CONDITION` is part of it: where(condition, rate, 0)
  Span span;
};

/// `react A + B -> C : k`, mass action: k · density(A) · density(B) of each reactant is lost and of each product made.
struct Reaction {
  std::vector<Density> reactants;  ///< one to three; twice the same for A + A
  std::vector<Density> products;   ///< none for `-> 0`
  Expr rate;                       ///< m^(n(r−1))/s for r reactants; over coordinates, t and parameters
  Span span, rate_span;
};

struct Initial {
  Density density;
  Expr value;  ///< over coordinates and parameters, 1/m^n
  Span span;
};

struct Probe {
  enum class Kind { integral, mean, variance, at } kind = Kind::integral;
  std::string name;
  Density density;
  int axis = 0;             ///< mean, variance
  std::vector<Expr> place;  ///< at
  Span span;
};

struct SolveBlock {
  std::string name;
  std::vector<Expr> lengths;                   ///< `domain`, m; empty where `cells` is given
  std::vector<Expr> cells;                     ///< `cells`, numbers of lattice cells
  std::vector<int> grid;                       ///< points; empty: from spacing, or the resolution of the reduction
  Expr spacing;                                ///< m; null where not given
  std::array<std::array<Side, 2>, 3> sides{};  ///< [axis][low, high]
  std::array<std::array<std::vector<BoundaryValue>, 2>, 3> given;  ///< beyond what `sides` says of all densities
  std::vector<Initial> initial;
  std::vector<Production> sources;
  std::vector<Sink> sinks;
  std::vector<Reaction> reactions;
  Expr field_temperature;         ///< `field T = …`, K, over coordinates and t; null: the model's
  std::vector<Expr> field_force;  ///< `field force = […]`, m components, N; empty: the model's
  std::vector<Species> species;
  Scheme scheme = Scheme::automatic;
  bool fused = false;  ///< `arithmetic fused`: kernels may add a product in one operation
  Expr until;           ///< s; null where `steady`
  bool steady = false;  ///< `until steady`: the state that no longer changes
  Expr every;           ///< s; null: only the first and last time
  Expr step;            ///< s; null: automatic
  Method method = Method::automatic;
  bool exact_symbol = false;  ///< `symbol exact`: the slow bands themselves, not their expansion in k
  double tolerance = 1e-6;
  std::string output;     ///< path of the HDF5 file; empty: `<model>.<solve>.h5`
  std::vector<int> thin;  ///< cells of the grid along each axis that make one in the file; empty: 1
  Expr checkpoint;        ///< s of the clock; null where not given
  std::vector<Probe> probes;
  Span span;  ///< of the block's head
  Span domain_span, grid_span, boundary_span, until_span, every_span, method_span, symbol_span, output_span, thin_span,
      checkpoint_span, scheme_span, field_temperature_span, field_force_span;
};

struct Model {
  std::string name;
  std::vector<Parameter>
      parameters;  ///< `param` and `let` in the order of declaration, and `T` where there is a temperature
  std::optional<int> temperature;  ///< index of T
  ModelLattice lattice;
  std::optional<std::vector<std::array<int, 3>>> translations;
  std::optional<ModelSymmetry> symmetry;
  std::vector<ModelState> states;
  std::vector<ModelTransition> transitions;
  std::vector<Expr> force;  ///< m components, N; empty where none
  Expr force_split;         ///< θ; null: 1/2
  ReduceOptions reduce;
  std::vector<SolveBlock> solves;
  std::vector<Span> query;  ///< statements of the `query` blocks, one span each
  Span span;                ///< of `model NAME`, or of the file's first line
  Span rates_span, states_span, force_span, temperature_span;
  std::vector<std::string> files;  ///< paths of used files and of tables, in the order they were read
  std::string hash;                ///< of all that was read (model, modules, tables), hexadecimal
};

}  // namespace rdd
