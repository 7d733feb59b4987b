// An archive in memory, for tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/solve/archive.hpp"

namespace rdd {

/// What it was shown, by name; once `reading`, that comes back.
class Memory : public Archive {
 public:
  bool restores() const override { return reading; }
  void number(const char* name, double& value) override { numbers(name, {&value, 1}); }
  void count(const char* name, long& value) override {
    if (reading)
      value = counts_.at(name);
    else
      CHECK(counts_.emplace(name, value).second);
  }
  void numbers(const char* name, std::span<double> values) override {
    if (!reading) {
      CHECK(arrays_.emplace(name, std::vector<double>(values.begin(), values.end())).second);
      return;
    }
    const std::vector<double>& found = arrays_.at(name);
    REQUIRE(found.size() == values.size());
    std::copy(found.begin(), found.end(), values.begin());
  }

  bool reading = false;

 private:
  std::map<std::string, long> counts_;
  std::map<std::string, std::vector<double>> arrays_;
};

}  // namespace rdd
