// The command line: one file a verb, each adding itself to the program.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace vitrion::cli {

/// What a verb does when it is chosen; returns the exit code.
using Action = std::function<int()>;

/// Adds a verb and its options; `action` is set when the verb is parsed.
void add_run(CLI::App& app, Action& action);
void add_resume(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_init(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_analyse(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_label(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_rmc(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_stage(CLI::App& app,
               Action& action);  ///< not shown: one stage of a run, for the scheduler

}  // namespace vitrion::cli
