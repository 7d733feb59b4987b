// `use`: the statements of the named file stand in for it. Each file is taken in once under each name; a file that
// leads back to itself is an error. `model`, `reduce`, `solve` and `query` of a used file stay behind: they belong to
// the file that is run. So do its temperature, lattice, translations, symmetry and force where that file has its own.
//
// `as NAME` puts `NAME.` before every name the file declares. Inside, the file's own names go on without it.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lang/layout.hpp"
#include "lang/library.hpp"
#include "lang/limits.hpp"
#include "lang/nearest.hpp"
#include "lang/parse.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

constexpr const char* prelude = "std.rates";  // rate laws are in scope without `use`

std::string canonical_name(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::weakly_canonical(path, error).string();
}

class Loader {
 public:
  Loader(Context& context, const ast::File& main) : context_(context) {
    for (const ast::Statement& statement : main.statements) {
      if (single(statement)) decided_.insert(statement.index());
    }
  }

  void take_in(const LoadedFile& file, bool main) {
    context_.hashed.push_back(file.file.source);
    if (!main && !file.library) context_.model.files.push_back(file.file.source->name);
    for (const ast::Statement& statement : file.file.statements) {
      const Item item{&statement, &file};
      if (const auto* use = std::get_if<ast::Use>(&statement)) {
        follow(item, *use);
        continue;
      }
      const bool own = std::holds_alternative<ast::Model>(statement) ||
                       std::holds_alternative<ast::Reduce>(statement) ||
                       std::holds_alternative<ast::Solve>(statement) || std::holds_alternative<ast::Query>(statement) ||
                       (single(statement) && decided_.contains(statement.index()));
      if (main || !own) context_.items.push_back(item);
    }
  }

  void begin(const std::string& key) { open_.push_back(key); }

  void prelude_module() {
    const ast::Use plain;
    library_module(prelude, {nullptr, nullptr}, plain, {});
  }

 private:
  /// What a model has one of: the main file's own decides over that of a file it uses.
  static bool single(const ast::Statement& statement) {
    if (const auto* lattice = std::get_if<ast::Lattice>(&statement)) return !(lattice->name && lattice->block);
    if (const auto* set = std::get_if<ast::Translations>(&statement)) return !(set->name && set->block);
    if (const auto* group = std::get_if<ast::Symmetry>(&statement)) return !(group->name && group->block);
    return std::holds_alternative<ast::Temperature>(statement) || std::holds_alternative<ast::Force>(statement);
  }

  static std::string prefix_of(const Item& item, const ast::Use& use) {
    const std::string outer = item.file ? item.file->prefix : "";
    return use.alias ? outer + use.alias->text + "." : outer;
  }

  /// False where the file was taken in before under the same name.
  bool fresh(const std::string& key, const ast::Use& use, const Span& where) {
    const auto [found, first] = taken_.emplace(key, where);
    if (!first && !use.arguments.empty()) {
      context_.diagnostics.add(Code::DuplicateName, where, fmt::format("`{}` is used already", use.path.text))
          .note(found->second, "here")
          .hint(fmt::format("to have it twice, give this one a name: `use {}(…) as NAME`",
                            use.file ? "\"" + use.path.text + "\"" : use.path.text));
    }
    return first;
  }

  void library_module(const std::string& name, const Item& item, const ast::Use& use, const Span& where) {
    const std::string prefix = prefix_of(item, use);
    if (!fresh(prefix + name, use, where)) return;
    const ast::File* file = library_file(name);
    if (!file) return;
    context_.files.push_back({*file, "", true, prefix, {}});
    add_overrides(context_.files.back(), item, use);
    if (where) context_.use(where, {file->source, 0, 0}, name);
    take_in(context_.files.back(), false);
  }

  /// The arguments of `use` are parameters of the file, by name.
  void add_overrides(LoadedFile& file, const Item& item, const ast::Use& use) {
    std::vector<std::string> known;
    for (const ast::Statement& statement : file.file.statements) {
      if (const auto* param = std::get_if<ast::Param>(&statement)) known.push_back(param->name.text);
    }
    for (const ast::Argument& argument : use.arguments) {
      if (!argument.name) {
        context_.diagnostics
            .add(Code::WrongArguments, context_.span(item, argument.place), "which parameter gets this value?")
            .hint(known.empty() ? "the file has no parameters" : fmt::format("such as `{} = …`", known.front()));
        continue;
      }
      const std::string& name = argument.name->text;
      const Span where = context_.span(item, argument.name->place);
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        Diagnostic& d = context_.diagnostics.add(Code::WrongArguments, where,
                                                 fmt::format("`{}` has no parameter `{}`", use.path.text, name));
        if (const auto guess = nearest(name, known))
          d.hint(fmt::format("did you mean `{}`?", *guess));
        else
          d.hint(known.empty() ? "it has none" : fmt::format("it has {}", fmt::join(known, ", ")));
        continue;
      }
      if (!file.overrides.emplace(name, Override{&argument.value, item.file}).second)
        context_.diagnostics.add(Code::WrongArguments, where, fmt::format("`{}` is given twice", name));
    }
  }

  void follow(const Item& item, const ast::Use& use) {
    const Span where = context_.span(item, use.path.place);
    if (!use.file) return follow_library(item, use, where);
    const std::filesystem::path path = std::filesystem::path(item.file->directory) / use.path.text;
    const std::string key = canonical_name(path);
    if (std::find(open_.begin(), open_.end(), key) != open_.end()) {
      context_.diagnostics.add(Code::CircularUse, where, fmt::format("\"{}\" leads back to itself", use.path.text))
          .hint("move what both files need to a third one");
      return;
    }
    const std::string prefix = prefix_of(item, use);
    if (!fresh(prefix + key, use, where) || too_many(where)) return;
    const ast::File* const file = parsed(key, path, where);
    if (!file) return;
    context_.files.push_back({*file, path.parent_path().string(), false, prefix, {}});
    add_overrides(context_.files.back(), item, use);
    context_.use(where, {file->source, 0, 0}, use.path.text);
    open_.push_back(key);
    take_in(context_.files.back(), false);
    open_.pop_back();
  }

  /// Files that use each other under two names are there twice as often at each level.
  bool too_many(const Span& where) {
    if (context_.files.size() < limits::files) return false;
    if (context_.unknown.insert("too many files").second) {
      context_.diagnostics
          .add(Code::TooDeep, where,
               fmt::format("the model uses more than {} files, counted under each of their names", limits::files))
          .hint("use a file under one name where both users can share it");
    }
    return true;
  }

  /// The file, read and parsed the first time it is asked for; null with a diagnostic then.
  const ast::File* parsed(const std::string& key, const std::filesystem::path& path, const Span& where) {
    const auto [known, first] = parsed_.emplace(key, nullptr);
    if (!first) return known->second;
    const SourcePtr source = read_file(context_, path, where);
    if (!source) return nullptr;
    auto file = parse(source, context_.diagnostics);
    if (!file) return nullptr;
    context_.parsed.push_back(std::move(*file));
    return known->second = &context_.parsed.back();
  }

  void follow_library(const Item& item, const ast::Use& use, const Span& where) {
    const std::string& name = use.path.text;
    if (library_text(name)) return library_module(name, item, use, where);
    context_.unknown.insert("module " + name.substr(name.rfind('.') + 1));  // what it was to declare is no news
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
  std::vector<std::string> open_;                   // files that are being read, outermost first
  std::map<std::string, const ast::File*> parsed_;  // by path; null where it cannot be read
  std::map<std::string, Span> taken_;               // by prefix and path, with the first `use`
  std::set<std::size_t> decided_;  // kinds of statements, by their index, that the main file has itself
};

void declare_quantity(Context& context, const Item& item, const ast::Name& name) {
  const Span where = context.span(item, name.place);
  if (!check_name(context, name, item.file->file.source, "a quantity")) {
    context.unknown.insert(name.text);  // its uses are no further mistakes
    return;
  }
  const auto [found, fresh] = context.declared.emplace(full_name(name.text, env_of(item)), where);
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
  const auto [found, fresh] =
      context.functions.emplace(full_name(name, env_of(item)), FunctionDefinition{&function, item.file});
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
  Loader loader(context, main);
  loader.prelude_module();
  context.files.push_back({main, directory, false, "", {}});
  loader.begin(canonical_name(main.source->name));
  loader.take_in(context.files.back(), true);
}

SourcePtr read_file(Context& context, const std::filesystem::path& path, const Span& asked) {
  if (context.open) {
    const auto found = context.open->find(canonical_name(path));
    if (found != context.open->end()) return check_text(found->second, context.diagnostics) ? found->second : nullptr;
  }
  return read_source(path.lexically_normal().string(), context.diagnostics, asked);
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
