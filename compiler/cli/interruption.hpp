// Ctrl-C as a question that long work asks now and then.
#pragma once

namespace rdd::cli {

/// While one lives, the first Ctrl-C is kept until it is asked for; a second one ends the program at once. One at a
/// time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  bool operator()() const;  ///< was Ctrl-C pressed?
};

}  // namespace rdd::cli
