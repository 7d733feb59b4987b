// Results without the HDF5 library, for machines that do not have it: one file, which begins as a text.
//
//   rdd results 1                              the version of this layout
//   begin          896                         the byte where the numbers begin, a multiple of 64
//   fields 2 1 16 16                           P, n_z, n_y, n_x
//   probes 1                                   how many
//   dimension 2
//   points 16 16                               along x, y; so do the next three
//   spacing 1e-09 1e-09                        m
//   boundary periodic periodic reflecting absorbing
//   thin 1 1                                   cells of the solve, in a row, that make one of the file
//   component [1/m^2] coarse[0]                unit and name of each field
//   component [1/m^2] coarse[1]
//   probe [m] place                            unit and name, [1] for a plain number
//   input [K] () parameters/T = 600            unit, shape, group and name, values
//   input [m/s] (2 1 1) equation/drift = 3 4
//   provenance fingerprint 8f0c…
//   provenance model_text model crowdion {     a text of several lines goes on in lines that begin with two blanks
//       states a, b
//     }
//   end                                        with blanks and a newline up to `begin`
//
// Then one record for each time, of doubles, little-endian: the time, the probes, the fields [component][z][y][x]. All
// records are of one length, so there are as many times as fit into the file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "runtime/expects.hpp"
#include "runtime/solve/read_error.hpp"
#include "runtime/solve/result_series.hpp"
#include "runtime/solve/temporary_file.hpp"
#include "runtime/solve/xdmf.hpp"

namespace rdd {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of the file are those of the memory");

const std::string magic = "rdd results 1\n";

// "1e-09 0.1": each number reads back as it was.
template <class Number>
std::string listed(std::span<const Number> values) {
  std::string text;
  for (const Number value : values) {
    char digits[32];
    text += text.empty() ? "" : " ";
    text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
  return text;
}

std::string line(const std::string& name, const std::string& value) {
  std::string text = name + ' ';
  for (const char c : value) {
    text += c;
    if (c == '\n') text += "  ";
  }
  return text + '\n';
}

std::string in_brackets(const std::string& unit) {
  return '[' + (unit.empty() ? "1" : unit) + "] ";
}

// What a part must have in common with the whole.
std::string layout(const OutputSpec& spec, const Grid& grid) {
  const auto n = static_cast<std::size_t>(grid.dimension);
  const long fields[] = {static_cast<long>(spec.components.size()), grid.points[2], grid.points[1], grid.points[0]};
  std::string boundary;
  for (std::size_t axis = 0; axis < n; ++axis)
    for (const Boundary side : grid.boundary[axis])
      boundary += (boundary.empty() ? "" : " ") + std::string(name_of(side));
  std::string text = line("fields", listed<long>(fields)) + line("probes", std::to_string(spec.probes.size())) +
                     line("dimension", std::to_string(n)) + line("points", listed(std::span(grid.points).first(n))) +
                     line("spacing", listed(std::span(grid.spacing).first(n))) + line("boundary", boundary) +
                     line("thin", listed(std::span(spec.thin).first(n)));
  const std::string density = n == 1 ? "1/m" : "1/m^" + std::to_string(n);
  for (const std::string& name : spec.components) text += line("component", in_brackets(density) + name);
  for (const ProbeSpec& probe : spec.probes) text += line("probe", in_brackets(probe.unit) + probe.name);
  return text;
}

std::string inputs_and_provenance(const OutputSpec& spec) {
  std::string text;
  for (const OutputArray& input : spec.inputs)
    text += line("input", in_brackets(input.unit) + '(' + listed<std::size_t>(input.shape) + ") " + input.group + '/' +
                              input.name + " = " + listed<double>(input.values));
  for (const auto& [name, value] : spec.attributes) text += line("provenance " + name, value);
  return text;
}

// Of the same length for every number.
std::string begin_line(std::size_t begin) {
  std::string digits = std::to_string(begin);
  digits.insert(0, 12 - std::min<std::size_t>(12, digits.size()), ' ');
  return line("begin", digits);
}

std::string header(const OutputSpec& spec, const Grid& grid) {
  const std::string rest = layout(spec, grid) + inputs_and_provenance(spec) + "end";
  const std::size_t size = magic.size() + begin_line(0).size() + rest.size() + 1, begin = (size + 63) / 64 * 64;
  std::string text = magic + begin_line(begin) + rest;
  text.resize(begin - 1, ' ');
  return text + '\n';
}

ReadError damaged(const std::string& path) {
  return ReadError("cannot read '" + path + "': it is damaged, or no file of rdd");
}

// A file that is there: its text, and how many records are behind it. Throws ReadError.
class RawFile {
 public:
  explicit RawFile(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code failed;
    const std::size_t size = std::filesystem::file_size(path, failed);
    std::string first, word;
    std::getline(file_, first);
    file_ >> word >> begin_;
    if (failed || !file_ || first + '\n' != magic || begin_ > size) throw damaged(path_);
    text_.resize(begin_);
    read(0, text_.data(), begin_);
    if (!text_.starts_with(magic + begin_line(begin_)) || !text_.ends_with('\n')) throw damaged(path_);
    record_ = sizeof(double) * numbers_in_record();
    times_ = (size - begin_) / record_;
    if (times_ == 0 || begin_ + times_ * record_ != size) throw damaged(path_);  // there is always a time
  }

  const std::string& text() const { return text_; }
  std::size_t times() const { return times_; }
  /// Of one record, from its `first` number on.
  void read(std::size_t record, std::size_t first, std::span<double> values) {
    read(begin_ + record * record_ + first * sizeof(double), reinterpret_cast<char*>(values.data()),
         values.size_bytes());
  }

 private:
  std::size_t numbers_in_record() const {
    std::istringstream lines(text_.substr(magic.size() + begin_line(0).size()));
    std::string word;
    std::size_t components = 0, nz = 0, ny = 0, nx = 0, probes = 0;
    lines >> word >> components >> nz >> ny >> nx >> word >> probes;
    const std::size_t numbers = 1 + probes + components * nz * ny * nx;
    if (!lines || numbers == 0 || numbers > SIZE_MAX / sizeof(double)) throw damaged(path_);
    return numbers;
  }

  void read(std::size_t at, char* bytes, std::size_t size) {
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(bytes, static_cast<std::streamsize>(size));
    if (!file_) throw damaged(path_);
  }

  std::string path_;
  std::ifstream file_;
  std::string text_;
  std::size_t begin_ = 0, record_ = 0, times_ = 0;  // bytes, bytes, records
};

}  // namespace

std::string results_ending() {
  return ".bin";
}

std::string results_path(const std::string& asked) {
  return companion(asked, results_ending());
}

std::string results_fingerprint(const std::string& path) {
  const RawFile file(path);
  const std::string name = "\nprovenance fingerprint ";
  const std::size_t at = file.text().find(name);
  if (at == std::string::npos) throw damaged(path);
  const std::size_t begin = at + name.size();
  return file.text().substr(begin, file.text().find('\n', begin) - begin);
}

XdmfField xdmf_fields(const OutputSpec& spec, const Grid& grid, std::size_t) {
  const long shape[] = {grid.points[2], grid.points[1], grid.points[0]};
  const std::string begin = "          <DataItem Dimensions=\"" + listed<long>(shape) +
                            "\" NumberType=\"Float\" Precision=\"8\" Format=\"Binary\" Endian=\"Little\" Seek=\"";
  const std::string end =
      "\">" + xml_escaped(std::filesystem::path(results_path(spec.path)).filename().string()) + "</DataItem>\n";
  const std::size_t text = header(spec, grid).size(), before = 1 + spec.probes.size(), cells = grid.cells();
  const std::size_t record = before + spec.components.size() * cells;
  return [=](std::size_t time, std::size_t component) {
    const std::size_t number = time * record + before + component * cells;
    return begin + std::to_string(text + sizeof(double) * number) + end;
  };
}

struct ResultSeries::Impl {
  Impl(const std::string& path, std::string destination, const OutputSpec& spec, const Grid& grid)
      : destination(std::move(destination)),
        probes(spec.probes.size()),
        values(spec.components.size() * grid.cells()),
        descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor < 0) throw cannot_write(this->destination, errno);
  }
  ~Impl() {
    if (descriptor >= 0) ::close(descriptor);
  }

  void write(const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t written = ::write(descriptor, bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw cannot_write(destination, errno);
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  void write(std::span<const double> values) const {
    write(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }

  std::string destination;
  std::size_t probes, values;  // in a record; all components
  int descriptor;
};

ResultSeries::ResultSeries(const std::string& path, const std::string& destination, const OutputSpec& spec,
                           const Grid& grid)
    : impl_(std::make_unique<Impl>(path, destination, spec, grid)) {
  const std::string text = header(spec, grid);
  impl_->write(text.data(), text.size());
}

ResultSeries::~ResultSeries() = default;

void ResultSeries::append(double time, const Field& field, std::span<const double> probes) {
  const Impl& impl = *impl_;
  expects(field.size() == impl.values, "a field of the grid's size");
  expects(probes.size() == impl.probes, "a number for each probe");
  impl.write(std::span(&time, 1));
  impl.write(probes);
  impl.write(field);
}

void ResultSeries::close() {
  if (::close(std::exchange(impl_->descriptor, -1)) != 0) throw cannot_write(impl_->destination, errno);
}

struct ResultPart::Impl {
  Impl(const std::string& path, const OutputSpec& spec, const Grid& grid)
      : file(path), times(file.times()), probes(spec.probes.size()), values(spec.components.size() * grid.cells()) {
    const std::string expected = layout(spec, grid);
    if (file.text().compare(magic.size() + begin_line(0).size(), expected.size(), expected) != 0)
      throw ReadError("a part of the results does not fit its grid: " + path);
    for (std::size_t i = 0; i < times.size(); ++i) file.read(i, 0, std::span(&times[i], 1));
  }

  RawFile file;
  std::vector<double> times;
  std::size_t probes, values;
};

ResultPart::ResultPart(const std::string& path, const OutputSpec& spec, const Grid& grid)
    : impl_(std::make_unique<Impl>(path, spec, grid)) {}
ResultPart::~ResultPart() = default;
ResultPart::ResultPart(ResultPart&&) noexcept = default;

const std::vector<double>& ResultPart::times() const {
  return impl_->times;
}

std::vector<double> ResultPart::probes(std::size_t index) const {
  std::vector<double> values(impl_->probes);
  impl_->file.read(index, 1, values);
  return values;
}

Field ResultPart::field(std::size_t index) const {
  Field field(impl_->values);
  impl_->file.read(index, 1 + impl_->probes, field);
  return field;
}

}  // namespace rdd
