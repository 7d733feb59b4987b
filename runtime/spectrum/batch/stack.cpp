#include "runtime/spectrum/batch/stack.hpp"

#include <algorithm>
#include <complex>
#include <memory>
#include <new>

#include "runtime/expects.hpp"
#include "runtime/spectrum/batch/blocked_solver.hpp"
#include "runtime/spectrum/batch/share_out.hpp"

namespace rdd {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;

/// Uninitialised doubles, aligned for any register.
struct Buffer {
  explicit Buffer(std::size_t size)
      : data(static_cast<double*>(::operator new (size * sizeof(double), std::align_val_t{64}))) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::operator delete (data, std::align_val_t{64}); }
  double* data;
};

/// Solves the whole set: batches by `in_lanes(kernels, first, count, matrices, work)`, which returns the lanes that
/// failed, or each matrix by `alone(k)` where they are larger than `largest`.
template <class InLanes, class Alone>
void solve(const MatrixSet& set, const batch::Kernels& kernels, int largest, int threads, const InLanes& in_lanes,
           const Alone& alone) {
  if (set.count == 0) return;
  if (set.size > largest) {
    share_out(set.count, threads, [&] { return [&](Index k) { alone(k); }; });
    return;
  }
  const int size = static_cast<int>(set.size), lanes = kernels.lanes;
  const auto entries = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  share_out((set.count + lanes - 1) / lanes, threads, [&] {
    const auto matrices = std::make_shared<Buffer>(2 * entries * static_cast<std::size_t>(lanes));
    const auto work = std::make_shared<Buffer>(kernels.work(size));
    return [&, matrices, work](Index part) {
      const Index first = part * lanes;
      const auto count = static_cast<int>(std::min<Index>(lanes, set.count - first));
      set.fill(kernels, first, count, matrices->data);
      const unsigned failed = in_lanes(first, count, matrices->data, work->data);
      for (int l = 0; l < count; ++l) {
        if ((failed >> l & 1U) != 0) alone(first + l);
      }
    };
  });
}

double* numbers(Eigen::MatrixXcd& matrix, Index column) {
  return matrix.size() == 0 ? nullptr : reinterpret_cast<double*>(matrix.data() + column * matrix.rows());
}
Complex* entries(Eigen::MatrixXcd& matrix, Index column) {
  return matrix.size() == 0 ? nullptr : matrix.data() + column * matrix.rows();
}

}  // namespace

MatrixSet side_by_side(const Eigen::MatrixXcd& columns) {
  const Index size = columns.rows();
  expects(size > 0 && columns.cols() % size == 0, "square matrices side by side");
  expects(columns.array().isFinite().all(), "finite matrices");
  const auto fill = [&columns, size](const batch::Kernels& kernels, Index first, int count, double* matrices) {
    const Index lanes = kernels.lanes;
    std::fill_n(matrices, 2 * size * size * lanes, 0.0);
    for (Index l = 0; l < count; ++l) {
      const Complex* const from = columns.data() + (first + l) * size * size;
      for (Index place = 0; place < size * size; ++place) {
        matrices[2 * place * lanes + l] = from[place].real();
        matrices[(2 * place + 1) * lanes + l] = from[place].imag();
      }
    }
  };
  const auto single = [&columns, size](Index k) { return Eigen::MatrixXcd(columns.middleCols(k * size, size)); };
  return {size, columns.cols() / size, fill, single};
}

HermitianSet hermitian_set(const MatrixSet& matrices, bool vectors, int threads, const batch::Kernels* kernels) {
  const batch::Kernels& used = kernels != nullptr ? *kernels : *batch::kernels().front();
  const Index size = matrices.size;
  HermitianSet result{Eigen::MatrixXd(size, matrices.count), {}};
  if (vectors) result.vectors.resize(size, size * matrices.count);
  solve(
      matrices, used, vectors ? used.largest_vectors : used.largest_values, threads,
      [&](Index first, int count, double* batch, double* work) {
        return used.hermitian(static_cast<int>(size), count, batch, work, result.values.col(first).data(),
                              numbers(result.vectors, first * size));
      },
      [&](Index k) {
        solve_hermitian(matrices.single(k), result.values.col(k).data(), entries(result.vectors, k * size));
      });
  return result;
}

GeneralSet general_set(const MatrixSet& matrices, Vectors vectors, int threads, const batch::Kernels* kernels) {
  const batch::Kernels& used = kernels != nullptr ? *kernels : *batch::kernels().front();
  const Index size = matrices.size;
  GeneralSet result{Eigen::MatrixXcd(size, matrices.count), {}, {}};
  if (vectors != Vectors::none) result.right.resize(size, size * matrices.count);
  if (vectors == Vectors::both) result.left.resize(size, size * matrices.count);
  solve(
      matrices, used, vectors != Vectors::none ? used.largest_general_vectors : used.largest_general_values, threads,
      [&](Index first, int count, double* batch, double* work) {
        return used.general(static_cast<int>(size), count, batch, work, numbers(result.values, first),
                            numbers(result.right, first * size), numbers(result.left, first * size));
      },
      [&](Index k) {
        solve_general(matrices.single(k), result.values.col(k).data(), entries(result.right, k * size),
                      entries(result.left, k * size));
      });
  return result;
}

}  // namespace rdd
