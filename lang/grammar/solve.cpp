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

const x3::rule<struct PrescriptionId, ast::Prescription> prescription = "a density and its value, such as `X = 2 /nm`";
const auto of_density = &(reference >> sign("="));
const auto prescription_def = placed(-(of_density >> reference[put<&ast::Prescription::density>] >> sign("=")) >>
                                     expression[put<&ast::Prescription::value>]);
const x3::rule<struct BoundaryId, ast::Boundary> boundary =
    "`periodic`, `absorbing` or `reflecting`, or a side, such as `x.low: absorbing`";
const auto of_axis = &(name >> -(sign(".") >> name) >> sign(":"));
const auto prescriptions = sign("(") > (prescription[add<&ast::Boundary::values>] % sign(",")) > sign(")");
const auto boundary_def = placed(
    -(of_axis >> name[put<&ast::Boundary::axis>] >> -(sign(".") >> name[put<&ast::Boundary::side>]) >> sign(":")) >>
    name[put<&ast::Boundary::kind>] >> -prescriptions);
const x3::rule<struct BoundariesId, ast::Boundaries> boundaries = "`boundary periodic`";
const auto boundaries_def = placed(word("boundary") > (boundary[add<&ast::Boundaries::sides>] % sign(",")));

const x3::rule<struct ProductionId, ast::Production> production = "`source STATE = VALUE` or `sink STATE = RATE`";
const auto is_sink = [](auto& context) { x3::_val(context).sink = true; };
const auto production_def =
    placed((word("source") | word("sink")[is_sink]) > reference[put<&ast::Production::density>] > sign("=") >
           expression[put<&ast::Production::value>] > -(word("where") > condition[put<&ast::Production::where>]));

const x3::rule<struct ReactionId, ast::Reaction> reaction = "`react A + B -> C : RATE`";
const auto products = sign("0") | (reference[add<&ast::Reaction::products>] % sign("+"));
const auto reaction_def = placed(word("react") > (reference[add<&ast::Reaction::reactants>] % sign("+")) > sign("->") >
                                 products > sign(":") > expression[put<&ast::Reaction::rate>]);

const x3::rule<struct FieldId, ast::Field> field = "`field T = VALUE` or `field force = [VALUE, …]`";
const auto field_def =
    placed(word("field") > any_name[put<&ast::Field::name>] > sign("=") > expression[put<&ast::Field::value>]);

const x3::rule<struct SpeciesId, ast::Species> species = "`species NAME = \"other.rdd\"`";
const auto species_def =
    placed(word("species") > name[put<&ast::Species::name>] > sign("=") > quoted[put<&ast::Species::path>]);

const x3::rule<struct ProbeId, ast::Probe> probe = "`probe NAME = integral(X)`";
const auto probe_def =
    placed(word("probe") > name[put<&ast::Probe::name>] > sign("=") > expression[put<&ast::Probe::value>]);

const x3::rule<struct CheckpointId, ast::Checkpoint> checkpoint = "`checkpoint every 10 min`";
const auto checkpoint_def = placed(word("checkpoint") > word("every") > expression[put<&ast::Checkpoint::every>]);

BOOST_SPIRIT_DEFINE(entry, point, initial, prescription, boundary, boundaries, production, reaction, field, species,
                    probe, checkpoint)

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
std::optional<ast::Production> read(const Reader& reader, Range range) {
  return run<ast::Production>(production > end, production.name, reader, range);
}
template <>
std::optional<ast::Reaction> read(const Reader& reader, Range range) {
  return run<ast::Reaction>(reaction > end, reaction.name, reader, range);
}
template <>
std::optional<ast::Field> read(const Reader& reader, Range range) {
  return run<ast::Field>(field > end, field.name, reader, range);
}
template <>
std::optional<ast::Species> read(const Reader& reader, Range range) {
  return run<ast::Species>(species > end, species.name, reader, range);
}
template <>
std::optional<ast::Probe> read(const Reader& reader, Range range) {
  return run<ast::Probe>(probe > end, probe.name, reader, range);
}
template <>
std::optional<ast::Checkpoint> read(const Reader& reader, Range range) {
  return run<ast::Checkpoint>(checkpoint > end, checkpoint.name, reader, range);
}

}  // namespace rdd::grammar
