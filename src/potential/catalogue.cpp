#include "potential/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "io/bytes.hpp"
#include "potential/classical.hpp"
#include "potential/learned.hpp"

namespace vitrion {
namespace {

// A composition may miss an exact ratio by this much in each fraction: one part in 500 is less
// than any step between the glasses that a potential tells apart.
constexpr double ratio_tolerance = 0.002;

std::map<std::string, double> fractions(const std::map<std::string, double>& atoms) {
  double total = 0;
  for (const auto& [name, n] : atoms) total += n;
  std::map<std::string, double> out;
  for (const auto& [name, n] : atoms) {
    if (n > 0) out[name] = n / total;
  }
  return out;
}

bool has_ratio(const std::map<std::string, double>& atoms,
               const std::map<std::string, double>& ratio) {
  const auto a = fractions(atoms);
  const auto b = fractions(ratio);
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& x) {
           const auto y = b.find(x.first);
           return y != b.end() && std::abs(x.second - y->second) < ratio_tolerance;
         });
}

bool has_elements(const std::map<std::string, double>& atoms,
                  const std::vector<std::string>& elements) {
  return std::all_of(atoms.begin(), atoms.end(), [&](const auto& x) {
    return !(x.second > 0) ||
           std::find(elements.begin(), elements.end(), x.first) != elements.end();
  });
}

bool is_made_for(const mlp::Model& model, const std::map<std::string, double>& atoms) {
  return std::any_of(model.made_for.begin(), model.made_for.end(),
                     [&](const auto& mixture) { return has_elements(atoms, mixture); });
}

// Files of the catalogue by the names of their potentials.
std::map<std::string, std::filesystem::path> catalogue_files() {
  std::map<std::string, std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(data_folder() / "potentials")) {
    const auto& file = entry.path();
    if (file.extension() == ".yaml" || is_model_file(file)) {
      out[std::filesystem::path(io::without_packing(file.filename().string())).stem().string()] =
          file;
    }
  }
  return out;
}

std::unique_ptr<Potential> load_file(const std::filesystem::path& file) {
  if (is_model_file(file)) return std::make_unique<LearnedPotential>(file);
  return std::make_unique<ClassicalPotential>(read_classical_form(file));
}

}  // namespace

std::vector<std::string> catalogue_names() {
  std::vector<std::string> out;
  for (const auto& [name, file] : catalogue_files()) out.push_back(name);
  return out;
}

std::unique_ptr<Potential> load_potential(const std::string& name_or_file) {
  const auto files = catalogue_files();
  const auto known = files.find(name_or_file);
  if (known != files.end()) return load_file(known->second);
  std::error_code error;
  if (std::filesystem::is_regular_file(name_or_file, error)) return load_file(name_or_file);
  const auto names = catalogue_names();
  throw InputError(fmt::format(
      "there is no potential \"{}\"{}: choose one of {}, or name a YAML file or a learned model",
      name_or_file, did_you_mean(name_or_file, names), join(names, ", ")));
}

std::string choose_potential(const std::map<std::string, double>& atoms) {
  std::vector<ClassicalForm> forms;
  // Learned potentials first: every classical one lets lithium run too easily.
  for (const auto& [name, file] : catalogue_files()) {
    if (!is_model_file(file)) {
      forms.push_back(read_classical_form(file));
    } else if (is_made_for(mlp::read_model(file), atoms)) {
      return name;
    }
  }
  for (const bool exact : {true, false}) {
    for (const auto& form : forms) {
      for (const auto& made_for : form.made_for) {
        if (exact ? !made_for.ratio.empty() && has_ratio(atoms, made_for.ratio)
                  : !made_for.elements.empty() && has_elements(atoms, made_for.elements)) {
          return form.name;
        }
      }
    }
  }
  std::vector<std::string> missing;
  std::vector<std::string> wanted;
  for (const auto& [name, n] : atoms) {
    if (!(n > 0)) continue;
    wanted.push_back(name);
    if (std::none_of(forms.begin(), forms.end(), [&](const auto& form) {
          return std::find(form.elements.begin(), form.elements.end(), name) != form.elements.end();
        })) {
      missing.push_back(name);
    }
  }
  const std::string why = missing.empty() ? fmt::format("has {} together", join(wanted, ", "))
                                          : fmt::format("has {}", join(missing, ", "));
  throw InputError(fmt::format(
      "no potential of the catalogue {}: name a YAML file of your own under \"potential\"", why));
}

EngineInput with_kspace(EngineInput input, double accuracy, bool ewald) {
  for (auto& command : input.commands) {
    if (command.rfind("kspace_style", 0) == 0) {
      command = fmt::format("kspace_style {} {}", ewald ? "ewald" : "pppm", accuracy);
    }
  }
  return input;
}

}  // namespace vitrion
