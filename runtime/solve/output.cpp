#include "runtime/solve/output.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include "runtime/expects.hpp"
#include "runtime/solve/result_series.hpp"
#include "runtime/solve/temporary_file.hpp"
#include "runtime/solve/xdmf.hpp"

namespace rdd {
namespace {

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

std::string companion(const std::string& path, const std::string& ending) {
  const std::string extension = std::filesystem::path(path).extension().string();
  const bool ours =
      extension == ".h5" || extension == ".hdf5" || extension == ".vtkhdf" || extension == results_ending();
  return (ours ? path.substr(0, path.size() - extension.size()) : path) + ending;
}

Grid thinned(const Grid& grid, const std::array<long, 3>& thin) {
  Grid coarse = grid;
  for (std::size_t a = 0; a < 3; ++a) {
    expects(thin[a] > 0 && grid.points[a] % thin[a] == 0, "blocks that fill the grid");
    coarse.points[a] /= thin[a];
    coarse.spacing[a] *= static_cast<double>(thin[a]);
  }
  return coarse;
}

Field thinned(const Grid& grid, const std::array<long, 3>& thin, const Field& field) {
  if (thin == std::array<long, 3>{1, 1, 1}) return field;
  const Grid coarse = thinned(grid, thin);
  const double share = 1 / static_cast<double>(thin[0] * thin[1] * thin[2]);
  Field means(field.size() / grid.cells() * coarse.cells(), 0.0);
  std::size_t cell = 0;
  for (std::size_t p = 0; p < field.size() / grid.cells(); ++p)
    for (long z = 0; z < grid.points[2]; ++z)
      for (long y = 0; y < grid.points[1]; ++y)
        for (long x = 0; x < grid.points[0]; ++x, ++cell) {
          const long block = (z / thin[2] * coarse.points[1] + y / thin[1]) * coarse.points[0] + x / thin[0];
          means[p * coarse.cells() + static_cast<std::size_t>(block)] += share * field[cell];
        }
  return means;
}

struct OutputFiles::Impl {
  Impl(OutputSpec given, const Grid& on) : spec(std::move(given)), grid(on), coarse(thinned(on, spec.thin)) {
    begin();
    xdmf_file.emplace(companion(spec.path, ".xdmf"));
    paths = {results->destination(), xdmf_file->destination()};
    if (spec.probes.empty()) return;
    table.emplace(companion(spec.path, ".probes.csv"));
    paths.push_back(table->destination());
  }

  void begin() {
    results.emplace(results_path(spec.path));
    series = std::make_unique<ResultSeries>(results->path(), results->destination(), spec, coarse);
    written = 0;
  }

  void append(double time, const Field& field, std::vector<double> values) {
    series->append(time, field, values);
    ++written;
    times.push_back(time);
    probes.push_back(std::move(values));
  }

  std::string csv() const {
    std::string text = "time [s]";
    for (const ProbeSpec& probe : spec.probes)
      text += ',' + quoted(probe.unit.empty() ? probe.name : probe.name + " [" + probe.unit + ']');
    for (std::size_t i = 0; i < times.size(); ++i) {
      text += '\n' + exact(times[i]);
      for (const double value : probes[i]) text += ',' + exact(value);
    }
    return text + '\n';
  }

  OutputSpec spec;
  Grid grid, coarse;  // of the solve, of the file
  std::optional<TemporaryFile> results, xdmf_file, table;
  std::unique_ptr<ResultSeries> series;
  std::size_t written = 0;         // times in `series`
  std::vector<std::string> parts;  // what was written before
  std::vector<double> times;
  std::vector<std::vector<double>> probes;
  std::vector<std::string> paths;
};

OutputFiles::OutputFiles(OutputSpec spec, const Grid& grid) : impl_(std::make_unique<Impl>(std::move(spec), grid)) {}

OutputFiles::~OutputFiles() = default;

void OutputFiles::write(double time, const Field& field) {
  Impl& files = *impl_;
  std::vector<double> values;
  for (const ProbeSpec& probe : files.spec.probes)
    values.push_back(measure(probe, files.grid, field, static_cast<int>(files.spec.components.size())));
  files.append(time, thinned(files.grid, files.spec.thin, field), std::move(values));
}

bool OutputFiles::close_part(const std::string& path) {
  Impl& files = *impl_;
  if (files.written == 0) return false;
  files.series->close();
  files.results->sync();
  files.results->rename_to(path);
  sync_folder(path);
  files.parts.push_back(path);
  files.begin();
  return true;
}

void OutputFiles::go_on_from(const std::vector<std::string>& parts) {
  Impl& files = *impl_;
  expects(files.times.empty(), "parts of earlier times");
  for (const std::string& path : parts) {
    const ResultPart part(path, files.spec, files.coarse);
    for (std::size_t i = 0; i < part.times().size(); ++i) {
      files.times.push_back(part.times()[i]);
      files.probes.push_back(part.probes(i));
    }
  }
  files.parts = parts;
}

long OutputFiles::times() const {
  return static_cast<long>(impl_->times.size());
}

void OutputFiles::commit() {
  Impl& files = *impl_;
  if (!files.parts.empty()) {
    expects(files.written == 0, "all times in parts");
    files.times.clear();
    files.probes.clear();
    for (const std::string& path : files.parts) {
      const ResultPart part(path, files.spec, files.coarse);
      for (std::size_t i = 0; i < part.times().size(); ++i)
        files.append(part.times()[i], part.field(i), part.probes(i));
    }
  }
  files.series->close();
  files.xdmf_file->append(xdmf(files.spec, files.coarse, files.times));
  if (files.table) files.table->append(files.csv());
  files.results->sync();
  if (files.table) files.table->sync();
  files.xdmf_file->sync();
  // The description last: where it stands, so does what it describes.
  files.results->rename();
  if (files.table) files.table->rename();
  files.xdmf_file->rename();
  sync_folder(files.spec.path);
}

const std::vector<std::string>& OutputFiles::paths() const {
  return impl_->paths;
}

void remove_orphans(const std::string& path) {
  for (const std::string& file : {results_path(path), companion(path, ".xdmf"), companion(path, ".probes.csv")})
    remove_temporaries(file);
}

}  // namespace rdd
