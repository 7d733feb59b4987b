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

KernelLayout apart(const Grid& grid, int streams, long halo) {
  KernelLayout layout{{grid.points[0], grid.points[1], grid.points[2]}, 0, 0, 0, halo};
  // Whole lines; one more where rows, or planes, would come to lie a page apart, or an even part of one.
  const auto off_pages = [](long stride) { return stride % (page / 4) == 0 ? stride + line : stride; };
  layout.stride_y = off_pages(rounded_up(layout.n[0] + 2 * halo * ways, line));
  layout.stride_z = off_pages(layout.stride_y * layout.n[1]);
  layout.stride_component = layout.stride_z * layout.n[2];
  if (layout.stride_component >= page)
    layout.stride_component = rounded_up(layout.stride_component, page) + std::max(1L, page / line / streams) * line;
  return layout;
}

}  // namespace

/// Calls body(i, j) for the rows of a dense field in their order: its first number is i there, and the row begins at j
/// here.
template <class Body>
void PaddedFields::rows(const Body& body) const {
  const auto [nx, ny, nz] = layout_.n;
  std::size_t i = 0;
  for (long first = 0; first < static_cast<long>(extent_); first += layout_.stride_component)
    for (long z = 0; z < nz; ++z)
      for (long y = 0; y < ny; ++y, i += static_cast<std::size_t>(nx))
        body(i, first + z * layout_.stride_z + y * layout_.stride_y);
}

PaddedFields::PaddedFields(const Grid& grid, int components, int count, bool interleaved)
    : layout_(apart(grid, components * count, interleaved ? reach(grid.scheme) : 0)),
      size_(grid.cells() * static_cast<std::size_t>(components)),
      extent_(static_cast<std::size_t>(components) * static_cast<std::size_t>(layout_.stride_component)) {
  expects(!interleaved || can_interleave(grid), "rows of pieces of the same length");
  const std::size_t numbers = extent_ * static_cast<std::size_t>(count), needed = numbers * sizeof(double);
  const bool large = needed >= large_page;
  const std::size_t alignment = large ? large_page : line * sizeof(double);
  const std::size_t bytes = (needed + alignment - 1) / alignment * alignment;  // whole pages: the last is large too
  void* const room = std::aligned_alloc(alignment, bytes);
  if (room == nullptr) throw std::bad_alloc();
  if (large) madvise(room, bytes, MADV_HUGEPAGE);  // where that is not to be had, small ones do
  numbers_.reset(static_cast<double*>(room));
  std::fill_n(numbers_.get(), numbers, 0.0);
}

void PaddedFields::read(std::span<const double> dense, double* field) const {
  expects(dense.size() == size_, "a field of the grid");
  rows([&](std::size_t i, long row) {
    for (long x = 0; x < layout_.n[0]; ++x) field[row + layout_.along_x(x)] = dense[i + static_cast<std::size_t>(x)];
    close_row(field + row + layout_.halo * ways, layout_.n[0] / ways, layout_.halo);
  });
}

void PaddedFields::write(const double* field, std::span<double> dense) const {
  expects(dense.size() == size_, "a field of the grid");
  rows([&](std::size_t i, long row) {
    for (long x = 0; x < layout_.n[0]; ++x) dense[i + static_cast<std::size_t>(x)] = field[row + layout_.along_x(x)];
  });
}

}  // namespace rdd
