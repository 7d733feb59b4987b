// `rdd doc`: the modules of the standard library, one as it is written or many with a line each.
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "compiler/cli/commands.hpp"
#include "lang/documentation.hpp"
#include "lang/library.hpp"

namespace rdd::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Colours {
  std::string_view strong, comment, off;
};
constexpr Colours plain{"", "", ""};
constexpr Colours ansi{"\x1b[1m", "\x1b[36m", "\x1b[0m"};

/// The text of a module, comments in their own colour.
void print_module(std::string_view text, const Colours& colours) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t comment = std::min(line.find('#'), line.size());  // no text of the library has # in quotes
    fmt::print("{}", line.substr(0, comment));
    if (comment < line.size()) fmt::print("{}{}{}", colours.comment, line.substr(comment), colours.off);
    fmt::print("\n");
    begin = end + 1;
  }
}

/// Breaks at blanks; every line after the first is set in.
void print_wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > 0 && column + 1 + end > width) {
      fmt::print("\n{:{}}", "", indent);
      column = 0;
    }
    fmt::print("{}{}", column > 0 ? " " : "", text.substr(0, end));
    column += end + (column > 0 ? 1 : 0);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  fmt::print("\n");
}

/// Folder by folder, a name and its first sentence a line.
void print_list(const std::vector<std::string>& modules, const Colours& colours) {
  std::size_t longest = 0;
  std::vector<std::string> folders;
  for (const std::string& module : modules) {
    const std::string folder = module_folder(module);
    longest = std::max(longest, module.size() - folder.size() - 1);
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
  }
  std::sort(folders.begin(), folders.end());
  constexpr std::size_t width = 110;
  const std::size_t indent = 2 + longest + 2;
  for (const std::string& folder : folders) {
    fmt::print("{}{}{}{}\n", folder == folders.front() ? "" : "\n", colours.strong, folder, colours.off);
    for (const std::string& module : modules) {
      if (module_folder(module) != folder) continue;
      fmt::print("  {:<{}}  ", module.substr(folder.size() + 1), longest);
      print_wrapped(documentation(module)->summary, width - indent, indent);
    }
  }
}

Json list_json(const std::vector<std::string>& modules) {
  Json all = Json::array();
  for (const std::string& module : modules)
    all.push_back({{"name", module}, {"folder", module_folder(module)}, {"summary", documentation(module)->summary}});
  return {{"modules", all}};
}

Json module_json(const Documentation& module) {
  Json declarations = Json::array();
  for (const DocumentedDeclaration& d : module.declarations)
    declarations.push_back(
        {{"kind", d.kind}, {"name", d.name}, {"text", d.text}, {"comment", d.comment}, {"line", d.line}});
  return {{"name", module.name},
          {"summary", module.summary},
          {"comment", module.comment},
          {"text", module.text},
          {"declarations", declarations}};
}

int unknown(const DocOptions& options) {
  Diagnostics diagnostics;
  Diagnostic& d = diagnostics.add(Code::UnknownModule, {}, fmt::format("there is no module '{}'", options.name));
  if (const auto guess = nearest_module(options.name)) d.hint(fmt::format("did you mean `{}`?", *guess));
  d.hint("`rdd doc` lists all modules");
  return report(diagnostics, options.json);
}

}  // namespace

int doc(const DocOptions& options) {
  const Colours& style = colours(STDOUT_FILENO) ? ansi : plain;
  if (const auto module = documentation(options.name)) {
    if (options.json)
      fmt::print("{}\n", module_json(*module).dump());
    else
      print_module(module->text, style);
    return ok;
  }
  const std::vector<std::string> modules = options.name.empty() ? library_modules() : modules_in(options.name);
  if (modules.empty()) return unknown(options);
  if (options.json)
    fmt::print("{}\n", list_json(modules).dump());
  else
    print_list(modules, style);
  return ok;
}

}  // namespace rdd::cli
