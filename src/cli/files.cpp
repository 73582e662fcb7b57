// vitrion build, convert, info: single models and files.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "build/packing.hpp"
#include "build/system.hpp"
#include "cli/cli.hpp"
#include "cli/read_options.hpp"
#include "workflow/recipe.hpp"

namespace vitrion::cli {
namespace {

struct BuildOptions {
  std::string recipe;
  std::string composition;
  long atoms = 500;
  std::string density;
  std::vector<std::string> settings;
  long seed = 1;
  long replica = 1;
  std::string output = "glass.extxyz";
};

int build(const BuildOptions& o) {
  SystemSettings system;
  long seed = o.seed;
  if (!o.recipe.empty()) {
    const Recipe recipe = load_recipe(o.recipe);
    system = recipe.system;
    seed = recipe.seed;
  } else if (!o.composition.empty()) {
    system.composition = o.composition;
    system.atoms = o.atoms;
  } else if (o.settings.empty()) {
    throw InputError(
        "nothing says what to build: give a recipe, --composition \"0.75Li2S-0.25P2S5\", or --set "
        "method=crystal --set crystal.file=Li2S");
  } else {
    system.atoms = o.atoms;
  }
  Schema schema = system.schema();
  if (!o.density.empty()) schema.set("density", o.density, {"--density", 0, 0});
  for (const auto& setting : o.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos)
      throw InputError(fmt::format("--set {}: should read KEY=VALUE", setting));
    schema.set(setting.substr(0, equals), setting.substr(equals + 1), {"--set " + setting, 0, 0});
  }
  const SystemPlan plan = plan_system(system);
  BuiltSystem built;
  try {
    built = build_model(system, static_cast<std::uint64_t>(seed),
                        static_cast<std::uint64_t>(o.replica));
  } catch (const PackingFailure& e) {
    Frame best;
    best.structure = e.best();
    best.wrapping = Wrapping::wrapped;
    const auto file = std::filesystem::path(o.output).replace_extension(".best.extxyz");
    write_frame(file, best);
    throw WorkError(fmt::format("{} (the best that was found is in {})", e.what(), file.string()));
  }
  write_frame(o.output, built.frame);
  const Structure& s = built.frame.structure;
  log_info(fmt::format("{}: {} atoms, {}, {:.3f} g/cm3 ({})", o.output, s.size(), s.formula(),
                       s.density_g_cm3(), plan.density_source));
  for (const auto& note : plan.notes) log_info("  " + note);
  for (const auto& note : built.notes) log_info("  " + note);
  return 0;
}

int convert(const std::string& in, const std::string& out, const ReadFlags& read,
            const std::string& to, long first, long last, long stride) {
  const std::int64_t end = last < 0 ? INT64_MAX : last;
  StridedSource source(open_source(in, read.options()), first, end, stride);
  WriteOptions options;
  options.format = to;
  Frame frame;
  if (!source.next(frame)) throw InputError(fmt::format("{}: holds no frame to convert", in));
  const auto sink = open_sink(out, options);
  Progress progress("convert " + in, "frames", 0);
  std::uint64_t frames = 0;
  do {
    check_interrupt();
    sink->write(frame);
    progress.update(++frames);
  } while (source.next(frame));
  sink->close();
  progress.finish(fmt::format("{}: {} frame{}", out, frames, frames == 1 ? "" : "s"));
  return 0;
}

nlohmann::ordered_json facts(const std::string& file, const ReadFlags& read) {
  const auto source = open_source(file, read.options());
  Frame first;
  if (!source->next(first)) throw InputError(fmt::format("{}: holds no frame", file));
  Frame last = first;
  Frame frame;
  std::int64_t frames = 1;
  Progress progress("read " + file, "frames", 0);
  while (source->next(frame)) {
    std::swap(last, frame);
    progress.update(static_cast<std::uint64_t>(++frames));
    check_interrupt();
  }
  progress.finish();
  const Structure& s = first.structure;
  nlohmann::ordered_json json = {
      {"file", file}, {"atoms", s.size()}, {"formula", s.formula()}, {"frames", frames}};
  if (s.cell.is_defined()) {
    const Vec3 l = s.cell.lengths();
    const Vec3 a = s.cell.angles_deg();
    json["cell_lengths_A"] = {l[0], l[1], l[2]};
    json["cell_angles_deg"] = {a[0], a[1], a[2]};
    json["volume_A3"] = s.cell.volume();
    json["density_g_cm3"] = s.density_g_cm3();
    json["cell_changes"] = !last.structure.cell.vectors().isApprox(s.cell.vectors(), 1e-9);
  }
  if (first.time_ps && last.time_ps && frames > 1) {
    json["time_ps"] = {*first.time_ps, *last.time_ps};
    json["frame_every_ps"] = (*last.time_ps - *first.time_ps) / static_cast<double>(frames - 1);
  }
  constexpr const char* wrappings[] = {"not said (taken as wrapped)", "wrapped", "unwrapped"};
  json["positions"] = std::string(wrappings[static_cast<int>(first.wrapping)]) +
                      (first.images.empty() ? "" : ", with image flags");
  nlohmann::ordered_json has = nlohmann::ordered_json::array();
  if (!first.velocities.empty()) has.push_back("velocities");
  if (!first.forces.empty()) has.push_back("forces");
  if (!first.charges.empty()) has.push_back("charges");
  if (first.energy_eV) has.push_back("energy");
  if (first.stress_eV_A3) has.push_back("stress");
  if (first.temperature_K) has.push_back("temperature");
  json["also"] = has;
  return json;
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  auto o = std::make_shared<BuildOptions>();
  auto* verb = app.add_subcommand("build", "build an amorphous model");
  verb->add_option("recipe", o->recipe, "a recipe; its `system` is built");
  verb->add_option("-c,--composition", o->composition, "of the glass, instead of a recipe");
  verb->add_option("-n,--atoms", o->atoms, "about so many");
  verb->add_option("--density", o->density,
                   "for example 1.9g/cm3 (default: measured, where known)");
  verb->add_option("--set", o->settings,
                   "another key of `system`, for example minimum_distance=2.1A")
      ->expected(1)
      ->take_all();
  verb->add_option("--seed", o->seed, "of the random draws");
  verb->add_option("--replica", o->replica, "number of the independent sample");
  verb->add_option("-o,--output", o->output, "file to write; its name tells the format");
  verb->footer(
      "Examples:\n  vitrion build -c 0.75Li2S-0.25P2S5 -n 1000 -o glass.extxyz\n  vitrion build -c "
      "0.7Li2S-0.3P2S5 -n 5000 --density 1.93g/cm3 -o POSCAR\n  vitrion build --set method=crystal "
      "--set crystal.file=gamma-Li3PS4 -n 500 -o crystal.extxyz");
  verb->callback([o, &action] { action = [o] { return build(*o); }; });
}

void add_convert(CLI::App& app, Action& action) {
  struct Options {
    std::string in, out, to;
    ReadFlags read;
    long first = 0, last = -1, stride = 1;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("convert", "turn a structure or trajectory into another format");
  verb->add_option("input", o->in, "file to read")->required();
  verb->add_option("output", o->out,
                   "file to write; its name tells the format (.gz and .zst compress)")
      ->required();
  verb->add_option("--to", o->to, "format to write, where the name does not tell");
  verb->add_option("--first", o->first, "first frame, counted from 0")
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--last", o->last, "stop before this frame")->check(CLI::NonNegativeNumber);
  verb->add_option("--stride", o->stride, "every so many frames")->check(CLI::PositiveNumber);
  o->read.add_to(*verb);
  verb->footer(
      "Examples:\n  vitrion convert XDATCAR.gz run.extxyz.zst --timestep 2fs\n  vitrion convert "
      "run.dump glass.nc --types 1=Li,2=P,3=S --stride 10");
  verb->callback([o, &action] {
    action = [o] { return convert(o->in, o->out, o->read, o->to, o->first, o->last, o->stride); };
  });
}

void add_info(CLI::App& app, Action& action) {
  struct Options {
    std::vector<std::string> files;
    ReadFlags read;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  auto* verb = app.add_subcommand("info", "say what a structure or trajectory file holds");
  verb->add_option("files", o->files, "files to read")->required();
  verb->add_flag("--json", o->json, "for programs");
  o->read.add_to(*verb);
  verb->callback([o, &action] {
    action = [o] {
      for (const auto& file : o->files) {
        const auto json = facts(file, o->read);
        if (o->json) {
          fmt::print("{}\n", json.dump());
          continue;
        }
        for (const auto& [key, value] : json.items())
          fmt::print("{:<16} {}\n", key,
                     value.is_string() ? value.get<std::string>() : value.dump());
      }
      return 0;
    };
  });
}

}  // namespace vitrion::cli
