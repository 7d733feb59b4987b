#include "lang/model_text.hpp"

#include <sstream>

#include "lang/parse.hpp"
#include "lang/resolve.hpp"

namespace rdd {

ModelText::ModelText(std::string name, std::string text)
    : source_(std::make_shared<const Source>(Source{std::move(name), std::move(text)})) {}

ModelText& ModelText::directory(std::string path) {
  directory_ = std::move(path);
  return *this;
}

std::optional<Model> ModelText::resolve(Diagnostics& diagnostics) const {
  Diagnostics found;
  std::optional<Model> model;
  const auto file = parse(source_, found);
  if (file && !found.has_errors()) model = rdd::resolve(*file, directory_, found);
  for (const Diagnostic& diagnostic : found.sorted())
    diagnostics.add(diagnostic.code, diagnostic.span, diagnostic.message) = diagnostic;
  return model;
}

namespace literals {

ModelText operator""_rdd(const char* text, std::size_t size) {
  return {"<model in C++>", std::string(text, size)};
}

}  // namespace literals

std::string describe(const Diagnostics& diagnostics) {
  std::ostringstream text;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) draw(text, diagnostic);
  return text.str();
}

}  // namespace rdd
