#include "compiler/import/pathsample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>

#include "compiler/import/header.hpp"
#include "lang/resolve/csv.hpp"

namespace rdd::importing {
namespace {

using resolving::Csv;
using resolving::read_csv;

constexpr int most_errors = 10;

struct Minimum {
  double energy = 0, logdet = 0;
  int order = 1;
};
struct Saddle : Minimum {
  int first = 0, second = 0;  // from 0
  Span where;
};

// Calls `use` with the words of each line that has any.
bool each_line(const SourcePtr& source, const std::function<bool(const std::vector<Word>&)>& use) {
  const std::string& text = source->text;
  int errors = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto line = words({source, begin, end});
    if (!line.empty() && !use(line) && ++errors >= most_errors) return false;
    begin = end + 1;
  }
  return errors == 0;
}

Span whole(const std::vector<Word>& line) {
  return {line.front().span.source, line.front().span.begin, line.back().span.end};
}

// E, logdet and order stand first in both files.
bool read_common(const std::vector<Word>& line, std::size_t columns, std::string_view layout, Minimum& result,
                 Diagnostics& diagnostics) {
  if (line.size() < columns) {
    malformed(diagnostics, whole(line),
              fmt::format("this line has {} words, expected {} or more", line.size(), columns))
        .hint(fmt::format("a line holds {}", layout));
    return false;
  }
  const auto energy = number(line[0], "the energy", diagnostics),
             logdet = number(line[1], "the log of the product of frequencies", diagnostics);
  const auto order = integer(line[2], "the order of the point group", diagnostics);
  if (!energy || !logdet || !order) return false;
  if (*order < 1) {
    malformed(diagnostics, line[2].span, "the order of a point group is 1 or more");
    return false;
  }
  // Beyond these nothing is physical, and weights leave the range in which a model can say them.
  constexpr int largest_order = 10000;
  constexpr double largest_energy = 1e12, largest_logdet = 1e6;
  if (*order > largest_order) {
    malformed(diagnostics, line[2].span, fmt::format("no point group has an order above {}", largest_order));
    return false;
  }
  if (std::abs(*energy) > largest_energy) {
    malformed(diagnostics, line[0].span, fmt::format("an energy beyond {:g} is out of any range", largest_energy));
    return false;
  }
  if (std::abs(*logdet) > largest_logdet) {
    malformed(diagnostics, line[1].span, fmt::format("a logarithm beyond {:g} is out of any range", largest_logdet));
    return false;
  }
  result.energy = *energy;
  result.logdet = *logdet;
  result.order = *order;
  return true;
}

class Reader {
 public:
  Reader(const SourcePtr& minima, const SourcePtr& saddles, const SourcePtr& translations, const Given& given,
         Diagnostics& diagnostics)
      : minima_file_(minima),
        saddles_file_(saddles),
        translations_file_(translations),
        given_(given),
        diagnostics_(diagnostics),
        network_(described(given)) {}

  std::optional<NetworkDescription> run() {
    if (!minima() || !saddles() || !translations()) return std::nullopt;
    network_.name = model_name(*minima_file_);
    network_.origin.insert(
        network_.origin.begin(),
        fmt::format("From {} and {}, a network of PATHSAMPLE: {} minima, {} saddles.", file_name(*minima_file_),
                    file_name(*saddles_file_), minima_.size(), saddles_.size()));
    states();
    if (!jumps()) return std::nullopt;
    if (network_.jumps.empty()) {
      malformed(diagnostics_, {saddles_file_, 0, 0}, "no saddle joins two different minima: nothing moves");
      return std::nullopt;
    }
    tidy(network_);
    return std::move(network_);
  }

 private:
  bool minima() {
    const bool good = each_line(minima_file_, [&](const std::vector<Word>& line) {
      Minimum minimum;
      if (!read_common(line, 3, "E logdet order Ix Iy Iz", minimum, diagnostics_)) return false;
      minima_.push_back(minimum);
      return alike(minima_.front(), minimum, line[1].span);
    });
    if (good && minima_.empty()) malformed(diagnostics_, {minima_file_, 0, 0}, "the file holds no minimum");
    return good && !minima_.empty();
  }

  /// Prefactors and weights are exponentials of half the differences.
  bool alike(const Minimum& one, const Minimum& other, const Span& place) {
    constexpr double largest_difference = 600;
    if (std::abs(one.logdet - other.logdet) <= largest_difference) return true;
    malformed(diagnostics_, place,
              fmt::format("the frequencies differ from those of another stationary point by a factor beyond e^{:g}",
                          largest_difference / 2));
    return false;
  }

  bool saddles() {
    const bool good = each_line(saddles_file_, [&](const std::vector<Word>& line) {
      Saddle saddle;
      if (!read_common(line, 5, "E logdet order min1 min2 Ix Iy Iz", saddle, diagnostics_)) return false;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto minimum = integer(line[3 + i], "the number of a minimum", diagnostics_);
        if (!minimum) return false;
        if (*minimum < 1 || static_cast<std::size_t>(*minimum) > minima_.size()) {
          malformed(diagnostics_, line[3 + i].span, fmt::format("there is no minimum {}", *minimum))
              .hint(fmt::format("{} has the minima 1 to {}", minima_file_->name, minima_.size()));
          return false;
        }
        (i == 0 ? saddle.first : saddle.second) = *minimum - 1;
        if (!alike(minima_[static_cast<std::size_t>(*minimum - 1)], saddle, line[1].span)) return false;
      }
      saddle.where = whole(line);
      saddles_.push_back(saddle);
      return true;
    });
    if (good && saddles_.empty()) malformed(diagnostics_, {saddles_file_, 0, 0}, "the file holds no saddle");
    return good && !saddles_.empty();
  }

  bool translations() {
    if (!translations_file_) {
      const int dimension = given_.vectors.empty() ? 1 : static_cast<int>(given_.vectors.size());
      Diagnostics unsaid;  // one warning is enough
      use_given_lattice(network_, given_, dimension, {}, unsaid);
      network_.origin.push_back(
          "The files know no translations: nothing moves yet. Give rates that lead into another cell a");
      network_.origin.push_back(
          "`by` (or a column of the table), and the lattice its vectors; or import again with --translations.");
      diagnostics_
          .add(Code::ImportAssumes, {saddles_file_, 0, 0},
               "the files say nothing of translations: the states are joined, but nothing moves from cell to cell")
          .hint(
              "give a table with --translations FILE, with the columns saddle, tx, ty, … and the lattice with "
              "--lattice")
          .hint("until then `rdd check` will refuse the model, for want of motion");
      return true;
    }
    const auto table = read_csv(translations_file_, {translations_file_, 0, 0}, diagnostics_);
    if (!table) return false;
    const Header header(*table);
    if (!header.check(diagnostics_)) return false;
    std::vector<std::size_t> columns =
        header.found ? header.numbered({"t", "tx", "ty", "tz"}) : columns_after_first(*table);
    const auto saddle = header.found ? header.column({"saddle", "ts"}) : std::optional<std::size_t>(0);
    if (!saddle || columns.empty() || columns.size() > 3) {
      malformed(diagnostics_, table->row_span(0), "expected the number of a saddle and one to three translations")
          .hint("with the header: saddle,tx,ty,tz");
      return false;
    }
    if (!use_given_lattice(network_, given_, static_cast<int>(columns.size()), table->row_span(0), diagnostics_))
      return false;
    int errors = 0;
    for (std::size_t row = header.found ? 1 : 0; row < table->rows() && errors < most_errors; ++row)
      if (!translation(*table, row, *saddle, columns)) ++errors;
    return errors == 0;
  }

  static std::vector<std::size_t> columns_after_first(const Csv& table) {
    std::vector<std::size_t> all;
    for (std::size_t c = 1; c < table.columns && c < 5; ++c) all.push_back(c);
    return all;
  }

  bool translation(const Csv& table, std::size_t row, std::size_t saddle, const std::vector<std::size_t>& columns) {
    const auto index =
        integer({table.cell(row, saddle), table.cell_span(row, saddle)}, "the number of a saddle", diagnostics_);
    if (!index) return false;
    if (*index < 1 || static_cast<std::size_t>(*index) > saddles_.size()) {
      malformed(diagnostics_, table.cell_span(row, saddle), fmt::format("there is no saddle {}", *index))
          .hint(fmt::format("{} has the saddles 1 to {}", saddles_file_->name, saddles_.size()));
      return false;
    }
    Cell cell{};
    for (std::size_t a = 0; a < columns.size(); ++a) {
      const auto component = integer({table.cell(row, columns[a]), table.cell_span(row, columns[a])},
                                     "a whole number of cells", diagnostics_);
      if (!component) return false;
      if (std::abs(static_cast<long>(*component)) > most_cells) {
        malformed(diagnostics_, table.cell_span(row, columns[a]), "this translation is out of any range");
        return false;
      }
      cell[a] = *component;
    }
    cells_[*index - 1].push_back(cell);
    return true;
  }

  // Only differences of logdet matter; taken against the first minimum they stay small in large molecules.
  void states() {
    network_.balance = Balance::energies;
    for (std::size_t i = 0; i < minima_.size(); ++i) {
      State state;
      state.name = fmt::format("minimum[{}]", i + 1);
      state.energy = minima_[i].energy;
      state.entropy = -0.5 * (minima_[i].logdet - minima_[0].logdet);
      state.degeneracy = 1.0 / minima_[i].order;
      network_.states.push_back(std::move(state));
    }
  }

  bool jumps() {
    int idle = 0;
    for (std::size_t s = 0; s < saddles_.size(); ++s) {
      const Saddle& saddle = saddles_[s];
      const Law law{Law::Kind::saddle,
                    std::exp(-0.5 * (saddle.logdet - minima_[0].logdet)) / (2 * std::numbers::pi * saddle.order),
                    saddle.energy};
      if (!(law.prefactor > 0) || !std::isfinite(law.prefactor)) {
        malformed(diagnostics_, saddle.where, "the frequencies of this saddle are out of any range");
        return false;
      }
      const auto given = cells_.find(static_cast<int>(s));
      for (const Cell& cell : given == cells_.end() ? std::vector<Cell>{Cell{}} : given->second) {
        if (saddle.first == saddle.second && cell == Cell{}) {
          ++idle;
          continue;
        }
        add_jump(network_, saddle.first, saddle.second, cell, law);
        add_jump(network_, saddle.second, saddle.first, {-cell[0], -cell[1], -cell[2]}, law);
      }
    }
    if (idle > 0)
      network_.origin.push_back(fmt::format("{} saddle{} from a minimum to itself in the same cell {} left out.", idle,
                                            idle == 1 ? "" : "s", idle == 1 ? "was" : "were"));
    return true;
  }

  const SourcePtr &minima_file_, &saddles_file_, &translations_file_;
  const Given& given_;
  Diagnostics& diagnostics_;
  NetworkDescription network_;
  std::vector<Minimum> minima_;
  std::vector<Saddle> saddles_;
  std::map<int, std::vector<Cell>> cells_;  // of each saddle that has any
};

}  // namespace

std::optional<NetworkDescription> read_pathsample(const SourcePtr& minima, const SourcePtr& saddles,
                                                  const SourcePtr& translations, const Given& given,
                                                  Diagnostics& diagnostics) {
  return Reader(minima, saddles, translations, given, diagnostics).run();
}

}  // namespace rdd::importing
