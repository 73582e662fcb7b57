// Writes the file of a model: JSON, described field by field in docs/model-file.md.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "io/bytes.hpp"
#include "potential/mlp/model.hpp"
#include "potential/mlp/model_format.hpp"

namespace vitrion::mlp {
namespace {

using nlohmann::json;

constexpr const char* conventions =
    "energies in eV, lengths in angstrom; real spherical harmonics with sum_m Y_lm^2 = 2l+1, no "
    "Condon-Shortley sign, m = -l...l with sines at m < 0; docs/model-file.md defines every field";

// Nine digits bring a float back exactly, and are the half of what a double needs.
double rounded(double x) { return std::strtod(fmt::format("{:.9g}", x).c_str(), nullptr); }

json rounded_numbers(const double* begin, const double* end) {
  json out = json::array();
  for (const double* x = begin; x != end; ++x) out.push_back(rounded(*x));
  return out;
}

// A matrix of any depth: the last of `widths` runs fastest.
json nested(const double* begin, std::size_t count, const std::vector<std::size_t>& widths,
            std::size_t depth = 0) {
  if (depth == widths.size()) return rounded_numbers(begin, begin + count);
  json out = json::array();
  const std::size_t step = count / std::max<std::size_t>(widths[depth], 1);
  for (std::size_t i = 0; i < widths[depth]; ++i) {
    out.push_back(nested(begin + i * step, step, widths, depth + 1));
  }
  return out;
}

json matrix(const std::vector<double>& values, std::size_t columns) {
  return nested(values.data(), values.size(), {columns > 0 ? values.size() / columns : 0});
}

json radial_to_json(const Model& m) {
  json pairs = json::array();
  for (int a = 0; a < m.element_count(); ++a) {
    for (int b = a; b < m.element_count(); ++b) {
      const PairShape& p = m.pair(a, b);
      pairs.push_back(
          {{"pair",
            {m.elements[static_cast<std::size_t>(a)], m.elements[static_cast<std::size_t>(b)]}},
           {"cutoff_A", p.cutoff_A},
           {"core_inner_A", p.core_inner_A},
           {"core_outer_A", p.core_outer_A}});
    }
  }
  json out{{"functions", m.radial.functions},
           {"scaling", scaling_names[static_cast<std::size_t>(m.radial.scaling)]},
           {"lambda", m.radial.lambda},
           {"pairs", pairs}};
  // Releases that knew one envelope alone go on reading files that use it.
  if (m.radial.envelope != Envelope::polynomial) {
    out["envelope"] = envelope_names[static_cast<std::size_t>(m.radial.envelope)];
  }
  return out;
}

// k l k l …, and L after four of them.
json invariant_to_json(const Invariant& invariant) {
  json row = json::array();
  for (const auto& f : invariant.factors) {
    row.push_back(f.channel);
    row.push_back(f.l);
  }
  if (invariant.factors.size() == 4) row.push_back(invariant.coupled_l);
  return row;
}

json readout_to_json(const Model& m, bool with_energy = true) {
  json out = json::array();
  for (std::size_t z = 0; z < m.readout.size(); ++z) {
    const Readout& r = m.readout[z];
    json entry{{"element", m.elements[z]}, {"shift", r.shift}, {"scale", r.scale}};
    if (with_energy) entry["linear"] = r.linear;
    if (!r.hidden_bias.empty()) {
      entry["hidden_weight"] = matrix(r.hidden_weight, r.shift.size());
      entry["hidden_bias"] = r.hidden_bias;
      if (with_energy) entry["hidden_output"] = r.hidden_output;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

// What one layer is, beside elements, radial functions and readout.
void write_layer(const Model& m, json& out) {
  out["l_max"] = m.l_max;
  out["copies"] = m.copies;
  out["channels"] = m.channels;
  out["activation"] = activation_names[static_cast<std::size_t>(m.activation)];
  out["invariants"] = json::array();
  for (const auto& i : m.invariants) out["invariants"].push_back(invariant_to_json(i));
  if (!m.mixing.empty()) {
    out["mixing"] = nested(m.mixing.data(), m.mixing.size(),
                           {m.elements.size(), static_cast<std::size_t>(m.mixed_channels()),
                            static_cast<std::size_t>(m.l_max + 1)});
  }
}

json uncertainty_to_json(const Model& m) {
  const auto features = static_cast<std::size_t>(m.uncertainty_features());
  json out = json::array();
  for (std::size_t z = 0; z < m.uncertainty.size(); ++z) {
    const auto& u = m.uncertainty[z];
    out.push_back(
        {{"element", m.elements[z]},
         {"active_inverse", matrix(u.active_inverse, features)},
         {"posterior_factor", matrix(u.posterior_factor, u.posterior_factor.size() / features)}});
  }
  return out;
}

bool is_row(const json& value) {
  return value.is_array() &&
         std::none_of(value.begin(), value.end(), [](const json& x) { return x.is_structured(); });
}

// Objects and lists of lists over lines of their own; each row of plain values on one line.
void print(const json& value, std::string& out, std::size_t indent) {
  const bool object = value.is_object();
  if (!value.is_structured() || value.empty() || is_row(value)) {
    out += value.dump();
    return;
  }
  out += object ? "{" : "[";
  const char* separator = "\n";
  for (const auto& item : value.items()) {
    out += separator;
    out.append(indent + 1, ' ');
    if (object) out += json(item.key()).dump() + ": ";
    print(item.value(), out, indent + 1);
    separator = ",\n";
  }
  out += '\n';
  out.append(indent, ' ');
  out += object ? "}" : "]";
}

}  // namespace

json model_to_json(const Model& m) {
  check_model(m);
  json out{{"format", format_name},
           {"version", format_version},
           {"conventions", conventions},
           {"name", m.name},
           {"summary", m.summary},
           {"provenance", m.provenance},
           {"limits", m.limits},
           {"references", m.references},
           {"elements", m.elements},
           {"made_for", m.made_for},
           {"reference_energy_eV", m.reference_energy_eV},
           {"radial", radial_to_json(m)},
           {"density_scale", m.density_scale},
           {"readout", readout_to_json(m)},
           {"zbl", m.zbl},
           {"timestep_ps", m.timestep_ps},
           {"features", m.features}};
  write_layer(m, out);
  if (!m.below.empty()) {
    // Releases that know no messages refuse the file, as they should.
    out["version"] = version_with_messages;
    json& below = out["messages"];
    below["readout"] = readout_to_json(m.below[0], false);
    write_layer(m.below[0], below);
  }
  if (!m.uncertainty.empty()) out["uncertainty"] = uncertainty_to_json(m);
  if (!m.training_json.empty()) {
    out["training"] = json::parse(m.training_json, nullptr, false);
    if (!out["training"].is_object()) {
      throw InputError("training should be a group of fields in JSON");
    }
  }
  return out;
}

void write_model(const std::filesystem::path& file, const Model& model) {
  std::string text;
  print(model_to_json(model), text, 0);
  io::OutputFile out(file);
  out.write(text + "\n");
  out.commit();
}

}  // namespace vitrion::mlp
