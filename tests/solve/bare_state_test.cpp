#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "runtime/solve/output.hpp"
#include "runtime/solve/read_error.hpp"
#include "runtime/solve/state_file.hpp"
#include "tests/solve/folder.hpp"
#include "tests/solve/full_disk.hpp"
#include "tests/solve/plain_kernel.hpp"

using namespace rdd;

namespace {

const NamedTexts identity = {{"model hash", "17"}, {"note", ""}, {"text", "one\nend\ncount 1 steps\n"}};
const Field field = random_field(3, 100);

void write_state(const std::string& path) {
  StateWriter state(path, identity);
  double time = 0.1, size = -std::numeric_limits<double>::denorm_min();
  long steps = 1L << 60;
  Field values = field;
  state.number("time", time);
  state.count("steps", steps);
  state.numbers("field", values);
  state.number("size", size);
  state.numbers("nothing", {});
  state.commit();
}

}  // namespace

TEST_CASE("a state reads back as it was, in any order") {
  const Folder folder;
  write(folder / "state.bin", "before");
  write_state(folder / "state.bin");
  CHECK(folder.names() == std::vector<std::string>{"state.bin"});
  StateReader state(folder / "state.bin");
  CHECK(state.restores());
  CHECK((state.identity() == identity));
  double time = 0, size = 0;
  long steps = 0;
  Field values(100), none;
  state.numbers("field", values);
  state.number("size", size);
  state.numbers("nothing", none);
  state.count("steps", steps);
  state.number("time", time);
  CHECK(time == 0.1);
  CHECK(size == -std::numeric_limits<double>::denorm_min());
  CHECK(steps == 1L << 60);
  CHECK((values == field));
}

TEST_CASE("what a state does not hold cannot be read from it") {
  const Folder folder;
  write_state(folder / "state.bin");
  StateReader state(folder / "state.bin");
  double number = 0;
  long count = 0;
  Field fewer(99);
  CHECK_THROWS_AS(state.number("other", number), ReadError);
  CHECK_THROWS_AS(state.count("time", count), ReadError);
  CHECK_THROWS_WITH_AS(state.numbers("field", fewer), "the state in a checkpoint is of another size: field", ReadError);
}

TEST_CASE("states that were cut or are damaged are refused") {
  const Folder folder;
  CHECK_THROWS_AS(StateReader(folder / "none"), ReadError);
  write_state(folder / "state.bin");
  const std::string bytes = contents(folder / "state.bin");
  for (std::size_t size = 0; size < bytes.size(); size += size < 200 || size + 100 > bytes.size() ? 1 : 7) {
    CAPTURE(size);
    write(folder / "cut", bytes.substr(0, size));
    CHECK_THROWS_AS(StateReader(folder / "cut"), ReadError);
  }
  for (const std::string& wrong : {"some other file\n" + bytes, bytes + "end\n", "rdd state 2" + bytes.substr(11)}) {
    write(folder / "wrong", wrong);
    CHECK_THROWS_AS(StateReader(folder / "wrong"), ReadError);
  }
}

TEST_CASE("a disk that fills up leaves the state before as it was") {
  const Folder folder;
  const std::string path = folder / "state.bin";
  write(path, "before");
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{40}, rlim_t{500}, rlim_t{900}}) {
    CAPTURE(bytes);
    CHECK(refusal_beyond(bytes, [&] { write_state(path); }) ==
          "cannot write '" + path +
              "': File too large; raise the limit on the size of files (ulimit -f), or write fewer times");
    CHECK(folder.names() == std::vector<std::string>{"state.bin"});
    CHECK(contents(path) == "before");
  }
}
