// The entries of `reduce`, `solve` and `lattice` blocks.
#include "lang/grammar/expression.hpp"

namespace rdd::grammar {

namespace {

struct EntryId : Annotated {};
const x3::rule<EntryId, ast::Entry> entry = "an entry, such as `order 2`";
const auto entry_def = name[put<&ast::Entry::key>] > expression[put<&ast::Entry::value>];

struct InitialId : Annotated {};
const x3::rule<InitialId, ast::Initial> initial = "`initial STATE = VALUE`";
const auto initial_def = word("initial") > reference[put<&ast::Initial::density>] >
                         sign("=") > expression[put<&ast::Initial::value>];

struct BoundaryId : Annotated {};
const x3::rule<BoundaryId, ast::Boundary> boundary =
    "`periodic`, `absorbing` or `reflecting`, or a side, such as `x.low: absorbing`";
const auto of_axis = &(name >> -(sign(".") >> name) >> sign(":"));
const auto boundary_def =
    -(of_axis >> name[put<&ast::Boundary::axis>] >> -(sign(".") >> name[put<&ast::Boundary::side>]) >> sign(":")) >>
    name[put<&ast::Boundary::kind>];
struct BoundariesId : Annotated {};
const x3::rule<BoundariesId, ast::Boundaries> boundaries = "`boundary periodic`";
const auto boundaries_def = word("boundary") > (boundary[add<&ast::Boundaries::sides>] % sign(","));

struct ProbeId : Annotated {};
const x3::rule<ProbeId, ast::Probe> probe = "`probe NAME = integral(X)`";
const auto probe_def = word("probe") > name[put<&ast::Probe::name>] > sign("=") > expression[put<&ast::Probe::value>];

BOOST_SPIRIT_DEFINE(entry, initial, boundary, boundaries, probe)

}  // namespace

template <>
std::optional<ast::Entry> read(const Reader& reader, Range range) {
  return run<ast::Entry>(entry > end, entry.name, reader, range);
}
template <>
std::optional<ast::Initial> read(const Reader& reader, Range range) {
  return run<ast::Initial>(initial > end, initial.name, reader, range);
}
template <>
std::optional<ast::Boundaries> read(const Reader& reader, Range range) {
  return run<ast::Boundaries>(boundaries > end, boundaries.name, reader, range);
}
template <>
std::optional<ast::Probe> read(const Reader& reader, Range range) {
  return run<ast::Probe>(probe > end, probe.name, reader, range);
}

}  // namespace rdd::grammar
