#include "structure/scatterers.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {

void ScattererSettings::add_neutron(Schema& schema) {
  schema
      .texts("isotopes", isotopes,
             "isotopes of whole species for neutrons, for example 7Li,34S; others are natural")
      .quantity_map("neutron_lengths", lengths, Dimension::none,
                    "coherent scattering lengths in fm that overrule the tables, by species, for "
                    "example Li:-2.1");
}

void ScattererSettings::add_xray(Schema& schema) {
  schema.texts("ions", ions,
               "ions for X-ray form factors, for example Li1+,Cl1-; others are neutral atoms");
}

Eigen::VectorXd Scatterers::form_factors(double q) const {
  Eigen::VectorXd out(static_cast<Eigen::Index>(xray.size()));
  for (std::size_t k = 0; k < xray.size(); ++k) out[static_cast<Eigen::Index>(k)] = xray[k](q);
  return out;
}

namespace {

// Whether any group is of that element; a name that means nothing here is a mistake.
void require_element(const PairTable& table, int atomic_number, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    if (table.atomic_number(g) == atomic_number) return;
    names.push_back(table.name(g));
  }
  throw InputError(fmt::format("\"{}\" is given, but there is no {} here: the atoms are {}", name,
                               element::symbol(atomic_number), join(names, ", ")));
}

struct Neutron {
  std::optional<double> length;
  std::string text;
};

Neutron neutron_of(const PairTable& table, std::size_t g, const ScattererSettings& settings) {
  const auto given = settings.lengths.find(table.name(g));
  if (given != settings.lengths.end()) {
    return {given->second, fmt::format("{} {:.6g} (given)", table.name(g), given->second)};
  }
  for (const auto& name : settings.isotopes) {
    const Isotope found = isotope(name);
    if (found.atomic_number != table.atomic_number(g)) continue;
    return {found.length_fm, fmt::format("{} {:.6g} ({})", table.name(g), found.length_fm, name)};
  }
  const auto natural = neutron_length_fm(table.atomic_number(g));
  return {natural, natural ? fmt::format("{} {:.6g}", table.name(g), *natural) : ""};
}

void add_neutron_weights(const PairTable& table, const ScattererSettings& settings,
                         Scatterers& out) {
  std::vector<double> lengths;
  std::vector<std::string> texts;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    const Neutron n = neutron_of(table, g, settings);
    if (!n.length) {
      out.warnings.push_back(
          fmt::format("no neutron length is known for {}: give it with neutron_lengths; totals for "
                      "neutrons are left out",
                      table.name(g)));
      return;
    }
    lengths.push_back(*n.length);
    texts.push_back(n.text);
  }
  out.neutron_fm =
      Eigen::Map<const Eigen::VectorXd>(lengths.data(), static_cast<Eigen::Index>(lengths.size()));
  out.neutron_text = join(texts, ", ") + " fm";
  const double mean = out.c.dot(out.neutron_fm);
  const double square = scattering_norm(out.c, out.neutron_fm, ScatteringNorm::squared_average);
  if (mean * mean < 0.02 * square) {
    out.warnings.push_back(fmt::format(
        "the mean neutron length, {:.3g} fm, is near zero: totals divided by its square are large; "
        "use those in barn",
        mean));
  }
}

void add_xray_weights(const PairTable& table, const ScattererSettings& settings, Scatterers& out) {
  std::vector<std::string> texts;
  for (std::size_t g = 0; g < table.groups(); ++g) {
    auto form = form_factor(table.atomic_number(g));
    std::string text = table.name(g);
    for (const auto& name : settings.ions) {
      const Ion found = ion(name);
      if (found.atomic_number != table.atomic_number(g)) continue;
      form = found.form;
      text = table.name(g) == element::symbol(found.atomic_number) ? name : text + " as " + name;
    }
    if (!form) {
      out.warnings.push_back(fmt::format(
          "no X-ray form factor is known for {}: totals for X-rays are left out", table.name(g)));
      out.xray.clear();
      return;
    }
    out.xray.push_back(*form);
    texts.push_back(text);
  }
  out.xray_text = join(texts, ", ");
}

}  // namespace

Scatterers make_scatterers(const PairTable& table, const ScattererSettings& settings) {
  for (const auto& name : settings.isotopes) {
    require_element(table, isotope(name).atomic_number, name);
  }
  for (const auto& name : settings.ions) require_element(table, ion(name).atomic_number, name);
  for (const auto& [name, length] : settings.lengths) (void)table.group(name);
  Scatterers out;
  out.c.resize(static_cast<Eigen::Index>(table.groups()));
  for (std::size_t g = 0; g < table.groups(); ++g) {
    out.c[static_cast<Eigen::Index>(g)] = table.count(g);
  }
  out.c /= out.c.sum();
  add_neutron_weights(table, settings, out);
  add_xray_weights(table, settings, out);
  return out;
}

}  // namespace vitrion
