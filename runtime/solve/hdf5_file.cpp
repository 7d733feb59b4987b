#include "runtime/solve/hdf5_file.hpp"

#include <algorithm>

namespace rdd::hdf5 {

Writer::Writer(const std::string& path, std::string destination) : destination_(std::move(destination)) {
  no_clean_up();
  const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  checked(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18));
  // Attributes keep the order they are written in.
  const Handle creation = own(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  checked(H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  checked(H5Pset_obj_track_times(creation, false));
  file_ = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
}

Handle Writer::group(hid_t where, const char* name) const {
  const Handle creation = own(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  checked(H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED));
  checked(H5Pset_obj_track_times(creation, false));
  return own(H5Gcreate2(where, name, H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose);
}

Handle Writer::space(const Shape& shape) const {
  if (shape.empty()) return own(H5Screate(H5S_SCALAR), H5Sclose);
  return own(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
}

void Writer::attribute(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const Shape& shape,
                       const void* values) const {
  const Handle extent = space(shape);
  const Handle made = own(H5Acreate2(object, name, file_type, extent, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  checked(H5Awrite(made, memory_type, values));
}

Handle Writer::text_type() const {
  Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
  checked(H5Tset_size(type, H5T_VARIABLE));
  checked(H5Tset_cset(type, H5T_CSET_UTF8));
  return type;
}

void Writer::text(hid_t object, const char* name, const std::string& value) const {
  texts(object, name, {}, {value.c_str()});
}
void Writer::texts(hid_t object, const char* name, const Shape& shape, const std::vector<const char*>& values) const {
  const Handle type = text_type();
  attribute(object, name, type, type, shape, values.data());
}
void Writer::ascii(hid_t object, const char* name, const std::string& value) const {
  const Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
  checked(H5Tset_size(type, value.size()));
  attribute(object, name, type, type, {}, value.data());
}
void Writer::number(hid_t object, const char* name, double value) const {
  numbers(object, name, {}, &value);
}
void Writer::numbers(hid_t object, const char* name, const Shape& shape, const double* values) const {
  attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, shape, values);
}
void Writer::whole(hid_t object, const char* name, std::int64_t value) const {
  wholes(object, name, {}, &value);
}
void Writer::wholes(hid_t object, const char* name, const Shape& shape, const std::int64_t* values) const {
  attribute(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, shape, values);
}

void Writer::read(const Handle& dataset, double* values) const {
  checked(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}
void Writer::link(hid_t group, const char* from, hid_t where, const char* to) const {
  checked(H5Lcreate_hard(group, from, where, to, H5P_DEFAULT, H5P_DEFAULT));
}

Handle Writer::make(hid_t where, const char* name, hid_t type, const Shape& shape) const {
  const Handle extent = space(shape), creation = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  checked(H5Pset_obj_track_times(creation, false));
  return own(H5Dcreate2(where, name, type, extent, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
}

void Writer::dataset(hid_t where, const char* name, const Shape& shape, const std::int64_t* values) const {
  const Handle made = make(where, name, H5T_STD_I64LE, shape);
  checked(H5Dwrite(made, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}
void Writer::dataset(hid_t where, const char* name, const Shape& shape, const double* values,
                     const std::string& unit) const {
  const Handle made = make(where, name, H5T_IEEE_F64LE, shape);
  checked(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
  if (!unit.empty()) text(made, "unit", unit);
}

Handle Writer::series(hid_t where, const char* name, const Shape& slab, const std::string& unit) const {
  Shape none = slab, most = slab, chunk = slab;
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
  const Handle extent = own(H5Screate_simple(static_cast<int>(none.size()), none.data(), most.data()), H5Sclose);
  const Handle creation = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  checked(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()));
  checked(H5Pset_obj_track_times(creation, false));
  if (H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
    checked(H5Pset_shuffle(creation));
    checked(H5Pset_deflate(creation, 1));
  }
  Handle made = own(H5Dcreate2(where, name, H5T_IEEE_F64LE, extent, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  text(made, "unit", unit);
  return made;
}

void Writer::append(const Handle& series, hsize_t at, const Shape& slab, const double* values) const {
  Shape extent = slab, start(slab.size(), 0);
  extent[0] = at + 1;
  start[0] = at;
  checked(H5Dset_extent(series, extent.data()));
  const Handle target = own(H5Dget_space(series), H5Sclose), source = space(slab);
  checked(H5Sselect_hyperslab(target, H5S_SELECT_SET, start.data(), nullptr, slab.data(), nullptr));
  checked(H5Dwrite(series, H5T_NATIVE_DOUBLE, source, target, H5P_DEFAULT, values));
}

void Writer::close() {
  if (!file_.reset()) throw cannot_write(destination_, errno_of_failure());
}

Reader::Reader(std::string path) : path_(std::move(path)) {
  no_clean_up();
  const Quiet quiet;
  file_ = own(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
}

bool Reader::has(const std::string& name) const {
  const Quiet quiet;
  for (std::size_t at = name.find('/', 1); at != std::string::npos; at = name.find('/', at + 1))
    if (H5Lexists(file_, name.substr(0, at).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_, name.c_str(), H5P_DEFAULT) > 0;
}

std::string Reader::text_of(hid_t attribute) const {
  const Handle space = own(H5Aget_space(attribute), H5Sclose), type = own(H5Aget_type(attribute), H5Tclose);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0 || H5Sget_simple_extent_npoints(space) != 1)
    checked(-1);
  char* raw = nullptr;
  checked(H5Aread(attribute, type, &raw));
  const std::string value = raw ? raw : "";
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, &raw);
  return value;
}

std::string Reader::text(const char* object, const char* name) const {
  const Quiet quiet;
  return text_of(own(H5Aopen_by_name(file_, object, name, H5P_DEFAULT, H5P_DEFAULT), H5Aclose));
}

std::int64_t Reader::whole(const char* object, const char* name) const {
  const Quiet quiet;
  const Handle attribute = own(H5Aopen_by_name(file_, object, name, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  std::int64_t value = 0;
  checked(H5Aread(attribute, H5T_NATIVE_INT64, &value));
  return value;
}

double Reader::number(const char* object, const char* name) const {
  const Quiet quiet;
  const Handle attribute = own(H5Aopen_by_name(file_, object, name, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  double value = 0;
  checked(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value));
  return value;
}

std::vector<std::pair<std::string, std::string>> Reader::texts(const char* object) const {
  const Quiet quiet;
  const Handle group = own(H5Oopen(file_, object, H5P_DEFAULT), H5Oclose);
  H5O_info_t info{};
  checked(H5Oget_info(group, &info));
  std::vector<std::pair<std::string, std::string>> all;
  for (hsize_t i = 0; i < info.num_attrs; ++i) {
    const Handle attribute =
        own(H5Aopen_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    std::string name(static_cast<std::size_t>(checked(H5Aget_name(attribute, 0, nullptr))), '\0');
    checked(H5Aget_name(attribute, name.size() + 1, name.data()));
    all.emplace_back(std::move(name), text_of(attribute));
  }
  return all;
}

Handle Reader::open(const std::string& dataset) const {
  const Quiet quiet;
  return own(H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
}

Shape Reader::shape(const Handle& dataset) const {
  const Quiet quiet;
  const Handle space = own(H5Dget_space(dataset), H5Sclose);
  Shape shape(static_cast<std::size_t>(checked(H5Sget_simple_extent_ndims(space))));
  checked(H5Sget_simple_extent_dims(space, shape.data(), nullptr));
  return shape;
}

void Reader::read(const Handle& dataset, double* values) const {
  const Quiet quiet;
  checked(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}

void Reader::read(const Handle& dataset, hsize_t at, const Shape& slab, double* values) const {
  const Quiet quiet;
  Shape start(slab.size(), 0);
  start[0] = at;
  const Handle source = own(H5Dget_space(dataset), H5Sclose),
               target = own(H5Screate_simple(static_cast<int>(slab.size()), slab.data(), nullptr), H5Sclose);
  checked(H5Sselect_hyperslab(source, H5S_SELECT_SET, start.data(), nullptr, slab.data(), nullptr));
  checked(H5Dread(dataset, H5T_NATIVE_DOUBLE, target, source, H5P_DEFAULT, values));
}

}  // namespace rdd::hdf5
