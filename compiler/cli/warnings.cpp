// --werror and --no-warn: which warnings are errors, and which are not reported.
#include <fmt/format.h>

#include "compiler/cli/commands.hpp"
#include "lang/nearest.hpp"

namespace rdd::cli {
namespace {

bool every(const std::string& number) {
  return number == "all" || number == "true";  // CLI11's value of a flag that stands alone
}

}  // namespace

WarningPolicy warnings(const WarningOptions& options) {
  WarningPolicy policy;
  for (const std::string& number : options.werror) {
    if (every(number))
      policy.all_are_errors = true;
    else
      policy.errors.push_back(*code(number));
  }
  for (const std::string& number : options.no_warn) {
    if (every(number))
      policy.silenced = codes();
    else
      policy.silenced.push_back(*code(number));
  }
  return policy;
}

std::string wrong_warning(const std::string& number) {
  if (every(number)) return "";
  const auto known = code(number);
  if (known && severity(*known) == Severity::warning) return "";
  if (known) return fmt::format("{} is an error, not a warning", rdd::number(*known));
  std::vector<std::string> names;
  for (const Code candidate : codes())
    if (severity(candidate) == Severity::warning) names.emplace_back(rdd::number(candidate));
  const auto guess = nearest(number, names);
  return fmt::format("no warning has the code {}; {}", number,
                     guess ? fmt::format("did you mean {}?", *guess) : "`rdd explain` lists them");
}

}  // namespace rdd::cli
