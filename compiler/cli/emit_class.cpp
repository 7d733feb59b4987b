// `rdd emit FILE --emit=class`: solve blocks as C++ classes, for rdd_add_solver.
#include <fmt/format.h>

#include <filesystem>

#include "compiler/cli/commands.hpp"
#include "compiler/program/emit_class.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {
namespace {

void write(const std::string& path, const std::string& text) {
  TemporaryFile file(path);
  file.append(text);
  file.rename();
}

}  // namespace

int emit_class_files(const EmitOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto prepared = prepare(options, diagnostics);
  if (!prepared) return report(diagnostics, options.json);
  const auto& [model, point, analysis] = *prepared;
  const auto all = tasks(model, point, analysis, on_command_line("--solve", options.solve), std::nullopt, diagnostics);
  if (!all) return report(diagnostics, options.json);
  if (options.class_name && all->size() > 1) {
    diagnostics.add(Code::UnknownSolve, {}, "--name names one class, and the model has several solve blocks")
        .hint("choose one with --solve NAME");
    return report(diagnostics, options.json);
  }
  const std::string base = options.output.value_or(identifier(model.name));
  const std::string header_name = std::filesystem::path(base).filename().string() + ".hpp";
  const ClassText text = emit_class(model, *all, header_name, options.class_name);
  if (!options.output) {
    fmt::print("{}\n{}", text.header, text.source);
    return report(diagnostics, options.json);
  }
  try {
    if (options.depfile) {
      std::vector<std::string> read{std::filesystem::absolute(options.file).string()};
      for (const std::string& file : model.files) read.push_back(std::filesystem::absolute(file).string());
      write(*options.depfile, dependency_rule(base + ".hpp", read));
    }
    write(base + ".cpp", text.source);
    write(base + ".hpp", text.header);
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, {}, error.what())
        .hint("-o names two files without their endings, .hpp and .cpp");
  }
  return report(diagnostics, options.json);
}

}  // namespace rdd::cli
