// The waves of a box: what transport with constant coefficients multiplies by a small matrix each, and the transforms
// between a field and their amplitudes.
//
// Between periodic sides these are plane waves. Between walls they are standing ones, and the walls say which: a
// density with no flux through its walls continues evenly beyond them, one that vanishes there oddly. On [0, L] that
// leaves
//
//   low wall     high wall    wave             k           FFTW, for values at the cells' centres
//   reflecting   reflecting   cos kx           πj/L        REDFT10 and back by REDFT01   j = 0 … n − 1
//   absorbing    absorbing    sin kx           πj/L        RODFT10 and back by RODFT01   j = 1 … n
//   reflecting   absorbing    cos kx           π(j+½)/L    REDFT11, its own inverse      j = 0 … n − 1
//   absorbing    reflecting   sin kx           π(j+½)/L    RODFT11, its own inverse      j = 0 … n − 1
//
// A second derivative multiplies any of them by −k², and so does the stencil of central differences by −(2/h)²
// sin²(kh/2), walls included: its mirror cells are these very continuations. A first derivative turns sine to cosine,
// so drift along a walled axis and mixed derivatives with it have no place here (`mixes_waves`); everything else has,
// whatever the number of components (docs/theory.md, section 5).
#pragma once

#include <Eigen/Core>
#include <array>
#include <complex>
#include <memory>
#include <string>
#include <vector>

#include "runtime/reduction/continuum.hpp"
#include "runtime/solve/grid.hpp"

namespace rdd {

/// A wave vector, 1/m, for terms with an even number of derivatives along an axis and for those with an odd one. The
/// second is 0 along walled axes, and for the highest wave of a periodic axis with an even number of points: ±π/h is
/// one mode there, cos(πx/h), whose slope vanishes at every point.
struct Wave {
  std::array<double, 3> k{}, odd{};
};

/// What differences on the grid see of a wave: (2/h) sin(kh/2) for k, sin(kh)/h where the power is odd; those of fourth
/// order √(1 + sin²(kh/2)/3) and (4 − cos kh)/3 times as much.
Wave on_grid(const Wave& wave, const Grid& grid);

/// Limited drift lies between central differences and those from one side, which add a diffusion of |C_pp| h/2 (`share`
/// ½). Its slopes may make it as much stiffer as a share of 1. Other schemes add none.
Coefficients with_upwind_diffusion(Coefficients coefficients, const Grid& grid, double share);

/// S = Q + i Σ_a C_a k_a − Σ_ab D_ab k_a k_b (P, P), 1/s: what the equation multiplies the amplitudes of a wave by.
Eigen::MatrixXcd symbol(const Coefficients& coefficients, const Wave& wave, int dimension);

/// Does the equation turn one wave of the box into another, so that `symbol` is not all of it? Empty if not; otherwise
/// what does, for a reader: "drift along x, which has walls".
std::string mixes_waves(const Coefficients& coefficients, const Grid& grid);

class Waves {
 public:
  Waves(const Grid& grid, int components);
  ~Waves();
  Waves(const Waves&) = delete;
  Waves& operator=(const Waves&) = delete;

  /// What transforms in this program: "FFTW" (waves_fftw.cpp), or "transforms of its own" (waves_plain.cpp).
  static const char* transforms();

  /// Waves kept: of two conjugate ones, one.
  std::size_t modes() const { return modes_; }
  Wave wave(std::size_t mode) const;
  /// Is the uniform density one of them? It is wave 0 then, and its amplitude is the mean.
  bool uniform() const { return uniform_; }

  /// The amplitudes of a field into `amplitudes()`.
  void analyse(const double* field);
  /// The field of the amplitudes, which are lost.
  void synthesise(double* field);
  /// [component][mode]
  std::complex<double>* amplitudes() { return amplitudes_; }

 private:
  // FFTW's plans and arrays (waves_fftw.cpp), or what does without FFTW (waves_plain.cpp): a program links one of them.
  // Walled axes are transformed first, and in the other direction last.
  struct Transforms;
  // Fills in the numbers below.
  void count_waves();

  Grid grid_;
  std::size_t size_, modes_ = 1;  // numbers of a field; waves
  std::array<long, 3> counts_{1, 1, 1};
  bool uniform_ = true;
  double scale_ = 1;                            // of a transform there and back
  std::complex<double>* amplitudes_ = nullptr;  // an array of the transforms
  std::unique_ptr<Transforms> transforms_;
};

}  // namespace rdd
