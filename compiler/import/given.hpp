// What the command line says about a file to import, and what readers of all formats need: words with their places,
// numbers, and names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/network_description.hpp"
#include "lang/diagnostic.hpp"
#include "lang/limits.hpp"

namespace rdd::importing {

/// Options that fill in what a file does not say. Files that do say it have the last word on units; a temperature or a
/// lattice given here replaces the file's.
struct Given {
  Units units;
  std::optional<std::string> temperature;  ///< an expression of the language for a temperature
  double kelvin = 300;                     ///< its value
  int embedding = 0;                       ///< m of `vectors`
  std::vector<std::array<double, 3>> vectors;  ///< `--lattice`, in units.length; empty where not given
  std::string select;                          ///< `--select`: which network of a file that holds several
};

/// Reads the texts of `--temperature` ("300 K", or kT as "0.1 eV"), `--lattice` ("[[2.87, 0], [0, 2.87]]", bare numbers
/// in the unit of length) and of the units. False with diagnostics.
bool read_temperature(const std::string& text, Given& given, Diagnostics& diagnostics);
bool read_lattice(const std::string& text, Given& given, Diagnostics& diagnostics);
enum class UnitOf { length, energy, time };
bool read_unit(UnitOf what, const std::string& text, Given& given, Diagnostics& diagnostics);

/// A description with what was given, and no states yet.
NetworkDescription described(const Given& given);
/// Takes the lattice of the options; where there is none, cells of one unit of length along Cartesian axes, with a
/// warning. False with a diagnostic where the given one has another number of vectors than `dimension`.
bool use_given_lattice(NetworkDescription& network, const Given& given, int dimension, const Span& place,
                       Diagnostics& diagnostics);

/// A blank-separated word and its place.
struct Word {
  std::string_view text;
  Span span;
};
std::vector<Word> words(const Span& span);

/// The whole text as a finite number; 1.5D+02 is read as Fortran means it. nullopt where it is none.
std::optional<double> number(std::string_view text);
std::optional<int> integer(std::string_view text);

/// Translations and fractions of positions in files beyond this many cells are mistakes. Positions are moved into the
/// home cell afterwards, which adds up to two of them to a translation: what is written stays within the language's own.
constexpr int most_cells = limits::cells / 4;

/// The word as a number or integer, with a diagnostic that says what was expected.
std::optional<double> number(const Word& word, std::string_view what, Diagnostics& diagnostics);
std::optional<int> integer(const Word& word, std::string_view what, Diagnostics& diagnostics);

/// A name of the language as near to the text as can be: letters, digits and `_`, neither reserved nor, unless it is that
/// of a state, a unit.
std::string legal_name(std::string_view text, std::string_view fallback, bool state = false);
/// The file's name without folders and extensions, as a legal name.
std::string model_name(const Source& source);

/// "file.xml" of a path.
std::string file_name(const Source& source);

/// An error in the imported file.
Diagnostic& malformed(Diagnostics& diagnostics, Span place, std::string message);

}  // namespace rdd::importing
