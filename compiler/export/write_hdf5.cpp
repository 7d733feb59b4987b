#include <cstdint>

#include "compiler/export/results.hpp"
#include "runtime/solve/hdf5_handle.hpp"
#include "runtime/solve/temporary_file.hpp"

namespace rdd::exporting {

using namespace hdf5;

namespace {

using Shape = std::vector<hsize_t>;

hsize_t size(Eigen::Index n) {
  return static_cast<hsize_t>(n);
}

class Writer {
 public:
  Writer(const std::string& path, const std::string& destination) : destination_(destination) {
    const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    checked(H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18));  // what readers of any age understand
    file_ = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
  }

  hid_t file() const { return file_; }

  Handle group(const char* name) const {
    return own(H5Gcreate2(file_, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }

  void text(hid_t object, const char* name, const std::string& value) const {
    const Handle type = text_type(), space = own(H5Screate(H5S_SCALAR), H5Sclose),
                 made = own(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const char* pointer = value.c_str();
    checked(H5Awrite(made, type, &pointer));
  }
  void number(hid_t object, const char* name, double value) const {
    const Handle space = own(H5Screate(H5S_SCALAR), H5Sclose),
                 made = own(H5Acreate2(object, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    checked(H5Awrite(made, H5T_NATIVE_DOUBLE, &value));
  }
  void whole(hid_t object, const char* name, std::int64_t value) const {
    const Handle space = own(H5Screate(H5S_SCALAR), H5Sclose),
                 made = own(H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    checked(H5Awrite(made, H5T_NATIVE_INT64, &value));
  }

  void numbers(hid_t where, const char* name, const Shape& shape, const std::vector<double>& values,
               const char* unit) const {
    const Handle made = dataset(where, name, H5T_IEEE_F64LE, shape);
    checked(H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    text(made, "unit", unit);
  }
  void integers(hid_t where, const char* name, const Shape& shape, const std::vector<std::int64_t>& values,
                const char* unit) const {
    const Handle made = dataset(where, name, H5T_STD_I64LE, shape);
    checked(H5Dwrite(made, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()));
    text(made, "unit", unit);
  }
  void texts(hid_t where, const char* name, const std::vector<std::string>& values) const {
    std::vector<const char*> pointers;
    for (const std::string& value : values) pointers.push_back(value.c_str());
    const Handle type = text_type(), made = dataset(where, name, type, {values.size()});
    checked(H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()));
  }
  void matrix(hid_t where, const char* name, const Eigen::MatrixXd& values, const char* unit) const {
    numbers(where, name, {size(values.rows()), size(values.cols())}, row_by_row({values}), unit);
  }

  static std::vector<double> row_by_row(const std::vector<Eigen::MatrixXd>& matrices) {
    std::vector<double> values;
    for (const Eigen::MatrixXd& m : matrices)
      for (Eigen::Index i = 0; i < m.rows(); ++i)
        for (Eigen::Index j = 0; j < m.cols(); ++j) values.push_back(m(i, j));
    return values;
  }

  void close() {
    checked(H5Fflush(file_, H5F_SCOPE_GLOBAL));
    if (!file_.reset()) throw cannot_write(destination_, errno_of_failure());
  }

 private:
  template <class Status>
  Status checked(Status status) const {
    if (status < 0) throw cannot_write(destination_, errno_of_failure());
    return status;
  }
  Handle own(hid_t id, herr_t (*close)(hid_t)) const { return Handle(checked(id), close); }

  Handle text_type() const {
    Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
    checked(H5Tset_size(type, H5T_VARIABLE));
    checked(H5Tset_cset(type, H5T_CSET_UTF8));
    return type;
  }

  Handle dataset(hid_t where, const char* name, hid_t type, const Shape& shape) const {
    const Handle space = own(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose),
                 creation = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    checked(H5Pset_obj_track_times(creation, false));  // the same model, the same bytes
    return own(H5Dcreate2(where, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
  }

  const std::string& destination_;
  Handle file_;
};

void write_network(const Writer& out, const NetworkResults& network, const std::vector<std::string>& names) {
  const Handle group = out.group("network"), states = out.group("network/states"),
               transitions = out.group("network/transitions");
  if (network.kelvin) out.number(group, "temperature", *network.kelvin);
  out.whole(group, "reversible", network.reversible ? 1 : 0);
  out.matrix(group, "lattice", network.lattice, "m");
  out.texts(states, "name", names);
  out.numbers(states, "weight", {size(network.weights.size())}, Writer::row_by_row({network.weights}), "1");
  if (network.positions) out.matrix(states, "position", *network.positions, "1");
  std::vector<std::int64_t> from, to, by;
  std::vector<double> rate;
  const auto n = static_cast<std::size_t>(network.lattice.rows());
  for (const NetworkResults::Transition& t : network.transitions) {
    from.push_back(t.from);
    to.push_back(t.to);
    by.insert(by.end(), t.by.begin(), t.by.begin() + static_cast<std::ptrdiff_t>(n));
    rate.push_back(t.rate);
  }
  out.integers(transitions, "from", {from.size()}, from, "1");
  out.integers(transitions, "to", {to.size()}, to, "1");
  out.integers(transitions, "by", {from.size(), n}, by, "cell");
  out.numbers(transitions, "rate", {rate.size()}, rate, "1/s");
}

void write_spectrum(const Writer& out, const SpectrumResults& spectrum) {
  const Handle group = out.group("spectrum");
  std::vector<std::int64_t> grid(spectrum.grid.begin(), spectrum.grid.end());
  out.integers(group, "grid", {grid.size()}, grid, "1");
  out.matrix(group, "k", spectrum.phases.transpose(), "rad");
  std::vector<double> lambda;
  for (Eigen::Index k = 0; k < spectrum.lambda.cols(); ++k)
    for (Eigen::Index m = 0; m < spectrum.lambda.rows(); ++m) {
      lambda.push_back(spectrum.lambda(m, k).real());
      lambda.push_back(spectrum.lambda(m, k).imag());
    }
  out.numbers(group, "lambda", {size(spectrum.lambda.cols()), size(spectrum.lambda.rows()), 2}, lambda, "1/s");
}

void write_reduction(const Writer& out, const ReductionResults& reduction) {
  const Handle group = out.group("reduction");
  out.whole(group, "P", reduction.P);
  out.whole(group, "order", reduction.order);
  out.number(group, "crispness", reduction.crispness);
  out.number(group, "gap.ratio", reduction.gap.ratio);
  out.number(group, "gap.tau", reduction.gap.tau);
  out.number(group, "gap.L", reduction.gap.L);
  out.number(group, "resolution", reduction.resolution);
  out.texts(group, "coarse_states", reduction.coarse_states);
  out.matrix(group, "chi", reduction.chi, "1");
}

void write_coefficients(const Writer& out, const Coefficients& c) {
  const Handle group = out.group("coefficients");
  const hsize_t m = c.drift.size(), P = size(c.reaction.rows());
  out.matrix(group, "Q", c.reaction, "1/s");
  out.numbers(group, "C", {m, P, P}, Writer::row_by_row(c.drift), "m/s");
  std::vector<double> diffusion;
  for (const auto& row : c.diffusion) {
    const auto values = Writer::row_by_row(row);
    diffusion.insert(diffusion.end(), values.begin(), values.end());
  }
  out.numbers(group, "D", {m, m, P, P}, diffusion, "m^2/s");
}

}  // namespace

void write_hdf5(const Results& results, const std::string& path, const std::string& destination) {
  no_clean_up();
  const Quiet quiet;
  Writer out(path, destination);
  out.text(out.file(), "format", "rdd export 1");
  out.text(out.file(), "model", results.model);
  out.text(out.file(), "model_hash", results.hash);
  {
    const Handle parameters = out.group("parameters");
    for (std::size_t p = 0; p < results.parameters.size(); ++p)
      out.numbers(parameters, results.parameters[p][0].c_str(), {1}, {results.values[p]},
                  results.parameters[p][1].c_str());
  }
  if (results.network) write_network(out, *results.network, results.states);
  if (results.spectrum) write_spectrum(out, *results.spectrum);
  if (results.reduction) write_reduction(out, *results.reduction);
  if (results.coefficients) write_coefficients(out, *results.coefficients);
  out.close();
}

}  // namespace rdd::exporting
