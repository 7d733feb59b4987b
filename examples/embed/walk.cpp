// A model written in C++: a walk on a square lattice, and a defect that is bound to a trap for a while.
//
// For the walk alone D = Γ a² with Γ the rate of each of the four jumps: the closed form is printed beside what rdd
// finds.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <rdd/rdd.hpp>

using namespace rdd::builder;

int main() {
  auto m = rdd::model("walk");
  auto nu = m.param("nu", 5_THz);
  auto E = m.param("E_mig", 0.4_eV).uncertainty(0.02_eV).range(0.1_eV, 1_eV);
  m.temperature(600_K).use("std.lattices.square").lattice("square", {{"a", 0.3_nm}});
  m.state("X", energy(0_eV), at(0, 0));
  for (const auto& jump : {by(1, 0), by(0, 1)}) m.reversible("X", "X", jump, arrhenius(nu, E));
  m.solve("spread")
      .domain({60_nm, 60_nm})
      .grid({40, 40})
      .boundary(rdd::Side::reflecting)
      .initial("X", gaussian({30_nm, 30_nm}, 4_nm))
      .until(50_us / 1000)
      .probe("width", variance("x"));

  // What is wrong with a model is a value: the same words as on the command line, with the line the builder wrote.
  rdd::Diagnostics diagnostics;
  const auto model = m.resolve(diagnostics);
  std::cerr << rdd::describe(diagnostics);
  if (!model) return 1;
  std::cout << m.text() << '\n';

  for (const double T : {600.0, 900.0}) {
    const auto study = rdd::study(*model, {rdd::setting("T", quantity(T, "K"))}, diagnostics);
    if (!study) {
      std::cerr << rdd::describe(diagnostics);
      return 1;
    }
    const double kB = 1.380649e-23, eV = 1.602176634e-19, a = 0.3e-9;
    const double closed_form = 5e12 * std::exp(-0.4 * eV / (kB * T)) * a * a;
    std::printf("T = %.0f K: D = %.12e m^2/s, closed form %.12e\n", T, study->diffusion()(0, 0), closed_form);
  }

  // The reduced equation, its kernel compiled in memory.
  const auto study = rdd::study(*model, {}, diagnostics);
  auto spread = study->simulation("spread", {}, diagnostics);
  if (!spread) {
    std::cerr << rdd::describe(diagnostics);
    return 1;
  }
  const double before = spread->probe("width");
  spread->run();
  std::printf("variance grew by %.6e m^2, 2 D t = %.6e\n", spread->probe("width") - before,
              2 * study->diffusion()(0, 0) * spread->time());

  // A model as text in the program, and a mistake in it.
  using namespace rdd::literals;
  const auto typo = R"(
model typo
use std.lattices.chain
lattice chain(a = 0.3 nm)
temperature 300 K
param E_mig = 0.5 eV
states { X }
rates { X <-> X by [1] : arrhenius(1 THz, E_mgi) }
)"_rdd;
  rdd::Diagnostics mistakes;
  if (!typo.resolve(mistakes)) std::cout << rdd::describe(mistakes);
}
