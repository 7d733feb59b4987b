// The state of a solve as a file, of HDF5 or without it (result_series.hpp): written whole, synced and renamed, so that
// it is there or not, at any instant.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/solve/archive.hpp"

namespace rdd {

/// Texts by name, in order.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

/// Members throw OutputError.
class StateWriter : public Archive {
 public:
  /// `identity` is what must be the same for the state to be of use.
  StateWriter(const std::string& path, const NamedTexts& identity);
  ~StateWriter() override;
  bool restores() const override { return false; }
  void number(const char* name, double& value) override;
  void count(const char* name, long& value) override;
  void numbers(const char* name, std::span<double> values) override;
  void commit();  ///< puts it in place of the state before

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Members throw ReadError.
class StateReader : public Archive {
 public:
  explicit StateReader(const std::string& path);
  ~StateReader() override;
  bool restores() const override { return true; }
  NamedTexts identity() const;
  void number(const char* name, double& value) override;
  void count(const char* name, long& value) override;
  void numbers(const char* name, std::span<double> values) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdd
