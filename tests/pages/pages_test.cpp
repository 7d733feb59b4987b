// Blocks of the pages in languages of others, as they stand: C++ and CMake are built against the installed package, the
// rest is read by the program it is for. What is not installed is named and left out.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "lang/explanation.hpp"
#include "tests/support/process.hpp"

using namespace rdd;
using namespace rdd::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> blocks(const std::string& page, std::string_view language) {
  const std::string text = read_file(fs::path(RDD_SOURCE_DIR) / "docs" / page);
  std::vector<std::string> all;
  for (const Passage& passage : passages(text))
    if (passage.code && passage.language == language) all.emplace_back(passage.text);
  return all;
}

std::string must(const std::vector<std::string>& command, const fs::path& where) {
  const Finished finished = run(command, "", where.string(), 800);
  INFO(finished.output);
  INFO(finished.errors);
  REQUIRE(finished.status == 0);
  return finished.output;
}

bool there_is(const std::string& program) {
  if (shell("command -v " + program).status == 0) return true;
  MESSAGE(program << " is not installed: what the pages show for it is not tried");
  return false;
}

/// Statements become a program: what stands before a function goes there.
std::string program(const std::string& statements) {
  std::istringstream lines(statements);
  std::string before, body;
  for (std::string line; std::getline(lines, line);) (line.starts_with("#include") ? before : body) += line + "\n";
  return "#include <cmath>\n#include <iostream>\n#include <optional>\n#include <span>\n#include <vector>\n" + before +
         "int main() {\n" + body + "}\n";
}

fs::path built(const Scratch& scratch, const std::string& source, const std::string& lists) {
  static const Scratch prefix;
  static const std::string installed =
      must({RDD_TEST_CMAKE, "--install", RDD_BINARY_DIR, "--prefix", prefix.file("rdd")}, prefix.path());
  scratch.write("app.cpp", source);
  scratch.write("CMakeLists.txt",
                "cmake_minimum_required(VERSION 3.25)\nproject(page LANGUAGES CXX)\nset(CMAKE_CXX_STANDARD 20)\n"
                "add_executable(app app.cpp)\n" +
                    lists);
  must({RDD_TEST_CMAKE, "-B", "build", "-G", "Ninja", "-DCMAKE_PREFIX_PATH=" + prefix.file("rdd")}, scratch.path());
  must({RDD_TEST_CMAKE, "--build", "build"}, scratch.path());
  return scratch.path() / "build/app";
}

}  // namespace

TEST_CASE("docs/embedding.md: a model in C++, a text with a mistake, and what follows") {
  const auto cpp = blocks("embedding.md", "cpp"), cmake = blocks("embedding.md", "cmake"),
             models = blocks("embedding.md", "rdd"), shown = blocks("embedding.md", "");
  REQUIRE(cpp.size() == 4);
  REQUIRE(cmake.size() == 2);
  REQUIRE(models.size() == 1);
  const Scratch scratch;
  scratch.write("model.rdd", models[0]);
  const std::string text = "std::cout << m.text();\n";
  const fs::path app = built(scratch, program(cpp[0] + text + cpp[1] + cpp[2]), cmake[0]);
  const std::string output = must({app.string()}, scratch.path());
  CHECK(output == models[0] + shown.at(0));
}

TEST_CASE("docs/embedding.md: a model compiled into a program") {
  const auto cpp = blocks("embedding.md", "cpp"), cmake = blocks("embedding.md", "cmake");
  const Scratch scratch;
  for (const char* file : {"crowdion.rdd", "barriers.rdd"})
    fs::copy(fs::path(RDD_SOURCE_DIR) / "examples/embed" / file, scratch.path() / file);
  const fs::path app = built(scratch, program(cpp[3]), cmake[1]);
  must({app.string()}, scratch.path());
  CHECK(fs::exists(scratch.path() / "relax.h5"));
}

TEST_CASE("docs/output.md: results read from Python") {
  if (shell("/usr/bin/python3 -c 'import h5py'").status != 0) {
    MESSAGE("python3-h5py is not installed: what docs/output.md shows for it is not tried");
    return;
  }
  const auto python = blocks("output.md", "python");
  REQUIRE(python.size() == 2);  // the second reads results without HDF5: embed_test.cpp
  const Scratch scratch;
  const std::string model =
      scratch.write("chain.rdd",
                    "model chain\nlattice { vectors [[1 nm]] }\n"
                    "states { A energy 0 eV; B energy 0.1 eV }\ntemperature 600 K\n"
                    "rates { A <-> B : 9 /s; B <-> B by [1] : 9 /s }\nreduce { bands 1 }\n"
                    "solve relax { domain [20 nm]; grid [20]; initial A = uniform(); until 1 s }\n");
  must({rdd_command(), "run", model, "-o", "relax.h5"}, scratch.path());
  const std::string script = scratch.write("read.py", python[0]);
  std::istringstream printed(must({"/usr/bin/python3", script}, scratch.path()));
  double time = 0, sum = 0;
  printed >> time >> sum;
  CHECK(time == 1);
  CHECK(sum == doctest::Approx(20 / 20e-9));  // of a density of one in 20 nm
}

TEST_CASE("docs/editors.md: what editors are told") {
  const Scratch scratch;
  const auto vim = blocks("editors.md", "vim"), lua = blocks("editors.md", "lua"), lisp = blocks("editors.md", "elisp");
  REQUIRE(vim.size() == 1);
  REQUIRE(lua.size() == 2);
  REQUIRE(lisp.size() == 1);
  if (there_is("nvim")) {
    const std::string script = scratch.write("rdd.vim", vim[0]);
    must({"nvim", "--headless", "-u", script, "-c", "if !exists('#User#lsp_setup') | cquit | endif", "-c", "qa"},
         scratch.path());
    // The first is for a version that need not be this one.
    const std::string newer = scratch.write("newer.lua", lua[0]), older = scratch.write("older.lua", lua[1]);
    must({"nvim", "--headless", "-u", "NONE", "-c", "lua assert(loadfile('" + newer + "'))", "-c", "qa"},
         scratch.path());
    must({"nvim", "--headless", "-u", older, "-c",
          "lua if #vim.api.nvim_get_autocmds({event = 'FileType', pattern = 'rdd'}) ~= 1 then vim.cmd('cquit') end",
          "-c", "qa"},
         scratch.path());
  }
  if (there_is("emacs")) {
    scratch.write("model.rdd", "model a # a comment\n");
    const std::string file = scratch.write("rdd.el", lisp[0]);
    const std::string seen =
        must({"emacs", "--batch", "--eval", "(defun eglot-ensure () (princ \"asked \"))", "-l", file, "model.rdd",
              "--eval", "(progn (font-lock-ensure) (princ major-mode) (princ (get-text-property 1 'face)))"},
             scratch.path());
    CHECK(seen == "asked rdd-modefont-lock-keyword-face");
  }
}
