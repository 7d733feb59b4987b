// `use`: the statements of the named file stand in for it. Each file is taken in once, however often it is named; a
// file that leads back to itself is an error. `model`, `reduce`, `solve` and `query` of a used file stay behind: they
// belong to the file that is run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lang/layout.hpp"
#include "lang/library.hpp"
#include "lang/nearest.hpp"
#include "lang/parse.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

constexpr const char* prelude = "std.rates";  // rate laws are in scope without `use`

class Loader {
 public:
  explicit Loader(Context& context) : context_(context) {}

  void take_in(const LoadedFile& file, bool main) {
    context_.hashed.push_back(file.file.source->text);
    for (const ast::Statement& statement : file.file.statements) {
      const Item item{&statement, &file};
      if (const auto* use = std::get_if<ast::Use>(&statement)) {
        follow(item, *use);
        continue;
      }
      const bool own = std::holds_alternative<ast::Model>(statement) ||
                       std::holds_alternative<ast::Reduce>(statement) ||
                       std::holds_alternative<ast::Solve>(statement) || std::holds_alternative<ast::Query>(statement);
      if (main || !own) context_.items.push_back(item);
    }
  }

  void begin(const std::string& key) { open_.push_back(key); }

  void library_module(const std::string& name) {
    if (!taken_.insert(name).second) return;
    const auto text = library_text(name);
    if (!text) return;
    const auto source = std::make_shared<const Source>(Source{name, std::string(*text)});
    auto file = parse(source, context_.diagnostics);
    if (!file) return;
    context_.files.push_back({std::move(*file), "", true});
    take_in(context_.files.back(), false);
  }

 private:
  void follow(const Item& item, const ast::Use& use) {
    const Span where = context_.span(item, use.path.place);
    if (use.alias) {
      context_.diagnostics
          .add(Code::UnsupportedHere, context_.span(item, use.alias->place),
               "`use … as NAME` is part of the language, but not of this version of rdd")
          .hint("without `as`, the names of the file are used as they are");
      return;
    }
    if (!use.file) return follow_library(use.path.text, where);
    const std::filesystem::path path = std::filesystem::path(item.file->directory) / use.path.text;
    const std::string key = std::filesystem::weakly_canonical(path).string();
    if (std::find(open_.begin(), open_.end(), key) != open_.end()) {
      context_.diagnostics.add(Code::CircularUse, where, fmt::format("\"{}\" leads back to itself", use.path.text))
          .hint("move what both files need to a third one");
      return;
    }
    if (!taken_.insert(key).second) return;
    const SourcePtr source = read_source(path.lexically_normal().string(), context_.diagnostics, where);
    if (!source) return;
    auto file = parse(source, context_.diagnostics);
    if (!file) return;
    context_.files.push_back({std::move(*file), path.parent_path().string(), false});
    open_.push_back(key);
    take_in(context_.files.back(), false);
    open_.pop_back();
  }

  void follow_library(const std::string& name, const Span& where) {
    if (library_text(name)) return library_module(name);
    Diagnostic& d = context_.diagnostics.add(Code::UnknownModule, where, fmt::format("there is no module `{}`", name));
    const std::vector<std::string> known = library_modules();
    if (const auto guess = nearest(name, known)) {
      d.hint(fmt::format("did you mean `{}`?", *guess));
      return;
    }
    const std::string tail = name.substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.'));
    for (const std::string& module : known) {
      if (module.ends_with(tail)) {
        d.hint(fmt::format("did you mean `{}`?", module));
        return;
      }
    }
    std::vector<std::string> siblings;
    const std::string folder = name.substr(0, name.size() - tail.size());
    for (const std::string& module : known) {
      if (module.starts_with(folder + ".")) siblings.push_back(module);
    }
    if (folder.starts_with("std") && !siblings.empty())
      d.hint(fmt::format("there are {}", fmt::join(siblings, ", ")));
    else
      d.hint("a file of your own stands in quotes: `use \"other.rdd\"`");
  }

  Context& context_;
  std::vector<std::string> open_;  // files that are being read, outermost first
  std::set<std::string> taken_;
};

void declare_quantity(Context& context, const Item& item, const ast::Name& name) {
  const Span where = context.span(item, name.place);
  if (!check_name(context, name, item.file->file.source, "a quantity")) {
    context.unknown.insert(name.text);  // its uses are no further mistakes
    return;
  }
  const auto [found, fresh] = context.declared.emplace(name.text, where);
  if (fresh) return;
  context.diagnostics.add(Code::DuplicateName, where, fmt::format("`{}` is declared twice", name.text))
      .note(found->second, "first declared here");
}

void declare_function(Context& context, const Item& item, const ast::Function& function) {
  const std::string& name = function.name.text;
  const Span where = context.span(item, function.name.place);
  const auto& builtin = builtin_functions();
  if (std::find(builtin.begin(), builtin.end(), name) != builtin.end()) {
    context.diagnostics
        .add(Code::ReservedName, where, fmt::format("a function cannot be called `{}`: the language has one", name))
        .hint(fmt::format("rename it, for instance to `my_{}`", name));
    return;
  }
  std::set<std::string> seen;
  for (const ast::FunctionParameter& parameter : function.parameters) {
    if (!check_name(context, parameter.name, item.file->file.source, "an argument", true))
      context.unknown.insert(parameter.name.text);
    if (seen.insert(parameter.name.text).second) continue;
    context.diagnostics.add(Code::DuplicateName, context.span(item, parameter.name.place),
                            fmt::format("the argument `{}` is there twice", parameter.name.text));
  }
  const auto [found, fresh] = context.functions.emplace(name, FunctionDefinition{&function, item.file});
  if (fresh) return;
  if (found->second.file->library && !item.file->library) {
    found->second = {&function, item.file};  // a model may have its own law in place of the library's
    return;
  }
  context.diagnostics.add(Code::DuplicateName, where, fmt::format("the function `{}` is declared twice", name))
      .note(context.span(found->second.file->file.source, found->second.function->name.place), "first declared here");
}

}  // namespace

void load_modules(Context& context, const ast::File& main, const std::string& directory) {
  Loader loader(context);
  loader.library_module(prelude);
  context.files.push_back({main, directory, false});
  std::error_code error;
  loader.begin(std::filesystem::weakly_canonical(main.source->name, error).string());
  loader.take_in(context.files.back(), true);
}

void declare_names(Context& context) {
  for (const Item& item : context.items) {
    if (const auto* param = std::get_if<ast::Param>(item.statement)) declare_quantity(context, item, param->name);
    if (const auto* let = std::get_if<ast::Let>(item.statement)) declare_quantity(context, item, let->name);
    if (const auto* function = std::get_if<ast::Function>(item.statement)) declare_function(context, item, *function);
    if (const auto* temperature = std::get_if<ast::Temperature>(item.statement)) {
      const auto [found, fresh] = context.declared.emplace("T", context.span(item, temperature->place));
      if (fresh) continue;
      context.diagnostics
          .add(Code::DuplicateName, context.span(item, temperature->place), "the temperature is declared twice")
          .note(found->second, "first declared here");
    }
  }
}

}  // namespace rdd::resolving
