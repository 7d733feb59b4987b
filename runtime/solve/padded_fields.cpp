#include "runtime/solve/padded_fields.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "runtime/expects.hpp"

namespace rdd {
namespace {

constexpr long line = 8;    // doubles of a cache line
constexpr long page = 512;  // doubles of a page, and what one way of a first-level cache holds
constexpr std::size_t large_page = std::size_t{2} << 20;  // bytes

long rounded_up(long number, long to) {
  return (number + to - 1) / to * to;
}

KernelLayout apart(const Grid& grid, int streams) {
  KernelLayout layout{{grid.points[0], grid.points[1], grid.points[2]}, 0, 0, 0};
  // Whole lines; one more where rows, or planes, would come to lie a page apart, or an even part of one.
  const auto off_pages = [](long stride) { return stride % (page / 4) == 0 ? stride + line : stride; };
  layout.stride_y = off_pages(rounded_up(layout.n[0], line));
  layout.stride_z = off_pages(layout.stride_y * layout.n[1]);
  layout.stride_component = layout.stride_z * layout.n[2];
  if (layout.stride_component >= page)
    layout.stride_component = rounded_up(layout.stride_component, page) + std::max(1L, page / line / streams) * line;
  return layout;
}

}  // namespace

PaddedFields::PaddedFields(const Grid& grid, int components, int count)
    : layout_(apart(grid, components * count)),
      size_(grid.cells() * static_cast<std::size_t>(components)),
      extent_(static_cast<std::size_t>(components) * static_cast<std::size_t>(layout_.stride_component)) {
  const std::size_t numbers = extent_ * static_cast<std::size_t>(count), bytes = numbers * sizeof(double);
  const bool large = bytes >= large_page;
  const std::size_t alignment = large ? large_page : line * sizeof(double);
  void* const room = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (room == nullptr) throw std::bad_alloc();
  if (large) madvise(room, bytes, MADV_HUGEPAGE);  // where that is not to be had, small ones do
  numbers_.reset(static_cast<double*>(room));
  std::fill_n(numbers_.get(), numbers, 0.0);
}

void PaddedFields::read(std::span<const double> dense, double* field) const {
  expects(dense.size() == size_, "a field of the grid");
  stretches(0, size_, [&](std::size_t i, std::size_t j, std::size_t n) {
    std::copy_n(dense.begin() + static_cast<std::ptrdiff_t>(i), n, field + j);
  });
}

void PaddedFields::write(const double* field, std::span<double> dense) const {
  expects(dense.size() == size_, "a field of the grid");
  stretches(0, size_, [&](std::size_t i, std::size_t j, std::size_t n) {
    std::copy_n(field + j, n, dense.begin() + static_cast<std::ptrdiff_t>(i));
  });
}

}  // namespace rdd
