// What plugin_test.cpp and its plug-in agree on.
#pragma once

namespace rdd::testing {

struct SamplePlugin {
  int (*add)(int, int);
};

}  // namespace rdd::testing
