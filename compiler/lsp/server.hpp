// The language server: a message in, messages out. It holds the open files and knows the protocol; what it answers is
// found by the functions of features.hpp.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compiler/lsp/document.hpp"
#include "compiler/lsp/transport.hpp"

namespace rdd::lsp {

class Server {
 public:
  /// The messages that follow from one: the answer to a request, errors. Never throws: whatever arrives is answered.
  std::vector<nlohmann::json> handle(const std::string& body);
  /// Diagnostics of the files that changed since they were last looked at.
  std::vector<nlohmann::json> publish();

  bool finished() const { return finished_; }
  /// What the process ends with: 0 where `shutdown` came before `exit`.
  int status() const { return shut_down_ ? 0 : 1; }

 private:
  using Json = nlohmann::json;

  Json request(const std::string& method, const Json& params);
  void notify(const std::string& method, const Json& params);

  Json initialize(const Json& params);
  void open(const Json& params);
  void change(const Json& params);
  void close(const Json& params);
  Json hover(const Json& params);
  Json completion(const Json& params);
  Json definition(const Json& params);
  Json symbols(const Json& params);
  Json formatting(const Json& params);

  Document& document(const Json& params);  ///< analysed
  const Places& places(const SourcePtr& source) const;
  std::size_t byte(const Document& document, const Json& position) const;
  Json range(const Span& span) const;
  Json location(const Span& span) const;  ///< null where the text is no file
  Json diagnostic(const Document& document, const Diagnostic& diagnostic) const;
  void set_text(Document& document, std::string text);
  void analyse(Document& document);

  std::map<std::string, Document> documents_;                   // by URI
  OpenTexts open_texts_;                                        // by canonical path
  std::vector<Json> closed_;                                    // diagnostics to be taken back
  mutable std::optional<std::pair<SourcePtr, Places>> places_;  // of the text last asked for
  Encoding encoding_ = Encoding::utf16;
  bool initialized_ = false, shut_down_ = false, finished_ = false;
};

/// Serves until the input ends or `exit` comes; returns the exit status.
int serve(Transport& transport);

}  // namespace rdd::lsp
