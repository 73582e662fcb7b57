#include "potential/classical_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/document.hpp"
#include "base/files.hpp"
#include "base/schema.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

void require_keys(const Node& map, const std::string& what,
                  std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (map.is_map() && map.find(key) == nullptr) {
      throw InputError(map.where, fmt::format("{} lacks the key \"{}\": add it", what, key));
    }
  }
}

// Reads each item of a list with its own function.
Schema& add_list(Schema& schema, const std::string& key, const std::string& help,
                 std::function<void(const Node&)> read_item) {
  return schema.custom(
      key, "list", help,
      [key, read_item = std::move(read_item)](const Node& node) {
        if (!node.is_list()) {
          throw InputError(node.where,
                           fmt::format("{} should be a list, not {}", key, kind_name(node)));
        }
        for (const Node& item : node.items) {
          if (!item.is_map()) {
            throw InputError(item.where,
                             fmt::format("an item of {} should be a group of keys, not {}", key,
                                         kind_name(item)));
          }
          read_item(item);
        }
      },
      [] { return Node::make_list(); });
}

void read_pair(const Node& node, std::string& a, std::string& b) {
  const auto names = split(node.scalar, '-');
  if (!node.is_scalar() || names.size() != 2) {
    throw InputError(node.where, "pair should name two elements, as in \"Li-S\"");
  }
  a = names[0];
  b = names[1];
}

Schema& add_pair(Schema& schema, std::string& a, std::string& b) {
  return schema.custom(
      "pair", "A-B", "the two elements", [&a, &b](const Node& node) { read_pair(node, a, b); },
      [&a, &b] { return Node::make_scalar(a + "-" + b); });
}

ExponentialTerm read_exponential(const Node& node) {
  ExponentialTerm t;
  Schema s("exponentials");
  add_pair(s, t.a, t.b)
      .quantity("A", t.A_eV, Dimension::none, "amplitude in eV")
      .quantity("rho", t.rho_A, Dimension::none, "decay length in Å", positive)
      .quantity("C", t.C_eV_A6, Dimension::none, "dispersion in eV Å⁶")
      .quantity("D", t.D_eV_A8, Dimension::none, "dispersion in eV Å⁸")
      .quantity("cutoff", t.cutoff_A, Dimension::length, "cut-off", positive);
  require_keys(node, "an item of exponentials", {"pair", "A", "rho", "cutoff"});
  s.read(node);
  return t;
}

LennardJonesTerm read_lennard_jones(const Node& node) {
  LennardJonesTerm t;
  Schema s("lennard_jones");
  add_pair(s, t.a, t.b)
      .quantity("epsilon", t.epsilon_eV, Dimension::energy, "depth", positive)
      .quantity("sigma", t.sigma_A, Dimension::length, "diameter", positive)
      .quantity("cutoff", t.cutoff_A, Dimension::length, "cut-off, where it is shifted to 0",
                positive);
  require_keys(node, "an item of lennard_jones", {"pair", "epsilon", "sigma", "cutoff"});
  s.read(node);
  return t;
}

ThreeBodyTerm read_three_body(const Node& node) {
  ThreeBodyTerm t;
  Schema s("three_body");
  s.text("centre", t.centre, "the element in the middle")
      .text("ends", t.ends, "the element at both ends")
      .quantity("strength", t.strength_eV, Dimension::none, "λ in eV", not_negative)
      .quantity("cos_angle", t.cos_angle, Dimension::none, "cosine of the angle at rest", {-1, 1})
      .quantity("cutoff", t.cutoff_A, Dimension::length, "where the term ends", positive);
  require_keys(node, "an item of three_body",
               {"centre", "ends", "strength", "cos_angle", "cutoff"});
  s.read(node);
  return t;
}

MadeFor read_made_for(const Node& node) {
  MadeFor m;
  Schema s("made_for");
  s.quantity_map("ratio", m.ratio, Dimension::none, "atoms of each element", positive)
      .texts("elements", m.elements, "any mixture of these");
  s.read(node);
  if (m.ratio.empty() == m.elements.empty()) {
    throw InputError(node.where, "an item of made_for should have either a ratio or elements");
  }
  return m;
}

void read_coulomb(const Node& node, ClassicalForm& form) {
  Schema s("coulomb");
  s.quantity("cutoff", form.coulomb_cutoff_A, Dimension::length, "where real space ends", positive)
      .quantity("accuracy", form.kspace_accuracy, Dimension::none, "relative error of forces",
                {0, 0.1, true});
  s.read(node);
}

// Names in the terms must be among the elements of the potential.
void check_names(const ClassicalForm& form, const Node& root) {
  const auto check = [&](const std::string& name, const char* key) {
    if (std::find(form.elements.begin(), form.elements.end(), name) == form.elements.end()) {
      const Node* node = root.find(key);
      throw InputError(node != nullptr ? node->where : root.where,
                       fmt::format("{} speaks of \"{}\", which is not among the elements {}", key,
                                   name, join(form.elements, ", ")));
    }
  };
  for (const auto& name : form.elements) {
    if (element::atomic_number(name) == 0) {
      throw InputError(root.find("elements")->where,
                       fmt::format("there is no element \"{}\"", name));
    }
  }
  for (const auto& [name, charge] : form.charges) check(name, "charges");
  for (const auto& t : form.exponentials) check(t.a, "exponentials"), check(t.b, "exponentials");
  for (const auto& t : form.lennard_jones) check(t.a, "lennard_jones"), check(t.b, "lennard_jones");
  for (const auto& t : form.three_body) check(t.centre, "three_body"), check(t.ends, "three_body");
  for (const auto& m : form.made_for) {
    for (const auto& [name, share] : m.ratio) check(name, "made_for");
    for (const auto& name : m.elements) check(name, "made_for");
  }
}

}  // namespace

ClassicalForm read_classical_form(const std::filesystem::path& file) {
  const std::string content = read_text_file(file);
  const Node root = parse_yaml(content, file.string());
  ClassicalForm form;
  Schema s("a potential");
  s.text("name", form.name, "its name")
      .text("summary", form.summary, "one line")
      .text("provenance", form.provenance, "where its numbers come from")
      .texts("limits", form.limits, "what it cannot do")
      .texts("references", form.references, "DOIs")
      .texts("elements", form.elements, "elements it has")
      .quantity("timestep", form.timestep_ps, Dimension::time, "a time step that conserves energy",
                positive)
      .quantity_map("charges", form.charges, Dimension::none, "charges of the ions in e")
      .custom(
          "coulomb", "section", "long-range forces",
          [&form](const Node& node) { read_coulomb(node, form); }, [] { return Node::make_map(); });
  add_list(s, "made_for", "compositions",
           [&form](const Node& n) { form.made_for.push_back(read_made_for(n)); });
  add_list(s, "exponentials", "Born–Mayer and Buckingham terms",
           [&form](const Node& n) { form.exponentials.push_back(read_exponential(n)); });
  add_list(s, "lennard_jones", "Lennard-Jones terms and cores",
           [&form](const Node& n) { form.lennard_jones.push_back(read_lennard_jones(n)); });
  add_list(s, "three_body", "Stillinger–Weber three-body terms",
           [&form](const Node& n) { form.three_body.push_back(read_three_body(n)); });
  if (!root.is_map()) {
    throw InputError(file.string() +
                     ": a potential should be a group of keys: see those of the catalogue");
  }
  require_keys(root, "a potential", {"name", "elements", "timestep"});
  s.read(root);
  check_names(form, root);
  form.fingerprint = fingerprint(content);
  return form;
}

}  // namespace vitrion
