#include "runtime/solve/state_file.hpp"

#include "runtime/solve/hdf5_file.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd {

using namespace hdf5;

struct StateWriter::Impl {
  explicit Impl(const std::string& path)
      : temporary(path), writer(temporary.path(), path), state(writer.group(writer.file(), "state")) {}

  TemporaryFile temporary;
  Writer writer;
  Handle state;
};

StateWriter::StateWriter(const std::string& path, const NamedTexts& identity) {
  const Quiet quiet;
  impl_ = std::make_unique<Impl>(path);
  const Handle group = impl_->writer.group(impl_->writer.file(), "identity");
  for (const auto& [name, value] : identity) impl_->writer.text(group, name.c_str(), value);
}
StateWriter::~StateWriter() {
  const Quiet quiet;
  impl_.reset();
}

void StateWriter::number(const char* name, double& value) {
  const Quiet quiet;
  impl_->writer.number(impl_->state, name, value);
}
void StateWriter::count(const char* name, long& value) {
  const Quiet quiet;
  impl_->writer.whole(impl_->state, name, value);
}
void StateWriter::numbers(const char* name, std::span<double> values) {
  const Quiet quiet;
  impl_->writer.dataset(impl_->state, name, {values.size()}, values.data());
}

void StateWriter::commit() {
  const Quiet quiet;
  impl_->writer.checked(H5Fflush(impl_->writer.file(), H5F_SCOPE_GLOBAL));
  impl_->writer.checked(impl_->state.reset() ? 0 : -1);
  impl_->writer.close();
  impl_->temporary.sync();
  impl_->temporary.rename();
  sync_folder(impl_->temporary.destination());
}

struct StateReader::Impl {
  Reader reader;
};

StateReader::StateReader(const std::string& path) : impl_(std::make_unique<Impl>(Impl{Reader(path)})) {}
StateReader::~StateReader() = default;

NamedTexts StateReader::identity() const {
  return impl_->reader.texts("/identity");
}
void StateReader::number(const char* name, double& value) {
  value = impl_->reader.number("/state", name);
}
void StateReader::count(const char* name, long& value) {
  value = static_cast<long>(impl_->reader.whole("/state", name));
}
void StateReader::numbers(const char* name, std::span<double> values) {
  const Handle dataset = impl_->reader.open(std::string("/state/") + name);
  if (impl_->reader.shape(dataset) != Shape{values.size()})
    throw ReadError("the state in a checkpoint is of another size: " + std::string(name));
  impl_->reader.read(dataset, values.data());
}

}  // namespace rdd
