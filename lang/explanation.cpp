#include "lang/explanation.hpp"

#include <algorithm>
#include <array>

#include "lang/embedded.hpp"

namespace rdd {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

/// Bytes from `at` to behind the end of its line.
std::size_t next_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

}  // namespace

std::optional<Explanation> explanation(Code code) {
  const std::string name = std::string(number(code)) + ".md";
  for (const EmbeddedFile& file : explanation_files())
    if (file.name == name) return read_explanation(file.text);
  return std::nullopt;
}

std::optional<Explanation> read_explanation(std::string_view page) {
  constexpr std::array<std::string_view, 4> headings{"\n## Cause\n", "\n## Example\n", "\n## Output\n", "\n## Mend\n"};
  std::array<std::string_view, 4> sections;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const std::size_t begin = page.find(headings[i]);
    if (begin == std::string_view::npos) return std::nullopt;
    page.remove_prefix(begin + headings[i].size() - 1);  // its newline may begin the next heading
    sections[i] = trimmed(page.substr(0, page.find("\n## ")));
  }
  return Explanation{sections[0], sections[1], sections[2], sections[3]};
}

std::vector<Passage> passages(std::string_view markdown) {
  constexpr std::string_view fence = "```";
  std::vector<Passage> result;
  Passage open;
  std::size_t begin = 0;
  const auto close = [&](std::size_t end) {
    open.text = markdown.substr(begin, end - begin);
    if (!open.code) open.text = trimmed(open.text);
    if (open.code || !open.text.empty()) result.push_back(open);
  };
  for (std::size_t at = 0; at < markdown.size(); at = next_line(markdown, at)) {
    if (!markdown.substr(at).starts_with(fence)) continue;
    close(at);
    begin = next_line(markdown, at);
    const std::string_view info = trimmed(markdown.substr(at + fence.size(), begin - at - fence.size()));
    const std::size_t space = std::min(info.find(' '), info.size());
    open = {.code = !open.code, .language = info.substr(0, space), .file = trimmed(info.substr(space)), .text = {}};
  }
  close(markdown.size());
  return result;
}

}  // namespace rdd
