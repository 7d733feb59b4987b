// The entries of `reduce`, `solve` and `lattice` blocks.
#include "lang/grammar/expression.hpp"

namespace rdd::grammar {

namespace {

const x3::rule<struct EntryId, ast::Entry> entry = "an entry, such as `order 2`";
const auto entry_def = placed(name[put<&ast::Entry::key>] > expression[put<&ast::Entry::value>]);

const x3::rule<struct PointId, ast::Point> point = "`point NAME = [k1, k2]`";
const auto point_def =
    placed(word("point") > name[put<&ast::Point::name>] > sign("=") > expression[put<&ast::Point::value>]);

const x3::rule<struct InitialId, ast::Initial> initial = "`initial STATE = VALUE`";
const auto initial_def = placed(word("initial") > reference[put<&ast::Initial::density>] > sign("=") >
                                expression[put<&ast::Initial::value>]);

const x3::rule<struct BoundaryId, ast::Boundary> boundary =
    "`periodic`, `absorbing` or `reflecting`, or a side, such as `x.low: absorbing`";
const auto of_axis = &(name >> -(sign(".") >> name) >> sign(":"));
const auto boundary_def = placed(
    -(of_axis >> name[put<&ast::Boundary::axis>] >> -(sign(".") >> name[put<&ast::Boundary::side>]) >> sign(":")) >>
    name[put<&ast::Boundary::kind>]);
const x3::rule<struct BoundariesId, ast::Boundaries> boundaries = "`boundary periodic`";
const auto boundaries_def = placed(word("boundary") > (boundary[add<&ast::Boundaries::sides>] % sign(",")));

const x3::rule<struct ProbeId, ast::Probe> probe = "`probe NAME = integral(X)`";
const auto probe_def =
    placed(word("probe") > name[put<&ast::Probe::name>] > sign("=") > expression[put<&ast::Probe::value>]);

BOOST_SPIRIT_DEFINE(entry, point, initial, boundary, boundaries, probe)

}  // namespace

template <>
std::optional<ast::Entry> read(const Reader& reader, Range range) {
  return run<ast::Entry>(entry > end, entry.name, reader, range);
}
template <>
std::optional<ast::Point> read(const Reader& reader, Range range) {
  return run<ast::Point>(point > end, point.name, reader, range);
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
