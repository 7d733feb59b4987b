// The text of a model that stands in a C++ program: made by the builder (lang/builder.hpp), or a string literal.
#pragma once

#include <optional>
#include <string>

#include "lang/diagnostic.hpp"
#include "lang/model.hpp"

namespace rdd {

class ModelText {
 public:
  /// `name` is what diagnostics call the text, in place of a file's path.
  ModelText(std::string name, std::string text);

  /// Where relative paths of tables and of `use "…"` start; the current directory where nothing is said.
  ModelText& directory(std::string path);

  const std::string& text() const { return source_->text; }
  const SourcePtr& source() const { return source_; }

  /// Reads and checks the text as `rdd check` does a file. nullopt with diagnostics where it is wrong; warnings may be
  /// added in either case.
  std::optional<Model> resolve(Diagnostics& diagnostics) const;

 private:
  SourcePtr source_;
  std::string directory_;
};

namespace literals {

/// R"(model walk …)"_rdd: the text as it stands; lines are counted from the line of the opening bracket.
ModelText operator""_rdd(const char* text, std::size_t size);

}  // namespace literals

/// All diagnostics as the command line draws them, errors and warnings by their places; empty where there are none.
std::string describe(const Diagnostics& diagnostics);

}  // namespace rdd
