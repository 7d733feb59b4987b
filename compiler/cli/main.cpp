// The command line: what can be typed, and nothing of what it does.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "compiler/cli/commands.hpp"
#include "compiler/version.hpp"
#include "runtime/expects.hpp"

using namespace rdd::cli;

namespace {

void add_warnings(CLI::App* command, WarningOptions& options) {
  command
      ->add_flag("--werror", options.werror,
                 "take all warnings for errors; --werror=CODE: those of one code, may be repeated")
      ->check(wrong_warning);
  command->add_option("--no-warn", options.no_warn, "CODE: do not report this warning (or `all`); may be repeated")
      ->check(wrong_warning)
      ->allow_extra_args(false)
      ->option_text("CODE");
}

void add_common(CLI::App* command, Common& options, bool needs_file = true) {
  command
      ->add_option("FILE", options.file,
                   needs_file ? "the model, a .rdd file" : "the model, a .rdd file; without it, one is written here")
      ->required(needs_file);
  command
      ->add_option("--set", options.settings,
                   "NAME=VALUE: another value for a parameter, with its unit; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--json", options.json, "answers and diagnostics as one JSON object a line");
  add_warnings(command, options);
}

void add_import(CLI::App* command, ImportOptions& options) {
  command->add_option("FILE", options.file, "what another program has written")->required();
  command->add_option("-o,--output", options.output, "the model to write (default: the file's name with .rdd)");
  command
      ->add_option("--format", options.format, "tammber, pathsample, onsager, csv or json (default: by its contents)")
      ->check(CLI::IsMember({"tammber", "pathsample", "onsager", "csv", "json"}));
  command->add_option("--transitions", options.transitions,
                      "the second file of formats of two: ts.data, rates.csv (default: by the name of the first)");
  command->add_option("--translations", options.translations,
                      "PATHSAMPLE: a CSV table with the columns saddle, tx, ty, tz");
  command->add_option("--lattice", options.lattice, "primitive vectors: \"[[2.87, 0], [0, 2.87]]\"");
  command->add_option("--temperature", options.temperature, "\"300 K\", or kT as \"0.1 eV\"");
  command->add_option("--select", options.select, "one network of a file that holds several");
  command->add_option("--length-unit", options.length_unit, "of a file that names none (default: angstrom)");
  command->add_option("--energy-unit", options.energy_unit, "the same (default: eV)");
  command->add_option("--time-unit", options.time_unit, "the same, of rates 1/time (default: ps)");
  command->add_flag("--json", options.json, "diagnostics as one JSON object a line");
  add_warnings(command, options);
  command->footer(
      "Formats: MarkovModel.xml of TAMMBER, min.data and ts.data of PATHSAMPLE, jump networks of OnsagerCalc in YAML,\n"
      "tables of states and rates as CSV, networks as JSON (what `rdd export` writes). docs/import.md describes them.\n"
      "\n"
      "  rdd import MarkovModel.xml\n"
      "  rdd import min.data --translations moves.csv --lattice \"[[2.87, 0], [0, 2.87]]\" --temperature \"500 K\"\n"
      "\n"
      "What is written is checked against what was read: the same states, jumps and rates.");
}

void add_export(CLI::App* command, ExportOptions& options) {
  add_common(command, options);
  command
      ->add_option("--what", options.what, "network, spectrum, reduction, coefficients, with commas (default: network)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("-o,--output", options.output, "the file: .json, .h5 or .csv (a table each: OUT.network.rates.csv)")
      ->required();
  command->add_option("--grid", options.grid, "points an axis of the spectrum, from -pi to pi: \"[101, 101]\"");
  command->footer(
      "All numbers are SI, and read back to the same bits. docs/export.md lists what is in the files.\n"
      "\n"
      "  rdd export examples/crowdion.rdd --what network,coefficients -o crowdion.json\n"
      "  rdd export examples/crowdion.rdd --what spectrum --grid \"[101, 101]\" -o bands.h5\n"
      "  rdd import crowdion.json -o again.rdd      # the network, back as a model");
}

void add_verify(CLI::App* command, VerifyOptions& options) {
  add_common(command, options);
  command->add_option("--error", options.error, "the error that densities may have (default: `error` of the model)")
      ->check(CLI::PositiveNumber);
  command->add_option(
      "--wavelengths", options.wavelengths,
      "\"[10 nm, 50 nm]\": where they must be right (default: from the resolution to a hundred times that)");
  command->add_option("--kmc", options.walkers, "also walk the full network, with so many walkers")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 32));
  command->add_option("--seed", options.seed, "of the random numbers (default: 1)");
  command->add_option("--until", options.until,
                      "\"1 us\": how long to walk (default: five times the slowest relaxation, if the steps suffice)");
  command->add_option("--steps", options.steps, "most steps of all walkers together (default: 2e8)")
      ->check(CLI::Range(1.0, 1e15));
  command->add_option("--threads", options.threads, "threads; the results do not depend on it (default: one a core)")
      ->check(CLI::Range(1, 1024));
  command->add_option("-o,--output", options.output,
                      "OUT.csv: errors over time, and the walk in OUT.kmc.csv; OUT.svg: a figure");
  command->add_flag("--plot", options.plot, "draw the errors over time in the terminal");
  command->add_flag("--quiet", options.quiet, "no progress bar");
  command->footer(
      "Each wave of walkers is followed twice, by the full network and by the reduced equation, exactly in time and\n"
      "without a grid. What the equation leaves out on purpose, the fast modes, decays; the error that stays is its "
      "own.\n"
      "\n"
      "  rdd verify examples/paper/fig1c.rdd\n"
      "  rdd verify examples/crowdion.rdd --error 1e-3 --wavelengths \"[20 nm, 100 nm]\"\n"
      "  rdd verify examples/molecular_motor.rdd --kmc 10000\n"
      "\n"
      "Exit status 3: the equation is not right to the error asked for, or the walk contradicts the theory.\n"
      "docs/verify.md explains the columns.");
}

int dispatch(int argc, char** argv) {
  CLI::App app{
      "rdd: reaction-drift-diffusion models of whatever hops on a periodic network.\n"
      "A .rdd file says which states there are in a cell and how they jump; rdd finds the slow ones and solves for "
      "them.",
      "rdd"};
  app.set_version_flag("--version", std::string("rdd ") + rdd::version);
  app.require_subcommand(1);
  app.footer(
      "rdd COMMAND --help tells more. Exit status: 0 fine, 1 the model is wrong, 2 the command line is wrong,\n"
      "3 a numerical failure, 70 a bug of rdd, 130 interrupted.");
  int status = 0;

  Common check_options;
  auto* check_command = app.add_subcommand("check", "read a model and say what is wrong with it, or that nothing is");
  add_common(check_command, check_options);
  check_command->callback([&] { status = check(check_options); });

  RunOptions run_options;
  auto* run_command = app.add_subcommand("run", "analyse, reduce, compile and solve a model");
  add_common(run_command, run_options);
  run_command->add_option("--solve", run_options.solve, "only the solve block of this name");
  run_command->add_option("-o,--output", run_options.output, "the HDF5 file to write, in place of the model's");
  run_command
      ->add_option("--threads", run_options.threads, "threads; the results do not depend on it (default: one a core)")
      ->check(CLI::Range(1, 1024));
  run_command->add_option("--checkpoint-every", run_options.checkpoint_every,
                          "\"10 min\" of the clock between checkpoints, in place of the model's");
  run_command->add_flag("--restart", run_options.restart,
                        "go on from the checkpoint of an earlier run, where there is one");
  run_command->add_flag("--quiet", run_options.quiet, "no progress bar");
  run_command->footer(
      "Ctrl-C and SIGTERM write a checkpoint beside the results, OUTPUT.checkpoint; --restart goes on from it, to the\n"
      "same bytes as without the stop. docs/output.md tells what is in the files.\n"
      "Exit status 130 (Ctrl-C) or 143 (SIGTERM): interrupted.");
  run_command->callback([&] { status = run(run_options); });

  QueryOptions query_options;
  auto* query_command = app.add_subcommand("query", "ask about spectrum, gaps, clusters, diffusion, drift");
  add_common(query_command, query_options, false);
  query_command
      ->add_option("-e", query_options.statements, "a statement, such as \"spectrum at [0.1, 0.2]\"; may be repeated")
      ->allow_extra_args(false);
  query_command
      ->add_option("--sweep", query_options.sweeps,
                   "NAME=LOW:HIGH:STEP: ask over a range of a parameter, as a table; may be repeated")
      ->allow_extra_args(false);
  query_command->footer("Without -e the model's own `query` blocks are run. -e help lists the statements.");
  query_command->callback([&] { status = query(query_options); });

  VerifyOptions verify_options;
  auto* verify_command = app.add_subcommand("verify", "hold the reduced equation against the full network");
  add_verify(verify_command, verify_options);
  verify_command->callback([&] { status = verify(verify_options); });

  Common repl_options;
  auto* repl_command = app.add_subcommand("repl", "the same at a prompt");
  add_common(repl_command, repl_options, false);
  repl_command->footer(
      "Declarations are taken as well: without a FILE a model is written from nothing, and `save \"model.rdd\"` writes "
      "it.");
  repl_command->callback([&] { status = repl(repl_options); });

  BuildCommandOptions build_options;
  auto* build_command = app.add_subcommand("build", "write a stand-alone program that solves the model");
  add_common(build_command, build_options);
  build_command->add_option("-o", build_options.program, "the program to write")->required();
  build_command->add_option("--solve", build_options.solve, "only the solve block of this name");
  build_command->add_option("--compiler", build_options.compiler, "the C++ compiler (default: $CXX, else c++)");
  build_command->add_flag("--portable", build_options.portable,
                          "for any machine of this architecture, not just this one");
  build_command->add_flag("--keep-source", build_options.keep_source,
                          "leave the C++ beside the program, as PROGRAM.cpp");
  const auto add_ranges = [](CLI::App& command, std::vector<std::string>& ranges) {
    command
        .add_option("--range", ranges,
                    "NAME=LOW..HIGH: keep a parameter free for the program's --set though the reduction depends on it; "
                    "up to three")
        ->type_size(1);
  };
  add_ranges(*build_command, build_options.ranges);
  build_command->callback([&] { status = build(build_options); });

  ExplainOptions explain_options;
  auto* explain_command = app.add_subcommand("explain", "print a page on the code of an error or a warning");
  explain_command->add_option("CODE", explain_options.code, "such as E0203; without it, all codes are listed");
  explain_command->add_flag("--json", explain_options.json, "one JSON object; the sections of a page are Markdown");
  explain_command->footer("A page says what the code means, shows a model that raises it, and mends the model.");
  explain_command->callback([&] { status = explain(explain_options); });
  DocOptions doc_options;
  auto* doc_command = app.add_subcommand("doc", "print a module of the standard library, or list all of them");
  doc_command->add_option(
      "NAME", doc_options.name,
      "a module such as std.lattices.bcc, or a folder such as std.defects; without it, all modules");
  doc_command->add_flag("--json", doc_options.json, "one JSON object: a module with its declarations, or the list");
  doc_command->footer("A module is printed as it is written: it opens with what it is for and where it comes from.");
  doc_command->callback([&] { status = doc(doc_options); });

  EmitOptions emit_options;
  auto* emit_command = app.add_subcommand("emit", "print what a stage of the compiler made");
  add_common(emit_command, emit_options);
  auto* what = emit_command->add_option_group("what", "one of them");
  what->add_option("--emit", emit_options.stage,
                   "ast, model, network, spectrum, reduction, pde, kernel, llvm, asm, cpp or class")
      ->check(CLI::IsMember(
          {"ast", "model", "network", "spectrum", "reduction", "pde", "kernel", "llvm", "asm", "cpp", "class"}));
  what->add_option("--cpp", emit_options.project,
                   "DIR: the program of `rdd build` as a project, with its CMakeLists.txt and README.md");
  what->require_option(1);
  emit_command->add_option("--solve", emit_options.solve, "only the solve block of this name");
  add_ranges(*emit_command, emit_options.ranges);
  auto* class_options = emit_command->add_option_group(
      "class", "--emit=class writes the solve blocks as C++ classes for a program of your own, as rdd_add_solver asks");
  class_options->add_option("-o", emit_options.output, "write PATH.hpp and PATH.cpp, in place of printing both");
  class_options->add_option("--depfile", emit_options.depfile, "write which files were read, as a rule of make");
  class_options->add_option("--name", emit_options.class_name, "name of the class, in place of the solve block's");
  emit_command->callback([&] { status = emit(emit_options); });

  ImportOptions import_options;
  auto* import_command = app.add_subcommand("import", "make a model of a file of another program");
  add_import(import_command, import_options);
  import_command->callback([&] { status = import_network(import_options); });

  ExportOptions export_options;
  auto* export_command = app.add_subcommand("export", "write network, spectrum and coefficients as JSON, HDF5 or CSV");
  add_export(export_command, export_options);
  export_command->callback([&] { status = export_results(export_options); });

  FormatOptions format_options;
  auto* format_command = app.add_subcommand("fmt", "lay out .rdd files in the one canonical way");
  format_command->add_option("FILE", format_options.files, "files to rewrite; `-`: standard input to standard output")
      ->required();
  format_command->add_flag("--check", format_options.check,
                           "write nothing; name the files that would change, and end with status 1 if there are any");
  format_command->footer(
      "Blanks, columns and line breaks change, nothing else: comments stay, numbers and units stay as they are spelt.\n"
      "A file that does not parse is left alone.");
  format_command->callback([&] { status = format(format_options); });

  auto* lsp_command =
      app.add_subcommand("lsp", "serve an editor: the Language Server Protocol on standard input and output");
  bool stdio = true;
  lsp_command->add_flag("--stdio", stdio, "what it does anyway; some editors say so");
  lsp_command->footer("An editor starts this command by itself; docs/editors.md says how to set it up.");
  lsp_command->callback([&] { status = serve_editor(); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ok : usage_wrong;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch(argc, argv);
  } catch (const rdd::InternalError& error) {
    fmt::print(stderr, "rdd: a bug of ours, please report it with the model: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "rdd: out of memory; take a coarser grid\n");
    return numerics_failed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "rdd: a bug of ours, please report it with the model: {}\n", error.what());
  }
  return our_bug;
}
