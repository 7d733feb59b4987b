// `rdd lsp`: a language server on standard input and output.
#include <unistd.h>

#include <system_error>

#include "compiler/cli/commands.hpp"
#include "compiler/lsp/server.hpp"

namespace rdd::cli {

int serve_editor() {
  lsp::Transport transport(STDIN_FILENO, STDOUT_FILENO);
  try {
    return lsp::serve(transport);
  } catch (const std::system_error&) {
    return model_wrong;
  }
}

}  // namespace rdd::cli
