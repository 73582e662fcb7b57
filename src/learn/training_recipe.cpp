#include <fmt/format.h>

#include "base/document.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "learn/train.hpp"

namespace vitrion {

Schema TrainingRecipe::schema() {
  Schema s("recipe of a potential");
  s.integer("version", version, "of this form; 1", Bounds{1, 1})
      .text("name", name, "of the potential: what a recipe of a glass calls it by")
      .text("summary", summary, "one line for lists and reports")
      .texts("data", data, "files or folders of labelled frames, relative to this file")
      .flag("accept_findings", accept_findings, "train in spite of errors found in the data")
      .quantity_map("reference_energies", reference_eV, Dimension::energy,
                    "of each element; absent: fitted to the training frames")
      .choice("kind", kind, {"network", "linear"},
              "a network on mixed densities, or a linear expansion with a Bayesian fit")
      .text("start", start,
            "a network to go on from, with its shape: a name of the catalogue or a file; empty: "
            "from numbers drawn at random")
      .section("split", split.schema(), "which frames train, and which judge")
      .section("network", network.schema(), "shape of a network")
      .section("fit", fit.schema(), "fit of a network")
      .section("committee", committee.schema(), "several networks, whose mean the potential learns")
      .section("linear", linear.schema(), "shape of a linear expansion")
      .section("linear_fit", linear_fit.schema(), "fit of a linear expansion")
      .quantity("timestep", timestep_ps, Dimension::time, "that dynamics with it should use",
                positive)
      .texts("made_for", made_for,
             "mixtures that `potential: auto` gives to it, such as Li-P-S; with fewer of the "
             "elements too")
      .texts("limits", limits, "sentences for the reports of whoever uses it")
      .texts("references", references, "DOIs of the data");
  return s;
}

TrainingRecipe load_training_recipe(const std::filesystem::path& file) {
  const Node document = load_yaml(file);
  TrainingRecipe recipe;
  recipe.schema().read(document);
  recipe.fingerprint = fingerprint_file(file);
  if (recipe.data.empty()) {
    throw InputError(
        fmt::format("{}: names no data: give data: [FILE or FOLDER, ...]", file.string()));
  }
  for (auto& path : recipe.data) {
    path = (std::filesystem::absolute(file).parent_path() / path).lexically_normal().string();
  }
  const auto beside = (std::filesystem::absolute(file).parent_path() / recipe.start);
  if (!recipe.start.empty() && std::filesystem::is_regular_file(beside)) {
    recipe.start = beside.lexically_normal().string();
  }
  if (!recipe.start.empty() && recipe.kind != "network") {
    throw InputError(
        fmt::format("{}: `start` goes on from a network: set kind: network, or leave "
                    "it out",
                    file.string()));
  }
  return recipe;
}

std::string commented_training_recipe() {
  return R"(# A potential from labelled frames: vitrion train this-file.yaml -o DIR
version: 1
name: my-potential
data: [frames/]            # extxyz, vasprun.xml, OUTCAR, DeePMD folders ...; also .gz
kind: network              # or linear: quicker, with a posterior
split: {validation: 0.05, test: 0.1, blocks: 4, gap: 3}   # by blocks of time
network: {cutoff: 6 A, channels: 16, hidden: 32}
fit: {epochs: 20}
limits: ["say here what it must not be used for"]
)";
}

}  // namespace vitrion
