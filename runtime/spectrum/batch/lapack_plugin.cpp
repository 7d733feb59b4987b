// The plug-in librdd_lapack.so: LAPACK's dense eigensolvers, out of OpenBLAS or any other library that has them.
#include "runtime/spectrum/batch/lapack_plugin.hpp"

#include <memory>
#include <new>

using Complex = std::complex<double>;

extern "C" {
void zheevd_(const char* job, const char* triangle, const int* n, Complex* a, const int* stride, double* values,
             Complex* work, const int* work_size, double* real_work, const int* real_work_size, int* integer_work,
             const int* integer_work_size, int* info);
void zgeev_(const char* left_job, const char* right_job, const int* n, Complex* a, const int* stride, Complex* values,
            Complex* left, const int* left_stride, Complex* right, const int* right_stride, Complex* work,
            const int* work_size, double* real_work, int* info);
__attribute__((weak)) void openblas_set_num_threads(int threads);
}

namespace {

/// Aligned, so that what LAPACK does cannot depend on where the memory lies.
template <class T>
class Buffer {
 public:
  explicit Buffer(int size)
      : data_(static_cast<T*>(::operator new (static_cast<std::size_t>(size) * sizeof(T), std::align_val_t{64}))) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::operator delete (data_, std::align_val_t{64}); }
  T* get() const { return data_; }

 private:
  T* data_;
};

int hermitian(int n, bool vectors, Complex* matrix, double* values) {
  const char* const job = vectors ? "V" : "N";
  Complex size;
  double real_size = 0;
  int integer_size = 0, info = 0;
  const int ask = -1;
  zheevd_(job, "L", &n, matrix, &n, values, &size, &ask, &real_size, &ask, &integer_size, &ask, &info);
  if (info != 0) return info;
  // zheevd asks for too little to turn the vectors back in blocks (of up to 64 reflections, and their triangular
  // factor).
  const int blocks = vectors ? 64 * (n + 65) : 0;
  const int work_size = static_cast<int>(size.real()) + blocks, real_work_size = static_cast<int>(real_size);
  const Buffer<Complex> work(work_size);
  const Buffer<double> real_work(real_work_size);
  const Buffer<int> integer_work(integer_size);
  zheevd_(job, "L", &n, matrix, &n, values, work.get(), &work_size, real_work.get(), &real_work_size,
          integer_work.get(), &integer_size, &info);
  return info;
}

int general(int n, Complex* matrix, Complex* values, Complex* right) {
  const char* const job = right != nullptr ? "V" : "N";
  const int one = 1, ask = -1;
  const int* const stride = right != nullptr ? &n : &one;
  const Buffer<double> real_work(2 * n);
  Complex size, unused;
  int info = 0;
  Complex* const vectors = right != nullptr ? right : &unused;
  zgeev_("N", job, &n, matrix, &n, values, &unused, &one, vectors, stride, &size, &ask, real_work.get(), &info);
  if (info != 0) return info;
  const int work_size = static_cast<int>(size.real());
  const Buffer<Complex> work(work_size);
  zgeev_("N", job, &n, matrix, &n, values, &unused, &one, vectors, stride, work.get(), &work_size, real_work.get(),
         &info);
  return info;
}

}  // namespace

extern "C" const rdd::LapackPlugin* rdd_lapack_plugin() {
  static constexpr rdd::LapackPlugin table{hermitian, general};
  // Many matrices are solved side by side: each has one core.
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  return &table;
}
