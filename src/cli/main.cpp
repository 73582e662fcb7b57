// vitrion: from the composition of a glassy ion conductor to its conductivity, with error bars.
#include <fmt/format.h>

#include <exception>
#include <new>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"

namespace {

using namespace vitrion;

constexpr int failed = 1;
constexpr int wrong_input = 2;

// CLI11's own message, with the verb that was probably meant.
int report_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  std::vector<std::string> verbs;
  for (const auto* sub :
       app.get_subcommands([](const CLI::App* s) { return !s->get_name().empty(); }))
    verbs.push_back(sub->get_name());
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty()) {
    log_error(fmt::format("there is no command \"{}\"{}: see `vitrion --help`", argv[1],
                          did_you_mean(argv[1], verbs)));
    return wrong_input;
  }
  std::string message = error.what();
  if (!message.empty())
    message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  const auto chosen = app.get_subcommands();
  log_error(fmt::format("{}: see `vitrion {}--help`", message,
                        chosen.empty() ? "" : chosen.front()->get_name() + " "));
  return wrong_input;
}

int run(const cli::Action& action) {
  try {
    return action();
  } catch (const InputError& e) {
    log_error(e.what());
    return wrong_input;
  } catch (const Interrupted&) {
    log_error("interrupted; what is complete has been kept");
    return failed;
  } catch (const std::bad_alloc&) {
    log_error("there is not enough memory: use fewer frames (--stride) or fewer atoms");
    return failed;
  } catch (const std::exception& e) {
    log_error(e.what());
    return failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  watch_interrupts();
  CLI::App app(
      "vitrion takes a glassy ion conductor from its composition to its conductivity, with error "
      "bars.");
  app.name("vitrion");
  app.set_version_flag("--version", std::string("vitrion ") + VITRION_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  vitrion init -o glass.yaml --composition 0.75Li2S-0.25P2S5\n"
      "  vitrion check glass.yaml\n"
      "  vitrion run glass.yaml -o glass\n"
      "  vitrion resume glass\n"
      "  vitrion analyse XDATCAR -a rdf,msd --dt 2fs -o results\n"
      "Exit codes: 0 done, 1 the work failed, 2 the call or the input is wrong.");
  int threads = 0;
  bool quiet = false;
  bool verbose = false;
  app.add_option("--threads", threads,
                 "threads to use (default: all cores); results do not depend on it")
      ->check(CLI::Range(1, 4096));
  app.add_flag("-q,--quiet", quiet, "only warnings and errors");
  app.add_flag("-v,--verbose", verbose, "say more");
  app.fallthrough();
  cli::Action action;
  cli::add_run(app, action);
  cli::add_resume(app, action);
  cli::add_check(app, action);
  cli::add_init(app, action);
  cli::add_build(app, action);
  cli::add_analyse(app, action);
  cli::add_evaluate(app, action);
  cli::add_label(app, action);
  cli::add_train(app, action);
  cli::add_rmc(app, action);
  cli::add_export(app, action);
  cli::add_report(app, action);
  cli::add_convert(app, action);
  cli::add_info(app, action);
  cli::add_list(app, action);
  cli::add_doctor(app, action);
  cli::add_stage(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return report_usage(app, e, argc, argv);
  }
  set_threads(threads);
  set_verbosity(quiet ? Verbosity::quiet : verbose ? Verbosity::verbose : Verbosity::normal);
  return run(action);
}
