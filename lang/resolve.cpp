// The order in which the parts of a model are resolved, each relying only on those before it.
#include "lang/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "lang/parse.hpp"
#include "lang/resolve/context.hpp"

namespace rdd {

namespace {

using namespace resolving;

void name_model(Context& context, const ast::File& file) {
  Model& model = context.model;
  const std::size_t first_line = std::min(file.source->text.find('\n'), file.source->text.size());
  model.name = std::filesystem::path(file.source->name).stem().string();
  model.span = {file.source, 0, first_line};
  const Item* first = nullptr;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Model>(item.statement);
    if (!node) continue;
    if (first) {
      context.diagnostics.add(Code::DuplicateName, context.span(item, node->place), "the model is named twice")
          .note(model.span, "first here");
      continue;
    }
    first = &item;
    model.name = node->name.text;
    model.span = context.span(item, node->place);
    if (node != std::get_if<ast::Model>(&file.statements.front()) &&
        place(file.statements.front()).begin < node->place.begin) {
      context.diagnostics.add(Code::MisplacedModel, model.span, "`model` is the first statement of a file")
          .note(context.span(file.source, place(file.statements.front())), "this stands before it");
    }
  }
}

void collect_queries(Context& context) {
  for (const Item& item : context.items) {
    if (const auto* query = std::get_if<ast::Query>(item.statement)) {
      for (const ast::Name& statement : query->statements)
        context.model.query.push_back(context.span(item, statement.place));
    }
  }
}

/// FNV-1a of 64 bits over all texts, each followed by a byte that no text holds.
std::string hash(const std::vector<SourcePtr>& texts) {
  std::uint64_t value = 14695981039346656037ull;
  const auto eat = [&value](unsigned char byte) {
    value ^= byte;
    value *= 1099511628211ull;
  };
  for (const SourcePtr& source : texts) {
    for (const char c : source->text) eat(static_cast<unsigned char>(c));
    eat(0);
  }
  return fmt::format("{:016x}", value);
}

/// After a mistake of syntax a declaration is missing that was written: what only that explains is no news.
bool echo(Code code) {
  switch (code) {
    case Code::UnknownName:
    case Code::UnknownState:
    case Code::MissingTemperature:
    case Code::MissingDeclaration:
    case Code::MissingWeights:
    case Code::MissingEntry:
    case Code::NotClosed:
    case Code::OutsideTranslations:
      return true;
    default:
      return false;
  }
}

/// All but `solve` and `query`.
void resolve_network(Context& context, const ast::File& file, const std::string& directory) {
  load_modules(context, file, directory);
  name_model(context, file);
  declare_names(context);
  resolve_parameters(context);
  resolve_lattice(context);
  resolve_translations(context);
  resolve_states(context);
  resolve_symmetry(context);
  resolve_rates(context);
  resolve_force(context);
  resolve_reduce(context);
}

/// Adds what was found about a file to what was read of it.
void pass_on(const Diagnostics& found, Diagnostics& diagnostics) {
  const bool written_wrong = diagnostics.has_errors();
  for (const Diagnostic& d : found.sorted()) {
    if (!written_wrong || !echo(d.code)) diagnostics.add(d);
  }
}

}  // namespace

std::shared_ptr<const Model> resolving::species_model(Context& context, const std::filesystem::path& path,
                                                      const Span& asked) {
  const std::string key = path.lexically_normal().string();
  if (const auto known = context.species.find(key); known != context.species.end()) return known->second;
  std::shared_ptr<const Model>& result = context.species[key];
  const SourcePtr source = read_file(context, path, asked);
  if (!source) return nullptr;
  context.use(asked, {source, 0, 0}, key);
  Diagnostics diagnostics;
  if (const auto file = parse(source, diagnostics)) {
    const auto model = std::make_shared<Model>();
    Diagnostics found;
    Context inner{found, *model};
    inner.open = context.open;
    resolve_network(inner, *file, path.parent_path().string());
    model->hash = hash(inner.hashed);
    pass_on(found, diagnostics);
    context.model.files.push_back(source->name);
    context.model.files.insert(context.model.files.end(), model->files.begin(), model->files.end());
    context.hashed.insert(context.hashed.end(), inner.hashed.begin(), inner.hashed.end());
    if (!diagnostics.has_errors()) result = model;
  }
  const bool reported = context.main && source->text == context.main->text;  // a model can be its own species
  for (const Diagnostic& d : diagnostics.sorted()) {
    if (!reported) context.diagnostics.add(d);
  }
  return result;
}

std::optional<Model> resolve(const ast::File& file, const std::string& directory, Diagnostics& diagnostics,
                             std::vector<NameUse>* uses, const OpenTexts* open) {
  Model model;
  Diagnostics found;
  Context context{found, model};
  context.main = file.source;
  context.uses = uses;
  context.open = open;
  resolve_network(context, file, directory);
  resolve_solves(context);
  collect_queries(context);
  if (!found.has_errors() && !diagnostics.has_errors()) check_unused(context, file.source);
  model.hash = hash(context.hashed);

  pass_on(found, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return model;
}

}  // namespace rdd
