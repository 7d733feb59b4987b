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

}  // namespace rdd
