// What any .cpp that writes HDF5 needs: identifiers that close themselves, and errors that stay quiet until asked for.
#pragma once

#include <hdf5.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace rdd::hdf5 {

/// A file that cannot be closed, its disk being full, keeps a dangling identifier in the library (HDF5 1.10), and the
/// library's own clean-up at the end of the process would crash on it. Nothing needs that clean-up: all is closed here.
inline void no_clean_up() {
  [[maybe_unused]] static const herr_t done = H5dont_atexit();
}

/// HDF5 prints its stack of errors by default; here they become exceptions. The caller's setting comes back at the end.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// The errno of the system call that failed, which HDF5 keeps as text in its stack of errors; 0 if there was none.
inline int errno_of_failure() {
  int error = 0;
  const auto look = [](unsigned, const H5E_error2_t* entry, void* found) -> herr_t {
    if (const char* text = entry->desc ? std::strstr(entry->desc, "errno = ") : nullptr)
      *static_cast<int*>(found) = std::atoi(text + std::strlen("errno = "));
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look, &error);
  return error;
}

/// An identifier of HDF5, closed by the function that fits its kind.
class Handle {
 public:
  Handle() = default;
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() { reset(); }
  bool reset() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }
  operator hid_t() const { return id_; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

}  // namespace rdd::hdf5
