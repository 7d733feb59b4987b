// The server as an editor meets it: messages in, messages out.
#include "compiler/lsp/server.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "compiler/lsp/words.hpp"
#include "lang/layout.hpp"
#include "tests/support/process.hpp"

using rdd::lsp::Server;
using namespace rdd::test;
using Json = nlohmann::json;

namespace {

/// An editor with one server; texts carry their cursor as `‸`.
class Editor {
 public:
  explicit Editor(const Json& capabilities = Json::object()) {
    capabilities_ = request("initialize", {{"capabilities", capabilities}}).at("capabilities");
    notify("initialized", Json::object());
  }

  Json request(const std::string& method, const Json& params) {
    const Json answer = send({{"jsonrpc", "2.0"}, {"id", ++id_}, {"method", method}, {"params", params}}).at(0);
    CHECK(answer.at("id") == id_);
    INFO(answer.dump());
    REQUIRE(answer.contains("result"));
    return answer["result"];
  }
  void notify(const std::string& method, const Json& params) {
    CHECK(send({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}).empty());
  }
  std::vector<Json> send(const Json& message) { return server.handle(message.dump()); }

  /// Opens a text, without its cursor, and keeps the cursor's place.
  void open(std::string text, const std::string& uri = "file:///nowhere/model.rdd") {
    const std::string cursor = "‸";
    const std::size_t at = text.find(cursor);
    if (at != std::string::npos) {
      text.erase(at, cursor.size());
      const rdd::lsp::Place place = rdd::lsp::Places(text, rdd::lsp::Encoding::utf16).place(at);
      place_ = {{"line", place.line}, {"character", place.character}};
    }
    uri_ = uri;
    notify("textDocument/didOpen",
           {{"textDocument", {{"uri", uri}, {"languageId", "rdd"}, {"version", 1}, {"text", text}}}});
  }
  void change(const Json& changes, int version = 2) {
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", uri_}, {"version", version}}}, {"contentChanges", changes}});
  }

  Json ask(const std::string& what) {
    return request("textDocument/" + what, {{"textDocument", {{"uri", uri_}}}, {"position", place_}});
  }
  std::string hover() {
    const Json answer = ask("hover");
    return answer.is_null() ? "" : answer.at("contents").at("value").get<std::string>();
  }
  std::vector<std::string> completions() {
    std::vector<std::string> labels;
    const Json answer = ask("completion");
    for (const Json& item : answer.at("items")) labels.push_back(item.at("label"));
    return labels;
  }
  /// The diagnostics of the file last opened, from what is published now.
  Json diagnostics() {
    Json found = nullptr;
    for (const Json& message : server.publish())
      if (message.at("params").at("uri") == uri_) found = message["params"]["diagnostics"];
    REQUIRE(!found.is_null());
    return found;
  }

  Server server;
  Json capabilities_;

 private:
  int id_ = 0;
  std::string uri_;
  Json place_;
};

bool holds(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}
bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// A model with a hole in its law.
std::string model_with(const std::string& law, const std::string& before = "") {
  return R"(model m
use std.lattices.square
temperature 600 K
)" + before +
         R"(
# How often it tries.
param ν = 5 THz     # attempt frequency
param E_mig = 0.05 eV +- 2 meV in [0 eV, 1 eV]
lattice square(a = 0.287 nm)
states {
  X energy 0 eV
  Y energy 10 meV # up
}
rates {
  X <-> X by [1, 0] : arrhenius(ν, E_mig)
  Y <-> Y by [0, 1] : )" +
         law + R"(
  X <-> Y : arrhenius(ν, 2 * E_mig)
}
)";
}

}  // namespace

TEST_CASE("initialize offers what is served, with UTF-16 unless the editor prefers another encoding") {
  Editor plain;
  CHECK(plain.capabilities_.at("positionEncoding") == "utf-16");
  CHECK(plain.capabilities_.at("textDocumentSync").at("change") == 2);
  const Json capabilities{{"general", {{"positionEncodings", {"utf-8", "utf-16"}}}}};
  Editor other(capabilities);
  CHECK(other.capabilities_.at("positionEncoding") == "utf-8");
}

TEST_CASE("diagnostics come with their place, code and hint, and go when the text is mended") {
  Editor editor;
  editor.open(model_with("arrhenius(ν, E_mgi)"));
  const Json found = editor.diagnostics();
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("code") == "E0201");
  CHECK(found[0].at("severity") == 1);
  CHECK(found[0].at("source") == "rdd");
  CHECK(says(found[0].at("message"), "did you mean `E_mig`?"));
  CHECK(found[0].at("range").at("start") == Json{{"line", 14}, {"character", 35}});  // ν is one unit
  CHECK(found[0].at("range").at("end") == Json{{"line", 14}, {"character", 40}});
  editor.change({{{"range", found[0].at("range")}, {"text", "E_mig"}}});
  CHECK(editor.diagnostics().empty());
}

TEST_CASE("what is found at one point of the parameters is shown as well, and warnings are warnings") {
  Editor editor;
  editor.open(model_with("1 /s", "param unused = 1\n"));
  Json found = editor.diagnostics();
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("severity") == 2);
  CHECK(found[0].at("tags") == Json{1});
  Editor other;
  other.open(model_with("-1 /s * kT / kT"));
  found = other.diagnostics();
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("code") == "E0401");
}

TEST_CASE("a file of declarations alone is no model and lacks nothing") {
  Editor editor;
  editor.open("# laws\nfn f(x) = x * kT\nparam E = 1 eV\n");
  CHECK(editor.diagnostics().empty());
}

TEST_CASE("a hover shows value, unit, declaration and the comments around it") {
  Editor editor;
  editor.open(model_with("arrhenius(ν, E_m‸ig)"));
  std::string text = editor.hover();
  CHECK(says(text, "param E_mig = 0.05 eV +- 2 meV in [0 eV, 1 eV]"));
  CHECK(says(text, "**0.05 eV** ± 2 meV, from 0 eV to 1 eV (energy)"));
  editor.open(model_with("arrhenius(‸ν, E_mig)"));
  text = editor.hover();
  CHECK(says(text, "**5e+12 /s** (1/time)"));
  CHECK(says(text, "How often it tries.\nattempt frequency"));
  editor.open(model_with("1 /s\n  ‸Y -> X : 1 /s"));
  text = editor.hover();
  CHECK(says(text, "Y energy 10 meV"));
  CHECK(says(text, "up"));
  CHECK(says(text, "energy **0.01 eV**"));
}

TEST_CASE("hovers explain numbers, units, functions, constants, keywords and modules") {
  const auto hover = [](const std::string& law, const std::string& before = "") {
    Editor editor;
    editor.open(model_with(law, before));
    return editor.hover();
  };
  CHECK(says(hover("2 e‸V/h_planck"), "= 3.20435e-19 J (energy)"));
  CHECK(says(hover("3 TH‸z"), "= 3e+12 1/s (1/time)"));
  CHECK(says(hover("arrh‸enius(ν, E_mig)"), "seen from the state"));
  CHECK(says(hover("eyr‸ing(E_mig)"), "Gibbs energy of activation"));
  CHECK(says(hover("ν * exp(-E_mig / k‸T)"), "thermal energy.\n\n= **0.0517 eV**"));
  CHECK(says(hover("ν * exp(-E_mig * bet‸a)"), "= **19.34 /eV**"));
  CHECK(says(hover("ν * e‸xp(-E_mig / kT)"), "exponential"));
  CHECK(says(hover("1 /s", "par‸am q = 1"), "--set"));
  CHECK(says(hover("1 /s", "use std.transla‸tions.faces"), "neighbours across the faces"));
  CHECK(hover("1 /s", "# a par‸am in a comment") == "");
  CHECK(hover("1 /s", "use \"par‸am.rdd\"") == "");
}

TEST_CASE("hovers and definitions work while the model is full of mistakes") {
  Editor editor;
  editor.open(model_with("arrhenius(ν, E_m‸ig", "param q = = 3\nlet w = nonsense"));
  CHECK(says(editor.hover(), "param E_mig"));
  CHECK(editor.ask("definition").at("range").at("start").at("line") == 7);
}

TEST_CASE("definitions lead to the declaration, across files and into the standard library") {
  const Scratch scratch;
  setenv("XDG_CACHE_HOME", scratch.path().c_str(), 1);
  Editor editor;
  editor.open(model_with("arrhenius(ν, E_‸mig)"));
  Json place = editor.ask("definition");
  CHECK(place.at("uri") == "file:///nowhere/model.rdd");
  CHECK(place.at("range").at("start") == Json{{"line", 6}, {"character", 6}});

  editor.open(model_with("eyr‸ing(E_mig)"));
  place = editor.ask("definition");
  const std::string path = rdd::lsp::path_of(place.at("uri").get<std::string>());
  CHECK(path.starts_with(scratch.path().string()));
  CHECK(path.ends_with("/std/rates.rdd"));
  CHECK(says(read_file(path), "fn eyring(dG)"));

  scratch.write("iron.rdd", "param E_mig = 0.6 eV\n");
  const std::string uri = rdd::lsp::uri_of(scratch.file("main.rdd"));
  editor.open(model_with("arrhenius(ν, iron.E_‸mig)", "use \"iron.rdd\" as iron\n"), uri);
  CHECK(editor.diagnostics().empty());
  place = editor.ask("definition");
  CHECK(place.at("uri") == rdd::lsp::uri_of(scratch.file("iron.rdd")));
  CHECK(place.at("range").at("start") == Json{{"line", 0}, {"character", 6}});
  CHECK(says(editor.hover(), "**0.6 eV**"));
  unsetenv("XDG_CACHE_HOME");
}

TEST_CASE("an unsaved text of a used file goes before the one on the disk") {
  const Scratch scratch;
  scratch.write("iron.rdd", "param E_old = 0.6 eV\n");
  const std::string used = rdd::lsp::uri_of(scratch.file("iron.rdd")), uri = rdd::lsp::uri_of(scratch.file("main.rdd"));
  Editor editor;
  editor.open(model_with("arrhenius(ν, E_new)", "use \"iron.rdd\"\n"), uri);
  CHECK(editor.diagnostics().size() > 0);
  editor.open("param E_new = 0.6 eV\n", used);
  bool mended = false;
  for (const Json& message : editor.server.publish())
    if (message.at("params").at("uri") == uri) mended = message["params"]["diagnostics"].empty();
  CHECK(mended);
  editor.change({{{"text", "param E_new = = eV\n"}}});
  for (const Json& message : editor.server.publish()) {
    if (message.at("params").at("uri") != uri) continue;
    const Json& found = message["params"]["diagnostics"];
    REQUIRE(found.size() > 0);
    CHECK(says(found[0].at("message"), "iron.rdd:1:"));
    CHECK(found[0].at("relatedInformation")[0].at("location").at("uri") == used);
  }
  editor.notify("textDocument/didClose", {{"textDocument", {{"uri", used}}}});
  CHECK(editor.server.publish().size() == 2);  // the closed file's are taken back, the model is looked at again
}

TEST_CASE("completions follow the place") {
  const auto at = [](const std::string& law, const std::string& before = "") {
    Editor editor;
    editor.open(model_with(law, before));
    return editor.completions();
  };
  const std::vector<std::string> law = at("‸");
  for (const char* name : {"arrhenius", "saddle", "eyring", "ν", "E_mig", "kT", "exp"}) CHECK(holds(law, name));
  CHECK_FALSE(holds(law, "X"));
  CHECK_FALSE(holds(law, "domain"));
  const std::vector<std::string> from = at("1 /s\n  ‸");
  CHECK(from == std::vector<std::string>{"X", "Y"});
  CHECK(at("1 /s\n  X -> ‸") == std::vector<std::string>{"X", "Y"});
  CHECK(at("1 /s\n  X -> Y ‸") == std::vector<std::string>{"by"});
  const std::vector<std::string> units = at("arrhenius(ν, 0.5 m‸");
  CHECK(holds(units, "meV"));
  CHECK(holds(units, "eV"));
  CHECK_FALSE(holds(units, "E_mig"));
  CHECK(holds(at("arrhenius(ν, 0.5 eV/‸"), "nm"));
  CHECK(holds(at("1 /s", "‸"), "param"));
  CHECK(holds(at("1 /s", "use std.l‸"), "std.lattices.bcc"));
  CHECK(holds(at("1 /s", "param q = 2 * ‸"), "kB"));
  CHECK(at("1 /s", "param ‸").empty());
  CHECK(at("1 /s", "# par‸").empty());
  CHECK(at("1 /s", "use \"par‸").empty());
  CHECK(holds(at("1 /s", "reduce {\n  ‸\n}"), "order"));
  CHECK(holds(at("1 /s", "solve s {\n  ‸\n}"), "until"));
  CHECK(holds(at("1 /s", "solve s { domain [1 nm]; ‸ }"), "initial"));
  CHECK(holds(at("1 /s", "solve s {\n  boundary ‸\n}"), "absorbing"));
  CHECK(holds(at("1 /s", "solve s {\n  initial ‸\n}"), "Y"));
  CHECK(holds(at("1 /s", "solve s {\n  initial X = ‸\n}"), "gaussian"));
  CHECK(holds(at("1 /s", "solve s {\n  probe p = ‸\n}"), "variance"));
  CHECK(holds(at("1 /s", "solve s {\n  boundary x.low: ‸\n}"), "flux"));
  CHECK(at("1 /s", "solve s {\n  boundary x.low: value(coarse[0] = 1 /nm^2, ‸\n}") ==
        std::vector<std::string>{"X", "Y", "coarse", "all"});
  CHECK(holds(at("1 /s", "solve s {\n  boundary x.low: value(X = ‸\n}"), "t"));
  CHECK(at("1 /s", "solve s {\n  species i = \"i.rdd\"\n  react X + ‸\n}") ==
        std::vector<std::string>{"X", "Y", "i", "coarse", "all"});
  CHECK(holds(at("1 /s", "solve s {\n  react X + Y -> 0 : ‸\n}"), "E_mig"));
  CHECK(holds(at("1 /s", "solve s {\n  source X = ‸\n}"), "Y"));
  CHECK(holds(at("1 /s", "solve s {\n  sink X = ν ‸\n}"), "where"));
  CHECK(holds(at("1 /s", "solve s {\n  field ‸\n}"), "force"));
  CHECK(holds(at("1 /s", "solve s {\n  scheme ‸\n}"), "limited"));
  CHECK(at("1 /s", "solve s {\n  arithmetic ‸\n}") == std::vector<std::string>{"exact", "fused"});
  CHECK(holds(at("1 /s", "states {\n  Z ‸\n}"), "energy"));
  CHECK(holds(at("1 /s", "lattice ‸"), "square"));
  CHECK(holds(at("1 /s", "use std.groups\nsymmetry ‸"), "C4v"));
}

TEST_CASE("a completion replaces what was begun of the word") {
  Editor editor;
  editor.open(model_with("1 /s", "use std.lat‸"));
  const Json answer = editor.ask("completion");
  CHECK(answer.at("items").size() > 5);
  for (const Json& item : answer.at("items")) {
    const Json& range = item.at("textEdit").at("range");
    CHECK(range.at("start").at("character") == 4);
    CHECK(range.at("end").at("character") == 11);
  }
}

TEST_CASE("the outline lists declarations, states, rates and entries") {
  Editor editor;
  editor.open(model_with("1 /s", "solve relax {\n  domain [1 nm, 1 nm]\n  probe p = integral(X)\n}\n"));
  const Json outline = editor.ask("documentSymbol");
  std::vector<std::string> names, below;
  for (const Json& symbol : outline) {
    names.push_back(symbol.at("name"));
    for (const Json& child : symbol.value("children", Json::array())) below.push_back(child.at("name"));
  }
  CHECK(names == std::vector<std::string>{"m", "std.lattices.square", "temperature", "relax", "ν", "E_mig", "square",
                                          "states", "rates"});
  CHECK(below ==
        std::vector<std::string>{"domain", "p", "X", "Y", "X <-> X by [1, 0]", "Y <-> Y by [0, 1]", "X <-> Y"});
}

TEST_CASE("formatting replaces the text by the canonical one, and leaves alone what does not parse") {
  Editor editor;
  editor.open("model   m\nparam a=1 nm\n");
  const Json edits = editor.ask("formatting");
  REQUIRE(edits.size() == 1);
  CHECK(edits[0].at("newText") == "model m\nparam a = 1 nm\n");
  CHECK(edits[0].at("range").at("end") == Json{{"line", 2}, {"character", 0}});
  editor.open("model   m\nparam = \n");
  CHECK(editor.ask("formatting").empty());
}

TEST_CASE("edits of a text with characters of every width give the text they describe") {
  std::mt19937_64 random(7);
  std::string text = model_with("1 /s");
  Editor editor;
  editor.open(text);
  for (int round = 0; round < 300; ++round) {
    const rdd::lsp::Places places(text, rdd::lsp::Encoding::utf16);
    std::size_t begin = random() % (text.size() + 1), end = std::min(text.size(), begin + random() % 20);
    begin = places.byte(places.place(begin));
    end = std::max(begin, places.byte(places.place(end)));
    static const char* const parts[] = {"ν", "𝜈", "\n", "\r\n", "{", "}", "param a = 1 eV\n", "\"", "#", "("};
    const std::string part = parts[random() % std::size(parts)];
    const auto json = [&](std::size_t byte) {
      const rdd::lsp::Place place = places.place(byte);
      return Json{{"line", place.line}, {"character", place.character}};
    };
    editor.change({{{"range", {{"start", json(begin)}, {"end", json(end)}}}, {"text", part}}});
    text.replace(begin, end - begin, part);
    if (round % 10 == 0) {
      Editor fresh;
      fresh.open(text);
      CHECK(fresh.diagnostics() == editor.diagnostics());
      for (const char* what : {"hover", "completion", "definition", "documentSymbol", "formatting"})
        fresh.request("textDocument/" + std::string(what),
                      {{"textDocument", {{"uri", "file:///nowhere/model.rdd"}}},
                       {"position", {{"line", random() % 30}, {"character", random() % 30}}}});
    }
  }
}

TEST_CASE("a text that is just being typed is answered at every length") {
  const std::string whole = read_file(std::string(RDD_SOURCE_DIR) + "/examples/crowdion.rdd");
  Editor editor;
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    CAPTURE(length);
    editor.open(whole.substr(0, length) + "‸");
    for (const char* what : {"completion", "hover", "definition", "documentSymbol", "formatting"}) editor.ask(what);
    editor.server.publish();
  }
}

TEST_CASE("malformed messages are answered as JSON-RPC asks, and the server goes on") {
  Server server;
  const auto code = [&](const std::string& body) {
    const auto answers = server.handle(body);
    return answers.empty() ? 0 : answers[0].at("error").at("code").get<int>();
  };
  CHECK(code("{") == -32700);
  CHECK(code("\xff\xfe") == -32700);
  CHECK(code("[]") == -32600);
  CHECK(code("3") == -32600);
  CHECK(code(R"({"id":1,"method":"textDocument/hover","params":{}})") == -32002);
  CHECK(code(R"({"id":1,"method":5})") == -32602);
  CHECK(server.handle(R"({"id":1,"method":"initialize","params":{"capabilities":{}}})").size() == 1);
  CHECK(code(R"({"id":2,"method":"textDocument/hover"})") == -32602);
  CHECK(code(R"({"id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a"}}})") == -32602);
  CHECK(code(R"({"id":2,"method":"textDocument/hover","params":[1,2]})") == -32602);
  CHECK(code(R"({"id":"x","method":"no/such"})") == -32601);
  CHECK(code(R"({"method":"no/such"})") == 0);
  CHECK(code(R"({"method":"textDocument/didOpen","params":{"textDocument":7}})") == 0);
  CHECK(
      code(
          R"({"method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a"},"contentChanges":{}}})") ==
      0);
  CHECK(code(R"({"id":9,"result":null})") == 0);
  CHECK(server.handle(R"({"id":3,"method":"shutdown"})")[0].at("result") == nullptr);
  CHECK(code(R"({"id":4,"method":"textDocument/hover"})") == -32600);
  server.handle(R"({"method":"exit"})");
  CHECK(server.finished());
  CHECK(server.status() == 0);
}

TEST_CASE("the command speaks the protocol on its standard input and output") {
  const auto framed = [](const Json& message) {
    const std::string body = message.dump();
    return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  };
  const std::string start =
      framed(
          {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "initialize"}, {"params", {{"capabilities", Json::object()}}}}) +
      "Content-Length: 1\r\n\r\n{" +
      framed({{"jsonrpc", "2.0"},
              {"method", "textDocument/didOpen"},
              {"params",
               {{"textDocument",
                 {{"uri", "file:///nowhere/m.rdd"},
                  {"version", 1},
                  {"languageId", "rdd"},
                  {"text", "model m\nparam = 3\n"}}}}}});
  const std::string end = framed({{"jsonrpc", "2.0"}, {"id", 2}, {"method", "shutdown"}}) +
                          framed({{"jsonrpc", "2.0"}, {"method", "exit"}});
  const Finished whole = run({rdd_command(), "lsp", "--stdio"}, start + end);
  CHECK(whole.status == 0);
  CHECK(whole.output.starts_with("Content-Length: "));
  CHECK(says(whole.output, "\"hoverProvider\":true"));
  CHECK(says(whole.output, "-32700"));
  CHECK(whole.errors.empty());
  const Finished cut_off = run({rdd_command(), "lsp"}, start);
  CHECK(cut_off.status == 1);  // the editor went away without a word
  CHECK(says(cut_off.output, "E0101"));
}

TEST_CASE("every reserved word and every function of the language is explained") {
  std::set<std::string_view> known;
  for (const rdd::lsp::Word& word : rdd::lsp::words()) known.insert(word.name);
  for (const std::string& word : rdd::reserved_words()) CHECK_MESSAGE(known.contains(word), word);
}
