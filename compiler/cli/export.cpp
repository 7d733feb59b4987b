// `rdd export`: the numbers of a model as JSON, HDF5 or CSV.
#include <fmt/format.h>

#include <cmath>
#include <deque>
#include <filesystem>

#include "compiler/cli/commands.hpp"
#include "compiler/export/results.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {
namespace {

namespace fs = std::filesystem;

enum class Form { json, hdf5, csv };

std::optional<Form> form_of(const std::string& path, Diagnostics& diagnostics) {
  const std::string ending = fs::path(path).extension().string();
  if (ending == ".json") return Form::json;
  if (ending == ".h5" || ending == ".hdf5") return Form::hdf5;
  if (ending == ".csv") return Form::csv;
  diagnostics.add(Code::BadSetting, {}, fmt::format("the name '{}' does not tell what to write", path))
      .hint("end it with .json, .h5 or .csv");
  return std::nullopt;
}

std::optional<exporting::What> what_of(const std::vector<std::string>& names, Diagnostics& diagnostics) {
  exporting::What what;
  for (const std::string& name : names) {
    bool* chosen = name == "network"        ? &what.network
                   : name == "spectrum"     ? &what.spectrum
                   : name == "reduction"    ? &what.reduction
                   : name == "coefficients" ? &what.coefficients
                                            : nullptr;
    if (!chosen) {
      diagnostics.add(Code::BadSetting, {}, fmt::format("--what does not know '{}'", name))
          .hint("it knows network, spectrum, reduction and coefficients, with commas between them");
      return std::nullopt;
    }
    *chosen = true;
  }
  return what;
}

// "[101, 101]", or one number for every axis.
std::optional<std::vector<int>> grid_of(const std::string& text, const Model& model, Diagnostics& diagnostics) {
  const auto n = static_cast<std::size_t>(model.lattice.dimension);
  if (text.empty()) return exporting::usual_grid(model.lattice.dimension);
  const auto source = std::make_shared<const Source>(Source{"--grid", text.front() == '[' ? text : "[" + text + "]"});
  const auto wrong = [&]() {
    diagnostics
        .add(Code::BadSetting, {source, 0, source->text.size()},
             fmt::format("expected the points of {} axes, ten million in all at most", n))
        .hint(fmt::format("for instance: --grid \"[{}]\"",
                          fmt::join(exporting::usual_grid(model.lattice.dimension), ", ")));
    return std::nullopt;
  };
  const auto values = evaluate_list_text({source, 0, source->text.size()}, model, {}, diagnostics);
  if (!values) return std::nullopt;
  std::vector<int> grid;
  double total = 1;
  for (const Quantity& value : *values) {
    if (!value.dimension.dimensionless() || !(value.value >= 1) || value.value != std::floor(value.value))
      return wrong();
    total *= value.value;
    if (total > 1e7) return wrong();
    grid.push_back(static_cast<int>(value.value));
  }
  if (grid.size() == 1 && n > 1) grid.resize(n, grid.front());
  double points = 1;
  for (const int count : grid) points *= count;
  return grid.size() == n && points <= 1e7 ? std::optional(grid) : wrong();
}

// The files, under temporary names until all of them are complete; then their final names.
std::vector<std::string> write(const exporting::Results& results, Form form, const std::string& output) {
  std::deque<TemporaryFile> files;
  if (form == Form::json) files.emplace_back(output).append(json_text(results));
  if (form == Form::hdf5) {
    const TemporaryFile& file = files.emplace_back(output);
    write_hdf5(results, file.path(), output);
  }
  if (form == Form::csv) {
    const std::string stem = output.substr(0, output.size() - std::string_view(".csv").size());
    for (const auto& [name, text] : csv_texts(results)) files.emplace_back(stem + "." + name + ".csv").append(text);
  }
  std::vector<std::string> names;
  for (TemporaryFile& file : files) file.sync();
  for (TemporaryFile& file : files) {
    file.rename();
    names.push_back(file.destination());
  }
  return names;
}

}  // namespace

int export_results(const ExportOptions& options) {
  Diagnostics diagnostics(warnings(options));
  const auto given = settings(options.settings, diagnostics);
  const auto form = form_of(options.output, diagnostics);
  const auto what = what_of(options.what, diagnostics);
  if (!given || !form || !what) {
    report(diagnostics, options.json);
    return usage_wrong;
  }
  const auto model = load(options.file, diagnostics);
  if (!model) return report(diagnostics, options.json);
  const auto grid = grid_of(options.grid, *model, diagnostics);
  if (!grid) {
    report(diagnostics, options.json);
    return usage_wrong;
  }
  const auto results = collect(*model, *given, *what, *grid, diagnostics);
  std::vector<std::string> files;
  if (results && !diagnostics.has_errors()) {
    try {
      files = write(*results, *form, options.output);
    } catch (const OutputError& error) {
      diagnostics.add(Code::CannotWrite, {}, error.what());
    }
  }
  const int status = report(diagnostics, options.json);
  if (!options.json)
    for (const std::string& file : files) fmt::print("{}\n", file);
  return status;
}

}  // namespace rdd::cli
