// Where a name and a number end, for whoever cuts a text into lexemes: the grammar, the formatter, the editor.
#pragma once

#include "lang/layout.hpp"

namespace rdd {

/// The end of the name that begins at `at`; `at` itself where none does. The operator `±` is part of no name.
inline const char* scan_name(const char* at, const char* last) {
  const auto operator_at = [last](const char* c) { return last - c >= 2 && c[0] == '\xC2' && c[1] == '\xB1'; };
  if (at == last || !is_name_start(*at)) return at;
  while (at != last && is_name_part(*at) && !operator_at(at)) ++at;
  return at;
}

/// Digits with an optional fraction and exponent; `0..5` reads as 0, then `..`.
inline const char* scan_number(const char* begin, const char* last) {
  const auto digits = [last](const char* at) {
    while (at != last && is_digit(*at)) ++at;
    return at;
  };
  const char* at = digits(begin);
  const bool whole = at != begin;
  if (at != last && *at == '.' && !(at + 1 != last && at[1] == '.')) {
    const char* fraction = digits(at + 1);
    if (!whole && fraction == at + 1) return begin;
    at = fraction;
  } else if (!whole) {
    return begin;
  }
  if (at != last && (*at == 'e' || *at == 'E')) {
    const char* sign = at + 1 != last && (at[1] == '+' || at[1] == '-') ? at + 2 : at + 1;
    const char* exponent = digits(sign);
    if (exponent != sign) at = exponent;
  }
  return at;
}

}  // namespace rdd
