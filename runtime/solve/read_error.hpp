// What reads files of rdd throws when one cannot be read.
#pragma once

#include <stdexcept>

namespace rdd {

/// A file cannot be read, or is not what was expected. `what()` is a sentence with its path.
class ReadError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace rdd
