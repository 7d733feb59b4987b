// The commands of `rdd`: each takes its options and returns the exit status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/pipeline.hpp"
#include "compiler/query/session.hpp"
#include "lang/diagnostic.hpp"
#include "lang/resolve.hpp"

namespace rdd::cli {

/// Exit statuses, as the README lists them.
enum Status { ok = 0, model_wrong = 1, usage_wrong = 2, numerics_failed = 3, our_bug = 70 };

/// What becomes of warnings.
struct WarningOptions {
  std::vector<std::string> werror;   ///< codes of warnings that are errors, or "all"
  std::vector<std::string> no_warn;  ///< codes of warnings that are not reported, or "all"
};

struct Common : WarningOptions {
  std::string file;                   ///< empty where a command can do without, and none was named
  std::vector<std::string> settings;  ///< NAME=VALUE
  bool json = false;
};

struct RunOptions : Common {
  std::optional<std::string> solve;  ///< one block of several
  std::optional<std::string> output;
  std::optional<std::string> checkpoint_every;  ///< "10 min" of the clock
  bool restart = false;
  int threads = 0;  ///< 0: one for each core
  bool quiet = false;
};

struct EmitOptions : Common {
  std::string stage;
  std::optional<std::string> solve;
  std::optional<std::string> output;      ///< class only: path of the two files without their endings
  std::optional<std::string> depfile;     ///< class only: a rule of make, for build tools
  std::optional<std::string> class_name;  ///< class only: in place of the solve block's name
  std::vector<std::string> ranges;        ///< as for `rdd build`
  std::optional<std::string> project;     ///< the folder of a project, in place of a stage
};

struct QueryOptions : Common {
  std::vector<std::string> statements;  ///< -e; empty: the model's own `query` blocks
  std::vector<std::string> sweeps;      ///< NAME=LO:HI:STEP, for all statements
};

struct BuildCommandOptions : Common {
  std::string program;
  std::optional<std::string> solve;
  std::string compiler;
  bool portable = false;
  bool keep_source = false;
  std::vector<std::string> ranges;  ///< "T=300 K..900 K"
};

struct ExplainOptions {
  std::string code;  ///< empty: list them all
  bool json = false;
};

struct DocOptions {
  std::string name;  ///< of a module or a folder of modules; empty: all of them
  bool json = false;
};

struct ImportOptions : WarningOptions {
  std::string file;
  std::string output;  ///< empty: the file's name with .rdd, here
  std::string format;
  std::string transitions, translations;
  std::string lattice, temperature, select;
  std::string length_unit, energy_unit, time_unit;
  bool json = false;
};

struct ExportOptions : Common {
  std::vector<std::string> what{"network"};
  std::string output;
  std::string grid;  ///< of the spectrum; empty: a usual one
};

struct VerifyOptions : Common {
  std::optional<double> error;             ///< ε; the model's otherwise
  std::optional<std::string> wavelengths;  ///< a list of lengths; usual ones otherwise
  std::int64_t walkers = 0;                ///< of a kinetic Monte Carlo walk; 0: none
  std::uint64_t seed = 1;
  std::optional<std::string> until;   ///< end of the walk
  double steps = 0;                   ///< most steps of all walkers; 0: a usual number
  int threads = 0;                    ///< 0: one for each core
  std::optional<std::string> output;  ///< .csv or .svg
  bool plot = false;
  bool quiet = false;
};

struct FormatOptions {
  std::vector<std::string> files;  ///< `-`: standard input to standard output
  bool check = false;              ///< write nothing
};

int check(const Common& options);
int run(const RunOptions& options);
int emit(const EmitOptions& options);
int emit_class_files(const EmitOptions& options);
int emit_project_files(const EmitOptions& options);
int query(const QueryOptions& options);
int repl(const Common& options);
int build(const BuildCommandOptions& options);
/// What `--range` keeps free for a program: "T=300 K..900 K"; nullopt with diagnostics.
std::optional<std::vector<FreeParameter>> free_parameters(const Model& model, const std::vector<std::string>& ranges,
                                                          Diagnostics& diagnostics);
/// Is there nothing but the coefficients that depends on the free parameters?
bool all_stay_free(const Model& model, const Point& point, const std::vector<SolveTask>& tasks,
                   const std::vector<FreeParameter>& free, Diagnostics& diagnostics);
int explain(const ExplainOptions& options);
int import_network(const ImportOptions& options);
int export_results(const ExportOptions& options);
int format(const FormatOptions& options);
int serve_editor();
int verify(const VerifyOptions& options);

/// What `--werror` and `--no-warn` say.
WarningPolicy warnings(const WarningOptions& options);
/// What is wrong with the code of a warning on the command line; empty where nothing is.
std::string wrong_warning(const std::string& number);
int doc(const DocOptions& options);

/// Whether a standard stream takes colours: a terminal does, unless NO_COLOR is set.
bool colours(int descriptor);
/// Standard output as pictures see it: as wide as the terminal, 80 columns where it is none.
Screen screen();

/// Prints what was found on standard error (as JSON lines on standard output for `check --json`) and returns the exit
/// status that follows from it.
int report(const Diagnostics& diagnostics, bool json, bool on_standard_output = false);

/// The file that was named.
std::optional<std::string> file_of(const Common& options);

/// What an option says, as a place that diagnostics can point at; of none where the option was not given.
Span on_command_line(const char* option, const std::optional<std::string>& value);

/// `--set` texts as settings; nullopt with diagnostics where there is no `=`.
std::optional<std::vector<Setting>> settings(const std::vector<std::string>& texts, Diagnostics& diagnostics);

/// From a file to its analysis, for the commands that need all of it.
struct Prepared {
  Model model;
  Point point;
  Analysis analysis;
};
std::optional<Prepared> prepare(const Common& options, Diagnostics& diagnostics);

}  // namespace rdd::cli
