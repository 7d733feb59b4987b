// The answers of the language server, each a function of a document and a place in it. Spans and bytes only: the
// server turns them into the places of the protocol.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/lsp/document.hpp"

namespace rdd::lsp {

struct Hover {
  Span span;
  std::string markdown;
};
/// What the name, number, unit or word at a byte is.
std::optional<Hover> hover(const Document& document, std::size_t byte);

/// Numbers of the protocol.
enum class CompletionKind {
  function = 3,
  variable = 6,
  module = 9,
  property = 10,
  unit = 11,
  value = 12,
  enumeration = 13,
  keyword = 14,
  file = 17,
  member = 20,
  constant = 21
};
struct Completion {
  std::string label;
  CompletionKind kind;
  std::string detail;
  std::string documentation;
};
struct Completions {
  Span replaced;  ///< the part of a word before the byte
  std::vector<Completion> items;
};
/// What can stand at a byte.
Completions completions(const Document& document, std::size_t byte);

/// Numbers of the protocol.
enum class SymbolKind {
  module = 2,
  ns = 3,
  class_ = 5,
  method = 6,
  field = 8,
  function = 12,
  variable = 13,
  constant = 14,
  array = 18,
  object = 19,
  event = 24,
  operator_ = 25,
  enum_ = 10,
  enum_member = 22
};
struct Symbol {
  std::string name;
  std::string detail;
  SymbolKind kind;
  Span whole;
  Span name_place;
  std::vector<Symbol> children;
};
/// The outline: every declaration, with states, rates and entries below theirs.
std::vector<Symbol> outline(const Document& document);

}  // namespace rdd::lsp
