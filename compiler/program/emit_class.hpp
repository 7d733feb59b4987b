// Solve blocks as C++ classes, for a program of somebody else's: what rdd_add_solver (cmake/RddSolver.cmake) compiles
// into it. Each class is a Simulation (runtime/program/simulation.hpp) with the model's names as its members.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/lower_solve.hpp"

namespace rdd {

struct ClassText {
  std::string header;
  std::string source;
};

/// header_name  what the source includes: "crowdion.hpp"
/// class_name   the class of the only block in place of the block's name
/// returns      stable text. A namespace of the model's name holds a class for each block; names that C++ cannot take
///              are changed as `identifier` says, and a class called like one of its members gets a `_`: run_
ClassText emit_class(const Model& model, const std::vector<SolveTask>& tasks, const std::string& header_name,
                     const std::optional<std::string>& class_name);

/// A name of a model as C++ can take it: `site[3]` is site_3, `new` is new_.
std::string identifier(const std::string& name);

/// A rule of make: `target: file file …`, with blanks escaped.
std::string dependency_rule(const std::string& target, const std::vector<std::string>& files);

}  // namespace rdd
