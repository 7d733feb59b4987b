#include "runtime/solve/temporary_file.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

#include "tests/solve/folder.hpp"

using namespace rdd;

namespace {

std::string refusal(const std::string& path) {
  try {
    const TemporaryFile file(path);
  } catch (const OutputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a temporary file takes its name on rename, and not before") {
  const Folder folder;
  const std::string path = folder / "result.csv";
  {
    TemporaryFile file(path);
    CHECK(!std::filesystem::exists(path));
    CHECK(folder.names().size() == 1);
    file.append("1,2\n");
    file.append("3,4\n");
    file.sync();
    file.rename();
  }
  CHECK(contents(path) == "1,2\n3,4\n");
  CHECK(folder.names() == std::vector<std::string>{"result.csv"});
}

TEST_CASE("a temporary file that was not renamed leaves nothing, and the earlier file as it was") {
  const Folder folder;
  const std::string path = folder / "result.csv";
  write(path, "before");
  {
    TemporaryFile file(path);
    file.append("after");
  }
  CHECK(contents(path) == "before");
  CHECK(folder.names() == std::vector<std::string>{"result.csv"});
}

TEST_CASE("a place that cannot be written to is refused with the way out") {
  const Folder folder;
  const std::string missing = folder / "no/such/result.h5";
  CHECK(refusal(missing) == "cannot write '" + missing + "': No such file or directory; create the folder '" +
                                (folder / "no/such") + "' or choose another");
  write(folder / "file", "");
  const std::string below = folder / "file/result.h5";
  CHECK(refusal(below) == "cannot write '" + below + "': Not a directory; '" + (folder / "file") +
                              "' is not a folder; choose one that is");
  std::filesystem::create_directory(folder / "taken.h5");
  CHECK(refusal(folder / "taken.h5") ==
        "cannot write '" + (folder / "taken.h5") + "': Is a directory; name a file, not a folder");
  CHECK(refusal(folder / "taken.h5/") ==
        "cannot write '" + (folder / "taken.h5/") + "': Is a directory; name a file, not a folder");
  CHECK(refusal("/dev/full") == "cannot write '/dev/full': it is a device, not a file; name a file");
  CHECK(refusal(folder / std::string(300, 'x')).find("choose a shorter name") != std::string::npos);
  CHECK(refusal("").find("name a file") != std::string::npos);
}

TEST_CASE("a full disk and a missing permission say what to do") {
  CHECK(std::string(cannot_write("a/b.h5", ENOSPC).what()) ==
        "cannot write 'a/b.h5': No space left on device; free some space, or write to another disk");
  CHECK(std::string(cannot_write("b.h5", EACCES).what()) ==
        "cannot write 'b.h5': Permission denied; choose a folder in place of '.' that you may write to");
  CHECK(std::string(cannot_write("b.h5", 0).what()).find("the HDF5 library failed") != std::string::npos);
}
