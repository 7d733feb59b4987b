// `species NAME = "other.rdd"`: another model whose defects live in the same domain.
#include <fmt/format.h>

#include <algorithm>

#include "lang/resolve/solve.hpp"

namespace rdd::resolving {

namespace {

/// What is called by the name of a species already, or begins with it as names of a used file do.
std::optional<Span> taken(const SolveParts& parts, const std::string& name) {
  const auto clashes = [&](const std::string& other) { return other == name || other.starts_with(name + "."); };
  for (const auto& [other, where] : parts.context.declared) {
    if (clashes(other)) return where;
  }
  for (const ModelState& state : parts.context.model.states) {
    if (clashes(state.name)) return state.span;
  }
  for (const Species& other : parts.block.species) {
    if (other.name == name) return other.span;
  }
  return std::nullopt;
}

bool check_species_name(SolveParts& parts, const ast::Name& name) {
  if (!check_name(parts.context, name, parts.item.file->file.source, "a species")) return false;
  Diagnostics& diagnostics = parts.context.diagnostics;
  for (const char* const word : {"all", "coarse", "t"}) {
    if (name.text != word) continue;
    diagnostics
        .add(Code::ReservedName, parts.span(name.place),
             fmt::format("a species cannot be called `{}`: that has a meaning in solve blocks", word))
        .hint("choose another name");
    return false;
  }
  if (const auto other = taken(parts, name.text)) {
    diagnostics.add(Code::DuplicateName, parts.span(name.place), fmt::format("`{}` is declared twice", name.text))
        .note(*other, "first declared here");
    return false;
  }
  return true;
}

/// Both must fill the same space.
bool fits(SolveParts& parts, const ast::Species& node, const Model& model) {
  const ModelLattice &ours = parts.context.model.lattice, &theirs = model.lattice;
  if (parts.context.lattice_failed) return true;
  if (ours.dimension == theirs.dimension && ours.embedding == theirs.embedding) return true;
  const auto shape = [](const ModelLattice& lattice) {
    return fmt::format("{} in {}", count(static_cast<std::size_t>(lattice.dimension), "vector"),
                       count(static_cast<std::size_t>(lattice.embedding), "dimension"));
  };
  parts.context.diagnostics
      .add(Code::SpeciesMismatch, parts.span(node.path.place),
           fmt::format("the lattice of \"{}\" has {}, that of this model {}", node.path.value, shape(theirs),
                       shape(ours)))
      .note(theirs.span, "its lattice")
      .note(ours.span, "that of this model");
  return false;
}

}  // namespace

void read_species(SolveParts& parts, const ast::Species& node) {
  if (!check_species_name(parts, node.name)) return;
  const std::filesystem::path path = std::filesystem::path(parts.item.file->directory) / node.path.value;
  std::shared_ptr<const Model> model = species_model(parts.context, path, parts.span(node.path.place));
  if (model && !fits(parts, node, *model)) model = nullptr;
  parts.block.species.push_back({node.name.text, std::move(model), parts.span(node.name.place)});
}

}  // namespace rdd::resolving
