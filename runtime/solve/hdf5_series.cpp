#include "runtime/solve/hdf5_series.hpp"

#include <algorithm>

#include "runtime/expects.hpp"
#include "runtime/solve/hdf5_handle.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {

using namespace hdf5;

namespace {

const char* name_of(Boundary boundary) {
  switch (boundary) {
    case Boundary::periodic:
      return "periodic";
    case Boundary::absorbing:
      return "absorbing";
    case Boundary::reflecting:
      return "reflecting";
  }
  return "";
}

}  // namespace

struct Hdf5Series::Impl {
  std::string destination;
  Handle file, time;
  std::vector<Handle> fields;
  std::array<hsize_t, 4> slab{};  // 1, nz, ny, nx
  hsize_t written = 0;

  template <class Status>
  Status checked(Status status) const {
    if (status < 0) throw cannot_write(destination, errno_of_failure());
    return status;
  }
  Handle own(hid_t id, herr_t (*close)(hid_t)) const { return Handle(checked(id), close); }

  Handle group(const char* name) const {
    return own(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }

  void attribute(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const std::vector<hsize_t>& shape,
                 const void* values) const {
    const Handle space = shape.empty()
                             ? own(H5Screate(H5S_SCALAR), H5Sclose)
                             : own(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    const Handle made = own(H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    checked(H5Awrite(made, memory_type, values));
  }

  // Texts of any length (those of fixed length are limited to 64 KB), as UTF-8.
  void text(hid_t object, const char* name, const std::vector<hsize_t>& shape,
            const std::vector<const char*>& values) const {
    const Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
    checked(H5Tset_size(type, H5T_VARIABLE));
    checked(H5Tset_cset(type, H5T_CSET_UTF8));
    attribute(object, name, type, type, shape, values.data());
  }

  Handle series(hid_t where, const char* name, const std::vector<hsize_t>& slab_of_one, const char* unit) const {
    std::vector<hsize_t> none = slab_of_one, most = slab_of_one, chunk = slab_of_one;
    none[0] = 0;
    most[0] = H5S_UNLIMITED;
    hsize_t values = 1;
    for (const hsize_t n : chunk) values *= n;
    if (chunk.size() == 1) {
      chunk[0] = 1024;
    } else {
      constexpr hsize_t most_values = 1 << 19;  // 4 MB: a reader of one plane need not unpack the whole
      for (std::size_t axis = 1; axis < chunk.size() && values > most_values; ++axis) {
        values /= chunk[axis];
        chunk[axis] = std::max<hsize_t>(1, std::min(chunk[axis], most_values / values));
        values *= chunk[axis];
      }
    }
    const Handle space = own(H5Screate_simple(static_cast<int>(none.size()), none.data(), most.data()), H5Sclose);
    const Handle creation = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    checked(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()));
    checked(H5Pset_obj_track_times(creation, false));
    if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
      checked(H5Pset_shuffle(creation));
      checked(H5Pset_deflate(creation, 1));
    }
    Handle made = own(H5Dcreate2(where, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    text(made, "unit", {}, {unit});
    return made;
  }

  void append(const Handle& dataset, const std::vector<hsize_t>& slab_of_one, const double* values) const {
    std::vector<hsize_t> extent = slab_of_one, start(slab_of_one.size(), 0);
    extent[0] = written + 1;
    start[0] = written;
    checked(H5Dset_extent(dataset, extent.data()));
    const Handle target = own(H5Dget_space(dataset), H5Sclose);
    checked(H5Sselect_hyperslab(target, H5S_SELECT_SET, start.data(), nullptr, slab_of_one.data(), nullptr));
    const Handle source =
        own(H5Screate_simple(static_cast<int>(slab_of_one.size()), slab_of_one.data(), nullptr), H5Sclose);
    checked(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, source, target, H5P_DEFAULT, values));
  }
};

Hdf5Series::Hdf5Series(const std::string& path, const std::string& destination, const OutputSpec& spec,
                       const Grid& grid)
    : impl_(std::make_unique<Impl>()) {
  no_clean_up();
  const Quiet quiet;
  Impl& impl = *impl_;
  impl.destination = destination;
  impl.slab = {1, static_cast<hsize_t>(grid.points[2]), static_cast<hsize_t>(grid.points[1]),
               static_cast<hsize_t>(grid.points[0])};

  const Handle access = impl.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  impl.checked(
      H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18));  // what readers of any age understand
  impl.file = impl.own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);

  const auto n = static_cast<std::size_t>(grid.dimension);
  const Handle about = impl.group("grid");
  const std::int64_t dimension = grid.dimension;
  std::vector<std::int64_t> points(grid.points.begin(), grid.points.begin() + grid.dimension);
  std::vector<const char*> boundary;
  for (std::size_t axis = 0; axis < n; ++axis)
    for (const Boundary side : grid.boundary[axis]) boundary.push_back(name_of(side));
  impl.attribute(about, "dimension", H5T_STD_I64LE, H5T_NATIVE_INT64, {}, &dimension);
  impl.attribute(about, "points", H5T_STD_I64LE, H5T_NATIVE_INT64, {n}, points.data());
  impl.attribute(about, "spacing", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {n}, grid.spacing.data());
  impl.text(about, "boundary", {n, 2}, boundary);

  const Handle provenance = impl.group("provenance");
  for (const auto& [name, value] : spec.attributes) impl.text(provenance, name.c_str(), {}, {value.c_str()});

  impl.time = impl.series(impl.file, "time", {1}, "s");
  const Handle fields = impl.group("fields");
  const std::string unit = grid.dimension == 1 ? "1/m" : "1/m^" + std::to_string(grid.dimension);
  const Handle links = impl.group("xdmf");
  for (std::size_t p = 0; p < spec.components.size(); ++p) {
    const char* name = spec.components[p].c_str();
    impl.fields.push_back(impl.series(fields, name, {impl.slab.begin(), impl.slab.end()}, unit.c_str()));
    impl.checked(H5Lcreate_hard(fields, name, links, std::to_string(p).c_str(), H5P_DEFAULT, H5P_DEFAULT));
  }
}

Hdf5Series::~Hdf5Series() {
  const Quiet quiet;
  impl_.reset();
}

void Hdf5Series::append(double time, const Field& field) {
  const Quiet quiet;
  Impl& impl = *impl_;
  const std::vector<hsize_t> slab(impl.slab.begin(), impl.slab.end());
  const auto cells = static_cast<std::size_t>(slab[1] * slab[2] * slab[3]);
  expects(field.size() == cells * impl.fields.size(), "a field of the grid's size");
  for (std::size_t p = 0; p < impl.fields.size(); ++p) impl.append(impl.fields[p], slab, field.data() + p * cells);
  impl.append(impl.time, {1}, &time);
  ++impl.written;
}

void Hdf5Series::close() {
  const Quiet quiet;
  Impl& impl = *impl_;
  impl.checked(H5Fflush(impl.file, H5F_SCOPE_GLOBAL));
  bool closed = impl.time.reset();
  for (Handle& field : impl.fields) closed = field.reset() && closed;
  closed = impl.file.reset() && closed;
  if (!closed) throw cannot_write(impl.destination, errno_of_failure());
}

}  // namespace rdd
