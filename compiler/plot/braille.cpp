// A figure as lines of text. A character of braille has two by four dots, so that a terminal of 80 columns shows a
// curve with some 130 by 80 of them; points are letters, ranges and named places fill what the curves leave free.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/plot/axes.hpp"

namespace rdd::plot {
namespace {

constexpr int most_rows = 24, fewest_columns = 40;
constexpr const char* colour_codes[] = {"\x1b[34m", "\x1b[31m", "\x1b[32m", "\x1b[35m",
                                        "\x1b[33m", "\x1b[36m", "\x1b[37m"};
constexpr const char* end_of_colour = "\x1b[0m";

std::string repeated(const char* what, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += what;
  return out;
}

std::string braille_letter(unsigned dots) {  // U+2800 and up, in UTF-8
  const unsigned code = 0x2800 + dots;
  return {static_cast<char>(0xe0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

class Canvas {
 public:
  Canvas(int columns, int rows) : columns_(columns), rows_(rows), cells_(static_cast<std::size_t>(columns * rows)) {}

  struct Cell {
    unsigned dots = 0;
    const char* letter = nullptr;      // in place of dots
    const char* background = nullptr;  // where there is nothing else
    std::optional<std::size_t> colour;
  };
  Cell& cell(int column, int row) { return cells_[static_cast<std::size_t>(row * columns_ + column)]; }

  void line(Place a, Place b, std::size_t colour, bool dashes) {
    const auto seen = inside(a, b);
    if (!seen) return;
    const double wide = 2 * columns_ - 1, high = 4 * rows_ - 1;
    const auto& [from, to] = *seen;
    const double dx = (to[0] - from[0]) * wide, dy = (to[1] - from[1]) * high;
    const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(dx), std::abs(dy)))));
    for (int i = 0; i <= steps; ++i) {
      const double s = static_cast<double>(i) / steps;
      const int x = static_cast<int>(std::lround(from[0] * wide + s * dx));
      const int y = static_cast<int>(std::lround((1 - from[1]) * high - s * dy));
      if (dashes && (x + y) / 3 % 2) continue;
      static constexpr unsigned bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
      Cell& there = cell(x / 2, y / 4);
      there.dots |= bits[y % 4][x % 2];
      there.colour = colour;
    }
  }

  int column(double fraction) const {
    return std::clamp(static_cast<int>(std::lround(fraction * (2 * columns_ - 1))) / 2, 0, columns_ - 1);
  }
  int row(double fraction) const {
    return std::clamp(static_cast<int>(std::lround((1 - fraction) * (4 * rows_ - 1))) / 4, 0, rows_ - 1);
  }

 private:
  int columns_, rows_;
  std::vector<Cell> cells_;
};

bool in_frame(Place place) {
  return std::ranges::all_of(place, [](double f) { return f >= -1e-9 && f <= 1 + 1e-9; });
}

void draw(Canvas& canvas, const Figure& figure, const Axes& axes, int columns, int rows) {
  for (const Shade& shade : figure.shades) {
    const double low = axes.y.place(shade.low), high = axes.y.place(shade.high);
    for (int row = 0; row < rows; ++row) {
      const double middle = 1 - (4.0 * row + 1.5) / (4 * rows - 1);
      if (middle < low || middle > high) continue;
      for (int column = 0; column < columns; ++column) canvas.cell(column, row).background = "░";
    }
  }
  if (!figure.x.ticks.empty())
    for (const Tick& tick : axes.x.ticks)
      for (int row = 0; row < rows; ++row) canvas.cell(canvas.column(tick.at), row).background = "┊";
  const std::vector<std::size_t> palette = colours(figure);
  for (std::size_t s = 0; s < figure.series.size(); ++s) {
    const Series& series = figure.series[s];
    std::optional<Place> before;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const Place here{axes.x.place(series.x[i]), axes.y.place(series.y[i])};
      if (std::isnan(here[0]) || std::isnan(here[1])) {
        before.reset();
        continue;
      }
      if (!series.error.empty()) {
        double low = axes.y.place(series.y[i] - series.error[i]);
        if (std::isnan(low)) low = -0.2;
        canvas.line({here[0], low}, {here[0], axes.y.place(series.y[i] + series.error[i])}, palette[s], false);
      }
      if (series.mark == Mark::points) {
        if (!in_frame(here)) continue;
        Canvas::Cell& cell = canvas.cell(canvas.column(here[0]), canvas.row(here[1]));
        cell.letter = "•";
        cell.colour = palette[s];
      } else {
        // A point alone is a line to itself.
        canvas.line(before.value_or(here), here, palette[s], series.mark == Mark::dashes);
        before = here;
      }
    }
  }
}

// The names of the curves at the right of the frame, each in the row where its curve ends or the nearest free one.
std::vector<const Series*> names_by_row(const Figure& figure, const Axes& axes, const Canvas& canvas, int rows) {
  std::vector<const Series*> at(static_cast<std::size_t>(rows), nullptr);
  for (const Series& series : figure.series) {
    if (series.name.empty()) continue;
    double last = 0;
    for (std::size_t i = 0; i < series.x.size(); ++i)
      if (const Place here{axes.x.place(series.x[i]), axes.y.place(series.y[i])}; in_frame(here)) last = here[1];
    const int wanted = canvas.row(last);
    for (int off = 0; off < 2 * rows; ++off) {
      const int row = wanted + (off % 2 ? -1 : 1) * ((off + 1) / 2);
      if (row < 0 || row >= rows || at[static_cast<std::size_t>(row)]) continue;
      at[static_cast<std::size_t>(row)] = &series;
      break;
    }
  }
  return at;
}

}  // namespace

std::string braille(const Figure& figure, int wanted_columns, bool colour) {
  const int total = std::max(wanted_columns, fewest_columns);
  const int rows = std::clamp(total / 4, 10, most_rows);
  const Axes axes = plot::axes(figure, total / 14, rows / 4);
  const std::vector<std::size_t> palette = colours(figure);

  std::size_t left = 0, right = 0;
  for (const Tick& tick : axes.y.ticks) left = std::max(left, width(tick.label));
  for (const Series& series : figure.series) right = std::max(right, width(series.name));
  right = std::min<std::size_t>(right, static_cast<std::size_t>(total) / 4);
  const int columns = total - static_cast<int>(left) - 3 - (right ? static_cast<int>(right) + 1 : 0);
  Canvas canvas(columns, rows);
  draw(canvas, figure, axes, columns, rows);
  const auto names = names_by_row(figure, axes, canvas, rows);
  const auto coloured = [&](std::size_t index, const std::string& text) {
    return colour ? colour_codes[index % std::size(colour_codes)] + text + end_of_colour : text;
  };

  std::string out;
  if (!figure.title.empty()) out += figure.title + "\n";
  if (!axes.y.title.empty()) out += axes.y.title + "\n";
  out += std::string(left + 1, ' ') + "┌" + repeated("─", columns) + "┐\n";
  for (int row = 0; row < rows; ++row) {
    std::string label;
    bool edge = false;
    for (const Tick& tick : axes.y.ticks)
      if (canvas.row(tick.at) == row && !edge) label = tick.label, edge = true;
    out += std::string(left - width(label), ' ') + label + (edge ? " ┤" : " │");
    for (int column = 0; column < columns; ++column) {
      const Canvas::Cell& cell = canvas.cell(column, row);
      if (cell.letter || cell.dots) {
        const std::string shown = cell.letter ? cell.letter : braille_letter(cell.dots);
        out += cell.colour ? coloured(*cell.colour, shown) : shown;
      } else {
        out += cell.background ? cell.background : " ";
      }
    }
    out += "│";
    if (const Series* const series = names[static_cast<std::size_t>(row)]) {
      std::string name = series->name;
      if (width(name) > right) {
        while (width(name) >= right) name.pop_back();
        name += "…";
      }
      out += " " + coloured(palette[static_cast<std::size_t>(series - figure.series.data())], name);
    }
    out += "\n";
  }

  std::string edge = repeated("─", 0);
  std::vector<bool> marked(static_cast<std::size_t>(columns), false);
  for (const Tick& tick : axes.x.ticks) marked[static_cast<std::size_t>(canvas.column(tick.at))] = true;
  for (const bool mark : marked) edge += mark ? "┬" : "─";
  out += std::string(left + 1, ' ') + "└" + edge + "┘\n";
  std::string labels;
  for (const Tick& tick : axes.x.ticks) {
    const auto at = static_cast<long>(left) + 2 + canvas.column(tick.at) - static_cast<long>(width(tick.label) / 2);
    const auto now = static_cast<long>(width(labels));
    if (now > 0 && at <= now) continue;  // no room
    labels += std::string(static_cast<std::size_t>(std::max(at - now, 0L)), ' ') + tick.label;
  }
  if (!labels.empty()) out += labels + "\n";
  if (!axes.x.title.empty()) {
    const auto middle = static_cast<long>(left) + 2 + columns / 2 - static_cast<long>(width(axes.x.title) / 2);
    out += std::string(static_cast<std::size_t>(std::max(middle, 0L)), ' ') + axes.x.title + "\n";
  }
  return out;
}

}  // namespace rdd::plot
