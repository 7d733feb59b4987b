#include "compiler/lsp/scope.hpp"

#include <filesystem>

#include "lang/library.hpp"
#include "lang/limits.hpp"
#include "lang/parse.hpp"

namespace rdd::lsp {

namespace {

std::string canonical_path(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::weakly_canonical(path, error).string();
}

class Collector {
 public:
  explicit Collector(const OpenTexts& open) : open_(open) {}

  void collect(const ast::File& file, const std::string& directory, const std::string& prefix) {
    for (const ast::Statement& statement : file.statements) {
      const ast::Place whole = place(statement);
      const auto add = [&](DeclarationKind kind, const ast::Name& name, ast::Place extent) {
        result.declarations.push_back({kind,
                                       prefix + name.text,
                                       {file.source, name.place.begin, name.place.end},
                                       {file.source, extent.begin, extent.end}});
      };
      if (const auto* use = std::get_if<ast::Use>(&statement)) follow(*use, directory, prefix);
      if (const auto* node = std::get_if<ast::Param>(&statement)) add(DeclarationKind::parameter, node->name, whole);
      if (const auto* node = std::get_if<ast::Let>(&statement)) add(DeclarationKind::quantity, node->name, whole);
      if (const auto* node = std::get_if<ast::Function>(&statement)) add(DeclarationKind::function, node->name, whole);
      if (const auto* node = std::get_if<ast::Lattice>(&statement); node && node->name && node->block)
        add(DeclarationKind::lattice, *node->name, whole);
      if (const auto* node = std::get_if<ast::Translations>(&statement); node && node->name && node->block)
        add(DeclarationKind::translations, *node->name, whole);
      if (const auto* node = std::get_if<ast::Symmetry>(&statement); node && node->name && node->block)
        add(DeclarationKind::group, *node->name, whole);
      if (const auto* node = std::get_if<ast::States>(&statement))
        for (const ast::State& state : node->states) add(DeclarationKind::state, state.name, state.place);
      if (const auto* node = std::get_if<ast::Solve>(&statement); node && depth_ == 0) {
        for (const ast::SolveEntry& entry : node->entries) {
          const auto* species = std::get_if<ast::Species>(&entry);
          if (!species) continue;
          add(DeclarationKind::species, species->name, species->place);
          result.files.insert(canonical_path(std::filesystem::path(directory) / species->path.value));
        }
      }
      if (std::holds_alternative<ast::Temperature>(statement)) add(DeclarationKind::temperature, {{whole}, "T"}, whole);
    }
  }

  void library(const std::string& name, const std::string& prefix) {
    const auto text = library_text(name);
    if (text) take_in(std::make_shared<const Source>(Source{name, std::string(*text)}), "", name, prefix);
  }

  Scope result;

 private:
  void take_in(const SourcePtr& source, const std::string& directory, const std::string& key,
               const std::string& prefix) {
    if (!source || !taken_.insert(prefix + "\n" + key).second) return;
    // A chain of `use … as` through a circle would go on for ever under longer and longer names.
    if (depth_ >= deepest || taken_.size() > limits::files) return;
    ++depth_;
    Diagnostics ignored;
    if (const auto file = parse(source, ignored)) collect(*file, directory, prefix);
    --depth_;
  }

  void follow(const ast::Use& use, const std::string& directory, const std::string& outer) {
    const std::string prefix = use.alias ? outer + use.alias->text + "." : outer;
    if (!use.file) return library(use.path.text, prefix);
    const std::filesystem::path path = std::filesystem::path(directory) / use.path.text;
    const std::string key = canonical_path(path);
    result.files.insert(key);
    Diagnostics ignored;
    const auto found = open_.find(key);
    const SourcePtr source =
        found != open_.end() ? found->second : read_source(path.lexically_normal().string(), ignored);
    take_in(source, path.parent_path().string(), key, prefix);
  }

  static constexpr int deepest = 20;

  const OpenTexts& open_;
  std::set<std::string> taken_;
  int depth_ = 0;
};

}  // namespace

Scope scope(const ast::File& file, const std::string& directory, const OpenTexts& open) {
  Collector collector(open);
  collector.collect(file, directory, "");
  collector.library("std.rates", "");
  return std::move(collector.result);
}

}  // namespace rdd::lsp
