// What every importer makes of a file of another program: a network as its author would describe it, before it becomes
// a text of the language. Plain values in the units of the file, so that numbers are written as they were read.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace rdd::importing {

/// One unit of a file: its name in the language and what it is worth in SI.
struct FileUnit {
  std::string name;
  double si = 1;
};

struct Units {
  FileUnit length{"angstrom", 1e-10};
  FileUnit energy{"eV", 1.602176634e-19};
  FileUnit time{"ps", 1e-12};
};

using Cell = std::array<int, 3>;  ///< in primitive vectors; unused entries are 0

/// A rate as the language writes it.
///
///     constant    k = prefactor
///     arrhenius   k = prefactor exp(−energy/kT), the energy being the barrier from the state that is left
///     saddle      k = prefactor exp(−(energy − E_i)/kT) / (g_i exp(S_i)), the energy being that of the saddle
struct Law {
  enum class Kind { constant, arrhenius, saddle } kind = Kind::constant;
  double prefactor = 0;  ///< 1/time, > 0
  double energy = 0;
  friend bool operator==(const Law&, const Law&) = default;
};

struct State {
  std::string name;
  std::optional<std::array<double, 3>> position;  ///< fractions of the primitive vectors
  std::optional<std::array<double, 3>> axis;      ///< a direction without head or tail, Cartesian
  double energy = 0;
  double entropy = 0;     ///< in kB
  double degeneracy = 1;  ///< g_i, or the weight where Balance::weights
};

/// From a state in a cell to a state in the cell displaced by `cell`; several laws are several ways over.
struct Jump {
  int from = 0;
  int to = 0;
  Cell cell{};
  std::vector<Law> laws;
  bool reversible = false;  ///< stands for its reverse, too, which follows from the states' weights
};

/// Where the states' weights come from.
enum class Balance {
  none,      ///< nothing is known: the stationary distribution of the rates
  weights,   ///< given as such
  energies,  ///< g_i exp(S_i) exp(−E_i/kT)
};

struct NetworkDescription {
  std::string name;                 ///< a name of the language
  std::vector<std::string> origin;  ///< where it comes from: lines of the comment at the head
  Units units;
  std::string temperature = "300 K";  ///< an expression of the language
  double kelvin = 300;                ///< its value
  int dimension = 0;                  ///< n primitive vectors
  int embedding = 0;                  ///< in m Cartesian dimensions
  std::vector<std::array<double, 3>> vectors;
  Balance balance = Balance::none;
  std::vector<State> states;
  std::vector<Jump> jumps;
  double energy_tolerance = 1e-9;    ///< relative: how far forward and backward energies may disagree, being rounded
  double prefactor_tolerance = 1e-9;  ///< relative
};

/// Adds one way of getting from a state to another, and nothing for the way back.
void add_jump(NetworkDescription& network, int from, int to, const Cell& cell, const Law& law);

/// Adds the way back that is in detailed balance with a law, from `to` to `from` by the negated cell. False where there is
/// none that holds at every temperature: a constant rate between states of different energies.
bool add_reverse(NetworkDescription& network, int from, int to, const Cell& cell, const Law& law);

/// What a law says of both directions at once: forward and backward rates are in detailed balance exactly where these
/// agree. nullopt for a constant rate between states with energies: it holds at one temperature only.
struct SaddleForm {
  double prefactor = 0;  ///< of π_i k_ij without its Boltzmann factor
  double energy = 0;     ///< of the saddle
};
std::optional<SaddleForm> saddle_form(const NetworkDescription& network, int from, const Law& law);

/// Brings the jumps into order: ways over between the same two states by the same translation become the laws of one
/// jump, and a jump whose reverse is in detailed balance with it becomes one reversible jump. Weights that do not balance
/// all jumps are dropped: the stationary distribution of the rates takes their place. Positions are wrapped into the cell.
void tidy(NetworkDescription& network);

/// k of a law at the description's temperature, 1/s.
double rate(const NetworkDescription& network, int from, const Law& law);
/// log of the weight of a state at that temperature, up to a common constant.
double log_weight(const NetworkDescription& network, int state);

}  // namespace rdd::importing
