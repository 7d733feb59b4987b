// What the stages of the compiler make of the model, as `rdd emit` prints it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/kernels/discretise.hpp"
#include "compiler/kernels/jit.hpp"
#include "compiler/large_network.hpp"
#include "compiler/program/emit_program.hpp"
#include "compiler/query/statement.hpp"
#include "lang/nearest.hpp"
#include "lang/print.hpp"
#include "runtime/print.hpp"

namespace rdd {
namespace {

const std::vector<std::string>& stages() {
  static const std::vector<std::string> all{"model",  "network", "spectrum", "reduction", "pde",
                                            "kernel", "llvm",    "asm",      "cpp"};
  return all;
}

std::optional<Answer> emit(Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  const std::string& stage = asked.word(1);
  if (std::ranges::find(stages(), stage) == stages().end()) {
    const auto guess = nearest(stage, stages());
    diagnostics.add(Code::BadStatement, asked.span(1), "expected a stage of the compiler")
        .hint(guess ? fmt::format("did you mean `emit {}`?", *guess)
                    : fmt::format("the stages are {}", fmt::join(stages(), ", ")));
    return std::nullopt;
  }
  if (asked.words.size() > 3) {
    diagnostics.add(Code::BadStatement, asked.span(3), "expected the end of the statement").here("not expected here");
    return std::nullopt;
  }
  const auto text = stage_text(subject, stage, asked.words.size() > 2 ? asked.span(2) : Span{}, diagnostics);
  if (!text) return std::nullopt;
  Json json = answer_head(asked, "", subject);
  json["stage"] = stage;
  json["text"] = *text;
  return Answer{json.dump(), *text};
}

}  // namespace

std::optional<std::string> stage_text(Subject& subject, const std::string& stage, const Span& solve,
                                      Diagnostics& diagnostics) {
  const Model& model = subject.model;
  if (stage == "model") return text(model);
  if (!subject.ensure_point(diagnostics)) return std::nullopt;
  const RateNetwork& network = subject.point->network;
  if (stage == "network") return text(network);
  if (!subject.ensure_analysis(diagnostics)) return std::nullopt;
  if (stage == "spectrum") {
    // A line of wave vectors from the zone's centre to its corner shows every band once.
    Eigen::MatrixXd line(network.lattice.dimension(), 11);
    for (Eigen::Index i = 0; i < line.cols(); ++i) line.col(i).setConstant(M_PI * static_cast<double>(i) / 10);
    const auto spectrum = bands_of(model, network, line, diagnostics);
    if (!spectrum) return std::nullopt;
    return text(*spectrum);
  }
  if (stage == "reduction") return text(subject.analysis->reduction);
  if (stage == "pde") return text(subject.analysis->pde);
  const auto all = tasks(model, *subject.point, *subject.analysis, solve, std::nullopt, diagnostics);
  if (!all) return std::nullopt;
  if (stage == "cpp") return emit_program(model, subject.point->expressions, *all);
  std::string out;
  try {
    for (const SolveTask& task : *all) {
      const auto kernels = discretise(task.equation, task.problem.grid);
      out += fmt::format("{} solve {}\n", stage == "llvm" ? ";" : "#", task.problem.name);
      if (stage == "kernel")
        for (const ir::KernelIr& kernel : kernels) out += text(kernel) + "\n";
      if (stage == "llvm") out += jit_llvm(kernels, jit_options(task));
      if (stage == "asm") out += jit_assembly(kernels, jit_options(task));
    }
  } catch (const JitError& error) {
    diagnostics.add(Code::JitFailed, all->front().place, error.what());
    return std::nullopt;
  }
  return out;
}

std::span<const Statement> stage_statements() {
  static const Statement table[] = {
      {.usage = "emit STAGE [SOLVE]",
       .line = "what a stage of the compiler made: `emit cpp` is the program of `rdd build`",
       .more = "emit cpp     emit cpp relax     emit kernel\n"
               "The stages are model, network, spectrum, reduction, pde, kernel, llvm, asm and cpp, all as `rdd emit`\n"
               "prints them. Those from `kernel` on are about all solve blocks, or the one that is named.\n",
       .answer = emit,
       .needs_point = false,
       .keywords = {"model", "network", "spectrum", "reduction", "pde", "kernel", "llvm", "asm", "cpp"}},
  };
  return table;
}

}  // namespace rdd
