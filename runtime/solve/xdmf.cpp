#include "runtime/solve/xdmf.hpp"

#include <fmt/format.h>

namespace rdd {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

}  // namespace

std::string xdmf(const std::string& hdf5_name, const std::vector<std::string>& components, const Grid& grid,
                 const std::vector<double>& times) {
  const long nx = grid.points[0], ny = grid.points[1], nz = grid.points[2];
  const bool solid = grid.dimension == 3;
  const double hx = grid.spacing[0], hy = grid.dimension > 1 ? grid.spacing[1] : hx, hz = grid.spacing[2];
  // Sizes are written slowest axis first.
  const std::string nodes =
      solid ? fmt::format("{} {} {}", nz + 1, ny + 1, nx + 1) : fmt::format("{} {}", ny + 1, nx + 1);
  const std::string cells = solid ? fmt::format("{} {} {}", nz, ny, nx) : fmt::format("{} {}", ny, nx);
  const std::string origin = solid ? "0 0 0" : "0 0";
  const std::string spacing = solid ? fmt::format("{} {} {}", hz, hy, hx) : fmt::format("{} {}", hy, hx);
  const int axes = solid ? 3 : 2;

  std::string text =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<Xdmf Version=\"3.0\">\n"
      "  <Domain>\n"
      "    <Grid Name=\"densities\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (std::size_t t = 0; t < times.size(); ++t) {
    text += fmt::format(
        "      <Grid Name=\"mesh\" GridType=\"Uniform\">\n"
        "        <Time Value=\"{}\"/>\n"
        "        <Topology TopologyType=\"{}DCoRectMesh\" Dimensions=\"{}\"/>\n"
        "        <Geometry GeometryType=\"{}\">\n"
        "          <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "          <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n"
        "        </Geometry>\n",
        times[t], axes, nodes, solid ? "ORIGIN_DXDYDZ" : "ORIGIN_DXDY", axes, origin, axes, spacing);
    for (const std::string& component : components)
      text += fmt::format(
          "        <Attribute Name=\"{0}\" AttributeType=\"Scalar\" Center=\"Cell\">\n"
          "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"{1}\">\n"
          "            <DataItem Dimensions=\"3 4\" Format=\"XML\">{2} 0 0 0  1 1 1 1  1 {3} {4} {5}</DataItem>\n"
          "            <DataItem Dimensions=\"{6} {3} {4} {5}\" NumberType=\"Float\" Precision=\"8\" "
          "Format=\"HDF\">{7}:/fields/{0}</DataItem>\n"
          "          </DataItem>\n"
          "        </Attribute>\n",
          escaped(component), cells, t, nz, ny, nx, times.size(), escaped(hdf5_name));
    text += "      </Grid>\n";
  }
  text += "    </Grid>\n  </Domain>\n</Xdmf>\n";
  return text;
}

}  // namespace rdd
