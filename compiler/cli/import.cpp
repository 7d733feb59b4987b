// `rdd import`: from the options to the readers, and the files they lead to.
#include "compiler/import/import.hpp"

#include <fmt/format.h>

#include <deque>
#include <filesystem>

#include "compiler/cli/commands.hpp"
#include "compiler/import/write_model.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::cli {
namespace {

namespace fs = std::filesystem;

bool read_options(const ImportOptions& options, importing::Given& given, Diagnostics& diagnostics) {
  using importing::UnitOf;
  bool good = true;
  if (!options.length_unit.empty()) good = read_unit(UnitOf::length, options.length_unit, given, diagnostics) && good;
  if (!options.energy_unit.empty()) good = read_unit(UnitOf::energy, options.energy_unit, given, diagnostics) && good;
  if (!options.time_unit.empty()) good = read_unit(UnitOf::time, options.time_unit, given, diagnostics) && good;
  if (!options.temperature.empty()) good = read_temperature(options.temperature, given, diagnostics) && good;
  if (!options.lattice.empty()) good = read_lattice(options.lattice, given, diagnostics) && good;
  given.select = options.select;
  return good;
}

// A name for files that needs no quoting in a model.
std::string plain(std::string stem) {
  for (char& c : stem)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-' && c != '.') c = '_';
  return stem;
}

// MarkovModel.rdd for runs/MarkovModel.xml, 32state.rdd for 32state.min.data.
std::string default_output(const ImportOptions& options) {
  if (!options.select.empty()) return plain(options.select) + ".rdd";
  const std::string name = fs::path(options.file).filename().string();
  const std::string stem = name.substr(0, name.find('.', 1));
  return (stem.empty() ? "network" : stem) + ".rdd";
}

// Tables first, then the model that reads them: each appears whole, and the model last.
void write(const importing::WrittenModel& written, const std::string& output) {
  const fs::path folder = fs::path(output).parent_path();
  std::deque<TemporaryFile> files;
  for (const auto& [name, text] : written.tables) files.emplace_back((folder / name).string()).append(text);
  files.emplace_back(output).append(written.text);
  for (TemporaryFile& file : files) file.sync();
  for (TemporaryFile& file : files) file.rename();
}

}  // namespace

int import_network(const ImportOptions& options) {
  Diagnostics diagnostics(warnings(options));
  importing::ImportRequest request{options.file, options.format, options.transitions, options.translations, {}};
  if (!read_options(options, request.given, diagnostics)) {
    report(diagnostics, options.json);
    return usage_wrong;
  }
  auto network = importing::read_network(request, diagnostics);
  if (!network || diagnostics.has_errors()) return report(diagnostics, options.json);
  const std::string output = options.output.empty() ? default_output(options) : options.output;
  if (fs::path(output).extension() != ".rdd" && !options.output.empty()) {
    diagnostics.add(Code::BadSetting, {}, fmt::format("a model's name ends with .rdd, '{}' does not", output))
        .hint(fmt::format("-o {}.rdd", output));
    return report(diagnostics, options.json);
  }
  std::error_code missing;
  if (fs::equivalent(output, options.file, missing)) {
    diagnostics.add(Code::BadSetting, {}, fmt::format("the model would replace the file it is made of, '{}'", output))
        .hint("name another one with -o");
    return report(diagnostics, options.json);
  }
  // A model is called like its file.
  const std::string stem = plain(fs::path(output).stem().string());
  if (!options.output.empty()) network->name = importing::legal_name(stem, "network");
  const auto written = write_model(*network, stem);
  try {
    write(written, output);
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, {}, error.what());
  }
  if (diagnostics.has_errors()) return report(diagnostics, options.json);
  const int status = report(diagnostics, options.json);
  if (!options.json) {
    fmt::print("{}: {} state{} and {} jump{} a cell, checked against {}\n", output, network->states.size(),
               network->states.size() == 1 ? "" : "s", network->jumps.size(), network->jumps.size() == 1 ? "" : "s",
               options.file);
    for (const auto& [name, text] : written.tables)
      fmt::print("  with {}\n", (fs::path(output).parent_path() / name).string());
  }
  return status;
}

}  // namespace rdd::cli
