#include "workflow/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "coupling/register.hpp"
#include "dynamics/register.hpp"
#include "structure/register.hpp"

namespace vitrion {
namespace {

using Kind = ProtocolStep::Kind;

constexpr double no_limit = std::numeric_limits<double>::infinity();
const Bounds temperature_bounds{0, 20000, true};

Node step_to_node(ProtocolStep step) {
  Node item = Node::make_map();
  item.set(step.key, step.schema().write());
  return item;
}

ProtocolStep step_from_node(const Node& node) {
  if (!node.is_scalar() && !(node.is_map() && node.entries.size() == 1)) {
    throw InputError(node.where,
                     fmt::format("a step of the protocol should read \"- melt: {{at: 1200 K, "
                                 "time: 10 ps}}\", not {}",
                                 node.is_map() ? "several keys in one item" : kind_name(node)));
  }
  const std::string key = node.is_scalar() ? node.scalar : node.entries.front().key;
  const auto kind = ProtocolStep::kind_of(key);
  if (!kind) {
    throw InputError(node.where, fmt::format("the protocol has no step \"{}\"{}: choose from {}",
                                             key, did_you_mean(key, ProtocolStep::all_keys()),
                                             join(ProtocolStep::all_keys(), ", ")));
  }
  ProtocolStep step = ProtocolStep::with_defaults(*kind, key);
  if (node.is_map()) step.schema().read(node.entries.front().value);
  return step;
}

void check_cooling(const ProtocolStep& step, const Location& where) {
  if (step.rates_K_ps.size() != step.through_K.size() + 1) {
    throw InputError(where,
                     fmt::format("cool has {} rates for {} stretches: give one rate more than "
                                 "temperatures in \"through\"",
                                 step.rates_K_ps.size(), step.through_K.size() + 1));
  }
  for (std::size_t i = 0; i < step.through_K.size(); ++i) {
    const double before = i == 0 ? no_limit : step.through_K[i - 1];
    if (step.through_K[i] >= before || step.through_K[i] <= step.to_K) {
      throw InputError(where,
                       fmt::format("cool passes {} K out of order: \"through\" must fall from the "
                                   "melt to {} K",
                                   step.through_K[i], step.to_K));
    }
  }
}

// A step beside the road starts from what the road's last step left.
void check_aside(const std::vector<ProtocolStep>& steps, std::size_t i, const Location& where) {
  const ProtocolStep& step = steps[i];
  for (std::size_t k = 0; k < i; ++k) {
    if (steps[k].kind == step.kind)
      throw InputError(where, fmt::format("the protocol has two {} steps: keep one", step.key));
  }
  while (i > 0 && steps[i - 1].is_aside()) --i;
  const ProtocolStep* before = i > 0 ? &steps[i - 1] : nullptr;
  if (step.kind != Kind::relaxed_density) return;
  if (before == nullptr || (before->kind != Kind::density && before->kind != Kind::glass &&
                            before->kind != Kind::hold)) {
    throw InputError(where,
                     "relaxed_density takes snapshots of a run at one temperature: put it behind a "
                     "density, glass or hold step");
  }
  if (before->averaged_ps() / before->frame_every_ps < static_cast<double>(step.snapshots)) {
    throw InputError(
        where, fmt::format("relaxed_density wants {} snapshots, and the {} step before it averages "
                           "over fewer frames: make that longer, or its frame_every shorter",
                           step.snapshots, before->key));
  }
}

// The density that a step takes must have been found before it.
void check_density_from(const std::vector<ProtocolStep>& steps, std::size_t i,
                        const Location& where) {
  const std::string& from = steps[i].density_from;
  if (from == "auto" || from == "given") return;
  const Kind kind = from == "npt"       ? Kind::density
                    : from == "relaxed" ? Kind::relaxed_density
                                        : Kind::equation_of_state;
  for (std::size_t k = 0; k < i; ++k) {
    if (steps[k].kind == kind) return;
  }
  throw InputError(where,
                   fmt::format("{} takes its density from \"{}\", and no {} step stands before it",
                               steps[i].key, from,
                               kind == Kind::density           ? "density"
                               : kind == Kind::relaxed_density ? "relaxed_density"
                                                               : "equation_of_state"));
}

// What a step needs from the steps before it.
void check_order(const std::vector<ProtocolStep>& steps, const Node& list) {
  bool glass = false;
  double last_K = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Location& where = list.items[i].where;
    const auto& step = steps[i];
    if (step.kind == Kind::cool) {
      check_cooling(step, where);
      const double highest = step.through_K.empty() ? step.to_K : step.through_K.front();
      if (last_K > 0 && last_K <= highest) {
        throw InputError(where,
                         fmt::format("cool starts at {} K and cannot go down through {} K: melt "
                                     "hotter, or lower \"through\"",
                                     last_K, highest));
      }
    }
    if (step.kind == Kind::heat && step.to_K <= step.from_K) {
      throw InputError(where,
                       fmt::format("heat goes from {} K to {} K, which is not hotter: use cool",
                                   step.from_K, step.to_K));
    }
    if (step.is_aside()) check_aside(steps, i, where);
    check_density_from(steps, i, where);
    if (step.kind == Kind::density && step.equilibrate_ps >= step.time_ps) {
      throw InputError(
          where, "density leaves nothing to average: make \"time\" longer than \"equilibrate\"");
    }
    if (step.kind == Kind::production) {
      if (step.temperatures_K.empty()) {
        throw InputError(where, "production has no temperature: give at: [500 K, 600 K, 700 K]");
      }
      auto sorted = step.temperatures_K;
      std::sort(sorted.begin(), sorted.end());
      if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        throw InputError(where, "production names one temperature twice: remove one");
      }
    } else if (glass && step.kind == Kind::glass) {
      throw InputError(where, "the protocol has two glass steps: keep one");
    }
    glass = glass || step.kind == Kind::glass;
    last_K = end_temperature(step, last_K);
    if (step.kind == Kind::production && i + 1 != steps.size()) {
      throw InputError(list.items[i + 1].where,
                       "production must be the last step: move this one before it");
    }
  }
}

// The glass is measured by steps of the protocol; the crystals run by themselves.
void check_stability(const Recipe& recipe, const Node& node) {
  if (!recipe.stability.is_asked()) return;
  const auto has = [&](Kind kind) {
    return std::any_of(recipe.protocol.begin(), recipe.protocol.end(),
                       [&](const ProtocolStep& s) { return s.kind == kind; });
  };
  if (!has(Kind::glass) || !has(Kind::relaxed_density)) {
    throw InputError(node.where,
                     "stability compares the energies of a glass step and of a relaxed_density "
                     "step: put both into the protocol");
  }
}

std::vector<AnalysisRequest> requests_from_node(const Node& list) {
  if (!list.is_list()) {
    throw InputError(list.where,
                     fmt::format("analyse should be a list of names, not {}", kind_name(list)));
  }
  std::vector<AnalysisRequest> out;
  for (const auto& item : list.items) {
    AnalysisRequest request;
    if (item.is_scalar()) {
      request.name = item.scalar;
    } else if (item.is_map() && item.entries.size() == 1) {
      request.name = item.entries.front().key;
      request.parameters = item.entries.front().value;
    } else {
      throw InputError(item.where, "an analysis should read \"- rdf\" or \"- rdf: {r_max: 10 A}\"");
    }
    for (const auto& other : out) {
      if (other.name == request.name) {
        throw InputError(item.where,
                         fmt::format("the analysis \"{}\" stands twice: keep one", request.name));
      }
    }
    if (request.name != "arrhenius") {
      try {
        static_cast<void>(analyses().make(request.name));
      } catch (const InputError& e) {
        throw InputError(item.where, e.what());
      }
      const auto analysis = analyses().make(request.name);
      analysis->parameters().read(request.parameters);
    }
    out.push_back(std::move(request));
  }
  return out;
}

Node requests_to_node(const std::vector<AnalysisRequest>& requests) {
  Node list = Node::make_list();
  for (const auto& request : requests) {
    if (request.name == "arrhenius") {
      list.items.push_back(Node::make_scalar(request.name));
      continue;
    }
    const auto analysis = analyses().make(request.name);
    auto parameters = analysis->parameters();
    parameters.read(request.parameters);
    Node item = Node::make_map();
    item.set(request.name, parameters.write());
    list.items.push_back(parameters.keys().empty() ? Node::make_scalar(request.name) : item);
  }
  return list;
}

std::vector<AnalysisRequest> default_analyses() {
  std::vector<AnalysisRequest> out;
  for (const char* name : {"density", "rdf", "angles", "coordination", "speciation", "msd",
                           "conductivity", "arrhenius"}) {
    out.push_back({name, {}});
  }
  return out;
}

}  // namespace

const AnalysisRegistry& analyses() {
  static const AnalysisRegistry registry = [] {
    AnalysisRegistry r;
    register_structure_analyses(r);
    register_dynamics_analyses(r);
    register_coupling_analyses(r);
    return r;
  }();
  return registry;
}

Schema Recipe::schema() {
  Schema s("the recipe");
  s.integer("version", version, "of the recipe's format", {1, 1})
      .text("title", title, "of the report; empty: from the composition")
      .section("system", system.schema(), "what the glass is")
      .text("potential", potential, "a name of `vitrion list potentials`, a file, or auto")
      .section("engine", engine.schema(), "how the engine runs")
      .custom(
          "protocol", "list of steps",
          "what is done, in order: " + join(ProtocolStep::all_keys(), ", "),
          [this](const Node& node) {
            if (!node.is_list() || node.items.empty()) {
              throw InputError(node.where,
                               "protocol should be a list of steps, such as \"- melt: {at: 1200 K, "
                               "time: 10 ps}\"");
            }
            protocol.clear();
            for (const auto& item : node.items) protocol.push_back(step_from_node(item));
            check_order(protocol, node);
          },
          [this] {
            Node list = Node::make_list();
            for (const auto& step : protocol) list.items.push_back(step_to_node(step));
            return list;
          })
      .custom(
          "analyse", "list of analyses", "what is measured; parameters as \"- rdf: {r_max: 10 A}\"",
          [this](const Node& node) { analyses = requests_from_node(node); },
          [this] { return requests_to_node(analyses); })
      .section("stability", stability.schema(), "the glass against crystals, by energy")
      .integer("replicas", replicas, "independent samples, each from its own random start",
               {1, 100000})
      .integer("seed", seed, "of all random draws", {0, 9e15})
      .quantity("report_temperature", report_temperature_K, Dimension::temperature,
                "to which diffusion and conductivity are extrapolated", temperature_bounds);
  return s;
}

Recipe parse_recipe(const std::string& text, const std::string& name) {
  const Node root = parse_yaml(text, name);
  if (root.is_null())
    throw InputError({name, 0, 0}, "the recipe is empty: write one with `vitrion init`");
  Recipe recipe;
  recipe.analyses = default_analyses();
  recipe.schema().read(root);
  const auto require = [&](const char* key) {
    if (root.find(key) == nullptr) {
      throw InputError(
          {name, 0, 0},
          fmt::format("the recipe lacks \"{}\": see the recipe of `vitrion init`", key));
    }
  };
  require("version");
  require("system");
  require("protocol");
  if (const Node* node = root.find("stability"); node != nullptr) check_stability(recipe, *node);
  try {
    plan_system(recipe.system);
  } catch (const InputError& e) {
    const Node* composition = root.find("system")->find("composition");
    const std::string what = e.what();
    if (composition != nullptr && what.rfind(name, 0) != 0)
      throw InputError(composition->where, what);
    throw;
  }
  return recipe;
}

Recipe load_recipe(const std::filesystem::path& file) {
  return parse_recipe(read_text_file(file), file.string());
}

std::string write_recipe(Recipe recipe) { return write_yaml(recipe.schema().write()); }

}  // namespace vitrion
