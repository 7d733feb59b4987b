// An HDF5 file being written, and one being read: objects by name, failures as exceptions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/solve/hdf5_handle.hpp"
#include "runtime/solve/output.hpp"
#include "runtime/solve/read_error.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::hdf5 {

using Shape = std::vector<hsize_t>;

/// All members throw OutputError, which speaks of the name the file will have.
class Writer {
 public:
  /// Overwrites the file at `path`. What is written is understood by readers of any age.
  Writer(const std::string& path, std::string destination);

  const Handle& file() const { return file_; }
  template <class Status>
  Status checked(Status status) const {
    if (status < 0) throw cannot_write(destination_, errno_of_failure());
    return status;
  }
  Handle own(hid_t id, herr_t (*close)(hid_t)) const { return Handle(checked(id), close); }
  Handle group(hid_t where, const char* name) const;
  /// A shape of no axes is a scalar.
  Handle space(const Shape& shape) const;

  /// Attributes. Texts are UTF-8 of any length (those of fixed length are limited to 64 KB).
  void text(hid_t object, const char* name, const std::string& value) const;
  void texts(hid_t object, const char* name, const Shape& shape, const std::vector<const char*>& values) const;
  /// A text of fixed length, in ASCII, for readers that know no other.
  void ascii(hid_t object, const char* name, const std::string& value) const;
  void number(hid_t object, const char* name, double value) const;
  void numbers(hid_t object, const char* name, const Shape& shape, const double* values) const;
  void whole(hid_t object, const char* name, std::int64_t value) const;
  void wholes(hid_t object, const char* name, const Shape& shape, const std::int64_t* values) const;

  /// The object `from` of one group once more, as `to` of another.
  void link(hid_t group, const char* from, hid_t where, const char* to) const;

  /// A dataset of fixed size, with its unit where there is one.
  void dataset(hid_t where, const char* name, const Shape& shape, const double* values,
               const std::string& unit = {}) const;
  void dataset(hid_t where, const char* name, const Shape& shape, const std::int64_t* values) const;
  /// A dataset that grows along its first axis, compressed in chunks of at most 4 MB; `slab` is one step of it.
  Handle series(hid_t where, const char* name, const Shape& slab, const std::string& unit) const;
  void append(const Handle& series, hsize_t at, const Shape& slab, const double* values) const;
  void read(const Handle& dataset, double* values) const;  ///< the whole of one that was written

  /// All other handles must be closed.
  void close();

 private:
  void attribute(hid_t object, const char* name, hid_t file_type, hid_t memory_type, const Shape& shape,
                 const void* values) const;
  Handle text_type() const;
  Handle make(hid_t where, const char* name, hid_t type, const Shape& shape) const;

  std::string destination_;
  Handle file_;
};

/// All members throw ReadError.
class Reader {
 public:
  explicit Reader(std::string path);

  const Handle& file() const { return file_; }
  bool has(const std::string& name) const;  ///< an object below the root, by its whole path

  std::string text(const char* object, const char* name) const;
  std::int64_t whole(const char* object, const char* name) const;
  double number(const char* object, const char* name) const;
  /// All attributes of an object that are single texts, in the order they were written.
  std::vector<std::pair<std::string, std::string>> texts(const char* object) const;

  Handle open(const std::string& dataset) const;
  Shape shape(const Handle& dataset) const;
  void read(const Handle& dataset, double* values) const;                                 ///< the whole of it
  void read(const Handle& dataset, hsize_t at, const Shape& slab, double* values) const;  ///< one step of a series

 private:
  template <class Status>
  Status checked(Status status) const {
    if (status < 0) throw ReadError("cannot read '" + path_ + "': it is damaged, or no file of rdd");
    return status;
  }
  Handle own(hid_t id, herr_t (*close)(hid_t)) const { return Handle(checked(id), close); }
  std::string text_of(hid_t attribute) const;

  std::string path_;
  Handle file_;
};

}  // namespace rdd::hdf5
