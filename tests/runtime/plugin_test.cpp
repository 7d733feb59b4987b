#include "runtime/plugin.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/runtime/sample_plugin.hpp"

using namespace rdd;
using rdd::testing::SamplePlugin;

namespace {

const Plugin sample{"adding machine", "librdd_test_plugin.so", "rdd_sample_plugin", "RDD_TEST_PLUGIN"};
const std::string built = std::string(RDD_BINARY_DIR) + "/lib/librdd_test_plugin.so";

/// What the environment names for as long as it lives.
struct Named {
  explicit Named(const std::string& path) { setenv("RDD_TEST_PLUGIN", path.c_str(), 1); }
  ~Named() { unsetenv("RDD_TEST_PLUGIN"); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;
};

std::string message(const Plugin& plugin) {
  try {
    plugin_entry(plugin);
  } catch (const PluginError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a plug-in beside the executable is found, once and again") {
  CHECK(load_plugin<SamplePlugin>(sample).add(2, 3) == 5);
  CHECK(&load_plugin<SamplePlugin>(sample) == &load_plugin<SamplePlugin>(sample));
}

TEST_CASE("the environment names another file for a plug-in, and an empty name is none") {
  const auto copy = std::filesystem::temp_directory_path() / "rdd-plugin-test.so";
  std::filesystem::copy_file(built, copy, std::filesystem::copy_options::overwrite_existing);
  {
    const Named named(copy.string());
    CHECK(load_plugin<SamplePlugin>(sample).add(2, 3) == 5);
  }
  std::filesystem::remove(copy);
  const Named none("");
  CHECK(load_plugin<SamplePlugin>(sample).add(2, 3) == 5);
}

TEST_CASE("a file the environment names for a plug-in is not replaced by another") {
  const Named named("/nowhere/librdd_test_plugin.so");
  CHECK(
      message(sample) ==
      "cannot load the adding machine librdd_test_plugin.so (/nowhere/librdd_test_plugin.so: cannot open shared object "
      "file: No such file or directory); set RDD_TEST_PLUGIN to its path if it lies elsewhere");
}

TEST_CASE("a plug-in that is nowhere says where it was sought") {
  Plugin absent = sample;
  absent.library = "librdd_absent.so";
  CHECK(
      message(absent) ==
      "cannot load the adding machine librdd_absent.so (librdd_absent.so: cannot open shared object file: No such file "
      "or directory); set RDD_TEST_PLUGIN to its path if it lies elsewhere");
}

TEST_CASE("a library without the entry is not the plug-in") {
  Plugin other = sample;
  other.entry = "rdd_other_plugin";
  CHECK(message(other) == "'" + built + "' is not rdd's adding machine: it has no rdd_other_plugin");
}
