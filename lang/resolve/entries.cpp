// The entries of a block: known ones, each once.
#include <fmt/format.h>

#include <algorithm>

#include "lang/nearest.hpp"
#include "lang/resolve/context.hpp"

namespace rdd::resolving {

Entries::Entries(Context& context, const Item& item, std::string block, std::vector<std::string> known)
    : context_(context), item_(item), block_(std::move(block)), known_(std::move(known)) {}

void Entries::add(const ast::Entry& entry) {
  const std::string& key = entry.key.text;
  if (std::find(known_.begin(), known_.end(), key) != known_.end()) {
    if (once(key, entry.key.place)) entries_[key] = &entry;
    return;
  }
  Diagnostic& d = context_.diagnostics.add(Code::UnknownEntry, context_.span(item_, entry.key.place),
                                           fmt::format("a `{}` block has no entry `{}`", block_, key));
  if (const auto guess = nearest(key, known_))
    d.hint(fmt::format("did you mean `{}`?", *guess));
  else
    d.hint(fmt::format("it can have {}", choices(known_)));
}

bool Entries::once(const std::string& key, ast::Place place) {
  const auto [found, fresh] = places_.emplace(key, context_.span(item_, place));
  if (fresh) return true;
  context_.diagnostics.add(Code::DuplicateEntry, context_.span(item_, place), fmt::format("`{}` is given twice", key))
      .note(found->second, "first given here");
  return false;
}

const ast::Entry* Entries::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

}  // namespace rdd::resolving
