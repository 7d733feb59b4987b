// `rdd emit FILE --cpp DIR`: the program of `rdd build` as a project.
#include <fmt/format.h>

#include <cerrno>
#include <deque>
#include <filesystem>
#include <system_error>

#include "compiler/cli/commands.hpp"
#include "compiler/program/emit_project.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {

int emit_project_files(const EmitOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto prepared = prepare(options, diagnostics);
  if (!prepared) return report(diagnostics, options.json);
  const auto& [model, point, analysis] = *prepared;
  const auto free = free_parameters(model, options.ranges, diagnostics);
  if (!free) return report(diagnostics, options.json);
  const auto all =
      tasks(model, point, analysis, on_command_line("--solve", options.solve), std::nullopt, diagnostics, *free);
  if (!all || !all_stay_free(model, point, *all, *free, diagnostics)) return report(diagnostics, options.json);
  try {
    std::deque<TemporaryFile> files;
    for (const auto& [name, text] : emit_project(model, point.expressions, *all, *free)) {
      const std::filesystem::path path = std::filesystem::path(*options.project) / name;
      std::error_code failed;
      std::filesystem::create_directories(path.parent_path(), failed);
      if (failed) throw cannot_write(path.parent_path().string(), failed.value());
      files.emplace_back(path.string()).append(text);
    }
    copy_third_party(*options.project);
    for (TemporaryFile& file : files) file.rename();
    fmt::print("{}: {}, CMakeLists.txt and README.md, with all they need in rdd/ and third_party/\n", *options.project,
               std::filesystem::path(files.front().destination()).filename().string());
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, {}, error.what()).hint("--cpp names a folder");
  }
  return report(diagnostics, options.json);
}

}  // namespace rdd::cli
