// ast::Expr -> Expr: names looked up, units multiplied in, functions expanded, dimensions checked on the way.
#pragma once

#include "lang/resolve/context.hpp"

namespace rdd::resolving {

using Locals = std::map<std::string, std::optional<Typed>>;

/// The state that a rate leaves, for `saddle`.
struct RateOrigin {
  const ModelState* state;
};

class Densities;

/// An expression over the coordinates of a solve block, and what else may stand in it.
struct Field {
  int axes = 0;                          ///< n
  Expr volume;                           ///< of the domain, m^n; null where unknown
  bool time = false;                     ///< `t` is the time
  const Densities* densities = nullptr;  ///< what names of densities mean; null where there can be none
};

/// The function call that is being expanded, and the one around it.
struct Frame {
  const Frame* outer;
  const ast::Function* function;
  Span call;
  bool library;
};

/// Where an expression stands: what its names may mean.
struct Env {
  SourcePtr source;
  const LoadedFile* file = nullptr;  ///< null for a text given from outside
  const Locals* locals = nullptr;
  const RateOrigin* origin = nullptr;
  const Field* field = nullptr;
  const Frame* frame = nullptr;
};
inline Env env_of(const Item& item) {
  return {.source = item.file->file.source, .file = item.file};
}
/// What the model calls a name of this place.
inline std::string full_name(const std::string& name, const Env& env) {
  return env.file ? env.file->prefix + name : name;
}

class Expressions {
 public:
  explicit Expressions(Context& context) : context_(context) {}

  /// Any quantity; nullopt with diagnostics.
  std::optional<Typed> typed(const ast::Expr& expression, const Env& env);
  /// A quantity of the given dimension. `what` begins the message: "barrier", "the energy of X".
  std::optional<Typed> typed(const ast::Expr& expression, const Env& env, const Dimension& expected,
                             const std::string& what);
  Expr quantity(const ast::Expr& expression, const Env& env, const Dimension& expected, const std::string& what);
  /// A list of `size` quantities of one dimension (any size where nothing is asked).
  std::optional<std::vector<Expr>> list(const ast::Expr& expression, const Env& env, const Dimension& expected,
                                        const std::string& what, std::optional<std::size_t> size);
  /// A whole number that no parameter changes.
  std::optional<int> integer(const ast::Expr& expression, const Env& env, const std::string& what);
  std::optional<std::vector<int>> integers(const ast::Expr& expression, const Env& env, const std::string& what,
                                           std::optional<std::size_t> size);

  /// A diagnostic at a place of the expression; inside the body of a function it also says which call led there.
  Diagnostic& report(Code code, ast::Place place, const Env& env, std::string message);

  /// exp(-E/kT) and the like need kT; nullopt with a diagnostic where the model has no temperature.
  std::optional<Typed> thermal(const std::string& name, ast::Place place, const Env& env);

  /// Value of a number with its unit, SI.
  std::optional<Unit> unit(const ast::Unit& unit, const Env& env);

  /// The arguments of a call, one for each name: positional ones first. Null where left out. nullopt with a diagnostic.
  std::optional<std::vector<const ast::Expr*>> arguments(const ast::Call& call, const std::vector<std::string>& names,
                                                         std::size_t required, const Env& env);

 private:
  /// The list that an expression is, of this size where one is given; nullptr where that was reported.
  const ast::List* components(const ast::Expr& expression, const Env& env, const std::string& what,
                              std::optional<std::size_t> size);
  std::optional<Typed> number(const ast::Number& node, const Env& env);
  std::optional<Expr> cell_length(ast::Place place, const Env& env);
  std::optional<Typed> reference(const ast::Reference& node, const Env& env);
  std::optional<Typed> unknown(const ast::Reference& node, const Env& env);
  /// The time or a density where the reference means one; an inner nullopt where that was reported.
  std::optional<std::optional<Typed>> solved(const ast::Reference& node, const Env& env);
  std::optional<Typed> negate(const ast::Negate& node, const Env& env);
  std::optional<Typed> power_of(const ast::Power& node, const Env& env);
  std::optional<Typed> chain(const ast::Chain& node, const Env& env);
  std::optional<Typed> comparison(const ast::Comparison& node, const Env& env);
  std::optional<Typed> junction(const ast::Junction& node, const Env& env);
  std::optional<Typed> call(const ast::Call& node, const Env& env);
  std::optional<Typed> choice(const ast::Call& node, const Env& env);
  std::optional<Typed> mathematics(const ast::Call& node, const Env& env);
  std::optional<Typed> law(const ast::Call& node, const Env& env);
  std::optional<Typed> field(const ast::Call& node, const Env& env);
  std::optional<Typed> expand(const ast::Call& node, const FunctionDefinition& definition, const Env& env);
  void unequal_dimensions(const std::string& what, ast::Place first, const Dimension& of_first, ast::Place second,
                          const Dimension& of_second, const Env& env);
  void wrong_dimension(const ast::Expr& expression, const Env& env, const Dimension& found, const Dimension& expected,
                       const std::string& what);
  std::optional<Typed> combine(expr::Operation operation, std::vector<Typed> arguments, Dimension dimension,
                               ast::Place place, const Env& env);
  std::vector<std::string> known_names(const Env& env) const;

  Context& context_;
};

/// Checks that a name is free for a quantity: no unit, no constant, nothing that follows from the temperature, and
/// unless it is local to a function no coordinate. False with a diagnostic; `kind` begins its message.
bool check_name(Context& context, const ast::Name& name, const SourcePtr& source, const std::string& kind,
                bool local = false);

/// Names of all functions of the language itself.
const std::vector<std::string>& builtin_functions();

/// SI value of a constant such as kB.
std::optional<Typed> constant(const std::string& name);

}  // namespace rdd::resolving
