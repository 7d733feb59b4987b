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
  const auto [nx, ny, nz] = grid.points;
  const double hx = grid.spacing[0], hy = grid.dimension > 1 ? grid.spacing[1] : hx,
               hz = grid.dimension > 2 ? grid.spacing[2] : hx;
  const std::string cells = fmt::format("{} {} {}", nz, ny, nx);  // sizes are written slowest axis first
  const std::string mesh = fmt::format(
      "        <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"{} {} {}\"/>\n"
      "        <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n"
      "          <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">0 0 0</DataItem>\n"
      "          <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{} {} {}</DataItem>\n"
      "        </Geometry>\n",
      nz + 1, ny + 1, nx + 1, hz, hy, hx);

  std::string text =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<!-- In ParaView, open this with the 'XDMF Reader': the 'Xdmf3' readers skip slabs of an array. -->\n"
      "<Xdmf Version=\"3.0\">\n"
      "  <Domain>\n"
      "    <Grid Name=\"densities\" GridType=\"Collection\" CollectionType=\"Temporal\">\n";
  for (std::size_t t = 0; t < times.size(); ++t) {
    text += fmt::format(
        "      <Grid Name=\"mesh\" GridType=\"Uniform\">\n"
        "        <Time Value=\"{}\"/>\n{}",
        times[t], mesh);
    for (std::size_t p = 0; p < components.size(); ++p)
      text += fmt::format(
          "        <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Cell\">\n"
          "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"{}\">\n"
          "            <DataItem Dimensions=\"3 4\" Format=\"XML\">{} 0 0 0  1 1 1 1  1 {}</DataItem>\n"
          "            <DataItem Dimensions=\"{} {}\" NumberType=\"Float\" Precision=\"8\" "
          "Format=\"HDF\">{}:/xdmf/{}</DataItem>\n"
          "          </DataItem>\n"
          "        </Attribute>\n",
          escaped(components[p]), cells, t, cells, times.size(), cells, escaped(hdf5_name), p);
    text += "      </Grid>\n";
  }
  text += "    </Grid>\n  </Domain>\n</Xdmf>\n";
  return text;
}

}  // namespace rdd
