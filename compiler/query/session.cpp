#include "compiler/query/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "lang/layout.hpp"
#include "lang/nearest.hpp"
#include "lang/parse.hpp"

namespace rdd {
namespace {

std::optional<Answer> set(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const std::string& all = asked.source->text;
  const std::size_t equals = all.find('=');
  if (asked.words.size() < 2 || equals == std::string::npos) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a name, `=` and a value")
        .hint("for instance: set T = 700 K");
    return std::nullopt;
  }
  const std::size_t start = asked.places[1];
  if (equals < start) {
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a name before the `=`")
        .hint("for instance: set T = 700 K");
    return std::nullopt;
  }
  const std::string name(trimmed(std::string_view(all).substr(start, equals - start)));
  std::vector<Setting> settings = subject.settings;
  std::erase_if(settings, [&](const Setting& setting) { return setting.name == name; });
  settings.push_back(
      {name, Span{asked.source, start, start + name.size()}, Span{asked.source, equals + 1, all.size()}});
  const auto values = parameter_values(subject.model, settings, diagnostics);
  if (!values) return std::nullopt;
  subject.settings = std::move(settings);
  subject.forget();
  const auto found = std::ranges::find(subject.model.parameters, name, &Parameter::name);
  const double value = (*values)[static_cast<std::size_t>(found - subject.model.parameters.begin())];
  Json json = answer_head(asked, si_unit(found->dimension), subject);
  json["name"] = name;
  json["value"] = value;
  return Answer{json.dump(), fmt::format("{} = {}\n", name, readable(value, found->dimension, 6))};
}

std::optional<Answer> help(Subject& subject, const Asked& asked, Diagnostics&) {
  Json json = answer_head(asked, "", subject);
  json["help"] = query_help(asked.word(1));
  return Answer{json.dump(), query_help(asked.word(1))};
}

std::optional<Answer> it(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (!subject.last) diagnostics.add(Code::BadStatement, asked.span(0), "nothing has been asked yet");
  return subject.last;
}

constexpr const char* about_declarations =
    "Declarations add to the model, or change it: model, use, param, let, fn, temperature, lattice, translations,\n"
    "symmetry, states { … }, rates { … }, force, reduce { … }, solve NAME { … }, query { … }. What a model has\n"
    "once (a parameter, a state, the lattice) is replaced; rates, tables and queries are added. `undo` takes the\n"
    "last one back.\n";

// All statements, in the order in which `help` lists them.
const std::vector<Statement>& statements() {
  static const std::vector<Statement> all = [] {
    std::vector<Statement> list;
    for (const auto table :
         {network_statements(), spectrum_statements(), gap_statements(), zone_statements(), reduction_statements(),
          interpolation_statements(), transport_statements(), driven_statements(), sensitivity_statements(),
          sweep_statements(), verify_statements(), stage_statements()})
      list.insert(list.end(), table.begin(), table.end());
    list.push_back({.usage = "set NAME = VALUE",
                    .line = "change a parameter for what follows",
                    .more = "set T = 700 K     set E_mig = 0.06 eV\n",
                    .answer = set,
                    .needs_point = false,
                    .asks = false});
    list.push_back({.usage = "it",
                    .line = "the last answer again",
                    .answer = it,
                    .alone = true,
                    .needs_point = false,
                    .needs_model = false,
                    .asks = false});
    for (const Statement& statement : text_statements()) list.push_back(statement);
    list.push_back({.usage = "help [STATEMENT]",
                    .line = "this list, or more about one statement",
                    .answer = help,
                    .needs_point = false,
                    .needs_model = false,
                    .asks = false});
    return list;
  }();
  return all;
}

std::optional<Answer> unknown(const Asked& asked, Diagnostics& diagnostics) {
  const std::string& verb = asked.word(0);
  auto& diagnostic =
      diagnostics.add(Code::UnknownStatement, asked.span(0), fmt::format("no statement begins with '{}'", verb));
  std::vector<std::string> candidates;
  for (const Statement& statement : statements()) candidates.push_back(statement.name());
  candidates.insert(candidates.end(), declaration_words().begin(), declaration_words().end());
  if (const auto near = nearest(verb, candidates))
    diagnostic.hint(fmt::format("did you mean `{}`?", *near));
  else if (asked.word(1) == "=")
    diagnostic.hint(fmt::format("`param {0} = …` declares a parameter, `set {0} = …` changes it", verb));
  else
    diagnostic.hint("`help` lists the statements");
  return std::nullopt;
}

}  // namespace

std::string query_help(const std::string& topic) {
  std::string out;
  for (const Statement& statement : statements()) {
    if (topic.empty())
      out += fmt::format("  {:<22}{}\n", statement.usage, statement.line);
    else if (statement.name() == topic)
      out += fmt::format("{}: {}\n{}", statement.usage, statement.line, statement.more ? statement.more : "");
  }
  const auto& declarations = declaration_words();
  if (topic.empty())
    out += fmt::format("  {:<22}{}\n", "DECLARATION",
                       "`param E = 0.5 eV` and all others: add to the model; `help param` tells more");
  else if (std::ranges::find(declarations, topic) != declarations.end())
    out += about_declarations;
  return out.empty() ? fmt::format("no statement called '{}'; `help` lists them\n", topic) : out;
}

std::optional<Answer> run_statement(Subject& subject, const SourcePtr& source, Diagnostics& diagnostics) {
  const Asked asked(source);
  if (asked.words.empty()) {
    diagnostics.add(Code::BadStatement, asked.span(0), "an empty statement").hint("`help` lists the statements");
    return std::nullopt;
  }
  const auto found = std::ranges::find(statements(), asked.word(0), &Statement::name);
  if (found == statements().end()) return unknown(asked, diagnostics);
  // Statements without further words refuse them: nothing that was written is ignored.
  if (found->alone && asked.words.size() > 1) {
    diagnostics.add(Code::BadStatement, asked.span(1), fmt::format("`{}` stands alone", found->name()))
        .here("not expected here");
    return std::nullopt;
  }
  if (found->needs_model && !subject.written.missing.empty()) {
    for (const Diagnostic& missing : subject.written.missing) diagnostics.add(missing);
    return std::nullopt;
  }
  if (found->needs_point && !subject.ensure_point(diagnostics)) return std::nullopt;
  if (found->dense && !small_enough(subject.point->network, asked.span(0), diagnostics)) return std::nullopt;
  const ReduceOptions before = subject.model.reduce;
  std::optional<Answer> answer;
  try {
    answer = found->answer(subject, asked, diagnostics);
  } catch (const SparseLimit& limit) {
    explain(limit, subject.model.rates_span, subject.point->network, diagnostics);
  }
  if (!answer) {
    subject.model.reduce = before;
    subject.analysis.reset();
  } else if (found->asks) {
    subject.last = answer;
  }
  return answer;
}

bool declares(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t\r\n");
  while (begin < text.size() && text[begin] == '#')
    begin = text.find_first_not_of(" \t\r\n", std::min(text.find('\n', begin), text.size()));
  if (begin == std::string_view::npos) return false;
  const auto word_at = [&](std::size_t at) {
    const auto part = text.substr(at);
    return part.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(part, is_name_part) - part.begin()));
  };
  const std::string_view word = word_at(begin);
  const auto& declarations = declaration_words();
  if (std::ranges::find(declarations, word) == declarations.end()) return false;
  if (std::ranges::find(statements(), word, &Statement::name) == statements().end()) return true;
  const std::size_t next = text.find_first_not_of(" \t\r\n", begin + word.size());
  return next < text.size() && (text[next] == '{' || word_at(next) == "table");
}

std::optional<DraftModel> read_draft(const Draft& draft, const std::string& directory, Diagnostics& diagnostics) {
  DraftModel reading;
  Diagnostics found;
  const auto file = parse(draft.source(), found);
  if (file && !found.has_errors()) reading.model = resolve(*file, directory, found);
  found.move([&draft](const Span& span) { return draft.origin(span); });
  bool wrong = false;
  for (const Diagnostic& diagnostic : found.sorted()) {
    const bool error = diagnostic.severity == Severity::error;
    if (error && (unfinished(diagnostic.code) || diagnostic.code == Code::EmptyFile)) {
      reading.missing.push_back(diagnostic);
    } else if (unfinished(diagnostic.code)) {
      reading.unused.push_back(diagnostic);
    } else {
      diagnostics.add(diagnostic);
      wrong = wrong || error;
    }
  }
  if (wrong) return std::nullopt;
  return reading;
}

std::optional<DraftModel> Subject::take(const Version& version, Diagnostics& diagnostics) {
  auto reading = read_draft(version.draft, written.directory, diagnostics);
  if (!reading || diagnostics.has_errors()) return std::nullopt;
  if (reading->model && !parameter_values(*reading->model, version.settings, diagnostics)) return std::nullopt;
  model = reading->model.value_or(Model{});
  settings = version.settings;
  written.draft = version.draft;
  written.missing = reading->missing;
  forget();
  return reading;
}

void Written::keep(const std::string& path, const std::string& text) {
  file = path;
  on_disk[std::filesystem::absolute(path).lexically_normal().string()] = text;
}

bool Subject::ensure_point(Diagnostics& diagnostics) {
  if (!point) point = lower(model, settings, diagnostics);
  return point.has_value();
}

bool Subject::ensure_analysis(Diagnostics& diagnostics) {
  if (!ensure_point(diagnostics)) return false;
  if (!analysis) analysis = analyse(model, point->network, diagnostics);
  return analysis.has_value();
}

void Subject::forget() {
  point.reset();
  analysis.reset();
  table.reset();
}

Session::Session(Model model, std::vector<Setting> settings, Screen screen)
    : subject_{.model = std::move(model), .settings = std::move(settings), .screen = screen} {
  subject_.written.draft = Draft(subject_.model.span.source);
  subject_.written.directory = std::filesystem::path(subject_.model.span.source->name).parent_path().string();
}

std::optional<Session> Session::begin(const std::optional<std::string>& file, std::vector<Setting> settings,
                                      Screen screen, Diagnostics& diagnostics) {
  Session session;
  Subject& subject = session.subject_;
  subject.screen = screen;
  Version version{{}, std::move(settings)};
  if (file) {
    const SourcePtr source = read_source(*file, diagnostics);
    if (!source) return std::nullopt;
    version.draft = Draft(source);
    subject.written.directory = std::filesystem::path(*file).parent_path().string();
    subject.written.keep(*file, source->text);
  }
  const auto reading = subject.take(version, diagnostics);
  if (!reading) return std::nullopt;
  for (const Diagnostic& unused : reading->unused) diagnostics.add(unused);
  if (diagnostics.has_errors()) return std::nullopt;
  return session;
}

std::optional<Answer> Session::run(const SourcePtr& statement, Diagnostics& diagnostics) {
  auto answer =
      declares(statement->text) ? declare(statement, diagnostics) : run_statement(subject_, statement, diagnostics);
  diagnostics.move([this](const Span& span) { return subject_.written.draft.origin(span); });
  return answer;
}

std::optional<Answer> Session::declare(const SourcePtr& text, Diagnostics& diagnostics) {
  const auto file = parse(text, diagnostics);
  if (!file || diagnostics.has_errors()) return std::nullopt;
  const Version before{subject_.written.draft, subject_.settings};
  Version next{before.draft.with(*file), before.settings};
  const std::vector<std::string> names = valued(*file);
  std::erase_if(next.settings, [&](const Setting& setting) { return std::ranges::count(names, setting.name) > 0; });
  Diagnostics found, ignored;
  if (!subject_.take(next, found)) {
    // A quantity may be declared anew with the help of one that came after it: then it moves below that.
    const bool too_early = std::ranges::count(found.sorted(), Code::DeclaredLater, &Diagnostic::code) > 0;
    next.draft = before.draft.with(*file, true);
    if (!too_early || !subject_.take(next, ignored)) {
      for (const Diagnostic& diagnostic : found.sorted()) diagnostics.add(diagnostic);
      return std::nullopt;
    }
  }
  subject_.written.earlier.push_back(before);
  return Answer{declared(std::string(trimmed(text->text)), subject_).dump(), ""};
}

std::vector<std::string> Session::words() const {
  std::vector<std::string> all;
  for (const Statement& statement : statements()) {
    all.push_back(statement.name());
    all.insert(all.end(), statement.keywords.begin(), statement.keywords.end());
  }
  all.insert(all.end(), declaration_words().begin(), declaration_words().end());
  all.emplace_back("quit");
  for (const Parameter& parameter : subject_.model.parameters) all.push_back(parameter.name);
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());  // some words both ask and declare
  return all;
}

}  // namespace rdd
