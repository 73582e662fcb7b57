#include "potential/classical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/text.hpp"

namespace vitrion {
namespace {

// One sub-style of the overlay, with the coefficients of the pairs it knows.
struct Layer {
  std::string style;      // "buck/coul/long"
  std::string arguments;  // "9 9"
  std::string zero;       // coefficients of a pair without a term; empty: none can be given
  std::vector<std::pair<std::string, std::string>> coefficients;  // "1 3" → "A rho C"
};

// Numbers go out with as many digits as bring the same double back.
std::string number(double x) { return fmt::format("{}", x); }

bool is_pair(const std::string& a, const std::string& b, const std::string& x,
             const std::string& y) {
  return (a == x && b == y) || (a == y && b == x);
}

template <class F>
void for_type_pairs(const std::vector<std::string>& types, F&& body) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    for (std::size_t j = i; j < types.size(); ++j) {
      body(types[i], types[j], fmt::format("{} {}", i + 1, j + 1));
    }
  }
}

std::string exponential_text(const ExponentialTerm& t, bool born) {
  return born ? fmt::format("{} {} 0 {} {} {}", number(t.A_eV), number(t.rho_A), number(t.C_eV_A6),
                            number(-t.D_eV_A8), number(t.cutoff_A))
              : fmt::format("{} {} {} {}", number(t.A_eV), number(t.rho_A), number(t.C_eV_A6),
                            number(t.cutoff_A));
}

// Layer k takes the k-th exponential of each pair; the first also carries the Coulomb forces.
std::vector<Layer> exponential_layers(const ClassicalForm& form,
                                      const std::vector<std::string>& types) {
  const bool born = std::any_of(form.exponentials.begin(), form.exponentials.end(),
                                [](const auto& t) { return t.D_eV_A8 != 0; });
  double longest = form.charges.empty() ? 0.0 : form.coulomb_cutoff_A;
  for (const auto& t : form.exponentials) longest = std::max(longest, t.cutoff_A);
  std::vector<Layer> layers;
  const auto layer = [&](std::size_t k) -> Layer& {
    while (layers.size() <= k) {
      const bool coulomb = layers.empty() && !form.charges.empty();
      Layer l;
      l.style = std::string(born ? "born" : "buck") + (coulomb ? "/coul/long" : "");
      l.arguments = coulomb ? fmt::format("{} {}", number(longest), number(form.coulomb_cutoff_A))
                            : number(longest);
      l.zero = born ? "0 1 0 0 0" : "0 1 0";
      layers.push_back(std::move(l));
    }
    return layers[k];
  };
  if (!form.charges.empty()) layer(0);
  for_type_pairs(types, [&](const auto& a, const auto& b, const std::string& ij) {
    std::size_t k = 0;
    for (const auto& t : form.exponentials) {
      if (is_pair(t.a, t.b, a, b))
        layer(k++).coefficients.emplace_back(ij, exponential_text(t, born));
    }
  });
  return layers;
}

Layer lennard_jones_layer(const ClassicalForm& form, const std::vector<std::string>& types) {
  Layer layer{"lj/cut", "", "0 1", {}};
  double longest = 0;
  for_type_pairs(types, [&](const auto& a, const auto& b, const std::string& ij) {
    for (const auto& t : form.lennard_jones) {
      if (!is_pair(t.a, t.b, a, b)) continue;
      longest = std::max(longest, t.cutoff_A);
      layer.coefficients.emplace_back(
          ij, fmt::format("{} {} {}", number(t.epsilon_eV), number(t.sigma_A), number(t.cutoff_A)));
    }
  });
  layer.arguments = number(longest);
  return layer;
}

// The file of the sw style: an entry for every ordered triplet of the elements at hand. The entry
// "P S S" also sets how far P looks for S; entries without a term have a cut-off shorter than any
// bond, so that they cost nothing.
std::string sw_file(const ClassicalForm& form, const std::set<std::string>& elements) {
  std::string out = "# element 1, 2, 3, epsilon sigma a lambda gamma costheta0 A B p q tol\n";
  for (const auto& i : elements) {
    for (const auto& j : elements) {
      for (const auto& k : elements) {
        double a = 0.5;
        double lambda = 0;
        double cosine = 0;
        for (const auto& t : form.three_body) {
          if (t.centre == i && t.ends == j && j == k) {
            a = t.cutoff_A;
            lambda = t.strength_eV;
            cosine = t.cos_angle;
          }
        }
        out += fmt::format("{} {} {} 1 1 {} {} 1 {} 0 0 4 0 0\n", i, j, k, number(a),
                           number(lambda), number(cosine));
      }
    }
  }
  return out;
}

bool has_three_body(const ClassicalForm& form, const std::set<std::string>& elements) {
  return std::any_of(form.three_body.begin(), form.three_body.end(), [&](const auto& t) {
    return t.strength_eV != 0 && elements.count(t.centre) > 0 && elements.count(t.ends) > 0;
  });
}

std::vector<std::string> overlay_commands(const std::vector<Layer>& layers) {
  std::map<std::string, int> of_style;
  for (const auto& l : layers) ++of_style[l.style];
  std::string style = layers.size() > 1 ? "pair_style hybrid/overlay" : "pair_style";
  for (const auto& l : layers)
    style += " " + l.style + (l.arguments.empty() ? "" : " " + l.arguments);
  std::vector<std::string> out{style};
  std::map<std::string, int> index;
  for (std::size_t n = 0; n < layers.size(); ++n) {
    const Layer& l = layers[n];
    const int i = ++index[l.style];
    std::string name;
    if (layers.size() > 1)
      name = " " + l.style + (of_style[l.style] > 1 ? fmt::format(" {}", i) : "");
    if (n == 0 && !l.zero.empty()) out.push_back(fmt::format("pair_coeff * *{} {}", name, l.zero));
    for (const auto& [ij, numbers] : l.coefficients) {
      out.push_back(fmt::format("pair_coeff {}{} {}", ij, name, numbers));
    }
    if (l.style == "lj/cut") {
      out.push_back(layers.size() > 1 ? "pair_modify pair lj/cut shift yes"
                                      : "pair_modify shift yes");
    }
  }
  return out;
}

}  // namespace

void ClassicalPotential::require_species(const Structure& structure) const {
  require_elements(form_.name, form_.elements, structure);
}

EngineInput ClassicalPotential::engine_input(const Structure& structure) const {
  require_species(structure);
  const auto types = species_elements(structure);
  const std::set<std::string> present(types.begin(), types.end());
  EngineInput input;
  input.atom_style = form_.charges.empty() ? "atomic" : "charge";
  for (std::size_t i = 0; i < types.size() && !form_.charges.empty(); ++i) {
    const auto q = form_.charges.find(types[i]);
    input.commands.push_back(fmt::format("set type {} charge {}", i + 1,
                                         number(q == form_.charges.end() ? 0.0 : q->second)));
  }
  std::vector<Layer> layers = exponential_layers(form_, types);
  Layer lj = lennard_jones_layer(form_, types);
  if (!lj.coefficients.empty()) layers.push_back(std::move(lj));
  if (has_three_body(form_, present)) {
    const std::string file = form_.name + ".sw";
    input.files[file] = sw_file(form_, present);
    layers.push_back({"sw", "", "", {{"* *", file + " " + join(types, " ")}}});
  }
  for (auto& command : overlay_commands(layers)) input.commands.push_back(std::move(command));
  if (!form_.charges.empty()) {
    input.commands.push_back("kspace_style pppm " + number(form_.kspace_accuracy));
  }
  return input;
}

}  // namespace vitrion
