// Optimal string alignment distance by dynamic programming over three rows.
#include "lang/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace rdd {

namespace {

constexpr std::size_t longest = 64;  // no name worth guessing is longer

double replacement(char a, char b) {
  if (a == b) return 0;
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return lower(a) == lower(b) ? 0.5 : 1;
}

}  // namespace

double edit_distance(std::string_view a, std::string_view b) {
  std::vector<double> two_ago, previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<double>(j);
  two_ago = previous;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<double>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + replacement(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], two_ago[j - 2] + 1);
      }
    }
    two_ago.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > longest) return std::nullopt;
  std::optional<std::string> best;
  double best_distance = 2.5;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > longest) continue;
    const double distance = edit_distance(word, candidate);
    const double shorter = static_cast<double>(std::min(word.size(), candidate.size()));
    if (distance < best_distance && distance < shorter) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace rdd
