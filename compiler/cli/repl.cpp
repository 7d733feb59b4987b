// The prompt: the query language, line by line, with history and completion on a terminal.
#include <editline/readline.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#include "compiler/cli/commands.hpp"
#include "compiler/query/session.hpp"

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

std::optional<std::string> read_line(bool terminal) {
  if (terminal) {
    const std::unique_ptr<char, decltype(&std::free)> line(readline("rdd> "), &std::free);
    if (!line) return std::nullopt;
    if (*line) add_history(line.get());
    return std::string(line.get());
  }
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

}  // namespace

int repl(const Common& options) {
  Diagnostics diagnostics(warnings(options));
  const auto given = settings(options.settings, diagnostics);
  auto model = load(options.file, diagnostics);
  if (!model || !given) return report(diagnostics, options.json);
  parameter_values(*model, *given, diagnostics);
  if (const int status = report(diagnostics, options.json); status != ok) return status;

  Session session(std::move(*model), *given, screen());
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) {
    rl_completion_entry_function = next_completion;
    completions() = session.words();
    fmt::print("{}: `help` lists the statements, `quit` or Ctrl-D ends\n", session.model().name);
  }
  while (const auto line = read_line(terminal)) {
    const auto source = std::make_shared<const Source>(Source{"<prompt>", *line});
    const std::size_t first = line->find_first_not_of(" \t\r");
    if (first == std::string::npos || (*line)[first] == '#') continue;
    const std::string word = line->substr(first, line->find_last_not_of(" \t\r") + 1 - first);
    if (word == "quit" || word == "exit") break;
    Diagnostics found(warnings(options));
    if (const auto answer = session.run(source, found))
      fmt::print("{}", options.json ? answer->json + "\n" : answer->text);
    std::fflush(stdout);
    report(found, options.json);
  }
  if (terminal) fmt::print("\n");
  return ok;
}

}  // namespace rdd::cli
