// What librdd_slepc.so offers: plain data, so that neither side needs the other's headers.
#pragma once

#include <complex>

namespace rdd {

struct SlepcRequest {
  int size = 0;
  const int* start = nullptr;  ///< (size + 1) of each column; the matrix by compressed columns
  const int* row = nullptr;
  const std::complex<double>* value = nullptr;
  bool hermitian = false;
  int count = 0;
  double shift = 0;
};

struct SlepcPlugin {
  /// Fills `lambda` (count). False with a message (of at most `length` characters) where it failed.
  bool (*smallest)(const SlepcRequest& request, std::complex<double>* lambda, char* message, int length);
};

}  // namespace rdd
