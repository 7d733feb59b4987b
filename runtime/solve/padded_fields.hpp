// Fields of one grid that only kernels and sums see, apart in the caches: arrays a power of two long, and their rows,
// compete for the same few lines (at 2048² a sweep takes up to four times as long). Every row begins with a line of its
// own, the streams of a sweep (components of fields) are spread over a page, and pages are large where the system has
// such. Rows may be interleaved (kernel.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

#include "runtime/solve/grid.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd {

class PaddedFields {
 public:
  /// `count` fields of so many components, all zero.
  PaddedFields(const Grid& grid, int components, int count, bool interleaved = false);

  const KernelLayout& layout() const { return layout_; }
  double* field(int index) { return numbers_.get() + static_cast<std::size_t>(index) * extent_; }
  /// Doubles of a field, those around its rows included.
  std::size_t extent() const { return extent_; }

  /// From and to a dense field.
  void read(std::span<const double> dense, double* field) const;
  void write(const double* field, std::span<double> dense) const;

  /// Calls body(i, j, n) for the stretches of rows that make up [first, last) of a dense field, in this order: the
  /// numbers at j … j + n − 1 here are its numbers i … i + n − 1, or, of interleaved rows, as many of the same row.
  template <class Body>
  void stretches(std::size_t first, std::size_t last, const Body& body) const;

 private:
  template <class Body>
  void rows(const Body& body) const;

  struct Free {
    void operator()(double* numbers) const { std::free(numbers); }
  };

  KernelLayout layout_;
  std::size_t size_, extent_;
  std::unique_ptr<double[], Free> numbers_;
};

template <class Body>
void PaddedFields::stretches(std::size_t first, std::size_t last, const Body& body) const {
  const auto n = [&](int axis) { return static_cast<std::size_t>(layout_.n[axis]); };
  const std::size_t rows = n(1) * n(2);
  for (std::size_t i = first; i < last;) {
    const std::size_t row = i / n(0) % rows, component = i / n(0) / rows, x = i % n(0);
    const std::size_t here = std::min(n(0) - x, last - i);
    body(i,
         component * static_cast<std::size_t>(layout_.stride_component) +
             row / n(1) * static_cast<std::size_t>(layout_.stride_z) +
             row % n(1) * static_cast<std::size_t>(layout_.stride_y) + static_cast<std::size_t>(layout_.halo * ways) +
             x,
         here);
    i += here;
  }
}

}  // namespace rdd
