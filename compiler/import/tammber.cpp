#include "compiler/import/tammber.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <tuple>

#include "compiler/import/place_states.hpp"

namespace rdd::importing {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr int order = 48;  // of the group of the cube

// Operation 6 R + P of TAMMBER: R turns the signs of no axis, of x, y or z, of xy, yz or zx, of all three; P then
// permutes the axes: P mod 3 times cyclically, and x with y before that if P > 2.
Matrix3d operation(int op) {
  const int R = op / 6, P = op % 6;
  Vector3d signs = Vector3d::Ones();
  const int turned = R == 0 ? 0 : 1 + (R - 1) / 3;
  for (int i = 0; i < turned; ++i) signs((R - 1 + i) % 3) = -1;
  Matrix3d result = Matrix3d::Zero();
  for (int i = 0; i < 3; ++i) {
    const int row = P >= 3 && i < 2 ? 1 - i : i;
    const int column = (i + P) % 3;
    result(row, column) = signs(column);
  }
  return result;
}

// The group of the cube, with its products.
struct CubeGroup {
  std::array<Matrix3d, order> matrices;
  std::array<std::array<int, order>, order> product{};

  CubeGroup() {
    for (int i = 0; i < order; ++i) matrices[static_cast<std::size_t>(i)] = operation(i);
    for (std::size_t i = 0; i < order; ++i)
      for (std::size_t j = 0; j < order; ++j) {
        const Matrix3d both = matrices[i] * matrices[j];
        const auto found = std::ranges::find_if(matrices, [&](const Matrix3d& m) { return m.isApprox(both); });
        product[i][j] = static_cast<int>(found - matrices.begin());
      }
  }
};

const CubeGroup& cube() {
  static const CubeGroup group;
  return group;
}

struct Vertex {
  std::string label;
  double energy = 0;
  std::optional<Word> temperature;
  std::set<int> symmetries;              // operations that leave the defect as it is
  std::array<int, order> orientation{};  // of the defect turned by each operation: 0, 1, …
  int orientations = 1;
  int first_state = 0;
  std::optional<Vector3d> axis;  // that tells its orientations apart, as far as they can be
  struct Seen {
    int operation;
    Vector3d shift;
  };
  std::map<std::string, Seen, std::less<>> seen;
};

class Reader {
 public:
  Reader(const SourcePtr& source, const Given& given, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), network_(described(given)), given_(given) {}

  std::optional<NetworkDescription> run() {
    network_.units = Units{};
    pugi::xml_document document;
    const std::string& text = source_->text;
    const pugi::xml_parse_result parsed =
        document.load_buffer(text.data(), text.size(), pugi::parse_minimal, pugi::encoding_utf8);
    if (!parsed) {
      const auto at = std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)), text.size());
      malformed(diagnostics_, {source_, at, std::min(at + 1, text.size())}, "this is not well-formed XML")
          .here(parsed.description());
      return std::nullopt;
    }
    const pugi::xml_node root = document.child("MarkovModel");
    if (!root) {
      malformed(diagnostics_, {source_, 0, 0}, "the file has no element <MarkovModel>");
      return std::nullopt;
    }
    if (!lattice(root)) return std::nullopt;
    for (const pugi::xml_node node : root.children("Vertex"))
      if (!vertex(node)) return std::nullopt;
    if (vertices_.empty()) {
      malformed(diagnostics_, place(root), "the model has no <Vertex>");
      return std::nullopt;
    }
    states();
    for (const pugi::xml_node node : root.children("Edge"))
      if (!edge(node)) return std::nullopt;
    if (moves_.empty()) {
      malformed(diagnostics_, place(root), "the model has no <Edge>: nothing moves");
      return std::nullopt;
    }
    if (!positions(root)) return std::nullopt;
    head();
    tidy(network_);
    return std::move(network_);
  }

 private:
  Span place(const pugi::xml_node& node) const {
    const auto at =
        std::min(static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0)), source_->text.size());
    return {source_, at, std::min(at + std::char_traits<char>::length(node.name()), source_->text.size())};
  }

  // The words of an element's text, taken from the file itself so that each has its place.
  std::vector<Word> text(const pugi::xml_node& node) const {
    std::vector<Word> all;
    for (const pugi::xml_node child : node.children()) {
      if (child.type() != pugi::node_pcdata || child.offset_debug() < 0) continue;
      const auto begin = static_cast<std::size_t>(child.offset_debug());
      const std::size_t end = std::min(source_->text.find('<', begin), source_->text.size());
      if (begin >= end) continue;
      const auto more = words({source_, begin, end});
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  bool expect(bool good, const pugi::xml_node& node, std::string_view what) {
    if (!good) malformed(diagnostics_, place(node), fmt::format("<{}> holds {}", node.name(), what));
    return good;
  }

  // The child of this name; an error where it is missing.
  pugi::xml_node child(const pugi::xml_node& node, const char* name) {
    const pugi::xml_node found = node.child(name);
    if (!found) malformed(diagnostics_, place(node), fmt::format("<{}> has no <{}>", node.name(), name));
    return found;
  }

  bool numbers(const std::vector<Word>& from, std::size_t first, std::size_t count, double* values) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = number(from[first + i], "a number", diagnostics_);
      if (!value || std::abs(*value) > 1e12) {
        if (value) malformed(diagnostics_, from[first + i].span, "this number is out of any range");
        return false;
      }
      values[i] = *value;
    }
    return true;
  }

  // A 3 × 3 matrix, as TAMMBER multiplies it: its columns are vectors.
  bool matrix(const pugi::xml_node& node, Matrix3d& result) {
    const auto all = text(node);
    double values[9];
    if (!expect(all.size() == 9, node, "nine numbers") || !numbers(all, 0, 9, values)) return false;
    result = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(values);
    if (std::abs(result.determinant()) > 1e-9) return true;
    malformed(diagnostics_, place(node), fmt::format("the vectors of <{}> span no volume", node.name()));
    return false;
  }

  bool lattice(const pugi::xml_node& root) {
    const pugi::xml_node node = child(root, "Lattice"), unit_cell = child(root, "UnitCell"),
                         super_cell = child(root, "SuperCell");
    if (!node || !unit_cell || !super_cell) return false;
    const auto given = text(node);
    double a = 0;
    if (!expect(!given.empty(), node, "the lattice constant and the structure") || !numbers(given, 0, 1, &a))
      return false;
    if (!(a > 1e-6)) {
      malformed(diagnostics_, given[0].span, "the lattice constant must be positive");
      return false;
    }
    if (!matrix(unit_cell, unit_cell_)) return false;
    structure_ = given.size() > 1 ? std::string(given[1].text.substr(0, 20)) : std::string();
    Matrix3d primitive = unit_cell_;
    if (structure_ == "bcc")
      primitive = Matrix3d::Constant(0.5) - Matrix3d::Identity();
    else if (structure_ == "fcc")
      primitive = Matrix3d::Constant(0.5) - 0.5 * Matrix3d::Identity();
    else if (const pugi::xml_node own = root.child("PrimitiveUnitCell"); own && !matrix(own, primitive))
      return false;
    unit_cell_ *= a;
    primitive_ = a * primitive;

    const auto cells = text(super_cell);
    double values[9];
    if (!expect(cells.size() == 3 || cells.size() == 9, super_cell, "three numbers of cells or nine numbers") ||
        !numbers(cells, 0, cells.size(), values))
      return false;
    if (cells.size() == 3)
      super_cell_ = unit_cell_ * Eigen::Map<const Vector3d>(values).asDiagonal();
    else
      super_cell_ = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(values) * primitive_;
    if (!(std::abs(super_cell_.determinant()) > 1e-9)) {
      malformed(diagnostics_, place(super_cell), "the supercell has no volume");
      return false;
    }
    network_.dimension = network_.embedding = 3;
    for (int i = 0; i < 3; ++i) network_.vectors.push_back({primitive_(0, i), primitive_(1, i), primitive_(2, i)});
    return true;
  }

  // Rows `operation sx sy sz`, each after `before` words of its own.
  bool operations(const pugi::xml_node& node, std::size_t before,
                  const std::function<void(const std::vector<Word>&, std::size_t, int, const Vector3d&)>& use) {
    const auto all = text(node);
    const std::size_t width = before + 4;
    if (!expect(all.size() % width == 0, node, fmt::format("rows of {} words", width))) return false;
    for (std::size_t row = 0; row < all.size(); row += width) {
      const auto op = integer(all[row + before], "the number of an operation", diagnostics_);
      Vector3d shift;
      if (!op || !numbers(all, row + before + 1, 3, shift.data())) return false;
      if (*op < 0 || *op >= order) {
        malformed(diagnostics_, all[row + before].span, "an operation is a number from 0 to 47");
        return false;
      }
      use(all, row, *op, shift);
    }
    return true;
  }

  bool vertex(const pugi::xml_node& node) {
    Vertex vertex;
    const auto label = text(child(node, "CanonLabel")), own = text(child(node, "ReferenceLabel"));
    if (diagnostics_.has_errors()) return false;
    if (!expect(label.size() == 1 && own.size() == 1, node, "a vertex with one label and one reference label"))
      return false;
    vertex.label = label[0].text;
    if (index_.contains(vertex.label)) {
      malformed(diagnostics_, label[0].span, "this vertex stands in the file twice");
      return false;
    }
    const pugi::xml_node energy = child(node, "Energy");
    if (!energy) return false;
    const auto value = text(energy);
    if (!expect(value.size() == 1, energy, "one number") || !numbers(value, 0, 1, &vertex.energy)) return false;
    if (const auto kelvin = text(node.child("Temperature")); kelvin.size() == 1) vertex.temperature = kelvin[0];

    vertex.symmetries.insert(0);
    if (const pugi::xml_node all = node.child("SelfSymmetries");
        all &&
        !operations(all, 0, [&](const auto&, std::size_t, int op, const Vector3d&) { vertex.symmetries.insert(op); }))
      return false;
    close(vertex.symmetries);
    number_orientations(vertex);
    if (vertex.orientations > 1) find_axis(vertex);

    vertex.seen[std::string(own[0].text)] = {0, Vector3d::Zero()};
    if (const pugi::xml_node all = node.child("SeenEquivalents");
        all && !operations(all, 1, [&](const auto& row, std::size_t at, int op, const Vector3d& shift) {
          vertex.seen[std::string(row[at].text)] = {op, shift};
        }))
      return false;
    index_[vertex.label] = vertices_.size();
    vertices_.push_back(std::move(vertex));
    return true;
  }

  // A set of operations that a run has found may lack some of their products.
  void close(std::set<int>& operations) const {
    for (bool grown = true; grown;) {
      grown = false;
      const std::vector<int> all(operations.begin(), operations.end());
      for (const int a : all)
        for (const int b : all) grown = operations.insert(times(a, b)).second || grown;
    }
  }

  // Operations that differ by a symmetry of the defect turn it the same way: left cosets, counted from the first.
  void number_orientations(Vertex& vertex) const {
    vertex.orientation.fill(-1);
    vertex.orientations = 0;
    for (int g = 0; g < order; ++g) {
      if (vertex.orientation[static_cast<std::size_t>(g)] >= 0) continue;
      for (const int s : vertex.symmetries)
        vertex.orientation[static_cast<std::size_t>(times(g, s))] = vertex.orientations;
      ++vertex.orientations;
    }
  }

  // A direction, without head or tail, that the defect's own symmetries keep and no other operation does: [110] for a
  // dumbbell along it.
  void find_axis(Vertex& vertex) const {
    for (const Vector3d& axis : {Vector3d(1, 0, 0), Vector3d(0, 1, 0), Vector3d(0, 0, 1), Vector3d(1, 1, 1),
                                 Vector3d(1, 1, 0), Vector3d(1, 1, 2), Vector3d(1, 2, 3)}) {
      for (const Matrix3d& turn : cube().matrices) {
        const Vector3d candidate = turn * axis;
        std::set<int> keep;
        for (int g = 0; g < order; ++g)
          if (std::abs((cube().matrices[static_cast<std::size_t>(g)] * candidate).dot(candidate)) >
              0.999 * candidate.squaredNorm())
            keep.insert(g);
        if (keep != vertex.symmetries) continue;
        vertex.axis = candidate;
        return;
      }
    }
  }

  int times(int a, int b) const { return cube().product[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)]; }

  void states() {
    for (std::size_t v = 0; v < vertices_.size(); ++v) {
      Vertex& vertex = vertices_[v];
      vertex.first_state = static_cast<int>(network_.states.size());
      const std::string name = vertices_.size() == 1 ? "defect" : fmt::format("defect_{}", v);
      for (int i = 0; i < vertex.orientations; ++i) {
        State state;
        state.name = vertex.orientations == 1 ? name : fmt::format("{}[{}]", name, i);
        state.energy = vertex.energy;
        if (vertex.axis) {
          const auto turn = std::ranges::find(vertex.orientation, i) - vertex.orientation.begin();
          const Vector3d axis = upright(cube().matrices[static_cast<std::size_t>(turn)] * *vertex.axis);
          state.axis = {axis(0), axis(1), axis(2)};
        }
        network_.states.push_back(std::move(state));
      }
    }
    network_.balance = Balance::energies;
    // Numbers are printed with six digits, and prefactors are estimates anyway.
    network_.energy_tolerance = 2e-5;
    network_.prefactor_tolerance = 1e-5;
  }

  // Of the two directions of an axis the one whose first component counts up; without the zeros' signs.
  static Vector3d upright(Vector3d axis) {
    for (Eigen::Index i = 0; i < 3; ++i) {
      if (axis(i) == 0) continue;
      if (axis(i) < 0) axis = -axis;
      break;
    }
    return axis + Vector3d::Zero();
  }

  bool edge(const pugi::xml_node& node) {
    const pugi::xml_node elements[] = {child(node, "CanonLabels"), child(node, "ReferenceLabels"),
                                       child(node, "Barriers"), child(node, "PreFactors")};
    std::vector<Word> pairs[4];
    for (std::size_t i = 0; i < 4; ++i) {
      if (!elements[i]) return false;
      pairs[i] = text(elements[i]);
      if (!expect(pairs[i].size() == 2, elements[i], "two entries, there and back")) return false;
    }
    const Vertex* ends[2];
    Vertex::Seen seen[2];
    for (std::size_t i = 0; i < 2; ++i) {
      const auto vertex = index_.find(std::string(pairs[0][i].text));
      if (vertex == index_.end()) {
        malformed(diagnostics_, pairs[0][i].span, "no vertex has this label");
        return false;
      }
      ends[i] = &vertices_[vertex->second];
      const auto found = ends[i]->seen.find(pairs[1][i].text);
      if (found == ends[i]->seen.end()) {
        malformed(diagnostics_, pairs[1][i].span, "the vertex does not list this label under <SeenEquivalents>");
        return false;
      }
      seen[i] = found->second;
    }
    double barriers[2], prefactors[2];
    if (!numbers(pairs[2], 0, 2, barriers) || !numbers(pairs[3], 0, 2, prefactors)) return false;
    for (std::size_t i = 0; i < 2; ++i) {
      if (prefactors[i] > 0) continue;
      malformed(diagnostics_, pairs[3][i].span, "a prefactor must be positive")
          .hint("TAMMBER marks rates it has only estimated by negative prefactors; take the edge out of the file");
      return false;
    }
    // Half vectors of the unit cell, the shortest of all images in the supercell.
    Vector3d displacement = seen[1].shift - seen[0].shift;
    displacement -= super_cell_ * (super_cell_.inverse() * displacement).array().round().matrix();
    displacement = 0.5 * unit_cell_ * (2 * unit_cell_.inverse() * displacement).array().round().matrix();
    images(*ends[0], *ends[1], seen[0].operation, seen[1].operation, displacement,
           {Law::Kind::arrhenius, prefactors[0], barriers[0]}, {Law::Kind::arrhenius, prefactors[1], barriers[1]},
           place(node));
    return true;
  }

  // An edge stands for all its images, each of them once.
  void images(const Vertex& from, const Vertex& to, int turn_from, int turn_to, const Vector3d& displacement,
              const Law& there, const Law& back, const Span& where) {
    for (int g = 0; g < order; ++g) {
      const int i = from.first_state + from.orientation[static_cast<std::size_t>(times(g, turn_from))];
      const int f = to.first_state + to.orientation[static_cast<std::size_t>(times(g, turn_to))];
      const Vector3d d = cube().matrices[static_cast<std::size_t>(g)] * displacement;
      move(i, f, d, there, where);
      move(f, i, -d, back, where);
    }
  }

  void move(int from, int to, const Vector3d& displacement, const Law& law, const Span& where) {
    const Vector3d fractions = primitive_.inverse() * displacement;
    std::array<long, 3> rounded{};  // to 1/1000 of a vector, to compare
    Displacement move{from, to, {}, where};
    for (std::size_t a = 0; a < 3; ++a) {
      move.fractions[a] = fractions(static_cast<Eigen::Index>(a));
      rounded[a] = std::lround(1000 * move.fractions[a]);
    }
    if (from == to && rounded == std::array<long, 3>{}) return;
    if (!known_.emplace(from, to, rounded, law.prefactor, law.energy).second) return;
    moves_.push_back(move);
    laws_.push_back(law);
  }

  bool positions(const pugi::xml_node& root) {
    const auto cells = place_states(network_, moves_);
    if (!cells) {
      malformed(diagnostics_, place(root.child("Edge")),
                "the displacements of the edges do not fit together: round trips do not end on the lattice")
          .hint("compare the shifts under <SeenEquivalents> with the lattice of <Lattice> and <UnitCell>");
      return false;
    }
    // Where all sit at the origin, axes still tell states apart for a symmetry.
    const bool told_apart =
        std::ranges::all_of(vertices_, [](const Vertex& vertex) { return vertex.axis || vertex.orientations == 1; });
    for (State& state : network_.states) {
      if (!told_apart)
        state.axis.reset();
      else if (!state.position)
        state.position.emplace();
    }
    for (std::size_t i = 0; i < moves_.size(); ++i)
      if (moves_[i].from != moves_[i].to || (*cells)[i] != Cell{})
        add_jump(network_, moves_[i].from, moves_[i].to, (*cells)[i], laws_[i]);
    return true;
  }

  void head() {
    network_.name = model_name(*source_);
    network_.origin.insert(
        network_.origin.begin(),
        fmt::format("From {}, a model written by TAMMBER: {} kind{} of defect{}.", file_name(*source_),
                    vertices_.size(), vertices_.size() == 1 ? "" : "s", structure_.empty() ? "" : " in " + structure_));
    if (given_.temperature) return;
    for (const Vertex& vertex : vertices_) {
      const auto kelvin = vertex.temperature ? number(vertex.temperature->text) : std::nullopt;
      if (!kelvin || !(*kelvin > 0)) continue;
      network_.temperature = fmt::format("{} K", *kelvin);
      network_.kelvin = *kelvin;
      return;
    }
  }

  const SourcePtr& source_;
  Diagnostics& diagnostics_;
  NetworkDescription network_;
  const Given& given_;
  std::string structure_;
  Matrix3d unit_cell_, primitive_, super_cell_;  // columns, angstrom
  std::vector<Vertex> vertices_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<Displacement> moves_;
  std::vector<Law> laws_;  // of each move
  std::set<std::tuple<int, int, std::array<long, 3>, double, double>> known_;
};

}  // namespace

std::optional<NetworkDescription> read_tammber(const SourcePtr& source, const Given& given, Diagnostics& diagnostics) {
  return Reader(source, given, diagnostics).run();
}

}  // namespace rdd::importing
