// reduce and solve blocks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lang/layout.hpp"
#include "lang/nearest.hpp"
#include "lang/resolve/solve.hpp"

namespace rdd::resolving {

namespace {

/// The word an entry's value is, where it is one: `auto`, `explicit`.
std::string word(const ast::Expr& value) {
  const auto* reference = std::get_if<ast::Reference>(&value.node);
  return reference && reference->index.empty() ? reference->name.text : "";
}

/// A number that no parameter changes, within (0, below); nullopt with a diagnostic.
std::optional<double> small_number(Context& context, const ast::Expr& value, const Env& env, const std::string& what,
                                   double below) {
  Expressions expressions(context);
  const Expr e = expressions.quantity(value, env, {}, what);
  if (!e) return std::nullopt;
  const auto* number = std::get_if<expr::Number>(&e->value);
  if (!number) {
    expressions.report(Code::NotConstant, place(value), env,
                       fmt::format("{} is a number that no parameter can change", what));
    return std::nullopt;
  }
  if (number->value > 0 && number->value < below) return number->value;
  expressions.report(Code::BadEntry, place(value), env,
                     fmt::format("{} lies between 0 and {}, found {}", what, below, number->value));
  return std::nullopt;
}

class SolveReader {
 public:
  SolveReader(Context& context, const Item& item, const ast::Solve& node)
      : context_(context),
        item_(item),
        node_(node),
        expressions_(context),
        env_(env_of(item)),
        axes_(static_cast<std::size_t>(context.model.lattice.dimension)),
        entries_(context, item, "solve", solve_words()),
        parts_(context, item, entries_),
        block_(parts_.block) {
    block_.name = node.name.text;
    block_.span = context.span(item, node.place);
  }

  void run() {
    for (const ast::SolveEntry& entry : node_.entries) {
      if (const auto* plain = std::get_if<ast::Entry>(&entry)) entries_.add(*plain);
      if (const auto* species = std::get_if<ast::Species>(&entry)) read_species(parts_, *species);
    }
    read_extent();
    if (!context_.lattice_failed) parts_.volume = volume();
    read_time();
    std::vector<const ast::Boundaries*> boundaries;
    for (const ast::SolveEntry& entry : node_.entries) {
      if (const auto* sides = std::get_if<ast::Boundaries>(&entry)) boundaries.push_back(sides);
    }
    read_boundaries(parts_, boundaries);
    for (const ast::SolveEntry& entry : node_.entries) {
      if (!context_.lattice_failed) read_kinetics(entry);
      if (const auto* initial = std::get_if<ast::Initial>(&entry)) read_initial(*initial);
      if (const auto* probe = std::get_if<ast::Probe>(&entry)) read_probe(*probe);
      if (const auto* checkpoint = std::get_if<ast::Checkpoint>(&entry)) read_checkpoint(*checkpoint);
    }
    const bool has_initial = std::any_of(node_.entries.begin(), node_.entries.end(), [](const ast::SolveEntry& e) {
      return std::holds_alternative<ast::Initial>(e);
    });
    if (!has_initial) {
      missing("initial", fmt::format("initial {} = gaussian(center = {}, sigma = 5 nm)",
                                     context_.model.states.empty() ? "all" : context_.model.states.front().name,
                                     example("50 nm")));
    }
    context_.model.solves.push_back(std::move(block_));
  }

 private:
  Span span(ast::Place place) const { return context_.span(item_, place); }
  std::string example(const std::string& length) const {
    std::string list;
    for (std::size_t i = 0; i < std::max<std::size_t>(axes_, 1); ++i) list += (i ? ", " : "") + length;
    return "[" + list + "]";
  }
  std::optional<std::size_t> size() const { return context_.lattice_failed ? std::nullopt : std::optional(axes_); }

  void missing(const std::string& key, const std::string& example) {
    context_.diagnostics
        .add(Code::MissingEntry, block_.span, fmt::format("the solve block `{}` lacks `{}`", block_.name, key))
        .hint(fmt::format("add a line such as `{}`", example));
  }

  void read_extent() {
    const ast::Entry *domain = entries_.find("domain"), *cells = entries_.find("cells");
    if (domain && cells) {
      context_.diagnostics
          .add(Code::BadEntry, span(cells->place), "the extent is given twice: by `domain` and by `cells`")
          .note(span(domain->place), "the domain")
          .hint("leave one of them out");
    }
    if (!domain && !cells) missing("domain", "domain " + example("100 nm"));
    if (domain) {
      block_.domain_span = span(place(domain->value));
      if (auto lengths = expressions_.list(domain->value, env_, dimension::length(), "the domain", size()))
        block_.lengths = std::move(*lengths);
    } else if (cells) {
      block_.domain_span = span(place(cells->value));
      if (auto numbers = expressions_.list(cells->value, env_, {}, "the number of cells", size()))
        block_.cells = std::move(*numbers);
    }
    const ast::Entry *grid = entries_.find("grid"), *spacing = entries_.find("spacing");
    if (grid && spacing) {
      context_.diagnostics
          .add(Code::BadEntry, span(spacing->place), "the grid is given twice: by `grid` and by `spacing`")
          .note(span(grid->place), "the grid")
          .hint("leave one of them out");
    }
    if (grid) {
      block_.grid_span = span(place(grid->value));
      if (auto points = expressions_.integers(grid->value, env_, "the grid", size())) {
        const bool positive = std::all_of(points->begin(), points->end(), [](int n) { return n > 0; });
        if (positive)
          block_.grid = std::move(*points);
        else
          context_.diagnostics.add(Code::BadEntry, block_.grid_span, "a grid has at least one point along each axis");
      }
    } else if (spacing) {
      block_.grid_span = span(place(spacing->value));
      block_.spacing = expressions_.quantity(spacing->value, env_, dimension::length(), "the spacing");
    }
  }

  Expr time(const char* key, Span* where) {
    const ast::Entry* entry = entries_.find(key);
    if (!entry) return nullptr;
    if (where) *where = span(place(entry->value));
    return expressions_.quantity(entry->value, env_, dimension::time(), fmt::format("`{}`", key));
  }

  void read_time() {
    if (!entries_.find("until")) missing("until", "until 10 ns");
    if (const ast::Entry* until = entries_.find("until"); until && word(until->value) == "steady")
      read_steady(*until);
    else
      block_.until = time("until", &block_.until_span);
    block_.every = time("every", &block_.every_span);
    if (const ast::Entry* step = entries_.find("step"); step && word(step->value) != "auto")
      block_.step = time("step", nullptr);
    if (const ast::Entry* method = entries_.find("method")) read_method(*method);
    if (const ast::Entry* symbol = entries_.find("symbol")) read_symbol(*symbol);
    if (const ast::Entry* scheme = entries_.find("scheme")) read_scheme(*scheme);
    if (const ast::Entry* arithmetic = entries_.find("arithmetic")) read_arithmetic(*arithmetic);
    if (const ast::Entry* tolerance = entries_.find("tolerance")) {
      block_.tolerance = small_number(context_, tolerance->value, env_, "the tolerance", 1).value_or(block_.tolerance);
    }
    if (const ast::Entry* thin = entries_.find("thin")) read_thin(*thin);
    if (const ast::Entry* output = entries_.find("output")) {
      block_.output_span = span(place(output->value));
      if (const auto* path = std::get_if<ast::Text>(&output->value.node); path && !path->value.empty())
        block_.output = path->value;
      else
        context_.diagnostics.add(Code::BadEntry, block_.output_span, "the output is the name of a file in quotes")
            .hint("such as `output \"relax.h5\"`");
    }
  }

  void read_steady(const ast::Entry& entry) {
    block_.steady = true;
    block_.until_span = span(place(entry.value));
    for (const char* key : {"every", "step", "method"}) {
      const ast::Entry* other = entries_.find(key);
      if (!other || word(other->value) == "auto") continue;
      context_.diagnostics
          .add(Code::BadEntry, span(other->place),
               fmt::format("`{}` has no meaning here: the steady state is found directly, not by going through time",
                           key))
          .note(block_.until_span, "the steady state is asked for here")
          .hint("leave it out, or give `until` a time");
    }
  }

  void read_symbol(const ast::Entry& entry) {
    block_.symbol_span = span(place(entry.value));
    const std::string symbol = word(entry.value);
    block_.exact_symbol = symbol == "exact";
    if (symbol != "exact" && symbol != "order")
      context_.diagnostics
          .add(Code::BadEntry, block_.symbol_span, "the symbol is `exact`, or of the `order` the reduction has")
          .hint("leave it out for `order`");
  }

  /// A number for all axes, or one for each.
  void read_thin(const ast::Entry& entry) {
    block_.thin_span = span(place(entry.value));
    std::optional<std::vector<int>> numbers;
    if (std::holds_alternative<ast::List>(entry.value.node))
      numbers = expressions_.integers(entry.value, env_, "`thin`", size());
    else if (const auto one = expressions_.integer(entry.value, env_, "`thin`"))
      numbers = std::vector<int>(axes_, *one);
    if (!numbers) return;
    if (std::all_of(numbers->begin(), numbers->end(), [](int n) { return n > 0; }))
      block_.thin = std::move(*numbers);
    else
      context_.diagnostics.add(Code::BadEntry, block_.thin_span, "`thin` counts cells: 1 keeps all of them");
  }

  void read_checkpoint(const ast::Checkpoint& node) {
    if (!entries_.once("checkpoint", node.place)) return;
    block_.checkpoint_span = span(place(node.every));
    block_.checkpoint = expressions_.quantity(node.every, env_, dimension::time(), "the time between checkpoints");
  }

  void read_method(const ast::Entry& entry) {
    block_.method_span = span(place(entry.value));
    const std::string method = word(entry.value);
    const std::vector<std::string> methods{"auto", "exponential", "explicit", "implicit", "imex"};
    if (method == "auto")
      block_.method = Method::automatic;
    else if (method == "exponential")
      block_.method = Method::exponential;
    else if (method == "explicit")
      block_.method = Method::explicit_;
    else if (method == "implicit")
      block_.method = Method::implicit;
    else if (method == "imex")
      block_.method = Method::imex;
    else {
      Diagnostic& d =
          context_.diagnostics.add(Code::BadEntry, block_.method_span,
                                   fmt::format("there is no such method; it is one of {}", choices(methods)));
      if (const auto guess = nearest(method, methods)) d.hint(fmt::format("did you mean `{}`?", *guess));
    }
  }

  void read_scheme(const ast::Entry& entry) {
    block_.scheme_span = span(place(entry.value));
    const std::string scheme = word(entry.value);
    const std::vector<std::string> schemes{"auto", "central", "fourth", "limited"};
    const auto found = std::find(schemes.begin(), schemes.end(), scheme);
    if (found != schemes.end()) {
      block_.scheme = static_cast<Scheme>(found - schemes.begin());
      return;
    }
    Diagnostic& d = context_.diagnostics.add(Code::BadEntry, block_.scheme_span,
                                             fmt::format("there is no such scheme; it is one of {}", choices(schemes)));
    if (const auto guess = nearest(scheme, schemes)) d.hint(fmt::format("did you mean `{}`?", *guess));
  }

  void read_arithmetic(const ast::Entry& entry) {
    const std::string arithmetic = word(entry.value);
    block_.fused = arithmetic == "fused";
    if (block_.fused || arithmetic == "exact") return;
    context_.diagnostics.add(Code::BadEntry, span(place(entry.value)), "arithmetic is `exact` or `fused`")
        .hint("`fused` lets kernels add a product in one operation: faster in the caches, with other last bits");
  }

  void read_kinetics(const ast::SolveEntry& entry) {
    if (const auto* production = std::get_if<ast::Production>(&entry)) read_production(parts_, *production);
    if (const auto* reaction = std::get_if<ast::Reaction>(&entry)) read_reaction(parts_, *reaction);
    if (const auto* field = std::get_if<ast::Field>(&entry)) read_field(parts_, *field);
  }

  void read_initial(const ast::Initial& node) {
    if (context_.lattice_failed) return;
    const auto whose = parts_.densities.find(node.density, env_);
    const Field field{.axes = static_cast<int>(axes_), .volume = parts_.volume, .time = false, .densities = nullptr};
    Env env = env_;
    env.field = &field;
    const Expr value = expressions_.quantity(node.value, env, parts_.density(), "the initial density");
    if (whose && value) block_.initial.push_back({*whose, value, span(node.place)});
  }

  /// Of the domain: the product of its lengths; with `cells`, their number times √det(aᵀa), the volume of one cell.
  Expr volume() const {
    using expr::Operation;
    const auto product = [](Expr a, Expr b) { return apply(Operation::multiply, {std::move(a), std::move(b)}); };
    const auto difference = [](Expr a, Expr b) { return apply(Operation::subtract, {std::move(a), std::move(b)}); };
    Expr result = number(1);
    for (const Expr& length : block_.lengths) result = product(result, length);
    if (!block_.lengths.empty()) return result;
    if (block_.cells.empty()) return nullptr;
    for (const Expr& cells : block_.cells) result = product(result, cells);
    const auto& a = context_.model.lattice.vectors;
    const auto g = [&](std::size_t i, std::size_t j) {
      Expr sum = number(0);
      for (std::size_t c = 0; c < a[i].size(); ++c) sum = apply(Operation::add, {sum, product(a[i][c], a[j][c])});
      return sum;
    };
    const auto minor = [&](std::size_t r1, std::size_t r2, std::size_t c1, std::size_t c2) {
      return difference(product(g(r1, c1), g(r2, c2)), product(g(r1, c2), g(r2, c1)));
    };
    Expr determinant = g(0, 0);
    if (axes_ == 2) determinant = minor(0, 1, 0, 1);
    if (axes_ == 3) {
      determinant =
          apply(Operation::add, {difference(product(g(0, 0), minor(1, 2, 1, 2)), product(g(0, 1), minor(1, 2, 0, 2))),
                                 product(g(0, 2), minor(1, 2, 0, 1))});
    }
    return product(result, apply(Operation::sqrt, {determinant}));
  }

  void read_probe(const ast::Probe& node) {
    for (const Probe& other : block_.probes) {
      if (other.name != node.name.text) continue;
      context_.diagnostics
          .add(Code::DuplicateEntry, span(node.name.place), fmt::format("the probe `{}` is there twice", other.name))
          .note(other.span, "first given here");
      return;
    }
    const auto wrong = [&](ast::Place place) {
      context_.diagnostics
          .add(Code::BadEntry, span(place), "a probe is `integral(X)`, `mean(x, X)`, `variance(x, X)` or `at([…], X)`")
          .hint("X is a state, `coarse[0]`, or left out for the sum of all");
    };
    const auto* call = std::get_if<ast::Call>(&node.value.node);
    if (!call) return wrong(place(node.value));
    Probe probe{.kind = {}, .name = node.name.text, .density = {}, .axis = 0, .place = {}, .span = span(node.place)};
    const std::string& kind = call->function.text;
    std::size_t leading = 1;
    if (kind == "integral")
      leading = 0, probe.kind = Probe::Kind::integral;
    else if (kind == "mean")
      probe.kind = Probe::Kind::mean;
    else if (kind == "variance")
      probe.kind = Probe::Kind::variance;
    else if (kind == "at")
      probe.kind = Probe::Kind::at;
    else
      return wrong(call->function.place);
    if (call->arguments.size() < leading || call->arguments.size() > leading + 1) return wrong(call->place);
    for (const ast::Argument& argument : call->arguments) {
      if (argument.name) return wrong(argument.place);
    }
    if (probe.kind == Probe::Kind::at) {
      auto where =
          expressions_.list(call->arguments[0].value, env_, dimension::length(), "the place of a probe", size());
      if (!where) return;
      probe.place = std::move(*where);
    } else if (leading == 1) {
      const std::string axis = word(call->arguments[0].value);
      const std::size_t index = axis.size() == 1 ? static_cast<std::size_t>(axis[0]) - 'x' : 3;
      if (index >= axes_) {
        context_.diagnostics.add(Code::BadEntry, span(call->arguments[0].place),
                                 fmt::format("`{}` needs an axis of the domain first, such as `x`", kind));
        return;
      }
      probe.axis = static_cast<int>(index);
    }
    if (call->arguments.size() > leading) {
      const ast::Argument& last = call->arguments.back();
      const auto* reference = std::get_if<ast::Reference>(&last.value.node);
      if (!reference) return wrong(last.place);
      const auto whose = parts_.densities.find(*reference, env_);
      if (!whose) return;
      probe.density = *whose;
    }
    block_.probes.push_back(std::move(probe));
  }

  Context& context_;
  const Item& item_;
  const ast::Solve& node_;
  Expressions expressions_;
  Env env_;
  std::size_t axes_;
  Entries entries_;
  SolveParts parts_;
  SolveBlock& block_;
};

}  // namespace

void resolve_reduce(Context& context) {
  bool seen = false;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Reduce>(item.statement);
    if (!node) continue;
    ReduceOptions& reduce = context.model.reduce;
    if (seen) {
      context.diagnostics.add(Code::DuplicateName, context.span(item, node->place), "the model has two `reduce` blocks")
          .note(reduce.span, "the first one");
      continue;
    }
    seen = true;
    reduce.span = context.span(item, node->place);
    Entries entries(context, item, "reduce", {"bands", "order", "error"});
    for (const ast::Entry& entry : node->entries) entries.add(entry);
    Expressions expressions(context);
    const Env env = env_of(item);
    if (const ast::Entry* bands = entries.find("bands")) {
      reduce.bands_span = context.span(item, place(bands->value));
      if (word(bands->value) != "auto") {
        reduce.bands = expressions.integer(bands->value, env, "the number of bands");
        if (reduce.bands && *reduce.bands < 1) {
          expressions.report(Code::BadEntry, place(bands->value), env, "at least one band is kept")
              .hint("or write `bands auto`");
        }
      }
    }
    if (const ast::Entry* order = entries.find("order")) {
      const auto value = expressions.integer(order->value, env, "the order");
      if (value && *value != 1 && *value != 2) {
        expressions.report(Code::BadEntry, place(order->value), env,
                           fmt::format("the order is 1 or 2, found {}", *value));
      }
      reduce.order = value.value_or(reduce.order);
    }
    if (const ast::Entry* error = entries.find("error")) {
      reduce.error = small_number(context, error->value, env, "the error", 1).value_or(reduce.error);
    }
  }
}

void resolve_solves(Context& context) {
  std::map<std::string, Span> names;
  for (const Item& item : context.items) {
    const auto* node = std::get_if<ast::Solve>(item.statement);
    if (!node) continue;
    const Span where = context.span(item, node->name.place);
    const auto [found, fresh] = names.emplace(node->name.text, where);
    if (!fresh) {
      context.diagnostics
          .add(Code::DuplicateName, where, fmt::format("there are two solve blocks `{}`", node->name.text))
          .note(found->second, "first declared here");
    }
    SolveReader(context, item, *node).run();
  }
}

}  // namespace rdd::resolving
