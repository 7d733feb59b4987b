#include "tests/kernels/support.hpp"

#include <dlfcn.h>

#include <Eigen/Core>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace rdd::test {
namespace {

using namespace ir;

struct Cell {
  const KernelIr& kernel;
  const Grid& grid;
  const std::vector<Field>& inputs;
  const std::vector<double>& scalars;
  std::array<long, 3> place;

  double value(const NodePtr& node) const {
    return std::visit([&](const auto& inner) { return compute(inner); }, node->value);
  }
  double compute(const Number& n) const { return n.value; }
  double compute(const Scalar& s) const { return scalars.at(static_cast<std::size_t>(s.index)); }
  double compute(const Add& n) const { return value(n.left) + value(n.right); }
  double compute(const Subtract& n) const { return value(n.left) - value(n.right); }
  double compute(const Multiply& n) const { return value(n.left) * value(n.right); }
  double compute(const Divide& n) const { return value(n.left) / value(n.right); }
  double compute(const Index& i) const { return static_cast<double>(place[static_cast<std::size_t>(i.axis)]); }
  double compute(const Apply& a) const {
    std::vector<Expr> numbers;
    for (const NodePtr& argument : a.arguments) numbers.push_back(rdd::number(value(argument)));
    return std::get<expr::Number>(rdd::apply(a.operation, numbers)->value).value;
  }
  double compute(const Load& l) const {
    std::array<long, 3> p = place;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const long n = grid.points[axis];
      p[axis] += l.shift[axis];
      if (kernel.periodic[axis]) p[axis] = (p[axis] + kernel.reach * n) % n;
      if (p[axis] < 0 || p[axis] >= n) throw std::out_of_range("a load beyond a wall");
    }
    return inputs.at(static_cast<std::size_t>(l.input)).at(at(grid, l.component, p[0], p[1], p[2]));
  }
};

bool contains(const KernelIr& kernel, Zone zone, long place, long points) {
  const Zone here = place == 0                                ? Zone::low
                    : place == points - 1                     ? Zone::high
                    : kernel.reach > 1 && place == 1          ? Zone::low_second
                    : kernel.reach > 1 && place == points - 2 ? Zone::high_second
                                                              : Zone::middle;
  return zone == Zone::any || zone == here;
}

}  // namespace

Field interpret(const KernelIr& kernel, const Grid& grid, const std::vector<Field>& inputs,
                const std::vector<double>& scalars) {
  Field out(grid.cells() * static_cast<std::size_t>(kernel.outputs));
  for (long z = 0; z < grid.points[2]; ++z)
    for (long y = 0; y < grid.points[1]; ++y)
      for (long x = 0; x < grid.points[0]; ++x)
        for (const Region& region : kernel.regions) {
          if (!contains(kernel, region.zones[0], x, grid.points[0]) ||
              !contains(kernel, region.zones[1], y, grid.points[1]) ||
              !contains(kernel, region.zones[2], z, grid.points[2]))
            continue;
          const Cell cell{kernel, grid, inputs, scalars, {x, y, z}};
          for (const Assignment& a : region.body) out.at(at(grid, a.component, x, y, z)) = cell.value(a.value);
        }
  return out;
}

namespace {

/// Where the cells of a dense field stand in a layout, in their order.
std::vector<std::size_t> places(const KernelLayout& layout, std::size_t cells) {
  std::vector<std::size_t> all;
  for (long p = 0; all.size() < cells; ++p)
    for (long z = 0; z < layout.n[2]; ++z)
      for (long y = 0; y < layout.n[1]; ++y)
        for (long x = 0; x < layout.n[0]; ++x)
          all.push_back(static_cast<std::size_t>(p * layout.stride_component + z * layout.stride_z +
                                                 y * layout.stride_y + layout.along_x(x)));
  return all;
}

using Lines = std::vector<double, Eigen::aligned_allocator<double>>;

/// An array of so many components with closed rows of a field, and `around` everywhere else.
Lines interleaved_field(const KernelLayout& layout, const Field& dense, double around) {
  const auto where = places(layout, dense.size());
  const auto cells = static_cast<std::size_t>(layout.n[0] * layout.n[1] * layout.n[2]);
  Lines field(dense.size() / cells * static_cast<std::size_t>(layout.stride_component), around);
  for (std::size_t i = 0; i < dense.size(); ++i) field[where[i]] = dense[i];
  for (std::size_t i = 0; i < dense.size(); i += static_cast<std::size_t>(layout.n[0]))
    close_row(field.data() + where[i], layout.n[0] / ways, layout.halo);
  return field;
}

Field run_interleaved(KernelFunction kernel, const Grid& grid, int components, const std::vector<Field>& inputs,
                      const std::vector<double>& scalars) {
  constexpr long more = ways;  // between rows, planes and components
  constexpr double around = -7;
  KernelLayout how = layout(grid);
  how.halo = reach(grid.scheme);
  how.stride_y = how.n[0] + 2 * how.halo * ways + more;
  how.stride_z = how.n[1] * how.stride_y + more;
  how.stride_component = how.n[2] * how.stride_z + more;
  std::vector<Lines> fields;
  std::vector<const double*> in;
  for (const Field& field : inputs) fields.push_back(interleaved_field(how, field, around));
  for (const Lines& field : fields) in.push_back(field.data());
  Field dense(grid.cells() * static_cast<std::size_t>(components));
  Lines out = interleaved_field(how, dense, around);
  kernel(in.data(), out.data(), scalars.data(), &how, 0, grid.points[1] * grid.points[2]);
  const auto where = places(how, dense.size());
  for (std::size_t i = 0; i < dense.size(); ++i) dense[i] = out[where[i]];
  if (out != interleaved_field(how, dense, around)) throw std::runtime_error("the rows are not closed");
  return dense;
}

}  // namespace

Field run(KernelFunction kernel, const Grid& grid, int components, const std::vector<Field>& inputs,
          const std::vector<double>& scalars, bool interleaved) {
  if (interleaved) return run_interleaved(kernel, grid, components, inputs, scalars);
  Field out(grid.cells() * static_cast<std::size_t>(components), 0.0);
  std::vector<const double*> in;
  for (const Field& field : inputs) in.push_back(field.data());
  const KernelLayout how = layout(grid);
  kernel(in.data(), out.data(), scalars.data(), &how, 0, grid.points[1] * grid.points[2]);
  return out;
}

CompiledCpp::CompiledCpp(const std::string& name, const std::string& source, const std::string& flags) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(RDD_BINARY_DIR) / "kernels-test";
  fs::create_directories(folder);
  const fs::path library = folder / ("lib" + name + ".so");
  const fs::path file = folder / (name + ".cpp");
  std::ofstream(file) << source;
  const std::string command =
      std::string("'") + RDD_TEST_COMPILER +
      "' -std=c++20 -O1 -ffp-contract=off -shared -fPIC -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror " +
      flags + " -I'" + RDD_SOURCE_DIR + "' -o '" + library.string() + "' '" + file.string() + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("the emitted C++ does not compile: " + command);
  library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw std::runtime_error(dlerror());
}

KernelFunction CompiledCpp::function(const std::string& symbol) const {
  return reinterpret_cast<KernelFunction>(dlsym(library_, symbol.c_str()));
}

std::vector<Boundaries> all_boundaries(int dimension) {
  constexpr Boundary periodic = Boundary::periodic, absorbing = Boundary::absorbing, reflecting = Boundary::reflecting;
  const std::array<std::array<Boundary, 2>, 5> sides{{{periodic, periodic},
                                                      {reflecting, reflecting},
                                                      {absorbing, absorbing},
                                                      {reflecting, absorbing},
                                                      {absorbing, reflecting}}};
  std::vector<Boundaries> all{Boundaries{}};
  for (int axis = 0; axis < dimension; ++axis) {
    std::vector<Boundaries> more;
    for (const Boundaries& known : all)
      for (const auto& side : sides) {
        more.push_back(known);
        more.back()[static_cast<std::size_t>(axis)] = side;
      }
    all = std::move(more);
  }
  return all;
}

std::string describe(const Boundaries& boundary, int dimension) {
  std::string words;
  for (int axis = 0; axis < dimension; ++axis)
    for (const Boundary side : boundary[static_cast<std::size_t>(axis)])
      words += side == Boundary::periodic ? 'p' : side == Boundary::absorbing ? 'a' : 'r';
  return words;
}

}  // namespace rdd::test
