// The state of a solve without the HDF5 library: a line "rdd state 1", one entry after the other, a line "end". An
// entry is a line "KIND SIZE NAME", that many values, and a newline. The kinds are `text` (bytes; these are the
// identity), `number` and `numbers` (doubles), and `count` (whole numbers of 64 bits); all are little-endian.
#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "runtime/solve/read_error.hpp"
#include "runtime/solve/state_file.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of the file are those of the memory");

constexpr const char* magic = "rdd state 1";

ReadError damaged(const std::string& path) {
  return ReadError("cannot read '" + path + "': it is damaged, or no file of rdd");
}

}  // namespace

struct StateWriter::Impl {
  explicit Impl(const std::string& path) : file(path) { file.append(magic + std::string("\n")); }

  void entry(const std::string& kind, std::size_t size, const std::string& name, const void* values,
             std::size_t bytes) {
    file.append(kind + ' ' + std::to_string(size) + ' ' + name + '\n');
    file.append({static_cast<const char*>(values), bytes});
    file.append("\n");
  }

  TemporaryFile file;
};

StateWriter::StateWriter(const std::string& path, const NamedTexts& identity) : impl_(std::make_unique<Impl>(path)) {
  for (const auto& [name, value] : identity) impl_->entry("text", value.size(), name, value.data(), value.size());
}
StateWriter::~StateWriter() = default;

void StateWriter::number(const char* name, double& value) {
  impl_->entry("number", 1, name, &value, sizeof value);
}
void StateWriter::count(const char* name, long& value) {
  const std::int64_t wide = value;
  impl_->entry("count", 1, name, &wide, sizeof wide);
}
void StateWriter::numbers(const char* name, std::span<double> values) {
  impl_->entry("numbers", values.size(), name, values.data(), values.size_bytes());
}

void StateWriter::commit() {
  impl_->file.append("end\n");
  impl_->file.sync();
  impl_->file.rename();
  sync_folder(impl_->file.destination());
}

struct StateReader::Impl {
  struct Place {
    std::streamoff at;
    std::size_t size;  // in values
  };

  explicit Impl(const std::string& where) : path(where), file(where, std::ios::binary) {
    std::error_code failed;
    const std::size_t bytes = std::filesystem::file_size(path, failed);
    std::string line;
    if (failed || !std::getline(file, line) || line != magic) throw damaged(path);
    while (std::getline(file, line) && line != "end") index(line, bytes);
    if (!file || static_cast<std::size_t>(file.tellg()) != bytes) throw damaged(path);
  }

  // Takes note of the entry that begins with this line, and goes on to the next.
  void index(const std::string& line, std::size_t bytes_of_file) {
    std::istringstream words(line);
    std::string kind, name;
    std::size_t size = 0;
    words >> kind >> size;
    words.get();
    std::getline(words, name);
    if (!words || size > bytes_of_file) throw damaged(path);
    const std::streamoff at = file.tellg();
    if (kind == "text") {
      std::string text(size, '\0');
      file.read(text.data(), static_cast<std::streamsize>(size));
      identity.emplace_back(name, text);
    } else {
      places[kind + ' ' + name] = {at, size};
      file.seekg(at + static_cast<std::streamoff>(size * sizeof(double)));
    }
    if (file.get() != '\n') throw damaged(path);
  }

  void read(const char* kind, const char* name, void* values, std::size_t size) {
    const auto place = places.find(std::string(kind) + ' ' + name);
    if (place == places.end()) throw damaged(path);
    if (place->second.size != size)
      throw ReadError("the state in a checkpoint is of another size: " + std::string(name));
    file.seekg(place->second.at);
    file.read(static_cast<char*>(values), static_cast<std::streamsize>(size * sizeof(double)));
    if (!file) throw damaged(path);
  }

  std::string path;
  std::ifstream file;
  NamedTexts identity;
  std::map<std::string, Place> places;  // by kind and name
};

StateReader::StateReader(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
StateReader::~StateReader() = default;

NamedTexts StateReader::identity() const {
  return impl_->identity;
}
void StateReader::number(const char* name, double& value) {
  impl_->read("number", name, &value, 1);
}
void StateReader::count(const char* name, long& value) {
  std::int64_t wide = 0;
  impl_->read("count", name, &wide, 1);
  value = static_cast<long>(wide);
}
void StateReader::numbers(const char* name, std::span<double> values) {
  impl_->read("numbers", name, values.data(), values.size());
}

}  // namespace rdd
