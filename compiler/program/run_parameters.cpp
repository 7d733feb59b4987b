#include "compiler/program/run_parameters.hpp"

#include <algorithm>

namespace rdd {
namespace {

class Fixing {
 public:
  /// free: parameters that stay free, with what follows from them, as far as the coefficients are concerned.
  Fixing(const Model& model, std::span<const Expr> expressions, std::span<const int> free)
      : expressions_(expressions), follows_(model.parameters.size(), false) {
    found_.resize(model.parameters.size());
    for (const int one : free) follows_[static_cast<std::size_t>(one)] = true;
    for (std::size_t i = 0; i < follows_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        follows_[i] = follows_[i] || (follows_[j] && uses_parameter(expressions[i], static_cast<int>(j)));
  }

  /// A parameter the expression uses is fixed, and so is each that one follows from.
  void fix(const Expr& by, const std::string& why) {
    if (!by) return;
    for (std::size_t i = 0; i < found_.size(); ++i)
      if (uses_parameter(by, static_cast<int>(i))) fix(i, why);
  }
  void fix(const std::vector<Expr>& by, const std::string& why) {
    for (const Expr& one : by) fix(one, why);
  }
  void fix(std::size_t parameter, const std::string& why) {
    if (!found_[parameter].fixed.empty()) return;
    if (!coefficients_follow_ || !follows_[parameter]) found_[parameter].fixed = why;
    fix(expressions_[parameter], why);
  }
  /// Is what is fixed from here on that what the coefficients follow?
  void coefficients_follow(bool yes) { coefficients_follow_ = yes; }

  std::vector<RunParameter> found() const { return found_; }

 private:
  std::span<const Expr> expressions_;
  std::vector<bool> follows_;
  bool coefficients_follow_ = false;
  std::vector<RunParameter> found_;
};

void fix_network(Fixing& fixing, const Model& model) {
  const std::string why =
      "the reduction depends on it, and its coefficients are numbers in the program; `rdd build --range` keeps it free";
  for (const auto& vector : model.lattice.vectors) fixing.fix(vector, "the lattice depends on it");
  fixing.coefficients_follow(true);
  for (const ModelState& state : model.states) {
    if (state.position) fixing.fix(*state.position, why);
    if (state.axis) fixing.fix(*state.axis, why);
    for (const Expr& one : {state.energy, state.entropy, state.degeneracy, state.weight}) fixing.fix(one, why);
  }
  for (const ModelTransition& transition : model.transitions) fixing.fix(transition.rate, why);
  fixing.fix(model.force, why);
  fixing.fix(model.force_split, why);
  if (model.temperature) fixing.fix(static_cast<std::size_t>(*model.temperature), why);
  fixing.coefficients_follow(false);
}

void fix_block(Fixing& fixing, const SolveBlock& block) {
  const std::string grid = "the grid depends on it, and the kernels are made for that grid";
  fixing.fix(block.lengths, grid);
  fixing.fix(block.cells, grid);
  fixing.fix(block.spacing, grid);
  const std::string kernels = "it is a number in the compiled kernels";
  for (const auto& axis : block.given)
    for (const auto& side : axis)
      for (const BoundaryValue& value : side) fixing.fix(value.value, kernels);
  for (const Production& source : block.sources) fixing.fix(source.value, kernels);
  for (const Sink& sink : block.sinks) fixing.fix(sink.rate, kernels);
  for (const Reaction& reaction : block.reactions) fixing.fix(reaction.rate, kernels);
  fixing.fix(block.field_temperature, kernels);
  fixing.fix(block.field_force, kernels);
}

}  // namespace

std::vector<RunParameter> run_parameters(const Model& model, std::span<const Expr> expressions,
                                         const std::vector<std::string>& solves, std::span<const int> free) {
  Fixing fixing(model, expressions, free);
  fix_network(fixing, model);
  for (const SolveBlock& block : model.solves)
    if (std::find(solves.begin(), solves.end(), block.name) != solves.end()) fix_block(fixing, block);
  std::vector<RunParameter> all = fixing.found();
  for (std::size_t i = 0; i < all.size(); ++i) all[i].settable = all[i].fixed.empty() && !model.parameters[i].derived;
  return all;
}

}  // namespace rdd
