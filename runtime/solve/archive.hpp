// What something has to remember to go on later, shown member by member under a name. One list of members serves both
// ways: an archive either writes down what it is shown, or puts back what was written.
#pragma once

#include <span>

namespace rdd {

class Archive {
 public:
  virtual ~Archive() = default;
  virtual bool restores() const = 0;  ///< puts back what was written
  virtual void number(const char* name, double& value) = 0;
  virtual void count(const char* name, long& value) = 0;
  /// As many values as there were: their number follows from the problem.
  virtual void numbers(const char* name, std::span<double> values) = 0;

  void flag(const char* name, bool& value) {
    long as_count = value ? 1 : 0;
    count(name, as_count);
    value = as_count != 0;
  }
};

}  // namespace rdd
