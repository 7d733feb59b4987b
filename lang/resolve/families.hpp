// `site[i in 0..5]`: a statement that stands for one per index.
#pragma once

#include <fmt/format.h>

#include "lang/limits.hpp"
#include "lang/resolve/expressions.hpp"

namespace rdd::resolving {

/// Calls `function(index, env)` for each index of the range, with the index bound in the environment.
template <class Function>
void each_member(Context& context, const Item& item, const ast::Family& family, Function&& function) {
  const SourcePtr& source = item.file->file.source;
  Expressions expressions(context);
  const Env env = env_of(item);
  if (!check_name(context, family.index, source, "an index")) return;
  const auto low = expressions.integer(family.low, env, "the first index");
  const auto high = expressions.integer(family.high, env, "the last index");
  if (!low || !high) return;
  if (*high < *low) {
    expressions.report(Code::BadEntry, family.place, env,
                       "the range is empty: both ends belong to it, the smaller one first");
    return;
  }
  context.members += static_cast<long>(*high) - *low + 1;
  if (context.members > limits::members) {
    if (context.unknown.insert("too many members").second) {
      expressions.report(Code::BadEntry, family.place, env,
                         fmt::format("the families of a model have at most {} members together", limits::members));
    }
    return;
  }
  Locals locals;
  Env member = env;
  member.locals = &locals;
  for (int i = *low; i <= *high; ++i) {
    locals[family.index.text] = Typed{number(i), {}};
    function(i, member);
  }
}

}  // namespace rdd::resolving
