#include "runtime/print.hpp"

#include <fmt/format.h>

#include <iterator>

namespace rdd {
namespace {

using Eigen::Index;
constexpr const char* axis_names = "xyz";

/// Twelve significant digits; −0 prints as 0.
std::string number(double x) {
  return fmt::format("{:.12g}", x + 0.0);
}

std::string number(std::complex<double> z) {
  if (z.imag() == 0) return number(z.real());
  return fmt::format("{}{}{}i", number(z.real()), z.imag() < 0 ? "-" : "+", number(std::abs(z.imag())));
}

std::string cell(const Cell& d, int dimension) {
  std::string result = "[";
  for (int axis = 0; axis < dimension; ++axis) {
    result += fmt::format("{}{}", axis > 0 ? ", " : "", d[static_cast<std::size_t>(axis)]);
  }
  return result + "]";
}

template <class Vector>
std::string row(const Vector& values) {
  std::string result;
  for (Index i = 0; i < values.size(); ++i) result += (i > 0 ? " " : "") + number(values(i));
  return result;
}

class Page {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  void matrix(const std::string& title, const Eigen::MatrixXd& values) {
    line("{}", title);
    for (Index i = 0; i < values.rows(); ++i) line("  {}", row(Eigen::VectorXd(values.row(i))));
  }
  void coefficients(const Coefficients& c) {
    matrix("reaction Q, 1/s", c.reaction);
    for (std::size_t a = 0; a < c.drift.size(); ++a) matrix(fmt::format("drift C_{}, m/s", axis_names[a]), c.drift[a]);
    for (std::size_t a = 0; a < c.drift.size(); ++a) {
      for (std::size_t b = a; b < c.drift.size(); ++b) {
        matrix(fmt::format("diffusion D_{}{}, m^2/s", axis_names[a], axis_names[b]), c.diffusion[a][b]);
      }
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string text(const RateNetwork& network) {
  Page page;
  const int n = network.lattice.dimension();
  page.line("network: {} states, {} hops, {} dimensions in {}", network.size(), network.hops.size(), n,
            network.lattice.embedding());
  page.line("reversible: {}", network.reversible ? "yes" : "no");
  for (int axis = 0; axis < n; ++axis) {
    page.line("a_{}, m: {}", axis + 1, row(Eigen::VectorXd(network.lattice.vectors.col(axis))));
  }
  for (int state = 0; state < network.size(); ++state) {
    page.line("state {}: log weight {}, escape {} 1/s{}", network.states[static_cast<std::size_t>(state)],
              number(network.log_weights(state)), number(network.escape(state)),
              network.positions ? ", at " + row(Eigen::VectorXd(network.positions->col(state))) + " m" : "");
  }
  for (const HopBlock& block : network.blocks) {
    page.line("Q({}), 1/s", cell(block.d, n));
    for (Index j = 0; j < block.rates.outerSize(); ++j) {
      for (Eigen::SparseMatrix<double>::InnerIterator entry(block.rates, j); entry; ++entry) {
        page.line("  {} <- {}: {}", network.states[static_cast<std::size_t>(entry.row())],
                  network.states[static_cast<std::size_t>(j)], number(entry.value()));
      }
    }
  }
  return page.take();
}

std::string text(const Spectrum& spectrum) {
  Page page;
  page.line("spectrum: {} bands at {} wave vectors, {}", spectrum.lambda.rows(), spectrum.lambda.cols(),
            spectrum.hermitian ? "Hermitian" : "general");
  page.line("fastest rate, 1/s: {}", number(spectrum.fastest_rate));
  page.line("phases: lambda, 1/s");
  for (Index k = 0; k < spectrum.lambda.cols(); ++k) {
    page.line("  {}: {}", row(Eigen::VectorXd(spectrum.phases.col(k))), row(Eigen::VectorXcd(spectrum.lambda.col(k))));
  }
  return page.take();
}

std::string text(const Reduction& reduction) {
  Page page;
  page.line("reduction: P = {}, order {}", reduction.P, reduction.order);
  page.line("resolution, cells: {} for an error of {}", number(reduction.resolution),
            number(reduction.resolution_error));
  page.line("gap: below {} 1/s, above {} 1/s, ratio {}, tau {} s", number(reduction.gap.below),
            number(reduction.gap.above), number(reduction.gap.ratio), number(reduction.gap.tau));
  page.line("lambda at k = 0, 1/s: {}", row(reduction.lambda));
  page.line("crispness: {}, smallest membership of the simplex: {}", number(reduction.groups.crispness),
            number(reduction.groups.min_chi));
  page.matrix("memberships chi (states by groups)", reduction.groups.chi);
  page.coefficients(reduction.coefficients);
  for (std::size_t a = 0; a < reduction.slip.size(); ++a) {
    page.matrix(fmt::format("initial slip along {}, m", axis_names[a]), reduction.slip[a]);
  }
  page.matrix("lift (states by groups)", reduction.lift);
  return page.take();
}

std::string text(const ContinuumPde& pde) {
  Page page;
  page.line("reduced equation: {} components in {} dimensions", pde.components, pde.dimension);
  std::string names;
  for (const std::string& name : pde.names) names += " " + name;
  page.line("components:{}", names);
  page.line("resolution, m: {}", number(pde.resolution));
  page.matrix("frame (Cartesian by axes)", pde.frame);
  page.coefficients(pde.coefficients);
  return page.take();
}

}  // namespace rdd
