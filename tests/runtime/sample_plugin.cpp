#include "tests/runtime/sample_plugin.hpp"

extern "C" const rdd::testing::SamplePlugin* rdd_sample_plugin() {
  static constexpr rdd::testing::SamplePlugin table{[](int a, int b) { return a + b; }};
  return &table;
}
