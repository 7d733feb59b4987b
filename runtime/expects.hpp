// Promises between our own parts. A broken one is a bug of ours: it is thrown here, caught once by the command line,
// and ends with status 70. What a user can get wrong never comes this way.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rdd {

class InternalError : public std::logic_error {
  using std::logic_error::logic_error;
};

inline void expects(bool ok, std::string_view promise, std::source_location at = std::source_location::current()) {
  if (ok) return;
  throw InternalError(std::string(at.file_name()) + ":" + std::to_string(at.line()) + ": expected " +
                      std::string(promise));
}

}  // namespace rdd
