// The prompt: the query language and declarations, statement by statement, with history and completion on a terminal.
#include <editline/readline.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#include "compiler/cli/commands.hpp"
#include "compiler/query/session.hpp"
#include "lang/layout.hpp"

namespace rdd::cli {
namespace {

// libedit asks a plain function for completions: the session's words are handed to it here.
std::vector<std::string>& completions() {
  static std::vector<std::string> words;
  return words;
}

char* next_completion(const char* start, int state) {
  static std::size_t at = 0;
  if (state == 0) at = 0;
  for (const auto& words = completions(); at < words.size();) {
    const std::string& word = words[at++];
    if (word.starts_with(start)) return strdup(word.c_str());
  }
  return nullptr;
}

std::optional<std::string> read_line(bool terminal, const char* prompt) {
  if (terminal) {
    const std::unique_ptr<char, decltype(&std::free)> line(readline(prompt), &std::free);
    if (!line) return std::nullopt;
    if (*line) add_history(line.get());
    return std::string(line.get());
  }
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

/// A line, and those after it until its brackets are closed.
std::optional<std::string> read_statement(bool terminal) {
  auto text = read_line(terminal, "rdd> ");
  while (text && continues(*text)) {
    const auto line = read_line(terminal, "...> ");
    if (!line) break;
    *text += '\n' + *line;
  }
  return text;
}

}  // namespace

int repl(const Common& options) {
  Diagnostics diagnostics(warnings(options));
  const auto given = settings(options.settings, diagnostics);
  auto session = given ? Session::begin(file_of(options), *given, screen(), diagnostics) : std::nullopt;
  if (const int status = report(diagnostics, options.json); !session) return status;

  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) {
    rl_completion_entry_function = next_completion;
    fmt::print("{}: `help` lists the statements, `quit` or Ctrl-D ends\n",
               session->missing().empty() ? session->model().name : "a model to be written");
  }
  std::string above;  // blank lines and comments, which go with the declaration below them
  for (;;) {
    completions() = session->words();
    const auto text = read_statement(terminal);
    if (!text) break;
    const std::size_t first = text->find_first_not_of(" \t\r");
    if (first == std::string::npos || (*text)[first] == '#') {
      above += *text + '\n';
      continue;
    }
    const std::string word = text->substr(first, text->find_last_not_of(" \t\r") + 1 - first);
    if (word == "quit" || word == "exit") break;
    const auto source = std::make_shared<const Source>(Source{"<prompt>", declares(*text) ? above + *text : *text});
    above.clear();
    Diagnostics found(warnings(options));
    if (const auto answer = session->run(source, found))
      fmt::print("{}", options.json ? answer->json + "\n" : answer->text);
    std::fflush(stdout);
    report(found, options.json);
  }
  if (terminal) fmt::print("\n");
  return ok;
}

}  // namespace rdd::cli
