#include "lang/format.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "lang/format/pieces.hpp"
#include "lang/layout.hpp"
#include "lang/print.hpp"
#include "tests/lang/models.hpp"
#include "tests/lang/random_file.hpp"

using namespace rdd;
using namespace rdd::tests;

namespace {

std::string formatted(const std::string& text) {
  Diagnostics diagnostics;
  const auto result = format(source(text), diagnostics);
  REQUIRE_MESSAGE(result, (drawn(diagnostics) + text));
  return *result;
}

ast::File parsed(const std::string& text) {
  Diagnostics diagnostics;
  const auto file = parse(source(text), diagnostics);
  INFO(text);
  INFO(drawn(diagnostics));
  REQUIRE(file.has_value());
  REQUIRE_FALSE(diagnostics.has_errors());
  return *file;
}

std::vector<std::string> comments(const std::string& text) {
  Diagnostics diagnostics;
  const SourcePtr whole = source(text);
  const auto layout = lay_out({whole, 0, text.size()}, diagnostics);
  REQUIRE(layout.has_value());
  std::vector<std::string> result;
  for (const Comment& c : layout->comments) result.push_back(text.substr(c.begin, c.end - c.begin));
  return result;
}

/// A printed file as somebody might have typed it: other blanks, and with `wild` also line breaks within brackets,
/// blank lines, semicolons, blocks on one line and comments at every place there is.
class Typist {
 public:
  Typist(std::uint64_t seed, bool wild) : random_(seed), wild_(wild) {}

  std::string retype(const std::string& text) {
    std::istringstream lines(text);
    bool query = false;
    for (std::string line; std::getline(lines, line);) {
      if (wild_ && pick(6) == 0) own_line();
      if (wild_ && pick(6) == 0) out_ += "\n\n\n";
      query = line == "query {" || (query && line != "}");
      if (line.starts_with("query") || (query && line != "}"))
        out_ += line;
      else
        pieces(line);
      end_line(line);
    }
    if (wild_ && pick(3) == 0) out_ += "# the end";
    return out_;
  }

 private:
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  std::string blanks() { return std::string(pick(4), pick(5) == 0 ? '\t' : ' '); }
  std::string comment() {
    static const char* const texts[] = {"", " a comment", "# two", " \"no text\" { [ ;", " größer ⟨111⟩"};
    return "#" + std::to_string(++count_) + texts[pick(std::size(texts))];
  }
  void own_line() {
    if (!out_.empty() && out_.back() != '\n') out_ += "\n";
    out_ += blanks() + comment() + "\n";
  }

  void pieces(const std::string& line) {
    int depth = 0;
    std::string_view last;
    for (const auto& piece : format_detail::cut(line)) {
      const auto at = static_cast<std::size_t>(piece.text.data() - line.data());
      const bool apart = at > 0 && line[at - 1] == ' ';
      const bool bound = piece.text == "." || last == ".";
      if (apart) out_ += " ";
      if (!bound) out_ += blanks();
      const auto& words = declaration_words();
      if (wild_ && depth > 0 && !bound && std::find(words.begin(), words.end(), piece.text) == words.end()) {
        if (pick(12) == 0) out_ += " " + comment() + "\n";
        if (pick(12) == 0) own_line();
        if (pick(6) == 0) out_ += "\n" + blanks();
      }
      out_ += piece.text;
      if (piece.kind != format_detail::Kind::text && (piece.text == "(" || piece.text == "[")) ++depth;
      if (piece.kind != format_detail::Kind::text && (piece.text == ")" || piece.text == "]")) --depth;
      last = piece.text;
    }
  }

  void end_line(const std::string& line) {
    if (wild_ && pick(4) == 0) {
      out_ += blanks() + comment() + "\n";
    } else if (wild_ && pick(4) == 0 && (line == "}" || line.ends_with('{'))) {
      out_ += " ";  // a block goes on, on the same line
    } else if (wild_ && pick(4) == 0 && !line.ends_with('{')) {
      out_ += ";";
    } else {
      out_ += wild_ && pick(9) == 0 ? "\r\n" : "\n";
    }
  }

  std::mt19937_64 random_;
  bool wild_;
  int count_ = 0;
  std::string out_;
};

}  // namespace

TEST_CASE("printing any file and parsing it gives the same file") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    const ast::File file = random_file(seed);
    CHECK(parsed(print(file)) == file);
  }
}

TEST_CASE("formatting keeps the meaning and all comments of any file, and changes nothing the second time") {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const std::string text = Typist(seed, true).retype(print(random_file(seed)));
    CAPTURE(text);
    const std::string once = formatted(text);
    CAPTURE(once);
    CHECK(parsed(once) == parsed(text));
    std::vector<std::string> before = comments(text);
    for (std::string& comment : before)
      while (comment.back() == '\r') comment.pop_back();
    CHECK(comments(once) == before);
    CHECK(formatted(once) == once);
    CHECK(once.find(" \n") == std::string::npos);
    CHECK(once.find("\n\n\n") == std::string::npos);
    CHECK(once.find_first_of("\r\t") == std::string::npos);
  }
}

TEST_CASE("the blanks of a text do not matter") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const std::string text = print(random_file(seed));
    const std::string other = Typist(seed, false).retype(text);
    CAPTURE(other);
    CHECK(formatted(other) == formatted(text));
  }
}

TEST_CASE("a file as somebody typed it, and as it is laid out") {
  CHECK(formatted(R"rdd(

#   a licence
model   t;use std.lattices.square   # sq
param a=1e-2 nm+-0.10 nm  in[0 nm,  2 nm];param bcd = -a^2/3*(a-b)   # c1
  # own
let x = - a ;; let yy=3.10 eV/nm^-2*kT
let z=1 # first
        # and second line


# x
lattice
# odd
{ vectors [[1 nm,  # first
   0 nm], # row
   # own
   [0 nm,1 nm] # end
   ] }
lattice l(a){ vectors [[-a,a/2],
[a/2,   -a]]; point X=[1/2,0]
 point Gamma=[0,0]; path Gamma-X }
states { # c
  X at [0] energy 0 eV; Longer at[0.5]   energy -1 eV
  site[i in 0..5] energy (a+b)
  # comment

  # other


  Z weight 3 # w

}
states { X weight 1;Y weight 2 }
rates { X<->Longer by[1 ,0]:arrhenius(nu,E_mig)
site[i]->site[i+1]:f(1 /s) for i in 0..4 }
translations { [1, 0], [-1,0], [1,1], [2,3], [4,5], [1111111111,1], [1111111,2], [1111111,4], [111111111,3], }
use "other.rdd" (E=1/2 eV)  as iron
symmetry{[[1 / 2,- 3/ 4],[3/4 , 1/2]]; }
let f = iron.E + x/1/2 + (1/2)*2^1/2
force [a , -b]split 0.3
states table "a.csv" { name: 1,energy:"E (eV)" eV, at:[x nm, y nm],
 weight: 5 1/s }
states table "s.csv" {name:1,weight:2}
rates table "rates.csv" {from:1,to:2,rate:3 /s}
solve s { boundary x.low:absorbing, x.high :reflecting
  probe p=at([0.5 nm,0.2 nm],X)
  probe longer=mean(x)
  initial coarse [ 0 ] = gaussian(center = [100000000 nm, 100000000 nm], sigma = 8000000000 nm) + box(low = [1, 2], high = [2000,3])
  react A+B->C:k
  until(3 ns) }
query { spectrum   at [0.1,0.2]; diffusion # c
 }
reduce { }
# last)rdd") == R"rdd(#   a licence
model t
use std.lattices.square # sq
param a   = 1e-2 nm +- 0.10 nm in [0 nm, 2 nm]
param bcd = -a^2 / 3 * (a - b) # c1
# own
let x  = -a
let yy = 3.10 eV/nm^-2 * kT
let z  = 1 # first
           # and second line

# x
lattice {
  # odd
  vectors [[1 nm, # first
            0 nm], # row
           # own
           [0 nm, 1 nm] # end
          ]
}
lattice l(a) {
  vectors [[   -a, a / 2],
           [a / 2,    -a]]
  point   X     = [1/2, 0]
  point   Gamma = [0, 0]
  path    Gamma - X
}
states { # c
  X       at [0]   energy 0 eV
  Longer  at [0.5] energy -1 eV
  site[i in 0..5]  energy (a + b)
  # comment

  # other

  Z  weight 3 # w
}
states { X weight 1; Y weight 2 }
rates {
  X       <-> Longer by [1, 0] : arrhenius(nu, E_mig)
  site[i] -> site[i + 1]       : f(1 /s) for i in 0..4
}
translations {
  [1, 0], [-1, 0], [1, 1], [2, 3], [4, 5], [1111111111, 1], [1111111, 2], [1111111, 4]
  [111111111, 3]
}
use "other.rdd"(E = 1 / 2 eV) as iron
symmetry { [[1/2, -3/4], [3/4, 1/2]] }
let f = iron.E + x / 1 / 2 + (1/2) * 2^1 / 2
force [a, -b] split 0.3
states table "a.csv" {
  name: 1, energy: "E (eV)" eV, at: [x nm, y nm]
  weight: 5 1/s
}
states table "s.csv"     { name: 1, weight: 2 }
rates  table "rates.csv" { from: 1, to: 2, rate: 3 /s }
solve s {
  boundary x.low: absorbing, x.high: reflecting
  probe    p      = at([0.5 nm, 0.2 nm], X)
  probe    longer = mean(x)
  initial  coarse[0] = gaussian(center = [100000000 nm, 100000000 nm], sigma = 8000000000 nm) + box(
      low = [1, 2], high = [2000, 3])
  react    A + B -> C : k
  until    (3 ns)
}
query {
  spectrum   at [0.1,0.2]
  diffusion # c
}
reduce {}
# last
)rdd");
}

TEST_CASE("the entries of a solve block stand in columns of their own kind") {
  CHECK(formatted(R"(solve s {
  species i="other.rdd"
  boundary x.low:value(coarse[0]=1 /nm ,i=2 /nm),x.high :absorbing( 3 nm/s )
  source X=k*exp(-t/(1 ns)) where x<3 nm
  source coarse[0] = where (x<=3 nm,k,-k)
  sink X = 2 /s where (x>=1 nm  or y<2 nm)and -x<y
  react X+i->0:k
  react coarse[0]+coarse[1] -> X + X:k*2
  react X -> Y:-k
  field T=300 K
  field force=[-f,f]
  scheme   limited
}
)") == R"(solve s {
  species  i = "other.rdd"
  boundary x.low: value(coarse[0] = 1 /nm, i = 2 /nm), x.high: absorbing(3 nm/s)
  source   X         = k * exp(-t / (1 ns)) where x < 3 nm
  source   coarse[0] = where(x <= 3 nm, k, -k)
  sink     X = 2 /s where (x >= 1 nm or y < 2 nm) and -x < y
  react    X + i                 -> 0     : k
  react    coarse[0] + coarse[1] -> X + X : k * 2
  react    X                     -> Y     : -k
  field    T     = 300 K
  field    force = [-f, f]
  scheme   limited
}
)");
}

TEST_CASE("line breaks at operators stay, and no line is broken where there is no list") {
  CHECK(formatted("fn f(x) = (x * 2\n+ exp(x) *\n  3\n)\n") ==
        "fn f(x) = (x * 2\n           + exp(x) *\n           3)\n");
  const std::string term = "a_long_name_for_a_quantity * another_long_name_for_a_quantity";
  const std::string line = "let y = " + term + " * sqrt(" + term + " * " + term + ")\n";
  CHECK(formatted(line) == line);
}

TEST_CASE("a file that does not parse is not formatted, and says why") {
  for (const char* text :
       {"", "# only a comment", "model x\nparam = 3", "states { A", "let a = \xff", "model m\nfly x"}) {
    CAPTURE(text);
    Diagnostics diagnostics;
    CHECK_FALSE(format(source(text), diagnostics));
    CHECK(diagnostics.has_errors());
  }
}

TEST_CASE("a long file is formatted in a time that grows with its length") {
  std::string text = "model x\nlet a = [";
  for (int i = 0; i < 50'000; ++i) text += "[1,2], ";
  text += "[3,4]]\nstates {\n";
  for (int i = 0; i < 50'000; ++i) text += "s" + std::to_string(i) + " weight 1 # a comment\n";
  const std::string once = formatted(text + "}");
  CHECK(formatted(once) == once);
}

TEST_CASE("every example and every module of the standard library is formatted") {
  namespace fs = std::filesystem;
  std::size_t files = 0;
  for (const char* folder : {"examples", "stdlib"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(RDD_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".rdd") continue;
      CAPTURE(entry.path().string());
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      CHECK_MESSAGE(formatted(text) == text, "run: rdd fmt FILE");
      ++files;
    }
  }
  CHECK(files > 15);
}
