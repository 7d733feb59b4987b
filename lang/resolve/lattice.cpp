// lattice, translations and force: what gives the model its shape.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lang/library.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

namespace {

template <class T>
struct Found {
  const T* node;
  const Item* item;
};

/// Whether a definition is what the name of a use means: both as the model calls them.
template <class T>
bool defines(const Found<T>& definition, const Found<T>& use) {
  return full_name(definition.node->name->text, env_of(*definition.item)) ==
         full_name(use.node->name->text, env_of(*use.item));
}

template <class T>
void note_use(Context& context, const Found<T>& definition, const Found<T>& use) {
  context.use(context.span(*use.item, use.node->name->place),
              context.span(*definition.item, definition.node->name->place), use.node->name->text);
}

/// Names of definitions in the files, for "did you mean".
template <class T>
std::vector<std::string> names_of(const std::vector<Found<T>>& definitions) {
  std::vector<std::string> names;
  for (const Found<T>& found : definitions) names.push_back(full_name(found.node->name->text, env_of(*found.item)));
  return names;
}

/// A lattice or a set of translations that no file defines: the library may have it.
template <class T>
void unknown_definition(Context& context, const Item& item, const ast::Name& name, const std::string& kind,
                        const std::string& folder, const std::vector<Found<T>>& definitions) {
  if (context.unknown.contains("module " + name.text)) return;
  Diagnostic& d = context.diagnostics.add(Code::UnknownName, context.span(item, name.place),
                                          fmt::format("there is no {} `{}` here", kind, name.text));
  const std::string prefix = "std." + folder + ".";
  if (library_text(prefix + name.text)) {
    d.hint(fmt::format("add `use {}{}`", prefix, name.text));
    return;
  }
  std::vector<std::string> known = names_of(definitions);
  for (const std::string& module : library_modules()) {
    if (module.starts_with(prefix)) known.push_back(module.substr(prefix.size()));
  }
  if (const auto guess = nearest(name.text, known))
    d.hint(fmt::format("did you mean `{}`?", *guess));
  else
    d.hint(fmt::format("define it: `{} {} {{ … }}`", folder == "lattices" ? "lattice" : "translations", name.text));
}

/// `point X = [1/2, 0]`: fractions of the reciprocal vectors.
void read_points(Context& context, const ast::Lattice& node, const Env& env, ModelLattice& lattice) {
  Expressions expressions(context);
  for (const ast::LatticeEntry& entry : *node.block) {
    const auto* point = std::get_if<ast::Point>(&entry);
    if (!point) continue;
    const auto fractions = expressions.list(point->value, env, {}, fmt::format("the point {}", point->name.text),
                                            static_cast<std::size_t>(lattice.dimension));
    if (!fractions) continue;
    SpecialPoint special{point->name.text, {}};
    bool good = true;
    for (std::size_t i = 0; i < fractions->size(); ++i) {
      const auto* value = std::get_if<expr::Number>(&(*fractions)[i]->value);
      if (value) {
        special.fractions[i] = value->value;
      } else if (good) {
        good = false;
        expressions.report(Code::NotConstant, place(point->value), env,
                           "a special point is a list of plain numbers: fractions of the reciprocal vectors");
      }
    }
    const auto known = [&](const SpecialPoint& other) { return other.name == special.name; };
    if (std::any_of(lattice.points.begin(), lattice.points.end(), known)) {
      expressions.report(Code::DuplicateName, point->name.place, env,
                         fmt::format("the point {} is given twice", special.name));
    } else if (good) {
      lattice.points.push_back(special);
    }
  }
}

/// `path Γ - X - M`, or several of them in a list.
void read_path(Context& context, const ast::Expr& node, const Env& env, ModelLattice& lattice) {
  Expressions expressions(context);
  const auto wrong = [&](ast::Place place) {
    expressions.report(Code::BadEntry, place, env, "a path joins special points by `-`")
        .hint("such as `path Γ - X - M - Γ`, or a list of such paths");
  };
  std::vector<const ast::Expr*> pieces{&node};
  if (const auto* list = std::get_if<ast::List>(&node.node)) {
    pieces.clear();
    for (const ast::Expr& piece : list->items) pieces.push_back(&piece);
  }
  for (const ast::Expr* piece : pieces) {
    const auto* chain = std::get_if<ast::Chain>(&piece->node);
    if (!chain || chain->operators.find_first_not_of('-') != std::string::npos) return wrong(place(*piece));
    std::vector<std::string> names;
    for (const ast::Expr& operand : chain->operands) {
      const auto* reference = std::get_if<ast::Reference>(&operand.node);
      if (!reference || !reference->index.empty()) return wrong(place(operand));
      const auto named = [&](const SpecialPoint& point) { return point.name == reference->name.text; };
      if (std::none_of(lattice.points.begin(), lattice.points.end(), named)) {
        expressions
            .report(Code::UnknownName, place(operand), env,
                    fmt::format("the lattice has no point {}", reference->name.text))
            .hint(fmt::format(
                "declare it: `point {} = [{}]`", reference->name.text,
                fmt::join(std::vector<std::string>(static_cast<std::size_t>(lattice.dimension), "1/2"), ", ")));
        return;
      }
      names.push_back(reference->name.text);
    }
    lattice.path.push_back(std::move(names));
  }
}

void read_vectors(Context& context, const Item& item, const ast::Lattice& node, const Env& env, const Span& where) {
  Entries entries(context, item, "lattice", {"vectors", "point", "path"});
  for (const ast::LatticeEntry& entry : *node.block) {
    if (const auto* plain = std::get_if<ast::Entry>(&entry)) entries.add(*plain);
  }
  const ast::Entry* vectors = entries.find("vectors");
  context.lattice_failed = true;
  if (!vectors) {
    context.diagnostics.add(Code::MissingEntry, context.span(item, node.place), "the lattice has no vectors")
        .hint("such as `vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]]`");
    return;
  }
  Expressions expressions(context);
  const auto* rows = std::get_if<ast::List>(&vectors->value.node);
  if (!rows || rows->items.empty() || rows->items.size() > 3) {
    expressions.report(Code::WrongShape, place(vectors->value), env, "the vectors are a list of one to three lists")
        .hint("such as `vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]]`");
    return;
  }
  ModelLattice lattice{.dimension = static_cast<int>(rows->items.size()),
                       .embedding = 0,
                       .vectors = {},
                       .points = {},
                       .path = {},
                       .span = where};
  for (const ast::Expr& row : rows->items) {
    const auto components =
        expressions.list(row, env, dimension::length(), "a lattice vector",
                         lattice.vectors.empty() ? std::nullopt : std::optional(lattice.vectors[0].size()));
    if (!components) return;
    const std::size_t m = components->size();
    if (m == 0 || m > 3 || m < rows->items.size()) {
      expressions.report(
          Code::WrongShape, place(row), env,
          fmt::format("{} in {} cannot be independent", count(rows->items.size(), "vector"), count(m, "dimension")));
      return;
    }
    lattice.vectors.push_back(*components);
  }
  lattice.embedding = static_cast<int>(lattice.vectors[0].size());
  read_points(context, node, env, lattice);
  if (const ast::Entry* path = entries.find("path")) read_path(context, path->value, env, lattice);
  context.model.lattice = std::move(lattice);
  context.lattice_failed = false;
}

/// Binds the arguments of `lattice NAME(args)` to the parameters of its definition and reads the vectors there.
void use_lattice(Context& context, const Found<ast::Lattice>& use, const Found<ast::Lattice>& definition) {
  std::vector<std::string> names;
  std::vector<const ast::Expr*> defaults;
  std::size_t required = 0;
  for (const ast::Argument& parameter : definition.node->arguments) {
    const auto* plain = std::get_if<ast::Reference>(&parameter.value.node);
    if (!parameter.name && !plain) {
      context.diagnostics.add(Code::WrongArguments, context.span(*definition.item, parameter.place),
                              "a definition's parameter is a name, or `name = default`");
      return;
    }
    names.push_back(parameter.name ? parameter.name->text : plain->name.text);
    defaults.push_back(parameter.name ? &parameter.value : nullptr);
    if (!defaults.back()) required = names.size();
  }
  Expressions expressions(context);
  const Env outside = env_of(*use.item);
  const ast::Call call{{use.node->place}, *use.node->name, use.node->arguments};
  const auto given = expressions.arguments(call, names, required, outside);
  if (!given) return;
  ast::Function described;  // only its name is read, by messages
  described.name = *use.node->name;
  const Span where = context.span(*use.item, use.node->place);
  const Frame frame{nullptr, &described, where, definition.item->file->library};
  Locals locals;
  Env inside = env_of(*definition.item);
  inside.locals = &locals;
  inside.frame = &frame;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::optional<Typed> value;
    if ((*given)[i]) {
      // The library's lattices are made of lengths, and of pure numbers where a default says so; a wrong dimension is
      // best shown at the argument.
      value = expressions.typed(*(*given)[i], outside);
      Dimension asked = dimension::length();
      if (const auto own = defaults[i] ? expressions.typed(*defaults[i], inside) : std::nullopt) asked = own->dimension;
      if (value && definition.item->file->library && value->dimension != asked) {
        value = expressions.typed(*(*given)[i], outside, asked, fmt::format("the lattice parameter `{}`", names[i]));
      }
    } else {
      value = expressions.typed(*defaults[i], inside);
    }
    if (!value) return;
    locals[names[i]] = std::move(value);
  }
  read_vectors(context, *definition.item, *definition.node, inside, where);
}

/// The integer vectors of a set, all of one length; nullopt with diagnostics.
std::optional<std::vector<std::vector<int>>> read_set(Context& context, const Item& item,
                                                      const ast::Translations& node) {
  Expressions expressions(context);
  const Env env = env_of(item);
  std::vector<std::vector<int>> set;
  for (const ast::Expr& vector : *node.block) {
    const auto components =
        expressions.integers(vector, env, "a translation", set.empty() ? std::nullopt : std::optional(set[0].size()));
    if (!components) return std::nullopt;
    set.push_back(*components);
  }
  return set;
}

/// Number of components of a set as written, to choose among definitions of one name.
std::size_t components(const ast::Translations& node) {
  if (node.block->empty()) return 0;
  const auto* list = std::get_if<ast::List>(&node.block->front().node);
  return list ? list->items.size() : 0;
}

std::string printed(const std::vector<int>& vector) {
  return fmt::format("[{}]", fmt::join(vector, ", "));
}

void adopt_set(Context& context, const Item& item, const ast::Translations& node) {
  const auto set = read_set(context, item, node);
  if (!set) return;
  const auto n = static_cast<std::size_t>(context.model.lattice.dimension);
  for (std::size_t i = 0; i < set->size(); ++i) {
    const ast::Place place = ast::place((*node.block)[i]);
    const std::vector<int>& vector = (*set)[i];
    if (!context.lattice_failed && vector.size() != n) {
      context.diagnostics.add(Code::WrongShape, context.span(item, place),
                              fmt::format("a translation has {}, but the lattice has {}",
                                          count(vector.size(), "component"), count(n, "vector")));
      return;
    }
    std::vector<int> negation = vector;
    for (int& c : negation) c = -c;
    if (std::find(set->begin(), set->end(), negation) == set->end()) {
      context.diagnostics
          .add(Code::NotClosed, context.span(item, place),
               fmt::format("the translations lack {}, the negation of this one", printed(negation)))
          .hint(fmt::format("add {}", printed(negation)));
      return;
    }
  }
  std::vector<std::array<int, 3>> translations;
  for (const std::vector<int>& vector : *set) {
    std::array<int, 3> cell{};
    std::copy_n(vector.begin(), std::min<std::size_t>(vector.size(), 3), cell.begin());
    if (std::find(translations.begin(), translations.end(), cell) == translations.end()) translations.push_back(cell);
  }
  context.model.translations = std::move(translations);
}

}  // namespace

void resolve_lattice(Context& context) {
  std::vector<Found<ast::Lattice>> definitions, uses;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Lattice>(item.statement);
    if (!node) continue;
    (node->name && node->block ? definitions : uses).push_back({node, &item});
  }
  if (uses.empty()) {
    context.lattice_failed = true;
    context.diagnostics.add(Code::MissingDeclaration, context.model.span, "the model has no lattice")
        .hint(
            "write its vectors, `lattice { vectors [[0.3 nm, 0 nm], [0 nm, 0.3 nm]] }`, or use a known one: "
            "`use std.lattices.square` and `lattice square(a = 0.3 nm)`");
    return;
  }
  const Found<ast::Lattice> use = uses.front();
  if (uses.size() > 1) {
    context.diagnostics
        .add(Code::DuplicateName, context.span(*uses[1].item, uses[1].node->place), "the model has two lattices")
        .note(context.span(*use.item, use.node->place), "first declared here");
  }
  if (use.node->block) {
    const Env env = env_of(*use.item);
    read_vectors(context, *use.item, *use.node, env, context.span(*use.item, use.node->place));
    return;
  }
  context.lattice_failed = true;
  if (!use.node->name) {
    context.diagnostics.add(Code::MissingEntry, context.span(*use.item, use.node->place), "which lattice?")
        .hint("`lattice square(a = 0.3 nm)`, or its vectors in a block: `lattice { vectors [[…]] }`");
    return;
  }
  const Found<ast::Lattice>* chosen = nullptr;
  for (const Found<ast::Lattice>& definition : definitions) {
    if (!defines(definition, use)) continue;
    if (chosen) {
      context.diagnostics
          .add(Code::DuplicateName, context.span(*definition.item, definition.node->name->place),
               fmt::format("the lattice `{}` is defined twice", use.node->name->text))
          .note(context.span(*chosen->item, chosen->node->name->place), "first defined here");
      return;
    }
    chosen = &definition;
  }
  if (!chosen) {
    unknown_definition(context, *use.item, *use.node->name, "lattice", "lattices", definitions);
    return;
  }
  note_use(context, *chosen, use);
  use_lattice(context, use, *chosen);
}

void resolve_translations(Context& context) {
  std::vector<Found<ast::Translations>> definitions, uses;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Translations>(item.statement);
    if (!node) continue;
    (node->name && node->block ? definitions : uses).push_back({node, &item});
  }
  if (uses.empty()) return;
  const Found<ast::Translations> use = uses.front();
  if (uses.size() > 1) {
    context.diagnostics
        .add(Code::DuplicateName, context.span(*uses[1].item, uses[1].node->place),
             "the model has two sets of translations")
        .note(context.span(*use.item, use.node->place), "first declared here");
  }
  if (use.node->block) return adopt_set(context, *use.item, *use.node);
  if (!use.node->name) {
    context.diagnostics.add(Code::MissingEntry, context.span(*use.item, use.node->place), "which translations?")
        .hint("`translations faces`, or a set of your own: `translations { [1, 0], [-1, 0] }`");
    return;
  }
  if (context.lattice_failed) return;
  const auto n = static_cast<std::size_t>(context.model.lattice.dimension);
  bool named = false;
  for (const Found<ast::Translations>& definition : definitions) {
    if (!defines(definition, use)) continue;
    named = true;
    if (components(*definition.node) != n) continue;
    note_use(context, definition, use);
    return adopt_set(context, *definition.item, *definition.node);
  }
  if (named) {
    context.diagnostics.add(
        Code::WrongShape, context.span(*use.item, use.node->name->place),
        fmt::format("`{}` is not defined for a lattice of {}", use.node->name->text, count(n, "vector")));
    return;
  }
  unknown_definition(context, *use.item, *use.node->name, "set of translations", "translations", definitions);
}

void resolve_force(Context& context) {
  const ast::Force* first = nullptr;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Force>(item.statement);
    if (!node) continue;
    const Span where = context.span(item, node->place);
    if (first) {
      context.diagnostics.add(Code::DuplicateName, where, "the force is declared twice")
          .note(context.model.force_span, "first declared here");
      continue;
    }
    first = node;
    context.model.force_span = context.span(item, place(node->value));
    Expressions expressions(context);
    const Env env = env_of(item);
    std::optional<std::size_t> size;
    if (!context.lattice_failed) size = static_cast<std::size_t>(context.model.lattice.embedding);
    const auto force = expressions.list(node->value, env, dimension::force(), "the force", size);
    if (force) context.model.force = *force;
    if (node->split) context.model.force_split = expressions.quantity(*node->split, env, {}, "the split of the force");
    // Its effect on rates is exp(f·Δ/kT), so a force needs a temperature (docs/theory.md, section 1).
    expressions.thermal("kT", node->place, env);
  }
}

}  // namespace rdd::resolving
