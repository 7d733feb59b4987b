#include "compiler/query/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lang/nearest.hpp"

namespace rdd {
namespace {

constexpr const char* example = "sweep T = 300 K .. 900 K step 50 K : diffusion";
constexpr std::size_t most_points = 1000000;

Span trimmed(Span span) {
  const std::string& text = span.source->text;
  while (span.begin < span.end && std::isspace(static_cast<unsigned char>(text[span.begin]))) ++span.begin;
  while (span.end > span.begin && std::isspace(static_cast<unsigned char>(text[span.end - 1]))) --span.end;
  return span;
}

/// The first place of a character outside of brackets and quotes; the end where there is none.
std::size_t find_outside(const Span& span, char wanted) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = span.begin; i < span.end; ++i) {
    const char c = span.source->text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == wanted && depth == 0) return i;
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
  }
  return span.end;
}

/// The first place of a whole word; the end where there is none.
std::size_t find_word(const Span& span, std::string_view word) {
  const std::string_view text(span.source->text);
  const auto blank = [&](std::size_t i) {
    return i >= span.end || std::isspace(static_cast<unsigned char>(text[i])) != 0;
  };
  for (std::size_t i = span.begin; i + word.size() <= span.end; ++i)
    if (text.substr(i, word.size()) == word && (i == span.begin || blank(i - 1)) && blank(i + word.size())) return i;
  return span.end;
}

class Reader {
 public:
  Reader(const Subject& subject, const Asked& asked, Diagnostics& diagnostics)
      : subject_(subject), asked_(asked), diagnostics_(diagnostics) {}

  std::optional<SweepRequest> read() {
    const SourcePtr& source = asked_.source;
    const Span all{source, asked_.places.front() + asked_.words.front().size(), source->text.size()};
    const std::size_t colon = find_outside(all, ':');
    if (colon == all.end) return bad({source, all.end, all.end}, "expected `:` and what is asked at every point");
    SweepRequest request;
    for (Span rest{source, all.begin, colon};;) {
      const std::size_t comma = find_outside(rest, ',');
      if (!range(trimmed({source, rest.begin, comma}), request)) return std::nullopt;
      if (comma == rest.end) break;
      rest.begin = comma + 1;
    }
    if (request.points() > most_points) {
      diagnostics_.add(Code::BadSweep, {source, all.begin, colon},
                       fmt::format("{} points: at most {} can be swept", request.points(), most_points));
      return std::nullopt;
    }
    Span asked = trimmed({source, colon + 1, all.end});
    if (!destination(asked, request)) return std::nullopt;
    if (asked.begin == asked.end) return bad(asked, "expected what is asked at every point");
    request.statement = std::make_shared<const Source>(Source{source->name, std::string(asked.text())});
    return request;
  }

 private:
  std::nullopt_t bad(const Span& where, std::string message) {
    diagnostics_.add(Code::BadStatement, where, std::move(message)).hint(fmt::format("for instance: {}", example));
    return std::nullopt;
  }

  /// Takes `to "file"` off the end.
  bool destination(Span& asked, SweepRequest& request) {
    const std::string_view text = asked.text();
    if (!text.ends_with('"')) return true;
    const std::size_t open = text.rfind('"', text.size() - 2);
    const Span before = trimmed({asked.source, asked.begin, asked.begin + (open == std::string_view::npos ? 0 : open)});
    if (open == std::string_view::npos || !before.text().ends_with(" to")) return true;  // the inner statement's own
    request.file = std::string(text.substr(open + 1, text.size() - open - 2));
    request.file_place = {asked.source, asked.begin + open, asked.end};
    if (!request.file.ends_with(".csv") && !request.file.ends_with(".svg")) {
      diagnostics_
          .add(Code::BadStatement, request.file_place,
               "the name of a table ends with .csv, that of a picture with .svg")
          .hint("for instance: to \"diffusion.csv\"");
      return false;
    }
    asked = trimmed({asked.source, asked.begin, before.end - 3});
    return true;
  }

  bool range(const Span& text, SweepRequest& request) {
    const std::size_t equals = find_outside(text, '=');
    const Span name = trimmed({text.source, text.begin, equals});
    if (equals == text.end || name.begin == name.end) {
      bad(text, "expected a parameter, `=` and a range");
      return false;
    }
    const auto& parameters = subject_.model.parameters;
    const auto found = std::ranges::find(parameters, std::string(name.text()), &Parameter::name);
    if (found == parameters.end()) {
      std::vector<std::string> names;
      for (const Parameter& p : parameters)
        if (!p.derived) names.push_back(p.name);
      auto& diagnostic =
          diagnostics_.add(Code::UnknownSetting, name, fmt::format("the model has no parameter `{}`", name.text()));
      if (const auto guess = nearest(std::string(name.text()), names))
        diagnostic.hint(fmt::format("did you mean `{}`?", *guess));
      return false;
    }
    if (found->derived) {
      diagnostics_
          .add(Code::BadSetting, name,
               fmt::format("`{}` cannot be swept: it follows from other quantities", found->name))
          .note(found->span, "declared by `let`");
      return false;
    }
    SweptParameter swept{static_cast<std::size_t>(found - parameters.begin()), name, {}};
    if (std::ranges::find(request.parameters, swept.index, &SweptParameter::index) != request.parameters.end()) {
      diagnostics_.add(Code::BadSweep, name, fmt::format("`{}` is swept twice", found->name));
      return false;
    }
    const Span rest = trimmed({text.source, equals + 1, text.end});
    const auto values = rest.text().starts_with('[') ? listed(rest, *found) : ranged(rest, *found);
    if (!values) return false;
    swept.values = *values;
    request.parameters.push_back(std::move(swept));
    return true;
  }

  std::optional<std::vector<double>> known() {
    if (!known_) known_ = parameter_values(subject_.model, subject_.settings, diagnostics_);
    return known_;
  }

  bool fits(const Quantity& quantity, const Span& text, const Parameter& parameter) {
    if (quantity.dimension != parameter.dimension) {
      diagnostics_
          .add(Code::WrongDimension, text,
               fmt::format("`{}` takes {}, expected {}", parameter.name, words(quantity.dimension),
                           words(parameter.dimension)))
          .here(words(quantity.dimension));
      return false;
    }
    if (std::isfinite(quantity.value)) return true;
    diagnostics_.add(Code::BadSweep, text, "not a finite value");
    return false;
  }

  std::optional<double> value(const Span& text, const Parameter& parameter) {
    if (text.begin == text.end) return bad(text, "expected a value");
    const auto parameters = known();
    if (!parameters) return std::nullopt;
    const auto quantity = evaluate_text(text, subject_.model, *parameters, diagnostics_);
    if (!quantity || !fits(*quantity, text, parameter)) return std::nullopt;
    return quantity->value;
  }

  std::optional<std::vector<double>> listed(const Span& text, const Parameter& parameter) {
    const auto parameters = known();
    if (!parameters) return std::nullopt;
    const auto quantities = evaluate_list_text(text, subject_.model, *parameters, diagnostics_);
    if (!quantities) return std::nullopt;
    std::vector<double> all;
    for (const Quantity& quantity : *quantities) {
      if (!fits(quantity, text, parameter)) return std::nullopt;
      all.push_back(quantity.value);
    }
    if (all.empty()) return bad(text, "expected values");
    return all;
  }

  /// LO .. HI step S, LO .. HI in N steps, LO .. HI log in N steps
  std::optional<std::vector<double>> ranged(const Span& text, const Parameter& parameter) {
    const std::size_t dots = text.source->text.find("..", text.begin);
    if (dots == std::string::npos || dots >= text.end) return bad(text, "expected LOW .. HIGH, or a list in brackets");
    const Span after{text.source, dots + 2, text.end};
    const std::size_t log = find_word(after, "log"), step = find_word(after, "step"), in = find_word(after, "in");
    const std::size_t end = std::min({log, step, in});
    if (end == text.end) return bad({text.source, text.end, text.end}, "expected `step` or `in … steps`");
    const auto low = value(trimmed({text.source, text.begin, dots}), parameter);
    const auto high = value(trimmed({text.source, after.begin, end}), parameter);
    if (!low || !high) return std::nullopt;
    if (step != text.end) {
      if (log != text.end || in != text.end)
        return bad({text.source, end, text.end}, "`step` excludes `log` and `in … steps`");
      return stepped(*low, *high, trimmed({text.source, step + 4, text.end}), text, parameter);
    }
    return counted(*low, *high, log != text.end, {text.source, end, text.end}, text);
  }

  std::optional<std::vector<double>> stepped(double low, double high, const Span& text, const Span& all,
                                             const Parameter& parameter) {
    const auto step = value(text, parameter);
    if (!step) return std::nullopt;
    const double count = (high - low) / *step;
    if (!(*step != 0) || !(count >= 0)) {
      diagnostics_.add(Code::BadSweep, text, "steps of this size never reach the end of the range")
          .note(all, "the range");
      return std::nullopt;
    }
    if (count > static_cast<double>(most_points)) {
      diagnostics_.add(Code::BadSweep, text, fmt::format("more than {} points", most_points));
      return std::nullopt;
    }
    std::vector<double> values;
    const auto last = static_cast<int>(std::floor(count * (1 + 1e-12) + 1e-9));
    for (int i = 0; i <= last; ++i) values.push_back(low + i * *step);
    return values;
  }

  /// `[log] in N steps`, in either order: N points, both ends included.
  std::optional<std::vector<double>> counted(double low, double high, bool logarithmic, const Span& text,
                                             const Span& all) {
    const Asked tail(std::make_shared<const Source>(Source{text.source->name, std::string(text.text())}));
    std::optional<int> count;
    bool good = true;
    for (std::size_t w = 0; w < tail.words.size(); ++w) {
      if (tail.word(w) == "log") continue;
      if (tail.word(w) != "in" || count) {
        good = false;
        break;
      }
      count = tail.integer(++w);
      ++w;
      good = good && count && (tail.word(w) == "steps" || tail.word(w) == "points");
    }
    if (!good || !count) return bad(text, "expected `in N steps`, with `log` before it for equal ratios");
    if (*count < 1 || static_cast<std::size_t>(*count) > most_points) {
      diagnostics_.add(Code::BadSweep, text, fmt::format("between 1 and {} points", most_points));
      return std::nullopt;
    }
    if (logarithmic && !(low * high > 0)) {
      diagnostics_.add(Code::BadSweep, all, "a logarithmic range cannot hold zero or change its sign");
      return std::nullopt;
    }
    std::vector<double> values;
    for (int i = 0; i < *count; ++i) {
      const double share = *count == 1 ? 0 : static_cast<double>(i) / (*count - 1);
      if (i + 1 == *count && *count > 1)
        values.push_back(high);
      else
        values.push_back(logarithmic ? low * std::pow(high / low, share) : low + share * (high - low));
    }
    return values;
  }

  const Subject& subject_;
  const Asked& asked_;
  Diagnostics& diagnostics_;
  std::optional<std::vector<double>> known_;
};

}  // namespace

std::size_t SweepRequest::points() const {
  std::size_t product = 1;
  for (const SweptParameter& parameter : parameters)
    product =
        std::min(product * parameter.values.size(), std::size_t{1000000000000});  // beyond all bounds, and no overflow
  return product;
}

double SweepRequest::value(std::size_t point, std::size_t parameter) const {
  for (std::size_t later = parameters.size() - 1; later > parameter; --later) point /= parameters[later].values.size();
  return parameters[parameter].values[point % parameters[parameter].values.size()];
}

std::optional<SweepRequest> sweep_request(const Subject& subject, const Asked& asked, Diagnostics& diagnostics) {
  return Reader(subject, asked, diagnostics).read();
}

}  // namespace rdd
