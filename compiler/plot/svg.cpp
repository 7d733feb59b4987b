// A figure as SVG, written by hand: a frame with ticks on all sides, curves cut off at the frame, a legend above it.
//
// Colours are given twice: as attributes, for light paper, which everything that reads SVG understands (LaTeX,
// Inkscape, word processors), and in a style sheet that viewers with a dark screen follow. The palette is that of Okabe
// and Ito, told apart by colour-blind readers too.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/plot/axes.hpp"

namespace rdd::plot {
namespace {

struct Colour {
  const char *light, *dark;
};
constexpr Colour palette[] = {{"#0072b2", "#5ab4f0"}, {"#d55e00", "#ff8c3b"}, {"#009e73", "#2fd0a3"},
                              {"#b0538c", "#e39ac6"}, {"#a87700", "#f0b93a"}, {"#3a9bd0", "#8ad2fa"},
                              {"#555555", "#bbbbbb"}};
constexpr std::size_t palette_size = std::size(palette);
constexpr Colour ink{"#222222", "#dddddd"}, faint{"#bbbbbb", "#555555"}, paper{"#ffffff", "#16181d"},
    shade{"#e9ecf1", "#2a2f39"};

constexpr double size = 13, small_size = 12;  // of letters, pixels
constexpr double letter = 0.58;               // the width of one, on the average, in units of its size

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

// Pixels, without the zeros at the end.
std::string px(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

double wide(const std::string& text, double letters) {
  return letter * letters * static_cast<double>(width(text));
}

class Drawing {
 public:
  Drawing(const Figure& figure, int width, int height)
      : figure_(figure), width_(width), height_(height), colours_(colours(figure)) {
    axes_ = axes(figure, std::max(width / 90, 2), std::max(height / 60, 2));
    double labels = 0;
    for (const Tick& tick : axes_.y.ticks) labels = std::max(labels, wide(tick.label, small_size));
    left_ = labels + (axes_.y.title.empty() ? 14 : 40);
    right_ = width - 18;
    if (!axes_.x.ticks.empty()) right_ = std::min(right_, width - 6 - wide(axes_.x.ticks.back().label, small_size) / 2);
    lay_out_legend();
    bottom_ = height - (axes_.x.title.empty() ? 32 : 54);
  }

  std::string run() {
    open();
    shades();
    frame();
    for (std::size_t i = 0; i < figure_.series.size(); ++i) series(i);
    legend();
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  double x(double fraction) const { return left_ + fraction * (right_ - left_); }
  double y(double fraction) const { return bottom_ - fraction * (bottom_ - top_); }

  void open() {
    out_ += fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif\" font-size=\"{2}\">\n",
        width_, height_, px(small_size));
    if (!figure_.title.empty()) out_ += fmt::format("<title>{}</title>\n", escaped(figure_.title));
    out_ += "<style>\n@media (prefers-color-scheme: dark) {\n";
    out_ += fmt::format("  .paper {{ fill: {} }}  .shade {{ fill: {} }}  .ink {{ stroke: {} }}  .text {{ fill: {} }}\n",
                        paper.dark, shade.dark, ink.dark, ink.dark);
    out_ += fmt::format("  .faint {{ stroke: {} }}\n", faint.dark);
    for (std::size_t i = 0; i < palette_size; ++i)
      out_ += fmt::format("  .line{0} {{ stroke: {1} }}  .dot{0} {{ fill: {1} }}\n", i, palette[i].dark);
    out_ += "}\n</style>\n";
    out_ +=
        fmt::format("<rect class=\"paper\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", width_, height_, paper.light);
    out_ += fmt::format("<clipPath id=\"frame\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n",
                        px(left_), px(top_), px(right_ - left_), px(bottom_ - top_));
    if (!figure_.title.empty()) text(left_, 20, figure_.title, "start", size, " font-weight=\"bold\"");
  }

  void text(double at_x, double at_y, const std::string& words, const char* anchor, double letters = small_size,
            const std::string& more = "") {
    out_ += fmt::format("<text class=\"text\" x=\"{}\" y=\"{}\" text-anchor=\"{}\" fill=\"{}\"", px(at_x), px(at_y),
                        anchor, ink.light);
    if (letters != small_size) out_ += fmt::format(" font-size=\"{}\"", px(letters));
    out_ += fmt::format("{}>{}</text>\n", more, escaped(words));
  }

  void line(double x0, double y0, double x1, double y1, const char* kind, const char* colour) {
    out_ += fmt::format("<path class=\"{}\" d=\"M{} {}L{} {}\" stroke=\"{}\"/>\n", kind, px(x0), px(y0), px(x1), px(y1),
                        colour);
  }

  void shades() {
    for (const Shade& range : figure_.shades) {
      const double low = std::clamp(axes_.y.place(range.low), 0.0, 1.0);
      const double high = std::clamp(axes_.y.place(range.high), 0.0, 1.0);
      if (!(low < high)) continue;
      out_ += fmt::format("<rect class=\"shade\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                          px(left_), px(y(high)), px(right_ - left_), px(y(low) - y(high)), shade.light);
      if (y(low) - y(high) > 1.2 * small_size)
        text(x(0.5), y((low + high) / 2) + 0.35 * small_size, range.label, "middle");
    }
  }

  void frame() {
    const bool named = !figure_.x.ticks.empty();
    if (named)
      for (const Tick& tick : axes_.x.ticks) line(x(tick.at), top_, x(tick.at), bottom_, "faint", faint.light);
    if (!figure_.y.ticks.empty())
      for (const Tick& tick : axes_.y.ticks) line(left_, y(tick.at), right_, y(tick.at), "faint", faint.light);
    std::string ticks;
    const auto across = [&](double at, double length) {
      ticks += fmt::format("M{0} {1}v{2}M{0} {3}v{4}", px(x(at)), px(bottom_), px(-length), px(top_), px(length));
    };
    const auto along = [&](double at, double length) {
      ticks += fmt::format("M{0} {1}h{2}M{3} {1}h{4}", px(left_), px(y(at)), px(length), px(right_), px(-length));
    };
    if (!named) {
      for (const Tick& tick : axes_.x.ticks) across(tick.at, 5);
      for (const double at : axes_.x.minor) across(at, 2.5);
    }
    for (const Tick& tick : axes_.y.ticks) along(tick.at, 5);
    for (const double at : axes_.y.minor) along(at, 2.5);
    out_ += fmt::format("<path class=\"ink\" d=\"M{} {}H{}V{}H{}Z{}\" fill=\"none\" stroke=\"{}\"/>\n", px(left_),
                        px(top_), px(right_), px(bottom_), px(left_), ticks, ink.light);
    for (const Tick& tick : axes_.x.ticks)
      text(x(tick.at), bottom_ + 18, tick.label, "middle", named ? size : small_size);
    for (const Tick& tick : axes_.y.ticks) text(left_ - 7, y(tick.at) + 0.35 * small_size, tick.label, "end");
    if (!axes_.x.title.empty()) text(x(0.5), height_ - 12.0, axes_.x.title, "middle", size);
    if (!axes_.y.title.empty())
      text(16, y(0.5), axes_.y.title, "middle", size, fmt::format(" transform=\"rotate(-90 16 {})\"", px(y(0.5))));
  }

  void stroke(std::size_t colour, const std::string& path, bool dashes) {
    out_ += fmt::format(
        "<path class=\"line{}\" d=\"{}\" clip-path=\"url(#frame)\" fill=\"none\" stroke=\"{}\" "
        "stroke-width=\"1.8\" stroke-linejoin=\"round\"{}/>\n",
        colour, path, palette[colour].light, dashes ? " stroke-dasharray=\"6 4\"" : "");
  }

  void series(std::size_t index) {
    const Series& series = figure_.series[index];
    const std::size_t colour = colours_[index] % palette_size;
    std::string path, bars;
    bool pen = false;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const double at_x = axes_.x.place(series.x[i]), at_y = axes_.y.place(series.y[i]);
      if (std::isnan(at_x) || std::isnan(at_y)) {
        pen = false;
        continue;
      }
      if (!series.error.empty()) {
        double low = axes_.y.place(series.y[i] - series.error[i]);
        if (std::isnan(low)) low = -0.2;  // below zero on a logarithmic axis
        bars += fmt::format("M{} {}V{}", px(x(at_x)), px(y(low)), px(y(axes_.y.place(series.y[i] + series.error[i]))));
      }
      if (series.mark == Mark::points) {
        if (at_x < -1e-9 || at_x > 1 + 1e-9 || at_y < -1e-9 || at_y > 1 + 1e-9) continue;
        out_ += fmt::format("<circle class=\"dot{}\" cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>\n", colour, px(x(at_x)),
                            px(y(at_y)), palette[colour].light);
        continue;
      }
      path += fmt::format("{}{} {}", pen ? "L" : "M", px(x(at_x)), px(y(at_y)));
      pen = true;
    }
    if (!bars.empty()) stroke(colour, bars, false);
    if (!path.empty()) stroke(colour, path, series.mark == Mark::dashes);
  }

  struct Entry {
    std::size_t series;
    double x, y;
  };

  void lay_out_legend() {
    top_ = figure_.title.empty() ? 14 : 34;
    double at_x = left_, at_y = top_ + 6;
    for (std::size_t i = 0; i < figure_.series.size(); ++i) {
      if (figure_.series[i].name.empty()) continue;
      const double wanted = 30 + wide(figure_.series[i].name, small_size);
      if (at_x > left_ && at_x + wanted > right_) {
        at_x = left_;
        at_y += 18;
      }
      entries_.push_back({i, at_x, at_y});
      at_x += wanted + 16;
    }
    if (!entries_.empty()) top_ = at_y + 14;
  }

  void legend() {
    for (const Entry& entry : entries_) {
      const Series& series = figure_.series[entry.series];
      const std::size_t colour = colours_[entry.series] % palette_size;
      if (series.mark == Mark::points)
        out_ += fmt::format("<circle class=\"dot{}\" cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>\n", colour,
                            px(entry.x + 12), px(entry.y), palette[colour].light);
      else
        out_ += fmt::format("<path class=\"line{}\" d=\"M{} {}h24\" stroke=\"{}\" stroke-width=\"1.8\"{}/>\n", colour,
                            px(entry.x), px(entry.y), palette[colour].light,
                            series.mark == Mark::dashes ? " stroke-dasharray=\"6 4\"" : "");
      text(entry.x + 30, entry.y + 0.35 * small_size, series.name, "start");
    }
  }

  const Figure& figure_;
  int width_, height_;
  std::vector<std::size_t> colours_;
  Axes axes_;
  std::vector<Entry> entries_;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  std::string out_;
};

}  // namespace

std::string svg(const Figure& figure, int width, int height) {
  return Drawing(figure, width, height).run();
}

}  // namespace rdd::plot
