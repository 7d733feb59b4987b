#include "compiler/query/picture.hpp"

#include <fmt/format.h>

#include "runtime/solve/temporary_file.hpp"

namespace rdd {

bool names_file(const std::string& word) {
  return word.starts_with('"');
}

std::optional<std::string> picture_file(const Asked& asked, std::size_t place, Diagnostics& diagnostics) {
  const std::string& word = asked.word(place);
  if (word.empty()) return "";
  if (asked.words.size() > place + 1) {
    diagnostics.add(Code::BadStatement, asked.span(place + 1), "expected the end of the statement")
        .here("not expected here");
    return std::nullopt;
  }
  if (word.size() < 3 || !word.starts_with('"') || !word.ends_with('"')) {
    diagnostics.add(Code::BadStatement, asked.span(place), "expected the name of a file in quotation marks")
        .hint("for instance: \"bands.svg\"");
    return std::nullopt;
  }
  const std::string name = word.substr(1, word.size() - 2);
  if (!name.ends_with(".svg")) {
    diagnostics.add(Code::BadStatement, asked.span(place), "pictures are written as SVG: the name must end with .svg")
        .hint("for instance: \"bands.svg\"; rsvg-convert and Inkscape make PDF and PNG of it");
    return std::nullopt;
  }
  return name;
}

std::optional<std::string> draw(const plot::Figure& figure, const Canvas& canvas, const Screen& screen,
                                Diagnostics& diagnostics) {
  if (canvas.file.empty()) return plot::braille(figure, screen.columns, screen.colour);
  try {
    TemporaryFile file(canvas.file);
    file.append(plot::svg(figure));
    file.sync();
    file.rename();
  } catch (const OutputError& error) {
    diagnostics.add(Code::CannotWrite, canvas.place, error.what());
    return std::nullopt;
  }
  return fmt::format("written to {}\n", canvas.file);
}

void add_figure(Json& json, const plot::Figure& figure, const Canvas& canvas) {
  const auto axis = [](const plot::Axis& axis) {
    Json described{{"label", axis.label},
                   {"unit", axis.unit},
                   {"scale", axis.scale == plot::Scale::linear ? "linear" : "logarithmic"}};
    for (const plot::Tick& tick : axis.ticks) described["ticks"].push_back({{"at", tick.at}, {"label", tick.label}});
    return described;
  };
  json["x"] = axis(figure.x);
  json["y"] = axis(figure.y);
  json["series"] = Json::array();
  for (const plot::Series& series : figure.series) {
    Json described{{"name", series.name}, {"x", series.x}, {"y", series.y}};
    if (!series.error.empty()) described["error"] = series.error;
    json["series"].push_back(std::move(described));
  }
  json["shades"] = Json::array();
  for (const plot::Shade& shade : figure.shades)
    json["shades"].push_back({{"low", shade.low}, {"high", shade.high}, {"label", shade.label}});
  json["file"] = canvas.file.empty() ? Json() : Json(canvas.file);
}

}  // namespace rdd
