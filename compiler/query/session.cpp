#include "compiler/query/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/large_network.hpp"
#include "compiler/query/statement.hpp"
#include "compiler/report.hpp"
#include "lang/nearest.hpp"

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

// All statements, in the order in which `help` lists them.
const std::vector<Statement>& statements() {
  static const std::vector<Statement> all = [] {
    std::vector<Statement> list;
    for (const auto table : {network_statements(), spectrum_statements(), gap_statements(), zone_statements(),
                             reduction_statements(), interpolation_statements(), transport_statements(),
                             driven_statements(), sensitivity_statements(), sweep_statements(), verify_statements()})
      list.insert(list.end(), table.begin(), table.end());
    list.push_back({.usage = "set NAME = VALUE",
                    .line = "change a parameter for what follows",
                    .more = "set T = 700 K     set E_mig = 0.06 eV\n",
                    .answer = set,
                    .needs_point = false});
    list.push_back({.usage = "help [STATEMENT]",
                    .line = "this list, or more about one statement",
                    .answer = help,
                    .needs_point = false});
    return list;
  }();
  return all;
}

std::optional<Answer> unknown(const Asked& asked, Diagnostics& diagnostics) {
  const std::string& verb = asked.word(0);
  static constexpr const char* later[] = {"emit", "save", "it"};
  if (std::ranges::find(later, verb) != std::end(later)) {
    diagnostics.add(Code::UnsupportedHere, asked.span(0), fmt::format("this version of rdd does not answer `{}`", verb))
        .hint("`help` lists the statements it answers");
    return std::nullopt;
  }
  auto& diagnostic =
      diagnostics.add(Code::UnknownStatement, asked.span(0), fmt::format("no statement begins with '{}'", verb));
  std::vector<std::string> candidates;
  for (const Statement& statement : statements()) candidates.push_back(statement.name());
  if (const auto near = nearest(verb, candidates))
    diagnostic.hint(fmt::format("did you mean `{}`?", *near));
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
  if (found->needs_point && !subject.ensure_point(diagnostics)) return std::nullopt;
  if (found->dense && !small_enough(subject.point->network, asked.span(0), diagnostics)) return std::nullopt;
  const ReduceOptions before = subject.model.reduce;
  auto answer = found->answer(subject, asked, diagnostics);
  if (!answer) {
    subject.model.reduce = before;
    subject.analysis.reset();
  }
  return answer;
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
    : subject_{std::move(model), std::move(settings), std::nullopt, std::nullopt, screen} {}

std::optional<Answer> Session::run(const SourcePtr& statement, Diagnostics& diagnostics) {
  return run_statement(subject_, statement, diagnostics);
}

std::vector<std::string> Session::words() const {
  std::vector<std::string> all;
  for (const Statement& statement : statements()) {
    all.push_back(statement.name());
    all.insert(all.end(), statement.keywords.begin(), statement.keywords.end());
  }
  all.emplace_back("quit");
  for (const Parameter& parameter : subject_.model.parameters) all.push_back(parameter.name);
  return all;
}

}  // namespace rdd
