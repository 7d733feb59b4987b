#include "compiler/lsp/server.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "compiler/lsp/features.hpp"
#include "compiler/version.hpp"
#include "lang/format.hpp"

namespace rdd::lsp {

namespace {

using Json = nlohmann::json;

/// Numbers of JSON-RPC and of the protocol.
enum ErrorCode {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  not_initialized = -32002
};

struct RequestError {
  ErrorCode code;
  std::string message;
};

Json error(const Json& id, ErrorCode code, const std::string& message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}};
}

std::string canonical(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(path, ignored).string();
}

Json markdown(const std::string& text) {
  return {{"kind", "markdown"}, {"value", text}};
}

}  // namespace

std::vector<Json> Server::handle(const std::string& body) {
  Json id = nullptr;
  bool is_request = false;
  try {
    const Json message = Json::parse(body);
    if (!message.is_object()) return {error(nullptr, invalid_request, "a message is an object")};
    is_request = message.contains("id");
    if (is_request) id = message["id"];
    if (!message.contains("method")) return {};  // an answer to something never asked
    const auto method = message.at("method").get<std::string>();
    const Json params = message.value("params", Json::object());
    if (is_request) return {{{"jsonrpc", "2.0"}, {"id", id}, {"result", request(method, params)}}};
    notify(method, params);
  } catch (const Json::parse_error& problem) {
    return {error(nullptr, parse_error, problem.what())};
  } catch (const Json::exception& problem) {
    if (is_request) return {error(id, invalid_params, problem.what())};
  } catch (const RequestError& problem) {
    if (is_request) return {error(id, problem.code, problem.message)};
  } catch (const std::exception& problem) {
    if (is_request) return {error(id, internal_error, problem.what())};
  }
  return {};
}

Json Server::request(const std::string& method, const Json& params) {
  if (shut_down_) throw RequestError{invalid_request, "the server has been shut down"};
  if (method == "initialize") return initialize(params);
  if (!initialized_) throw RequestError{not_initialized, "the first request is `initialize`"};
  if (method == "shutdown") {
    shut_down_ = true;
    return nullptr;
  }
  if (method == "textDocument/hover") return hover(params);
  if (method == "textDocument/completion") return completion(params);
  if (method == "textDocument/definition") return definition(params);
  if (method == "textDocument/documentSymbol") return symbols(params);
  if (method == "textDocument/formatting") return formatting(params);
  throw RequestError{method_not_found, fmt::format("`{}` is not served", method)};
}

void Server::notify(const std::string& method, const Json& params) {
  if (method == "exit") finished_ = true;
  if (!initialized_ || shut_down_) return;
  if (method == "textDocument/didOpen") open(params);
  if (method == "textDocument/didChange") change(params);
  if (method == "textDocument/didClose") close(params);
  if (method == "textDocument/didSave" || method == "workspace/didChangeWatchedFiles")
    for (auto& [uri, document] : documents_) document.stale = true;  // tables and used files may be new
}

Json Server::initialize(const Json& params) {
  initialized_ = true;
  const Json general = params.value("capabilities", Json::object()).value("general", Json::object());
  const std::map<std::string, Encoding> known{
      {"utf-8", Encoding::utf8}, {"utf-16", Encoding::utf16}, {"utf-32", Encoding::utf32}};
  std::string chosen = "utf-16";
  for (const Json& offered : general.value("positionEncodings", Json::array())) {
    if (!offered.is_string() || !known.contains(offered.get<std::string>())) continue;
    chosen = offered.get<std::string>();
    break;
  }
  encoding_ = known.at(chosen);
  return {{"capabilities",
           {{"positionEncoding", chosen},
            {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", true}}},
            {"hoverProvider", true},
            {"completionProvider", {{"triggerCharacters", {"."}}}},
            {"definitionProvider", true},
            {"documentSymbolProvider", true},
            {"documentFormattingProvider", true}}},
          {"serverInfo", {{"name", "rdd"}, {"version", version}}}};
}

void Server::set_text(Document& document, std::string text) {
  document.source =
      std::make_shared<const Source>(Source{document.path.empty() ? document.uri : document.path, std::move(text)});
  document.stale = true;
  if (document.path.empty()) return;
  const std::string path = canonical(document.path);
  open_texts_[path] = document.source;
  for (auto& [uri, other] : documents_)
    if (other.scope.files.contains(path)) other.stale = true;
}

void Server::open(const Json& params) {
  const Json& item = params.at("textDocument");
  const auto uri = item.at("uri").get<std::string>();
  Document& document = documents_[uri];
  document.uri = uri;
  document.path = path_of(uri);
  document.version = item.value("version", 0);
  set_text(document, item.at("text").get<std::string>());
}

void Server::change(const Json& params) {
  const Json& item = params.at("textDocument");
  const auto found = documents_.find(item.at("uri").get<std::string>());
  if (found == documents_.end()) return;
  Document& document = found->second;
  std::string text = document.source->text;
  for (const Json& change : params.at("contentChanges")) {
    auto replacement = change.at("text").get<std::string>();
    if (!change.contains("range")) {
      text = std::move(replacement);
      continue;
    }
    const Places places(text, encoding_);
    const auto at = [&](const char* end) {
      const Json& position = change.at("range").at(end);
      return places.byte({position.at("line").get<std::size_t>(), position.at("character").get<std::size_t>()});
    };
    const std::size_t begin = at("start"), end = std::max(begin, at("end"));
    text.replace(begin, end - begin, replacement);
  }
  if (item.contains("version") && item["version"].is_number_integer()) document.version = item["version"];
  set_text(document, std::move(text));
}

void Server::close(const Json& params) {
  const auto uri = params.at("textDocument").at("uri").get<std::string>();
  const auto found = documents_.find(uri);
  if (found == documents_.end()) return;
  const std::string path = canonical(found->second.path);
  documents_.erase(found);
  open_texts_.erase(path);
  for (auto& [other_uri, other] : documents_)
    if (other.scope.files.contains(path)) other.stale = true;
  closed_.push_back({{"jsonrpc", "2.0"},
                     {"method", "textDocument/publishDiagnostics"},
                     {"params", {{"uri", uri}, {"diagnostics", Json::array()}}}});
}

void Server::analyse(Document& document) {
  try {
    lsp::analyse(document, open_texts_);
  } catch (const std::exception& problem) {
    Diagnostics ours;
    ours.add(Code::Syntax, {document.source, 0, 1},
             fmt::format("a bug of rdd, please report it with the model: {}", problem.what()));
    document.stale = false;
    document.diagnostics = ours.sorted();
  }
}

std::vector<Json> Server::publish() {
  std::vector<Json> messages = std::move(closed_);
  closed_.clear();
  for (auto& [uri, document] : documents_) {
    if (!document.stale) continue;
    analyse(document);
    Json list = Json::array();
    for (const Diagnostic& found : document.diagnostics) list.push_back(diagnostic(document, found));
    messages.push_back({{"jsonrpc", "2.0"},
                        {"method", "textDocument/publishDiagnostics"},
                        {"params", {{"uri", uri}, {"version", document.version}, {"diagnostics", std::move(list)}}}});
  }
  return messages;
}

Document& Server::document(const Json& params) {
  const auto uri = params.at("textDocument").at("uri").get<std::string>();
  const auto found = documents_.find(uri);
  if (found == documents_.end()) throw RequestError{invalid_params, fmt::format("{} is not open", uri)};
  Document& document = found->second;
  if (document.stale) {
    analyse(document);
    document.stale = true;  // its diagnostics are still to be published
  }
  return document;
}

const Places& Server::places(const SourcePtr& source) const {
  if (!places_ || places_->first != source) places_.emplace(source, Places(source->text, encoding_));
  return places_->second;
}

std::size_t Server::byte(const Document& document, const Json& position) const {
  return places(document.source)
      .byte({position.at("line").get<std::size_t>(), position.at("character").get<std::size_t>()});
}

Json Server::range(const Span& span) const {
  const Places& of_text = places(span.source);
  const auto json = [&](std::size_t byte) {
    const Place place = of_text.place(byte);
    return Json{{"line", place.line}, {"character", place.character}};
  };
  return {{"start", json(span.begin)}, {"end", json(std::max(span.begin, span.end))}};
}

Json Server::location(const Span& span) const {
  for (const auto& [uri, document] : documents_)
    if (span.source == document.source || (!document.path.empty() && span.source->name == document.path))
      return {{"uri", uri}, {"range", range(span)}};
  std::string path = library_file(span.source->name);
  if (path.empty() && std::filesystem::path(span.source->name).is_absolute()) path = span.source->name;
  return path.empty() ? Json(nullptr) : Json{{"uri", uri_of(path)}, {"range", range(span)}};
}

/// What is wrong in another file is shown at the `use` that brought it in, and leads to its place.
Json Server::diagnostic(const Document& document, const Diagnostic& found) const {
  Span span = found.span;
  std::string message = found.message;
  Json related = Json::array();
  const auto relate = [&](const Span& where, const std::string& text) {
    const Json place = where ? location(where) : Json(nullptr);
    if (!place.is_null()) related.push_back({{"location", place}, {"message", text}});
  };
  if (!span || span.source != document.source) {
    if (span) {
      const Position place = position(*span.source, span.begin);
      message = fmt::format("{}:{}:{}: {}", span.source->name, place.line, place.column, message);
      relate(span, found.message);
    }
    Span here{document.source, 0,
              std::min<std::size_t>(document.source->text.find('\n'), document.source->text.size())};
    for (const NameUse& use : document.uses)
      if (span && use.use.source == document.source && use.declaration.source->name == span.source->name) {
        here = use.use;
        break;
      }
    span = here;
  }
  if (!found.label.empty()) message += "\n" + found.label;
  for (const std::string& hint : found.hints) message += "\nhint: " + hint;
  for (const Note& note : found.notes) relate(note.span, note.text);
  Json result{{"range", range(span)},
              {"severity", found.severity == Severity::error ? 1 : 2},
              {"code", std::string(number(found.code))},
              {"source", "rdd"},
              {"message", message}};
  if (!related.empty()) result["relatedInformation"] = related;
  if (found.code == Code::UnusedParameter) result["tags"] = {1};  // shown faded
  return result;
}

Json Server::hover(const Json& params) {
  const Document& at = document(params);
  const auto found = lsp::hover(at, byte(at, params.at("position")));
  if (!found) return nullptr;
  return {{"contents", markdown(found->markdown)}, {"range", range(found->span)}};
}

Json Server::completion(const Json& params) {
  const Document& at = document(params);
  const Completions found = completions(at, byte(at, params.at("position")));
  const Json replaced = range(found.replaced);
  Json items = Json::array();
  for (const Completion& item : found.items) {
    Json json{{"label", item.label},
              {"kind", static_cast<int>(item.kind)},
              {"textEdit", {{"range", replaced}, {"newText", item.label}}}};
    if (!item.detail.empty()) json["detail"] = item.detail;
    if (!item.documentation.empty()) json["documentation"] = item.documentation;
    items.push_back(std::move(json));
  }
  return {{"isIncomplete", false}, {"items", std::move(items)}};
}

Json Server::definition(const Json& params) {
  const Document& at = document(params);
  const auto declared = declaration_at(at, byte(at, params.at("position")));
  return declared ? location(*declared) : Json(nullptr);
}

Json Server::symbols(const Json& params) {
  const Document& at = document(params);
  const auto json = [this](const auto& self, const std::vector<Symbol>& symbols) -> Json {
    Json list = Json::array();
    for (const Symbol& symbol : symbols) {
      Json item{{"name", symbol.name.empty() ? "?" : symbol.name},
                {"kind", static_cast<int>(symbol.kind)},
                {"range", range(symbol.whole)},
                {"selectionRange", range(symbol.name_place)}};
      if (!symbol.detail.empty()) item["detail"] = symbol.detail;
      if (!symbol.children.empty()) item["children"] = self(self, symbol.children);
      list.push_back(std::move(item));
    }
    return list;
  };
  return json(json, outline(at));
}

Json Server::formatting(const Json& params) {
  const Document& at = document(params);
  Diagnostics ignored;
  const auto text = format(at.source, ignored);
  if (!text || *text == at.source->text) return Json::array();
  return Json::array({{{"range", range({at.source, 0, at.source->text.size()})}, {"newText", *text}}});
}

int serve(Transport& transport) {
  Server server;
  const auto send = [&](const std::vector<Json>& messages) {
    for (const Json& message : messages) transport.write(message.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  while (!server.finished()) {
    const auto body = transport.read();
    if (!body) break;
    send(server.handle(*body));
    if (!transport.waiting()) send(server.publish());  // while keys come in fast, only the last text is looked at
  }
  if (!server.finished()) send(server.publish());  // a script may be done writing and still reading
  return server.status();
}

}  // namespace rdd::lsp
