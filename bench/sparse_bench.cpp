// Large networks: the six slowest modes at Γ against scipy's eigsh on the same graph, memory for each transition up to
// 200,000 states, exact diffusivities, and kinetic Monte Carlo.
//
//   rdd_bench_sparse            all of it (two to three minutes)
//   rdd_bench_sparse modes      against bench/peers/sparse_scipy.py (needs python3-scipy)
//   rdd_bench_sparse memory     peak memory of a process that finds modes and D, M = 20,000 to 200,000
//   rdd_bench_sparse diffusion  D of 20,000 states
//   rdd_bench_sparse crystal    D of a cell of 48 states, at each temperature, against a bound of 1 ms
//   rdd_bench_sparse walk       steps of kinetic Monte Carlo
//
// The graph: a cubic array of sites with random energies and barriers; each site exchanges with ten others, in three
// dimensions, so that factorisations fill in as they do for crystals. Both sides run on one thread, in turn.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "runtime/certificate/kmc.hpp"
#include "runtime/reduction/reduction.hpp"
#include "runtime/reduction/sparse_transport.hpp"
#include "runtime/spectrum/sparse_modes.hpp"

namespace {

using namespace rdd;

/// Seconds on the clock and of the processor, which other programs disturb less.
struct Seconds {
  double wall = 0, processor = 0;
};

Seconds timed(const std::function<void()>& work) {
  const std::clock_t processor = std::clock();
  const auto wall = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(),
          static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

/// n³ states. Uniform numbers only, straight from the engine: the same graph everywhere.
NetworkParts cubic_network(int n) {
  std::mt19937_64 engine(5);
  const auto uniform = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  const int states = n * n * n;
  NetworkParts parts;
  parts.lattice.vectors = 1e-9 * n * Eigen::Matrix3d::Identity();
  Eigen::VectorXd energy(states);
  for (double& e : energy) e = 2 * uniform();
  parts.log_weights = -energy;
  constexpr std::array<std::array<int, 3>, 5> steps{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {0, 1, 1}}};
  for (int state = 0; state < states; ++state) {
    parts.states.push_back("s" + std::to_string(state));
    for (const auto& step : steps) {
      std::array<int, 3> place{state / (n * n), state / n % n, state % n};
      Cell cell{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        place[axis] += step[axis];
        if (place[axis] < n) continue;
        place[axis] -= n;
        cell[axis] = 1;
      }
      const int next = (place[0] * n + place[1]) * n + place[2];
      const double saddle = std::log(1 - uniform());  // barriers with an exponential distribution
      const double top = std::max(energy(state), energy(next));
      parts.hops.push_back({state, next, cell, std::exp(saddle - top + energy(state)), 0});
      parts.hops.push_back({next, state, {-cell[0], -cell[1], -cell[2]}, std::exp(saddle - top + energy(next)), 0});
    }
  }
  return parts;
}

template <class Number>
void append(std::ofstream& out, const Number* numbers, std::size_t count) {
  out.write(reinterpret_cast<const char*>(numbers), static_cast<std::streamsize>(count * sizeof(Number)));
}

/// The hops for the peer: counts, then from, to (int32) and rate, and log weights (float64).
void write_network(const RateNetwork& network, const std::string& path) {
  std::vector<int> from, to;
  std::vector<double> rate;
  for (const Hop& hop : network.hops) {
    from.push_back(hop.from);
    to.push_back(hop.to);
    rate.push_back(hop.rate);
  }
  std::ofstream out(path, std::ios::binary);
  const std::array<int, 2> counts{network.size(), static_cast<int>(from.size())};
  append(out, counts.data(), 2);
  append(out, from.data(), from.size());
  append(out, to.data(), to.size());
  append(out, rate.data(), rate.size());
  append(out, network.log_weights.data(), static_cast<std::size_t>(network.size()));
}

/// "kept" or "MISSED", for the lines that end with a bound.
const char* verdict(bool kept) {
  return kept ? "kept" : "MISSED";
}

/// What the peer says of the network in this file: its times and six eigenvalues. False where it cannot run.
bool run_scipy(const std::string& path, Seconds& seconds, std::array<double, 6>& lambda) {
  // Debian's python3 has Debian's scipy, whichever interpreter comes first in the path.
  const std::string command =
      "python=python3; $python -c 'import scipy' 2>/dev/null || python=/usr/bin/python3; OMP_NUM_THREADS=1 "
      "OPENBLAS_NUM_THREADS=1 $python " RDD_SOURCE_DIR "/bench/peers/sparse_scipy.py " +
      path;
  FILE* peer = popen(command.c_str(), "r");
  bool ok = peer != nullptr && std::fscanf(peer, "%lf %lf", &seconds.wall, &seconds.processor) == 2;
  for (double& value : lambda) ok = ok && std::fscanf(peer, "%lf", &value) == 1;
  if (peer != nullptr) pclose(peer);
  return ok;
}

/// Both sides in turn, so that what else the machine does is shared; the best of each counts.
void modes_against_scipy() {
  constexpr int rounds = 3;
  constexpr double bound = 8;  // times faster, by processor time
  const RateNetwork network = make_network(cubic_network(27));
  std::printf("six slowest modes at Γ, M = %d, %zu transitions, best of %d rounds\n", network.size(),
              network.hops.size(), rounds);
  const std::string path = "/tmp/rdd_bench_sparse." + std::to_string(getpid());
  write_network(network, path);
  Seconds best{1e9, 1e9}, theirs{1e9, 1e9};
  SparseModes modes;
  std::array<double, 6> lambda{};
  bool peer = true;
  for (int round = 0; round < rounds; ++round) {
    const Seconds now = timed([&] { modes = SparseSpectrum(network).slow_modes(6); });
    best = {std::min(best.wall, now.wall), std::min(best.processor, now.processor)};
    Seconds then;
    peer = peer && run_scipy(path, then, lambda);
    theirs = {std::min(theirs.wall, then.wall), std::min(theirs.processor, then.processor)};
  }
  std::remove(path.c_str());
  std::printf("  rdd          %8.3f s (processor %.3f s), %d solutions, %.1f digits\n", best.wall, best.processor,
              modes.solves, modes.digits);
  if (!peer) {
    std::printf("  scipy        not run: it needs python3-scipy\n");
    return;
  }
  double difference = 0;
  for (std::size_t m = 1; m < 6; ++m) {
    const double exact = modes.lambda(static_cast<Eigen::Index>(m)).real();
    difference = std::max(difference, std::abs(lambda[m] - exact) / exact);
  }
  std::printf("  scipy eigsh  %8.3f s (processor %.3f s), largest relative difference of λ %.1e\n", theirs.wall,
              theirs.processor, difference);
  const double ratio = theirs.processor / best.processor;
  std::printf("  rdd is %.1f times faster (by the clock %.1f times)  bound %g  %s\n", ratio, theirs.wall / best.wall,
              bound, verdict(ratio >= bound));
}

/// Peak memory of a process of its own, bytes.
double peak_of(const std::function<void()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

void memory() {
  std::printf("six slowest modes at Γ and D: peak memory of the process\n");
  std::printf("%9s %12s %10s %14s %16s %9s %9s\n", "M", "transitions", "engine", "network/hop", "all/hop", "modes",
              "D");
  double least = 1e9, last = 0;  // bytes a transition
  for (const int n : {27, 37, 46, 58}) {
    const double transitions = 10.0 * n * n * n;
    const double bare = peak_of([&] { make_network(cubic_network(n)); });
    const double all = peak_of([&] {
      const RateNetwork network = make_network(cubic_network(n));
      const SparseSpectrum spectrum(network);
      const Seconds modes = timed([&] { spectrum.slow_modes(6); });
      const Seconds solve = timed([&] { sparse_transport(network, spectrum.group_inverse(), Gauge::cells); });
      std::printf("%9d %12.0f %10s %25s %7.1f s %7.1f s\n", network.size(), transitions,
                  spectrum.group_inverse().iterative() ? "iteration" : "factors", "", modes.processor, solve.processor);
    });
    std::printf("%33s %9.0f bytes %10.0f bytes\n", "", bare / transitions, all / transitions);
    last = all / transitions;
    least = std::min(least, last);
  }
  constexpr double bound = 1.2;
  std::printf("  bytes a transition at the largest are %.2f of the least  bound %g  %s\n", last / least, bound,
              verdict(last <= bound * least));
}

/// D of 20,000 states: the harmonic functions by one factorisation and one solution.
void diffusion() {
  const RateNetwork network = make_network(cubic_network(27));
  Seconds best{1e9, 1e9};
  SparseTransport found;
  for (int repetition = 0; repetition < 3; ++repetition) {
    const Seconds now = timed([&] { found = sparse_transport(network, GroupInverse(network), Gauge::cells); });
    best = {std::min(best.wall, now.wall), std::min(best.processor, now.processor)};
  }
  std::printf("D, M = %d: %.3f s (processor %.3f s), %.0f digits\n", network.size(), best.wall, best.processor,
              found.digits);
}

/// A cell of 48 states in three dimensions, ten neighbours each.
NetworkParts crystal_network() {
  NetworkParts parts = cubic_network(4);
  parts.states.resize(48);
  parts.log_weights = parts.log_weights->head(48).eval();
  std::vector<Hop> hops;
  for (Hop hop : parts.hops) {  // 4 × 4 × 4 sites folded to 3 × 4 × 4 by leaving out a layer
    if (hop.from < 48 && hop.to < 48) hops.push_back(hop);
  }
  for (int state = 0; state < 16; ++state) {
    const Eigen::VectorXd& weight = *parts.log_weights;
    const double saddle = std::min(weight(state), weight(state + 32)) - 1;  // of log flux
    hops.push_back({state + 32, state, {1, 0, 0}, std::exp(saddle - weight(state + 32)), 0});
    hops.push_back({state, state + 32, {-1, 0, 0}, std::exp(saddle - weight(state)), 0});
  }
  parts.hops = hops;
  return parts;
}

void crystal() {
  const NetworkParts parts = crystal_network();
  double whole = 1e9, alone = 1e9;
  for (int repetition = 0; repetition < 200; ++repetition) {
    whole = std::min(whole, timed([&] { transport(BlochOperator(make_network(parts))); }).wall);
    const BlochOperator bloch(make_network(parts));
    alone = std::min(alone, timed([&] { transport(bloch); }).wall);
  }
  std::printf(
      "D of a cell of 48 states, %zu transitions: %.3f ms from rates to D  bound 1 ms  %s; %.3f ms of it the "
      "elimination\n",
      parts.hops.size(), 1e3 * whole, verdict(whole <= 1e-3), 1e3 * alone);
}

/// Long walks of many walkers: what a step costs.
void walk_freely(const RateNetwork& network) {
  const Eigen::VectorXd chi = Eigen::VectorXd::Ones(network.size());
  KmcParams params;
  params.walkers = 2048;
  params.times = {2000 / mean_step_rate(network)};
  const auto speed = [&](int threads) {  // of each thread, in million steps a second
    params.threads = threads;
    double best = 0;
    for (int repetition = 0; repetition < 3; ++repetition) {
      KmcWalk walked;
      const Seconds now = timed([&] { walked = walk(network, chi, Eigen::Vector3d::Zero(), params); });
      best = std::max(best, 1e-6 * static_cast<double>(walked.steps) / now.processor);
    }
    return best;
  };
  std::printf("kinetic Monte Carlo, M = %4d: %.1f million steps a second on one thread, %.1f on each of two\n",
              network.size(), speed(1), speed(2));
}

void kinetic_monte_carlo() {
  walk_freely(make_network(crystal_network()));
  walk_freely(make_network(cubic_network(16)));
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "all";
  if (what == "all" || what == "modes") modes_against_scipy();
  if (what == "all" || what == "memory") memory();
  if (what == "all" || what == "diffusion") diffusion();
  if (what == "all" || what == "crystal") crystal();
  if (what == "all" || what == "walk") kinetic_monte_carlo();
  return 0;
}
