#include "tests/lang/random_file.hpp"

#include <memory>
#include <random>
#include <string>

namespace rdd::tests {

namespace {

using namespace rdd::ast;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  File file() {
    File result{std::make_shared<const Source>(Source{"random.rdd", ""}), {}};
    for (std::size_t i = 1 + pick(8); i > 0; --i) result.statements.push_back(statement());
    return result;
  }

 private:
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  bool maybe() { return pick(2) == 0; }

  template <class Make>
  auto several(std::size_t least, std::size_t most, Make&& make) {
    std::vector<decltype(make())> result;
    for (std::size_t i = least + pick(most - least + 1); i > 0; --i) result.push_back(make());
    return result;
  }
  template <class Make>
  auto perhaps(Make&& make) {
    return maybe() ? std::optional(make()) : std::nullopt;
  }

  /// No word of the language, and no unit: `2 * nm` would be a number with a unit.
  Name name() {
    static const char* const names[] = {"ν", "E_mig", "Δ_E", "site", "x1", "y", "X", "barrier_of_the_long_way", "ky"};
    return {{}, names[pick(std::size(names))]};
  }
  /// A name that can belong to a module.
  Name dotted_name() { return pick(5) == 0 ? Name{{}, "iron.E_mig"} : name(); }
  /// Where words of the language are names as well.
  Name any_name() {
    static const char* const words[] = {"force", "at", "energy", "in", "model"};
    return pick(5) == 0 ? Name{{}, words[pick(std::size(words))]} : name();
  }
  Text text() {
    static const char* const texts[] = {"relax.h5", "E (eV)", "", "# no; comment { [", "τ"};
    return {{}, texts[pick(std::size(texts))]};
  }

  Unit unit() {
    static const char* const units[] = {"eV", "nm", "s", "K", "THz", "angstrom", "kJ"};
    Unit result;
    for (std::size_t i = pick(4); i > 0; --i) {
      UnitFactor factor{{}, units[pick(std::size(units))], static_cast<int>(pick(7)) - 3};
      if (result.factors.empty() && pick(6) == 0) factor.name = "quux";  // meant as a unit, though none
      result.factors.push_back(factor);
    }
    return result;
  }
  Number number() {
    static const double values[] = {0, 1, 2, 0.5, 1e-2, 3.1e12, 1e300, 5e-324, 0.1, 1234567};
    Number result;
    result.value = pick(3) == 0 ? static_cast<double>(random_()) / 7 : values[pick(std::size(values))];
    result.unit = unit();
    return result;
  }
  Reference reference(int depth) {
    Reference result;
    result.name = dotted_name();
    if (depth > 0 && pick(3) == 0) result.index.push_back(expression(depth - 1));
    return result;
  }
  List list(int depth) {
    List result;
    result.items = several(0, pick(20) == 0 ? 30 : 3, [&] { return expression(depth); });
    return result;
  }
  Argument argument(int depth) {
    Argument result;
    if (pick(3) == 0) result.name = name();
    result.value = condition(depth);
    return result;
  }
  Call call(int depth) {
    Call result;
    result.function = maybe() ? any_name() : dotted_name();
    result.arguments = several(0, 3, [&] { return argument(depth); });
    return result;
  }
  /// The grammar makes one chain of `(a + b) + c`, hence never a chain that begins with one of its kind.
  Chain chain(int depth) {
    const std::string signs = maybe() ? "+-" : "*/";
    Chain result;
    result.operands = several(2, 4, [&] { return expression(depth); });
    for (std::size_t i = 1; i < result.operands.size(); ++i) result.operators += signs[pick(2)];
    const auto* first = std::get_if<Chain>(&result.operands.front().node);
    if (first && signs.find(first->operators[0]) != std::string::npos) result.operands.front() = {number()};
    return result;
  }

  Comparison comparison(int depth) {
    static constexpr Comparison::Operator signs[] = {Comparison::Operator::less, Comparison::Operator::less_equal,
                                                     Comparison::Operator::greater,
                                                     Comparison::Operator::greater_equal};
    Comparison result;
    result.operands = several(2, 3, [&] { return expression(depth); });
    while (result.operators.size() + 1 < result.operands.size()) result.operators.push_back(signs[pick(4)]);
    return result;
  }
  /// What stands in brackets, in arguments and behind `where`.
  Expr condition(int depth = 3) {
    if (depth == 0 || maybe()) return expression(depth);
    --depth;
    if (maybe()) return {comparison(depth)};
    return {Junction{{}, maybe(), several(2, 3, [&] { return condition(depth); })}};
  }

  Expr expression(int depth = 3) {
    if (depth == 0) return maybe() ? Expr{number()} : Expr{reference(0)};
    --depth;
    switch (pick(9)) {
      case 8:
        return maybe() ? Expr{comparison(depth)}
                       : Expr{Junction{{}, maybe(), several(2, 3, [&] { return condition(depth); })}};
      case 0:
        return {number()};
      case 1:
        return {text()};
      case 2:
        return {reference(depth)};
      case 3:
        return {call(depth)};
      case 4:
        return {list(depth)};
      case 5: {
        Negate node;
        node.operand.push_back(expression(depth));
        return {node};
      }
      case 6: {
        Power node;
        node.operands = several(2, 2, [&] { return expression(depth); });
        return {node};
      }
      default:
        return {chain(depth)};
    }
  }

  Entry entry() { return {{}, name(), expression()}; }
  Family family() { return {{}, name(), expression(1), expression(1)}; }
  State state() {
    static const char* const properties[] = {"at", "axis", "energy", "entropy", "degeneracy", "weight"};
    return {{}, name(), perhaps([&] { return family(); }), several(0, 4, [&] {
              return Entry{{}, {{}, properties[pick(std::size(properties))]}, expression()};
            })};
  }
  Rate rate() {
    return {{}, reference(2), reference(2), maybe(), perhaps([&] { return Expr{list(1)}; }), expression(), perhaps([&] {
              return family();
            })};
  }
  Column column() {
    Column result;
    if (maybe())
      result.number = 1 + static_cast<int>(pick(99));
    else
      result.name = maybe() ? any_name().text : "E (eV)";
    result.unit = unit();
    return result;
  }
  Mapping mapping() {
    const bool list = maybe();
    return {{}, any_name(), list, several(1, list ? 4 : 1, [&] { return column(); })};
  }
  Prescription prescription() {
    return {{}, perhaps([&] { return reference(1); }), expression()};
  }
  Boundary boundary() {
    static const char* const kinds[] = {"periodic", "absorbing", "reflecting", "value", "flux"};
    Boundary result;
    result.axis = perhaps([&] { return name(); });
    if (result.axis) result.side = perhaps([&] { return name(); });
    result.kind = {{}, kinds[pick(std::size(kinds))]};
    if (maybe()) result.values = several(1, 3, [&] { return prescription(); });
    return result;
  }
  Production production() {
    return {{}, maybe(), reference(1), expression(), perhaps([&] { return condition(); })};
  }
  Reaction reaction() {
    return {{}, several(1, 3, [&] { return reference(1); }), several(0, 3, [&] { return reference(1); }), expression()};
  }
  SolveEntry solve_entry() {
    switch (pick(10)) {
      case 8:
        return Checkpoint{{}, expression()};
      case 0:
        return Initial{{}, reference(1), expression()};
      case 4:
        return production();
      case 5:
        return reaction();
      case 6:
        return Field{{}, any_name(), expression()};
      case 7:
        return Species{{}, name(), text()};
      case 1:
        return Boundaries{{}, several(1, 3, [&] { return boundary(); })};
      case 2:
        return Probe{{}, name(), expression()};
      default:
        return entry();
    }
  }
  Use use() {
    Use result;
    result.file = maybe();
    result.path = {{}, result.file ? "other models/b.rdd" : "std.lattices.bcc"};
    result.arguments = several(0, 2, [&] { return argument(2); });
    result.alias = perhaps([&] { return name(); });
    return result;
  }
  Lattice lattice() {
    Lattice result;
    result.name = perhaps([&] { return dotted_name(); });
    if (result.name) result.arguments = several(0, 3, [&] { return argument(2); });
    result.block = perhaps([&] {
      return several(0, 3, [&] {
        return maybe() ? LatticeEntry(entry()) : LatticeEntry(Point{{}, name(), expression()});
      });
    });
    return result;
  }
  template <class T>
  T set_of_lists() {
    return {{}, perhaps([&] { return dotted_name(); }), perhaps([&] {
              return several(0, 4, [&] { return Expr{list(1)}; });
            })};
  }
  Query query() {
    static const char* const statements[] = {"diffusion", "spectrum  at [0.1,0.2]", "gap long", "set T=300 K"};
    return {{}, several(0, 3, [&] { return Name{{}, statements[pick(std::size(statements))]}; })};
  }

  Statement statement() {
    switch (pick(16)) {
      case 0:
        return Model{{}, name()};
      case 1:
        return use();
      case 2:
        return Param{
            {}, name(), expression(), perhaps([&] { return expression(); }), perhaps([&] { return Expr{list(2)}; })};
      case 3:
        return Let{{}, name(), expression()};
      case 4:
        return Function{{},
                        name(),
                        several(0, 3,
                                [&] {
                                  return FunctionParameter{{}, name(), perhaps([&] { return expression(1); })};
                                }),
                        expression()};
      case 5:
        return Temperature{{}, expression()};
      case 6:
        return lattice();
      case 7:
        return Translations{
            {}, perhaps([&] { return name(); }), perhaps([&] { return several(0, 4, [&] { return Expr{list(1)}; }); })};
      case 8:
        return States{{}, several(0, 4, [&] { return state(); })};
      case 9:
        return Rates{{}, several(0, 4, [&] { return rate(); })};
      case 10:
        return Table{{}, maybe(), text(), several(0, 4, [&] { return mapping(); })};
      case 11:
        return Force{{}, expression(), perhaps([&] { return expression(); })};
      case 12:
        return Reduce{{}, several(0, 3, [&] { return entry(); })};
      case 13:
        return set_of_lists<Symmetry>();
      case 14:
        return Solve{{}, name(), several(0, 5, [&] { return solve_entry(); })};
      default:
        return query();
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

ast::File random_file(std::uint64_t seed) {
  return Maker(seed).file();
}

}  // namespace rdd::tests
