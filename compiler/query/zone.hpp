// Wave vectors as statements name them: paths from one special point to the next, and meshes of the whole zone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/query/statement.hpp"
#include "runtime/zone/mesh.hpp"

namespace rdd {

/// The points that a lattice names, and its path. Where it names none, those that every lattice has: Γ and the halves
/// of reciprocal vectors, by the names of triclinic lattices [SC10].
struct SpecialPoints {
  std::vector<SpecialPoint> points;
  std::vector<std::vector<std::string>> path;
};
SpecialPoints special_points(const ModelLattice& lattice);

/// Wave vectors along a path, in unbroken pieces one after the other.
struct ZonePath {
  Eigen::MatrixXd phases;            ///< (n, K) k·a_α, radians
  std::vector<std::string> labels;   ///< (K) the names of special points, empty between them
  std::vector<Eigen::Index> starts;  ///< the column where each piece begins
  std::vector<double> distance;      ///< (K) the way from the beginning, 1/m; nothing is added between pieces
};

/// `Γ-X-M, R-X steps 40`: the words from `next` up to a file's name or the end, where `next` is then. Without points
/// the lattice's own path, without `steps` so many from one point to the next as are usual. nullopt with diagnostics.
std::optional<ZonePath> zone_path(const Subject& subject, const Asked& asked, std::size_t& next, int usual_steps,
                                  Diagnostics& diagnostics);

/// `[8, 8, 8] shifted`: the words from `next` up to a file's name or the end, where `next` is then; `usual` where there
/// are none.
std::optional<Mesh> zone_mesh(const Subject& subject, const Asked& asked, std::size_t& next, const Mesh& usual,
                              Diagnostics& diagnostics);
/// A diagnostic where a statement goes on.
bool at_end(const Asked& asked, std::size_t place, Diagnostics& diagnostics);
/// A mesh about Γ that is fine enough to see with: some ten thousand points in the zone, fewer for large networks.
Mesh usual_mesh(const RateNetwork& network);

/// "0" for what is round-off beside the fastest rate.
std::string readable_rate(double rate, double uncertainty, double fastest, int digits);

/// Adds the keys `band_min` and `band_max`, and their uncertainties; returns the latter, (2 M) of the least and then of
/// the largest rates, zero where there are none.
Eigen::VectorXd add_band_ends(Json& json, const Subject& subject, const BlochOperator& bloch, const Spectrum& spectrum);
/// Adds the uncertainty of `lambda`, as pairs for each wave vector, and returns it (M, K), zero where there is none.
Eigen::MatrixXcd add_band_uncertainty(Json& json, const Subject& subject, const BlochOperator& bloch,
                                      const Spectrum& spectrum);

/// `bands mesh …`.
std::optional<Answer> bands_over_mesh(Subject& subject, const Asked& asked, const BlochOperator& bloch,
                                      Diagnostics& diagnostics);

}  // namespace rdd
