// Ctrl-C, and a polite request to end, as a question that long work asks now and then.
#pragma once

namespace rdd {

/// While one lives, the first SIGINT (Ctrl-C) and the first SIGTERM are kept until they are asked for; a second one
/// ends the program at once. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  bool operator()() const;  ///< was there one?
  int status() const;       ///< the exit status that says so: 128 and the signal's number, 130 for Ctrl-C
};

}  // namespace rdd
