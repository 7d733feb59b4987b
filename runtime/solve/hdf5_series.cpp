#include "runtime/solve/result_series.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <numeric>

#include "runtime/expects.hpp"
#include "runtime/solve/hdf5_file.hpp"
#include "runtime/solve/xdmf.hpp"

namespace rdd {

using namespace hdf5;

namespace {

Shape slab_of(const Grid& grid) {
  return {1, static_cast<hsize_t>(grid.points[2]), static_cast<hsize_t>(grid.points[1]),
          static_cast<hsize_t>(grid.points[0])};
}

std::size_t cells_of(const Shape& slab) {
  return static_cast<std::size_t>(slab[1] * slab[2] * slab[3]);
}

void write_grid(const Writer& writer, const OutputSpec& spec, const Grid& grid) {
  const auto n = static_cast<std::size_t>(grid.dimension);
  const Handle about = writer.group(writer.file(), "grid");
  const std::vector<std::int64_t> points(grid.points.begin(), grid.points.begin() + grid.dimension),
      thin(spec.thin.begin(), spec.thin.begin() + grid.dimension);
  std::vector<const char*> boundary;
  for (std::size_t axis = 0; axis < n; ++axis)
    for (const Boundary side : grid.boundary[axis]) boundary.push_back(name_of(side));
  writer.whole(about, "dimension", grid.dimension);
  writer.wholes(about, "points", {n}, points.data());
  writer.numbers(about, "spacing", {n}, grid.spacing.data());
  writer.texts(about, "boundary", {n, 2}, boundary);
  writer.wholes(about, "thin", {n}, thin.data());
}

void write_inputs(const Writer& writer, const OutputSpec& spec) {
  std::map<std::string, Handle> groups;
  for (const OutputArray& input : spec.inputs) {
    const auto [group, fresh] = groups.try_emplace(input.group);
    if (fresh) group->second = writer.group(writer.file(), input.group.c_str());
    writer.dataset(group->second, input.name.c_str(), Shape(input.shape.begin(), input.shape.end()),
                   input.values.data(), input.unit);
  }
}

// The same fields and times as a VTKHDF image, by hard links. Grids of one or two dimensions are boxes one cell thick,
// as thick as a cell is long along x.
Handle write_vtkhdf(const Writer& writer, const Grid& grid) {
  Handle image = writer.group(writer.file(), "VTKHDF");
  const std::int64_t version[] = {2, 0};
  const std::int64_t extent[] = {0, grid.points[0], 0, grid.points[1], 0, grid.points[2]};
  const double origin[] = {0, 0, 0}, direction[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  double spacing[3];
  for (std::size_t a = 0; a < 3; ++a) spacing[a] = grid.spacing[static_cast<int>(a) < grid.dimension ? a : 0];
  writer.ascii(image, "Type", "ImageData");
  writer.wholes(image, "Version", {2}, version);
  writer.wholes(image, "WholeExtent", {6}, extent);
  writer.numbers(image, "Origin", {3}, origin);
  writer.numbers(image, "Spacing", {3}, spacing);
  writer.numbers(image, "Direction", {9}, direction);
  return image;
}

}  // namespace

std::string results_ending() {
  return ".h5";
}

std::string results_path(const std::string& asked) {
  return asked;
}

std::string results_fingerprint(const std::string& path) {
  return Reader(path).text("/provenance", "fingerprint");
}

// A slab of /xdmf/<component>: that path because readers stumble over names beyond ASCII.
XdmfField xdmf_fields(const OutputSpec& spec, const Grid& grid, std::size_t times) {
  const auto [nx, ny, nz] = grid.points;
  const std::string cells = fmt::format("{} {} {}", nz, ny, nx);  // sizes are written slowest axis first
  const std::string name = xml_escaped(std::filesystem::path(spec.path).filename().string());
  return [=](std::size_t time, std::size_t component) {
    return fmt::format(
        "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"{}\">\n"
        "            <DataItem Dimensions=\"3 4\" Format=\"XML\">{} 0 0 0  1 1 1 1  1 {}</DataItem>\n"
        "            <DataItem Dimensions=\"{} {}\" NumberType=\"Float\" Precision=\"8\" "
        "Format=\"HDF\">{}:/xdmf/{}</DataItem>\n"
        "          </DataItem>\n",
        cells, time, cells, times, cells, name, component);
  };
}

struct ResultSeries::Impl {
  Impl(const std::string& path, const std::string& destination, const OutputSpec& spec, const Grid& grid)
      : writer(path, destination), components(spec.components), slab(slab_of(grid)) {}

  // What of the VTKHDF image is known at the end only: how many times there are, and where each of them stands. VTK's
  // reader takes the fields of a single time to have no axis of time: they get a copy without it, and no steps.
  void number_steps() {
    const Handle cells = writer.group(image, "CellData");
    if (written == 1) {
      std::vector<double> values(cells_of(slab));
      for (std::size_t p = 0; p < components.size(); ++p) {
        writer.read(fields[p], values.data());
        writer.dataset(cells, components[p].c_str(), {slab.begin() + 1, slab.end()}, values.data());
      }
      return;
    }
    for (const std::string& name : components)
      writer.link(writer.file(), ("fields/" + name).c_str(), cells, name.c_str());
    std::vector<std::int64_t> places(written);
    std::iota(places.begin(), places.end(), 0);
    const Handle steps = writer.group(image, "Steps"), offsets = writer.group(steps, "CellDataOffsets");
    writer.whole(steps, "NSteps", static_cast<std::int64_t>(written));
    writer.link(writer.file(), "time", steps, "Values");
    for (const std::string& name : components) writer.dataset(offsets, name.c_str(), {written}, places.data());
  }

  Writer writer;
  Handle image, time;
  std::vector<Handle> fields, probes;
  std::vector<std::string> components;
  Shape slab;  // 1, nz, ny, nx
  hsize_t written = 0;
};

ResultSeries::ResultSeries(const std::string& path, const std::string& destination, const OutputSpec& spec,
                           const Grid& grid) {
  const Quiet quiet;
  impl_ = std::make_unique<Impl>(path, destination, spec, grid);
  Impl& impl = *impl_;
  const Writer& writer = impl.writer;
  write_grid(writer, spec, grid);
  const Handle provenance = writer.group(writer.file(), "provenance");
  for (const auto& [name, value] : spec.attributes) writer.text(provenance, name.c_str(), value);
  write_inputs(writer, spec);

  impl.time = writer.series(writer.file(), "time", {1}, "s");
  const Handle fields = writer.group(writer.file(), "fields"), links = writer.group(writer.file(), "xdmf");
  impl.image = write_vtkhdf(writer, grid);
  const std::string unit = grid.dimension == 1 ? "1/m" : "1/m^" + std::to_string(grid.dimension);
  for (std::size_t p = 0; p < spec.components.size(); ++p) {
    const char* name = spec.components[p].c_str();
    impl.fields.push_back(writer.series(fields, name, impl.slab, unit));
    writer.link(fields, name, links, std::to_string(p).c_str());
  }
  if (spec.probes.empty()) return;
  const Handle probes = writer.group(writer.file(), "probes");
  for (const ProbeSpec& probe : spec.probes)
    impl.probes.push_back(writer.series(probes, probe.name.c_str(), {1}, probe.unit));
}

ResultSeries::~ResultSeries() {
  const Quiet quiet;
  impl_.reset();
}

void ResultSeries::append(double time, const Field& field, std::span<const double> probes) {
  const Quiet quiet;
  Impl& impl = *impl_;
  const std::size_t cells = cells_of(impl.slab);
  expects(field.size() == cells * impl.fields.size(), "a field of the grid's size");
  expects(probes.size() == impl.probes.size(), "a number for each probe");
  for (std::size_t p = 0; p < impl.fields.size(); ++p)
    impl.writer.append(impl.fields[p], impl.written, impl.slab, field.data() + p * cells);
  for (std::size_t i = 0; i < probes.size(); ++i) impl.writer.append(impl.probes[i], impl.written, {1}, &probes[i]);
  impl.writer.append(impl.time, impl.written, {1}, &time);
  ++impl.written;
}

void ResultSeries::close() {
  const Quiet quiet;
  Impl& impl = *impl_;
  impl.number_steps();
  impl.writer.checked(H5Fflush(impl.writer.file(), H5F_SCOPE_GLOBAL));  // a full disk has its reason here
  bool closed = impl.image.reset() && impl.time.reset();
  for (std::vector<Handle>* all : {&impl.fields, &impl.probes})
    for (Handle& one : *all) closed = one.reset() && closed;
  impl.writer.checked(closed ? 0 : -1);
  impl.writer.close();
}

struct ResultPart::Impl {
  Impl(const std::string& path, const OutputSpec& spec, const Grid& grid) : reader(path), slab(slab_of(grid)) {
    const Handle time = reader.open("/time");
    times.resize(static_cast<std::size_t>(reader.shape(time).at(0)));
    reader.read(time, times.data());
    for (const std::string& name : spec.components) fields.push_back(series("/fields/" + name, slab));
    for (const ProbeSpec& probe : spec.probes) probes.push_back(series("/probes/" + probe.name, {1}));
  }

  Handle series(const std::string& name, Shape shape) const {
    Handle found = reader.open(name);
    shape[0] = times.size();
    if (reader.shape(found) != shape) throw ReadError("a part of the results does not fit its grid: " + name);
    return found;
  }

  Reader reader;
  Shape slab;
  std::vector<double> times;
  std::vector<Handle> fields, probes;
};

ResultPart::ResultPart(const std::string& path, const OutputSpec& spec, const Grid& grid)
    : impl_(std::make_unique<Impl>(path, spec, grid)) {}
ResultPart::~ResultPart() = default;
ResultPart::ResultPart(ResultPart&&) noexcept = default;

const std::vector<double>& ResultPart::times() const {
  return impl_->times;
}

std::vector<double> ResultPart::probes(std::size_t index) const {
  std::vector<double> values(impl_->probes.size());
  for (std::size_t i = 0; i < values.size(); ++i) impl_->reader.read(impl_->probes[i], index, {1}, &values[i]);
  return values;
}

Field ResultPart::field(std::size_t index) const {
  const std::size_t cells = cells_of(impl_->slab);
  Field field(cells * impl_->fields.size());
  for (std::size_t p = 0; p < impl_->fields.size(); ++p)
    impl_->reader.read(impl_->fields[p], index, impl_->slab, field.data() + p * cells);
  return field;
}

}  // namespace rdd
