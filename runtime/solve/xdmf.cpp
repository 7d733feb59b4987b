#include "runtime/solve/xdmf.hpp"

#include <fmt/format.h>

#include "runtime/solve/result_series.hpp"

namespace rdd {

std::string xml_escaped(const std::string& text) {
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

std::string xdmf(const OutputSpec& spec, const Grid& grid, const std::vector<double>& times) {
  const auto [nx, ny, nz] = grid.points;
  const double hx = grid.spacing[0], hy = grid.dimension > 1 ? grid.spacing[1] : hx,
               hz = grid.dimension > 2 ? grid.spacing[2] : hx;
  const std::string mesh = fmt::format(  // sizes are written slowest axis first
      "        <Topology TopologyType=\"3DCoRectMesh\" Dimensions=\"{} {} {}\"/>\n"
      "        <Geometry GeometryType=\"ORIGIN_DXDYDZ\">\n"
      "          <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">0 0 0</DataItem>\n"
      "          <DataItem Dimensions=\"3\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{} {} {}</DataItem>\n"
      "        </Geometry>\n",
      nz + 1, ny + 1, nx + 1, hz, hy, hx);

  const XdmfField field = xdmf_fields(spec, grid, times.size());
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
    for (std::size_t p = 0; p < spec.components.size(); ++p)
      text += fmt::format(
          "        <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Cell\">\n"
          "{}"
          "        </Attribute>\n",
          xml_escaped(spec.components[p]), field(t, p));
    text += "      </Grid>\n";
  }
  text += "    </Grid>\n  </Domain>\n</Xdmf>\n";
  return text;
}

}  // namespace rdd
