// Plug-ins: parts of the program that need a large library (LLVM, LAPACK) which most runs have no use for. Linking it
// would cost every process its start; so each is a shared library of its own, loaded the first time it is called for.
#pragma once

#include <stdexcept>
#include <string>

namespace rdd {

/// A plug-in has one symbol, `extern "C" const TABLE* ENTRY()`: its functions, in a table of pointers.
struct Plugin {
  std::string purpose;   ///< for messages, without article: "kernel compiler"
  std::string library;   ///< file name: "librdd_jit.so"
  std::string entry;     ///< "rdd_jit_plugin"
  std::string variable;  ///< of the environment; where it is set and not empty, it alone says which file is loaded
};

/// The plug-in is not there, or not what it should be. `what()` is a sentence that names what was tried.
class PluginError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The address of the entry, a function. Looks for the library beside the executable (../lib of the build tree or of
/// the installation, wherever it was moved), then for its bare name, along the run path of the program. What is loaded
/// stays so until the process ends. Throws PluginError.
void* plugin_entry(const Plugin& plugin);

/// The file `plugin_entry` would load first; a bare name where it is left to the run path.
std::string plugin_file(const Plugin& plugin);

/// The plug-in's table. Callers keep it: `static const Table& table = load_plugin<Table>(…)`.
template <class Table>
const Table& load_plugin(const Plugin& plugin) {
  return *reinterpret_cast<const Table* (*)()>(plugin_entry(plugin))();
}

}  // namespace rdd
