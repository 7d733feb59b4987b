// Answers that are pictures: `plot bands`, and whatever other statement ends with a file to draw to.
#pragma once

#include "compiler/plot/figure.hpp"
#include "compiler/query/statement.hpp"

namespace rdd {

/// Is this word of a statement the name of a file, in quotation marks?
bool names_file(const std::string& word);

/// The name of the SVG file that is the word `place` of a statement and its last; empty where the statement ends before
/// it; nullopt with diagnostics. Asked before anything is computed.
std::optional<std::string> picture_file(const Asked& asked, std::size_t place, Diagnostics& diagnostics);

/// Where a picture is to be drawn.
struct Canvas {
  std::string file;  ///< empty: among the words of the answer
  Span place;        ///< of the file's name
};

/// The figure as the words of an answer: in letters as wide as the screen, or the note that it stands in a file now,
/// which appears whole or not at all. nullopt with diagnostics.
std::optional<std::string> draw(const plot::Figure& figure, const Canvas& canvas, const Screen& screen,
                                Diagnostics& diagnostics);

/// What a figure shows, for programs: `x` and `y` with `label`, `unit` and `scale`, `series` with `name`, `x` and `y`,
/// `shades`, and the `file` it was drawn to or null. Values that are not finite are null.
void add_figure(Json& json, const plot::Figure& figure, const Canvas& canvas);

}  // namespace rdd
