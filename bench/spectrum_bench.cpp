// How fast dense spectra are, on one thread, against what a user could take instead:
//
// - the paper's third example on its 101 × 101 grid, all bands with vectors, against numpy
// (bench/peers/spectrum_numpy.py);
// - the eigensolver alone, per matrix, against the better of LAPACK (OpenBLAS) and Eigen in a loop;
// - two threads against one;
// - the choice of the number of coarse states of a large stiff network, in seconds.
//
// Each figure is the least of many repetitions, those of the rivals interleaved; ratios within one run are what counts.
// They stand beside the bound they should keep. An argument restricts the run to what begins with it: paper, hermitian,
// general, threads, choice.
#include <time.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/reduction/reduction.hpp"
#include "runtime/spectrum/batch/stack.hpp"
#include "runtime/spectrum/spectrum.hpp"
#include "tests/runtime/random_network.hpp"

extern "C" {
__attribute__((weak)) void openblas_set_num_threads(int);
void zheevd_(const char*, const char*, const int*, std::complex<double>*, const int*, double*, std::complex<double>*,
             const int*, double*, const int*, int*, const int*, int*);
void zgeev_(const char*, const char*, const int*, std::complex<double>*, const int*, std::complex<double>*,
            std::complex<double>*, const int*, std::complex<double>*, const int*, std::complex<double>*, const int*,
            double*, int*);
}

namespace {

using namespace rdd;
using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXcd;

/// Seconds of `clock`.
double now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The least time of each, in rounds of all of them: of this thread's processor, which others' work on the machine
/// disturbs least, or of the wall.
std::vector<double> least(int rounds, const std::vector<std::function<void()>>& rivals,
                          clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  std::vector<double> best(rivals.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < rivals.size(); ++i) {
      const double start = now(clock);
      rivals[i]();
      best[i] = std::min(best[i], now(clock) - start);
    }
  }
  return best;
}

std::string verdict(double ratio, double bound) {
  if (bound == 0) return "";
  std::ostringstream text;
  text << "  bound " << bound << (ratio >= bound ? "  kept" : "  MISSED");
  return text.str();
}

using testing::uniform;

// ---- the eigensolver alone

/// Dense Hermitian matrices with random entries.
MatrixXcd hermitian_matrices(Index size, Index count) {
  std::mt19937_64 engine(1);
  MatrixXcd columns(size, size * count);
  for (Index k = 0; k < count; ++k) {
    for (Index j = 0; j < size; ++j) {
      columns(j, k * size + j) = uniform(engine) - 0.5;
      for (Index i = j + 1; i < size; ++i) {
        columns(i, k * size + j) = {uniform(engine) - 0.5, uniform(engine) - 0.5};
        columns(j, k * size + i) = std::conj(columns(i, k * size + j));
      }
    }
  }
  return columns;
}

/// −Q(k) at random k of a network whose states are all joined, with a force: rates over two decades.
MatrixXcd generator_matrices(Index size, Index count) {
  std::mt19937_64 engine(2);
  Eigen::MatrixXd rates(size, size), steps(size, size);
  for (Index j = 0; j < size; ++j) {
    for (Index i = 0; i < size; ++i) {
      rates(i, j) = i == j ? 0 : std::exp(-4.6 * uniform(engine));
      steps(i, j) = std::floor(3 * uniform(engine)) - 1;
    }
  }
  const Eigen::RowVectorXd escape = rates.colwise().sum();
  MatrixXcd columns(size, size * count);
  for (Index k = 0; k < count; ++k) {
    const double phase = 6.283 * uniform(engine) - 3.1415;
    for (Index j = 0; j < size; ++j) {
      for (Index i = 0; i < size; ++i) {
        columns(i, k * size + j) = i == j ? Complex(escape(j)) : -std::polar(rates(i, j), phase * steps(i, j));
      }
    }
  }
  return columns;
}

struct Sizes {
  Index size;
  double values_bound, vectors_bound;
};

/// About a millisecond's worth for the batch, and whole batches.
Index matrices_of(Index size) {
  const double work = static_cast<double>(size * size * size);
  return std::clamp<Index>(static_cast<Index>(4e6 / (work + 200)) / 16 * 16, 16, 1024);
}

void line(const char* what, Index size, const std::vector<double>& best, Index ours, Index theirs, double bound) {
  const double own = best[0] / static_cast<double>(ours) * 1e6;
  const double eigen = best[1] / static_cast<double>(theirs) * 1e6,
               lapack = best[2] / static_cast<double>(theirs) * 1e6;
  const double ratio = std::min(eigen, lapack) / own;
  std::printf("%-28s M = %3ld  rdd %9.3f  Eigen %9.3f  LAPACK %9.3f us  ratio %5.1f%s\n", what, static_cast<long>(size),
              own, eigen, lapack, ratio, verdict(ratio, bound).c_str());
  std::fflush(stdout);
}

void hermitian_alone() {
  const Sizes all[] = {{2, 0, 0},  {3, 0, 5},  {4, 0, 5},   {6, 0, 5},   {8, 0, 5},  {10, 0, 5},
                       {12, 0, 5}, {16, 0, 5}, {24, 0, 3},  {32, 0, 3},  {48, 0, 2}, {64, 0, 2},
                       {80, 0, 1}, {96, 0, 1}, {128, 0, 1}, {192, 0, 1}, {256, 0, 1}};
  for (const Sizes& now : all) {
    const int n = static_cast<int>(now.size);
    const Index count = matrices_of(now.size), some = std::max<Index>(count / 8, std::min<Index>(count, 4));
    const MatrixXcd columns = hermitian_matrices(now.size, count);
    const MatrixSet set = side_by_side(columns);
    Eigen::SelfAdjointEigenSolver<MatrixXcd> eigen(now.size);
    MatrixXcd copy(now.size, now.size);
    Eigen::VectorXd values(now.size);
    std::vector<Complex> work(static_cast<std::size_t>(2 * n * n + 64 * n + 64));
    std::vector<double> real_work(static_cast<std::size_t>(2 * n * n + 5 * n + 64));
    std::vector<int> integers(static_cast<std::size_t>(5 * n + 64));
    const int sizes[] = {static_cast<int>(work.size()), static_cast<int>(real_work.size()),
                         static_cast<int>(integers.size())};
    for (const bool vectors : {false, true}) {
      const auto best = least(n > 100 ? 5 : 15,
                              {[&] { hermitian_set(set, vectors); },
                               [&] {
                                 for (Index k = 0; k < some; ++k) {
                                   copy = columns.middleCols(k * now.size, now.size);
                                   eigen.compute(copy, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
                                 }
                               },
                               [&] {
                                 for (Index k = 0; k < some; ++k) {
                                   copy = columns.middleCols(k * now.size, now.size);
                                   int info = 0;
                                   zheevd_(vectors ? "V" : "N", "L", &n, copy.data(), &n, values.data(), work.data(),
                                           &sizes[0], real_work.data(), &sizes[1], integers.data(), &sizes[2], &info);
                                 }
                               }});
      line(vectors ? "Hermitian, with vectors" : "Hermitian, eigenvalues", now.size, best, count, some,
           vectors ? now.vectors_bound : now.values_bound);
    }
  }
}

void general_alone() {
  const Sizes all[] = {{2, 8, 0},  {3, 8, 0},  {4, 8, 0},  {6, 8, 0},  {8, 8, 0},  {10, 8, 0},  {12, 8, 0}, {16, 8, 0},
                       {24, 4, 0}, {32, 4, 0}, {48, 4, 0}, {64, 4, 0}, {96, 1, 0}, {128, 1, 0}, {192, 1, 0}};
  for (const Sizes& now : all) {
    const int n = static_cast<int>(now.size);
    const Index count = std::max<Index>(16, matrices_of(now.size) / 64 * 16);
    const Index some = std::max<Index>(count / 16, 2);
    const MatrixXcd columns = generator_matrices(now.size, count);
    const MatrixSet set = side_by_side(columns);
    Eigen::ComplexEigenSolver<MatrixXcd> eigen(now.size);
    MatrixXcd copy(now.size, now.size), left(now.size, now.size), right(now.size, now.size);
    Eigen::VectorXcd values(now.size);
    std::vector<Complex> work(static_cast<std::size_t>(66 * n + 64));
    std::vector<double> real_work(static_cast<std::size_t>(2 * n));
    const int work_size = static_cast<int>(work.size());
    for (const bool vectors : {false, true}) {
      // With vectors: left and right ones. Eigen has no left ones: the inverse.
      const auto best =
          least(n > 60 ? 5 : 15, {[&] { general_set(set, vectors ? Vectors::both : Vectors::none); },
                                  [&] {
                                    for (Index k = 0; k < some; ++k) {
                                      copy = columns.middleCols(k * now.size, now.size);
                                      eigen.compute(copy, vectors);
                                      if (vectors) left = eigen.eigenvectors().inverse();
                                    }
                                  },
                                  [&] {
                                    for (Index k = 0; k < some; ++k) {
                                      copy = columns.middleCols(k * now.size, now.size);
                                      int info = 0;
                                      const char* const job = vectors ? "V" : "N";
                                      zgeev_(job, job, &n, copy.data(), &n, values.data(), left.data(), &n,
                                             right.data(), &n, work.data(), &work_size, real_work.data(), &info);
                                    }
                                  }});
      line(vectors ? "general, both vectors" : "general, eigenvalues", now.size, best, count, some,
           vectors ? now.vectors_bound : now.values_bound);
    }
  }
}

// ---- the paper's example

RateNetwork paper_network() {
  const std::string folder = std::string(RDD_SOURCE_DIR) + "/examples/paper/fig1c.";
  NetworkParts parts;
  parts.lattice.vectors = Eigen::MatrixXd::Identity(2, 2);
  std::vector<double> log_weights;
  std::map<std::string, int> index;
  std::string row;
  std::ifstream states(folder + "states.csv");
  std::getline(states, row);
  while (std::getline(states, row)) {
    const auto comma = row.find(',');
    index[row.substr(0, comma)] = static_cast<int>(parts.states.size());
    parts.states.push_back(row.substr(0, comma));
    log_weights.push_back(std::log(std::stod(row.substr(comma + 1))));
  }
  parts.log_weights = Eigen::Map<Eigen::VectorXd>(log_weights.data(), static_cast<Index>(log_weights.size()));
  std::ifstream rates(folder + "rates.csv");
  std::getline(rates, row);
  while (std::getline(rates, row)) {
    std::istringstream fields(row);
    std::string from, to, x, y, rate;
    std::getline(fields, from, ',');
    std::getline(fields, to, ',');
    std::getline(fields, x, ',');
    std::getline(fields, y, ',');
    std::getline(fields, rate, ',');
    parts.hops.push_back({index.at(from), index.at(to), {std::stoi(x), std::stoi(y)}, std::stod(rate), -1});
  }
  return make_network(parts);
}

/// The peer's times in seconds by name; empty, with the reason printed, where it cannot run.
nlohmann::json numpy_times() {
  const std::string command =
      std::string("/usr/bin/python3 ") + RDD_SOURCE_DIR + "/bench/peers/spectrum_numpy.py 2 2>/dev/null";
  std::string output;
  if (FILE* const pipe = popen(command.c_str(), "r")) {
    char buffer[256];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
    pclose(pipe);
  }
  return nlohmann::json::parse(output, nullptr, false);
}

void paper() {
  const BlochOperator bloch(paper_network());
  const Eigen::MatrixXd grid = uniform_grid({101, 101});
  const std::vector<std::function<void()>> ours{[&] { bands(bloch, grid, 1, true); }, [&] { bands(bloch, grid); }};
  std::vector<double> best = least(15, ours);
  const nlohmann::json peer = numpy_times();
  const std::vector<double> again = least(15, ours);
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = std::min(best[i], again[i]);
  std::printf("paper's third example, M = 10, 101 x 101 wave vectors, from the network to all bands with vectors\n");
  std::printf("  rdd, with vectors    %8.2f ms\n  rdd, eigenvalues     %8.2f ms\n", best[0] * 1e3, best[1] * 1e3);
  if (!peer.is_object()) {
    std::printf(
        "  numpy's side did not run: it needs python3-numpy and python3-scipy (bench/peers/spectrum_numpy.py)\n");
    return;
  }
  const auto compare = [&](const char* what, double time, double bound) {
    const double ratio = time / best[0];
    std::printf("  %-46s %9.2f ms  ratio %6.1f%s\n", what, time * 1e3, ratio, verdict(ratio, bound).c_str());
  };
  const double scipy = peer.at("scipy_eig"), numpy = peer.at("numpy_eig"), eigh = peer.at("numpy_eigh");
  const double assembly = peer.at("numpy_assembly");
  compare("scipy.linalg.eig, left and right, one k a time", scipy, 120);
  compare("numpy.linalg.eig and inv, one k a time", numpy, 120);
  compare("numpy.linalg.eigh of the stack", eigh, 12);
  compare("the same with its assembly", eigh + assembly, 0);
}

void threads() {
  const BlochOperator bloch(paper_network());
  const Eigen::MatrixXd grid = uniform_grid({201, 201});
  const auto best =
      least(25, {[&] { bands(bloch, grid, 1, true); }, [&] { bands(bloch, grid, 2, true); }}, CLOCK_MONOTONIC);
  std::printf("two threads, 201 x 201 wave vectors, with vectors: %.2f ms, %.2f ms  ratio %.2f%s\n", best[0] * 1e3,
              best[1] * 1e3, best[0] / best[1], verdict(best[0] / best[1], 1.8).c_str());
}

/// 48 states in three dimensions, rates over 20 decades.
void choice() {
  constexpr double decades = 20, bound = 1;
  double worst = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const BlochOperator bloch(testing::random_network(
        seed, {.dimension = 3, .states = 48, .barriers = (decades - 4) * std::log(10), .energies = 4 * std::log(10)}));
    Choice found;
    const double time = least(3, {[&] { found = choose(bloch, {}); }}).front();
    std::printf("choice of P, M = 48, 3-D, 20 decades, seed %d: P = %2d, %.3f s\n", static_cast<int>(seed), found.P,
                time);
    worst = std::max(worst, time);
  }
  std::printf("  the slowest %.3f s%s\n", worst, verdict(bound / worst, 1).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  const std::pair<std::string, void (*)()> parts[] = {{"paper", paper},
                                                      {"hermitian", hermitian_alone},
                                                      {"general", general_alone},
                                                      {"threads", threads},
                                                      {"choice", choice}};
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  std::printf("batch kernels: %s\n", batch::kernels().front()->name);
  for (const auto& [name, run] : parts) {
    if (name.compare(0, only.size(), only) == 0) run();
  }
}
