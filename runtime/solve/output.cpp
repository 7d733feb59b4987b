#include "runtime/solve/output.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "runtime/solve/hdf5_series.hpp"
#include "runtime/solve/temporary_file.hpp"
#include "runtime/solve/xdmf.hpp"

namespace rdd {
namespace {

// "a/relax.h5" -> "a/relax": the companions' names begin with it.
std::string stem(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".h5" || extension == ".hdf5" ? path.substr(0, path.size() - extension.size()) : path;
}

// Shortest text that reads back as the same number; "nan" whatever its sign, which means nothing.
std::string exact(double value) {
  if (std::isnan(value)) return "nan";
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// One cell of a comma-separated table (RFC 4180).
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += c;
    out += c;
  }
  return out + '"';
}

}  // namespace

struct OutputFiles::Impl {
  Impl(OutputSpec given, const Grid& on)
      : spec(std::move(given)),
        grid(on),
        hdf5_file(spec.path),
        xdmf_file(stem(spec.path) + ".xdmf"),
        series(hdf5_file.path(), hdf5_file.destination(), spec, grid) {
    paths = {hdf5_file.destination(), xdmf_file.destination()};
    if (spec.probes.empty()) return;
    table.emplace(stem(spec.path) + ".probes.csv");
    paths.push_back(table->destination());
    std::string head = "time [s]";
    for (const ProbeSpec& probe : spec.probes)
      head += ',' + quoted(probe.unit.empty() ? probe.name : probe.name + " [" + probe.unit + ']');
    table->append(head + '\n');
  }

  OutputSpec spec;
  Grid grid;
  TemporaryFile hdf5_file, xdmf_file;
  std::optional<TemporaryFile> table;
  Hdf5Series series;
  std::vector<double> times;
  std::vector<std::string> paths;
};

OutputFiles::OutputFiles(OutputSpec spec, const Grid& grid) : impl_(std::make_unique<Impl>(std::move(spec), grid)) {}

OutputFiles::~OutputFiles() = default;

void OutputFiles::write(double time, const Field& field) {
  impl_->series.append(time, field);
  impl_->times.push_back(time);
  if (!impl_->table) return;
  std::string row = exact(time);
  for (const ProbeSpec& probe : impl_->spec.probes)
    row += ',' + exact(measure(probe, impl_->grid, field, static_cast<int>(impl_->spec.components.size())));
  impl_->table->append(row + '\n');
}

void OutputFiles::commit() {
  Impl& files = *impl_;
  files.series.close();
  const std::string name = std::filesystem::path(files.spec.path).filename().string();
  files.xdmf_file.append(xdmf(name, files.spec.components, files.grid, files.times));
  files.hdf5_file.sync();
  if (files.table) files.table->sync();
  files.xdmf_file.sync();
  // The description last: where it stands, so does what it describes.
  files.hdf5_file.rename();
  if (files.table) files.table->rename();
  files.xdmf_file.rename();
  sync_folder(files.spec.path);
}

const std::vector<std::string>& OutputFiles::paths() const {
  return impl_->paths;
}

}  // namespace rdd
