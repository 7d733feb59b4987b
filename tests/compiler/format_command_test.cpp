// `rdd fmt` as a user meets it: files replaced whole or left alone.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/process.hpp"

using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

const std::string messy = "model   m\nparam a=1e-2 nm # keep\n";
const std::string tidy = "model m\nparam a = 1e-2 nm # keep\n";

Finished fmt(std::vector<std::string> arguments, const std::string& input = "") {
  std::vector<std::string> command{rdd_command(), "fmt"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, input);
}

}  // namespace

TEST_CASE("files are rewritten in place, with their permissions, and only where something changes") {
  const Scratch scratch;
  const std::string one = scratch.write("one.rdd", messy), two = scratch.write("two.rdd", tidy);
  fs::permissions(one, fs::perms::owner_all | fs::perms::group_read);
  const auto before = fs::last_write_time(two);
  const Finished finished = fmt({one, two});
  CHECK(finished.status == 0);
  CHECK(finished.errors == one + ": formatted\n");
  CHECK(read_file(one) == tidy);
  CHECK(fs::status(one).permissions() == (fs::perms::owner_all | fs::perms::group_read));
  CHECK(fs::last_write_time(two) == before);
  CHECK(std::distance(fs::directory_iterator(scratch.path()), fs::directory_iterator()) == 2);
}

TEST_CASE("a link goes on leading to the file") {
  const Scratch scratch;
  const std::string file = scratch.write("file.rdd", messy), link = scratch.file("link.rdd");
  fs::create_symlink("file.rdd", link);
  CHECK(fmt({link}).status == 0);
  CHECK(fs::is_symlink(link));
  CHECK(read_file(file) == tidy);
}

TEST_CASE("--check writes nothing, names what would change and shows where") {
  const Scratch scratch;
  const std::string file = scratch.write("file.rdd", messy), fine = scratch.write("fine.rdd", tidy);
  const Finished finished = fmt({"--check", file, fine});
  CHECK(finished.status == 1);
  CHECK(finished.output == file + ":1: not formatted\n  -model   m\n  +model m\n");
  CHECK(read_file(file) == messy);
  CHECK(fmt({"--check", fine}).status == 0);
  CHECK(fmt({"--check", scratch.write("end.rdd", "model m")})
            .output.ends_with(":1: not formatted\n  -model m\n  +model m\n"));
}

TEST_CASE("standard input goes to standard output") {
  CHECK(fmt({"-"}, messy).output == tidy);
  CHECK(fmt({"-", "--check"}, messy).status == 1);
  CHECK(fmt({"-", "--check"}, tidy).status == 0);
}

TEST_CASE("what does not parse is left alone, and the other files are formatted all the same") {
  const Scratch scratch;
  const std::string bad = scratch.write("bad.rdd", "model   m\nparam = 3\n"), file = scratch.write("file.rdd", messy);
  const Finished finished = fmt({bad, file});
  CHECK(finished.status == 1);
  CHECK(finished.errors.find("error[E0101]") != std::string::npos);
  CHECK(read_file(bad) == "model   m\nparam = 3\n");
  CHECK(read_file(file) == tidy);
  CHECK(fmt({scratch.file("absent.rdd")}).status == 2);
  CHECK(fmt({}).status == 2);
}
