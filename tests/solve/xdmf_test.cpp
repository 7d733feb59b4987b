#include "runtime/solve/xdmf.hpp"

#include <doctest/doctest.h>

#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

TEST_CASE("the description of a plane names each time, mesh and slab") {
  Grid grid = make_grid(2, 4, 2e-9);
  grid.points[1] = 3;
  grid.spacing[1] = 1e-9;
  const std::string text = xdmf({"relax.h5", {"X"}, {}, {}}, grid, {0, 1.5e-9});
  CHECK(text == R"(<?xml version="1.0" encoding="utf-8"?>
<!-- In ParaView, open this with the 'XDMF Reader': the 'Xdmf3' readers skip slabs of an array. -->
<Xdmf Version="3.0">
  <Domain>
    <Grid Name="densities" GridType="Collection" CollectionType="Temporal">
      <Grid Name="mesh" GridType="Uniform">
        <Time Value="0"/>
        <Topology TopologyType="3DCoRectMesh" Dimensions="2 4 5"/>
        <Geometry GeometryType="ORIGIN_DXDYDZ">
          <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">0 0 0</DataItem>
          <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">5e-10 1e-09 5e-10</DataItem>
        </Geometry>
        <Attribute Name="X" AttributeType="Scalar" Center="Cell">
          <DataItem ItemType="HyperSlab" Dimensions="1 3 4">
            <DataItem Dimensions="3 4" Format="XML">0 0 0 0  1 1 1 1  1 1 3 4</DataItem>
            <DataItem Dimensions="2 1 3 4" NumberType="Float" Precision="8" Format="HDF">relax.h5:/xdmf/0</DataItem>
          </DataItem>
        </Attribute>
      </Grid>
      <Grid Name="mesh" GridType="Uniform">
        <Time Value="1.5e-09"/>
        <Topology TopologyType="3DCoRectMesh" Dimensions="2 4 5"/>
        <Geometry GeometryType="ORIGIN_DXDYDZ">
          <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">0 0 0</DataItem>
          <DataItem Dimensions="3" NumberType="Float" Precision="8" Format="XML">5e-10 1e-09 5e-10</DataItem>
        </Geometry>
        <Attribute Name="X" AttributeType="Scalar" Center="Cell">
          <DataItem ItemType="HyperSlab" Dimensions="1 3 4">
            <DataItem Dimensions="3 4" Format="XML">1 0 0 0  1 1 1 1  1 1 3 4</DataItem>
            <DataItem Dimensions="2 1 3 4" NumberType="Float" Precision="8" Format="HDF">relax.h5:/xdmf/0</DataItem>
          </DataItem>
        </Attribute>
      </Grid>
    </Grid>
  </Domain>
</Xdmf>
)");
}

TEST_CASE("a line becomes a box one cell thick") {
  const std::string line = xdmf({"a.h5", {"X"}, {}, {}}, make_grid(1, 8, 4), {0});
  CHECK(line.find("3DCoRectMesh\" Dimensions=\"2 2 9\"") != std::string::npos);
  CHECK(line.find(">0.5 0.5 0.5<") != std::string::npos);
  Grid grid = make_grid(3, 8, 4);
  grid.points[2] = 5;
  const std::string box = xdmf({"a.h5", {"X"}, {}, {}}, grid, {0});
  CHECK(box.find("3DCoRectMesh\" Dimensions=\"6 9 9\"") != std::string::npos);
  CHECK(box.find("\"1 5 8 8\"") != std::string::npos);
}

TEST_CASE("names are escaped as XML wants") {
  const std::string text = xdmf({"a&b.h5", {"x<\"1\">"}, {}, {}}, make_grid(1, 2, 1), {0});
  CHECK(text.find("Attribute Name=\"x&lt;&quot;1&quot;&gt;\"") != std::string::npos);
  CHECK(text.find(">a&amp;b.h5:/xdmf/0<") != std::string::npos);
}
