// What a statement of the query language is made of: the model under questioning, the statement taken apart, and a
// table of answers. Each file *_statements.cpp holds the answers of one kind and lists them in a table; session.cpp
// joins the tables and does what all statements have in common.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/query/session.hpp"
#include "compiler/uncertainty.hpp"

namespace rdd {

using Json = nlohmann::ordered_json;

/// One statement taken apart: its words, and the place of each.
struct Asked {
  SourcePtr source;
  std::string statement;            ///< as typed, without the blanks around it
  std::vector<std::string> words;   ///< split at blanks; a list in brackets is one word, and a quoted name
  std::vector<std::size_t> places;  ///< byte of each word

  explicit Asked(const SourcePtr& text);
  const std::string& word(std::size_t i) const;  ///< empty past the end
  Span span(std::size_t i) const;                ///< past the end: the end of the text
  std::optional<int> integer(std::size_t i) const;
};

/// How one statement is answered. `answer` finds subject.point made, unless the statement needs none; nullopt with
/// diagnostics, and whatever it changed in `subject` is then taken back by the caller.
struct Statement {
  const char* usage;           ///< with its arguments, the name first: "spectrum at [φ, …]"
  const char* line;            ///< what it tells, in a line
  const char* more = nullptr;  ///< the rest of `help NAME`; ends with a newline
  std::function<std::optional<Answer>(Subject&, const Asked&, Diagnostics&)> answer;
  bool alone = false;       ///< takes no further words
  bool needs_point = true;  ///< asks about numbers: the parameters must have values and the network be whole
  bool needs_model = true;  ///< the text must be a whole model
  bool asks = true;         ///< its answer is what `it` shows
  std::vector<const char*> keywords = {};  ///< words of its own that a prompt completes
  bool dense = false;                      ///< needs all modes of the network: large ones are refused

  std::string name() const;
};

std::span<const Statement> network_statements();
std::span<const Statement> spectrum_statements();
std::span<const Statement> gap_statements();
std::span<const Statement> reduction_statements();
std::span<const Statement> interpolation_statements();
std::span<const Statement> transport_statements();
std::span<const Statement> zone_statements();
std::span<const Statement> driven_statements();
std::span<const Statement> sensitivity_statements();
std::span<const Statement> sweep_statements();
std::span<const Statement> stage_statements();
std::span<const Statement> text_statements();

/// What a stage of the compiler makes of the model, from `model` to `cpp`, as `rdd emit` prints it. `solve`: the name
/// of one solve block; all where it is none. nullopt with diagnostics.
std::optional<std::string> stage_text(Subject& subject, const std::string& stage, const Span& solve,
                                      Diagnostics& diagnostics);

/// The operator of the crystal that ends at walls; nullopt with a diagnostic at `place`, the word that asks for it,
/// without local detailed balance.
std::optional<BlochOperator> operator_between_walls(const Subject& subject, const Span& place,
                                                    Diagnostics& diagnostics);
std::span<const Statement> verify_statements();

/// Runs one statement on a subject, for statements that are made of others. A statement that fails changes nothing.
std::optional<Answer> run_statement(Subject& subject, const SourcePtr& statement, Diagnostics& diagnostics);

/// The keys that every answer begins with. `unit`: of all numbers, or an object with one for each key.
Json answer_head(const Asked& asked, const Json& unit, const Subject& subject);
/// The same after the text of the model has changed, with what it still lacks.
Json declared(const std::string& statement, const Subject& subject);
Json json_rows(const Eigen::MatrixXd& matrix);
Json json_list(const Eigen::VectorXd& vector);
Json json_pairs(const Eigen::VectorXcd& vector);  ///< [re, im] each
/// The same shape as the answer that the readings are from, with these numbers in it.
Json json_shaped(const std::vector<Reading>& readings, const Eigen::VectorXd& numbers);
/// Adds the key `uncertainty` to an answer where the model has uncertain parameters; what it adds, as a list.
std::optional<Eigen::VectorXd> add_uncertainty(Json& json, const Subject& subject, const Request& request);

/// The bracketed list that is the third word, and the last, as plain numbers, one for each lattice vector; or another
/// word, and not the last.
std::optional<std::vector<double>> asked_list(const Subject& subject, const Asked& asked, Diagnostics& diagnostics,
                                              std::size_t place = 2, bool last = true);
std::string_view trimmed(std::string_view text);

/// Keys `Q`, `C` and `D` of coefficients.
void add_coefficients(Json& json, const Coefficients& coefficients);
/// `coefficients at T = 650 K`: the coefficients of the last `interpolate` at the point that follows the second word.
std::optional<Answer> interpolated_coefficients(Subject& subject, const Asked& asked, Diagnostics& diagnostics);

}  // namespace rdd
