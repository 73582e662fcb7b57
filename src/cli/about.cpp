// vitrion list, doctor, report: what there is, whether it works, and the report again.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/data_files.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "engine/lammps/lammps_engine.hpp"
#include "io/formats.hpp"
#include "potential/catalogue.hpp"
#include "report/run_report.hpp"
#include "workflow/manifest.hpp"
#include "workflow/recipe.hpp"

namespace vitrion::cli {
namespace {

using Json = nlohmann::ordered_json;

Json listing(const std::string& what) {
  Json out = Json::array();
  if (what == "analyses") {
    for (const auto& name : analyses().names()) {
      const auto analysis = analyses().make(name);
      out.push_back({{"name", name},
                     {"summary", analysis->summary()},
                     {"parameters", describe(analysis->parameters(), 6)}});
    }
    out.push_back({{"name", "arrhenius"},
                   {"summary",
                    "activation energy and extrapolation from several temperatures (of D, with "
                    "msd; of events, with rotation or sites)"},
                   {"parameters", ""}});
    out.push_back({{"name", "compensation"},
                   {"summary",
                    "Meyer-Neldel law over systems: takes folders with results of arrhenius, not "
                    "trajectories"},
                   {"parameters", ""}});
  } else if (what == "potentials") {
    for (const auto& name : catalogue_names()) {
      const auto p = load_potential(name);
      out.push_back({{"name", name},
                     {"summary", p->summary()},
                     {"elements", p->elements()},
                     {"limits", p->limits()},
                     {"provenance", p->provenance()}});
    }
  } else {
    for (const auto& f : all_formats()) {
      out.push_back({{"name", f.name},
                     {"summary", f.description},
                     {"patterns", f.patterns},
                     {"reads", f.reads},
                     {"writes", f.writes}});
    }
  }
  return out;
}

int list(const std::string& what, bool json, bool long_form) {
  const Json all = listing(what);
  if (json) {
    fmt::print("{}\n", all.dump(2));
    return 0;
  }
  for (const auto& item : all) {
    fmt::print("{:<16} {}", item["name"].get<std::string>(), item["summary"].get<std::string>());
    if (item.contains("elements"))
      fmt::print(" [{}]", join(item["elements"].get<std::vector<std::string>>(), " "));
    if (item.contains("patterns")) {
      fmt::print(" ({}; {}{})", join(item["patterns"].get<std::vector<std::string>>(), ", "),
                 item["reads"].get<bool>() ? "reads" : "",
                 item["writes"].get<bool>() ? ", writes" : "");
    }
    fmt::print("\n");
    if (item.contains("parameters") && long_form)
      fmt::print("{}", item["parameters"].get<std::string>());
    if (item.contains("limits")) {
      for (const auto& limit : item["limits"])
        fmt::print("{:<16}   limit: {}\n", "", limit.get<std::string>());
    }
  }
  if (what == "analyses" && !long_form)
    log_info("with --long: the parameters of each, for --set and recipes");
  return 0;
}

int doctor(bool json) {
  namespace fs = std::filesystem;
  Json facts = machine_facts();
  facts["data"] = data_folder().string();
  facts["engine"] = (program_folder() / "vitrion-lammps").string();
  bool healthy = true;
  const auto check = [&](const std::string& what, bool ok, const std::string& remedy) {
    facts["checks"][what] = ok ? "ok" : remedy;
    healthy = healthy && ok;
  };
  check("engine program", fs::exists(program_folder() / "vitrion-lammps"),
        "missing: build the target vitrion-lammps");
  check("engine starts",
        facts["lammps"].get<std::string>() != "" &&
            facts["lammps"].get<std::string>().find("unknown") == std::string::npos,
        "LAMMPS did not answer: is liblammps installed?");
  check("mpirun", ::system("command -v mpirun >/dev/null 2>&1") == 0,
        "absent: only `engine: ranks: 1` will work; install openmpi-bin");
  std::error_code error;
  const auto space = fs::space(fs::current_path(), error);
  check("disk space here", !error && space.available > 1000000000ULL,
        "less than 1 GB is left in this folder");
  if (json) {
    fmt::print("{}\n", facts.dump(2));
  } else {
    for (const auto& [key, value] : facts.items()) {
      if (key != "checks")
        fmt::print("{:<18} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    for (const auto& [key, value] : facts["checks"].items())
      fmt::print("{:<18} {}\n", key, value.get<std::string>());
  }
  return healthy ? 0 : 1;
}

}  // namespace

void add_list(CLI::App& app, Action& action) {
  struct Options {
    std::string what;
    bool json = false;
    bool long_form = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("list", "list the analyses, potentials or formats there are");
  verb->add_option("what", o->what, "analyses, potentials or formats")
      ->required()
      ->check(CLI::IsMember({"analyses", "potentials", "formats"}));
  verb->add_flag("--json", o->json, "for programs");
  verb->add_flag("--long", o->long_form, "with the parameters of each analysis");
  verb->callback([o, &action] { action = [o] { return list(o->what, o->json, o->long_form); }; });
}

void add_doctor(CLI::App& app, Action& action) {
  auto json = std::make_shared<bool>(false);
  auto* verb = app.add_subcommand("doctor", "say what is installed and whether it works");
  verb->add_flag("--json", *json, "for programs");
  verb->callback([json, &action] { action = [json] { return doctor(*json); }; });
}

void add_report(CLI::App& app, Action& action) {
  auto folder = std::make_shared<std::string>();
  auto* verb =
      app.add_subcommand("report", "write the report of a run again, also of an unfinished one");
  verb->add_option("folder", *folder, "folder of a run, or of `vitrion analyse -o`")->required();
  verb->callback([folder, &action] {
    action = [folder] {
      fmt::print("{}\n", write_report_of(*folder).string());
      return 0;
    };
  });
}

}  // namespace vitrion::cli
