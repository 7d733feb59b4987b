// Shared by the tests of the language: the model of the manual, and short ways from a text to a model or to drawn
// diagnostics.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "lang/parse.hpp"
#include "lang/resolve.hpp"

namespace rdd::tests {

inline const std::string crowdion =
    R"(# A bcc crowdion in two dimensions: fast glide along one direction, rare rotations between the two.
model crowdion

use std.lattices.square
use std.translations.faces

temperature 600 K

param nu     = 5 THz              # attempt frequency
param E_mig  = 0.05 eV            # glide barrier
param E_rot  = 0.45 eV +- 0.02 eV # rotation barrier, with its standard uncertainty
param stress = 0 eV/nm

lattice square(a = 0.287 nm)
translations faces

states {
  X  energy 0 eV
  Y  energy 0 eV
}

rates {
  X <-> X by [1, 0] : arrhenius(nu, E_mig)
  Y <-> Y by [0, 1] : arrhenius(nu, E_mig)
  X <-> Y           : arrhenius(nu, E_rot)
}

force [stress, 0 eV/nm]

reduce {
  bands auto          # or a number P
  order 2             # 1: the projection of the paper; 2: exact to second order in k
  error 1e-2          # epsilon of the resolution criterion
}

solve relax {
  domain   [200 nm, 200 nm]
  boundary periodic
  initial  X = gaussian(center = [100 nm, 100 nm], sigma = 8 nm)
  until    40 ns
  every    1 ns
  output   "relax.h5"
}
)";

/// The text with one part of it replaced; the part must be there.
inline std::string with(std::string text, const std::string& part, const std::string& by) {
  const std::size_t at = text.find(part);
  REQUIRE_MESSAGE(at != std::string::npos, part);
  return text.replace(at, part.size(), by);
}

inline SourcePtr source(std::string text, std::string name = "model.rdd") {
  return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
}

inline std::string drawn(const Diagnostics& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& d : diagnostics.sorted()) {
    draw(out, d);
    out << '\n';
  }
  return out.str();
}

/// Parses and resolves as the command line does.
inline std::optional<Model> model(const std::string& text, Diagnostics& diagnostics,
                                  const std::string& directory = "") {
  const auto file = parse(source(text), diagnostics);
  if (!file) return std::nullopt;
  return resolve(*file, directory, diagnostics);
}

/// The model of a text without mistakes.
inline Model good(const std::string& text, const std::string& directory = "") {
  Diagnostics diagnostics;
  std::optional<Model> result = model(text, diagnostics, directory);
  REQUIRE_MESSAGE(result, drawn(diagnostics));
  return *result;
}

/// The only diagnostic of a text with one mistake.
inline Diagnostic mistake(const std::string& text, const std::string& directory = "") {
  Diagnostics diagnostics;
  const bool resolved = model(text, diagnostics, directory).has_value();
  INFO(drawn(diagnostics));
  CHECK_FALSE(resolved);
  REQUIRE(diagnostics.sorted().size() == 1);
  return diagnostics.sorted().front();
}

}  // namespace rdd::tests
