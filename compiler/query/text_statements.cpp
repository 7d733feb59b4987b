// Statements about the text of the model: what was declared, and back to the disk with it.
#include <fmt/format.h>

#include <filesystem>

#include "compiler/query/statement.hpp"
#include "lang/format.hpp"
#include "lang/parse.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {
namespace {

/// The text of the model with the values that were set, in canonical layout. nullopt with diagnostics.
std::optional<std::string> text_as_set(const Subject& subject, Diagnostics& diagnostics) {
  Draft draft = subject.written.draft;
  for (const Setting& setting : subject.settings) {
    const auto parameter = std::ranges::find(subject.model.parameters, setting.name, &Parameter::name);
    if (parameter == subject.model.parameters.end()) {  // the text is not a whole model yet
      for (const Diagnostic& missing : subject.written.missing) diagnostics.add(missing);
      return std::nullopt;
    }
    auto changed = draft.with_value(setting, *parameter, subject.written.directory);
    if (!changed) {
      diagnostics
          .add(Code::BadSetting, setting.place,
               fmt::format("no declaration of this model can give `{}` the value it was set to", setting.name))
          .note(parameter->span, "it is declared in a file that another file uses")
          .hint("`use` that file in the model itself, or set the value back");
      return std::nullopt;
    }
    draft = std::move(*changed);
  }
  return format(draft.source(), diagnostics);
}

std::optional<Answer> show(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto text = text_as_set(subject, diagnostics);
  if (!text) return std::nullopt;
  Json json = answer_head(asked, "", subject);
  json["text"] = *text;
  return Answer{json.dump(), *text};
}

/// The file that `save` means; nullopt with a diagnostic.
std::optional<std::string> destination(const Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const std::string& word = asked.word(1);
  if (word.empty() && !subject.written.file.empty()) return subject.written.file;
  if (asked.words.size() > 2)
    diagnostics.add(Code::BadStatement, asked.span(2), "expected the end of the statement").here("not expected here");
  else if (word.size() < 3 || !word.starts_with('"') || !word.ends_with('"'))
    diagnostics.add(Code::BadStatement, asked.span(1), "expected the name of a file in quotation marks")
        .hint("for instance: save \"model.rdd\"");
  else
    return word.substr(1, word.size() - 2);
  return std::nullopt;
}

/// Whether a file may be written over: it says what is to be written, or what this session read from it or wrote to it.
bool may_replace(const Subject& subject, const std::string& file, const std::string& text, const Span& place,
                 Diagnostics& diagnostics) {
  if (!std::filesystem::exists(file)) return true;
  const SourcePtr present = read_source(file, diagnostics, place);
  if (!present) return false;
  const auto known = subject.written.on_disk.find(std::filesystem::absolute(file).lexically_normal().string());
  const bool ours = known != subject.written.on_disk.end();
  if (present->text == text || (ours && present->text == known->second)) return true;
  diagnostics
      .add(Code::CannotWrite, place,
           ours ? fmt::format("{} has changed since this session read or wrote it", file)
                : fmt::format("{} is there already, and this session did not begin with it", file))
      .hint("save under another name, or move that file away first");
  return false;
}

std::optional<Answer> save(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const auto file = destination(subject, asked, diagnostics);
  if (!file) return std::nullopt;
  const auto text = text_as_set(subject, diagnostics);
  if (!text) return std::nullopt;
  // What is saved must be a model where it will stand: paths in it are relative to its folder.
  const Draft saved(std::make_shared<const Source>(Source{*file, *text}));
  const auto reading = read_draft(saved, std::filesystem::path(*file).parent_path().string(), diagnostics);
  if (!reading) return std::nullopt;
  for (const Diagnostic& unused : reading->unused) diagnostics.add(unused);
  const Span place = asked.span(asked.words.size() - 1);
  if (diagnostics.has_errors() || !may_replace(subject, *file, *text, place, diagnostics)) return std::nullopt;
  try {
    write_file(*file, *text);
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, place, error.what());
    return std::nullopt;
  }
  subject.written.keep(*file, *text);
  Json json = answer_head(asked, "", subject);
  json["file"] = *file;
  json["missing"] = Json::array();
  std::string said = fmt::format("written to {}\n", *file);
  for (const Diagnostic& diagnostic : reading->missing) {
    json["missing"].push_back(diagnostic.message);
    said += fmt::format("not a whole model yet: {}\n", diagnostic.message);
  }
  return Answer{json.dump(), said};
}

std::optional<Answer> undo(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  if (subject.written.earlier.empty()) {
    diagnostics.add(Code::BadStatement, asked.span(0), "nothing was declared in this session");
    return std::nullopt;
  }
  const Version version = subject.written.earlier.back();
  if (!subject.take(version, diagnostics)) return std::nullopt;
  subject.written.earlier.pop_back();
  return Answer{declared(asked.statement, subject).dump(), ""};
}

}  // namespace

std::span<const Statement> text_statements() {
  static const Statement table[] = {
      {.usage = "show",
       .line = "the model's text, as `save` writes it",
       .answer = show,
       .alone = true,
       .needs_point = false,
       .needs_model = false,
       .asks = false},
      {.usage = "save [\"FILE.rdd\"]",
       .line = "write the model with all that was declared and set",
       .more =
           "save \"walk.rdd\"\n"
           "The text is laid out as by `rdd fmt`, with its comments, and written whole or not at all. Without a name\n"
           "it goes to the file the session began with, or was last saved to. A file that this session has neither\n"
           "read nor written is not replaced, nor one that somebody else has changed since.\n",
       .answer = save,
       .needs_point = false,
       .needs_model = false,
       .asks = false},
      {.usage = "undo",
       .line = "take back the last declaration, and what was set since",
       .answer = undo,
       .alone = true,
       .needs_point = false,
       .needs_model = false,
       .asks = false},
  };
  return table;
}

}  // namespace rdd
