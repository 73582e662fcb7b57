// The file of a model: JSON, described field by field in docs/model-file.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/bytes.hpp"
#include "potential/mlp/model.hpp"

namespace vitrion::mlp {
namespace {

using nlohmann::json;

constexpr const char* format_name = "vitrion-mlp";
constexpr int format_version = 1;
constexpr int version_with_messages = 2;
constexpr const char* conventions =
    "energies in eV, lengths in angstrom; real spherical harmonics with sum_m Y_lm^2 = 2l+1, no "
    "Condon-Shortley sign, m = -l...l with sines at m < 0; docs/model-file.md defines every field";

// ---------------------------------------------------------------- writing

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

// ---------------------------------------------------------------- reading

// One object of the file; errors name the field by its path.
class Fields {
 public:
  Fields(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) {
      throw InputError(fmt::format("{} should be a group of fields",
                                   path_.empty() ? std::string("a model") : path_));
    }
  }
  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }
  [[nodiscard]] std::string path(const char* key) const {
    return path_.empty() ? key : fmt::format("{}.{}", path_, key);
  }
  [[nodiscard]] const json& at(const char* key) const {
    if (!has(key)) throw InputError(fmt::format("{} is missing", path(key)));
    return object_[key];
  }
  [[nodiscard]] const json& list(const char* key) const {
    const json& value = at(key);
    if (!value.is_array()) throw InputError(fmt::format("{} should be a list", path(key)));
    return value;
  }
  template <class T>
  void read(const char* key, T& value) const {
    try {
      at(key).get_to(value);
    } catch (const json::exception&) {
      throw InputError(fmt::format("{} has a value of the wrong kind", path(key)));
    }
  }
  template <class T>
  void read_if(const char* key, T& value) const {
    if (has(key)) read(key, value);
  }
  // Numbers in lists of any depth, one after the other.
  void numbers(const char* key, std::vector<double>& values) const {
    values.clear();
    append(list(key), key, values);
  }
  void numbers_if(const char* key, std::vector<double>& values) const {
    if (has(key)) numbers(key, values);
  }
  template <class Enum, std::size_t n>
  void choice(const char* key, const std::array<const char*, n>& names, Enum& value) const {
    std::string text;
    read(key, text);
    for (std::size_t i = 0; i < n; ++i) {
      if (text == names[i]) {
        value = static_cast<Enum>(i);
        return;
      }
    }
    throw InputError(fmt::format("{} is \"{}\", and should be one of {}", path(key), text,
                                 join({names.begin(), names.end()}, ", ")));
  }

 private:
  void append(const json& list, const char* key, std::vector<double>& values) const {
    for (const auto& item : list) {
      if (item.is_array()) {
        append(item, key, values);
      } else if (item.is_number()) {
        values.push_back(item.get<double>());
      } else {
        throw InputError(fmt::format("{} should hold numbers alone", path(key)));
      }
    }
  }
  const json& object_;
  std::string path_;
};

std::size_t element_index(const Model& m, const std::string& name, const std::string& where) {
  const auto at = std::find(m.elements.begin(), m.elements.end(), name);
  if (at == m.elements.end()) {
    throw InputError(fmt::format("{} names \"{}\", which is not among the elements", where, name));
  }
  return static_cast<std::size_t>(at - m.elements.begin());
}

void read_radial(const Fields& f, Model& m) {
  f.read("functions", m.radial.functions);
  f.choice("scaling", scaling_names, m.radial.scaling);
  f.read_if("lambda", m.radial.lambda);
  if (f.has("envelope")) f.choice("envelope", envelope_names, m.radial.envelope);
  const std::size_t z = m.elements.size();
  m.radial.pairs.assign(z * z, {});
  std::vector<bool> known(z * z, false);
  for (const auto& entry : f.list("pairs")) {
    const Fields p(entry, f.path("pairs"));
    std::array<std::string, 2> names;
    p.read("pair", names);
    PairShape shape;
    p.read("cutoff_A", shape.cutoff_A);
    p.read("core_inner_A", shape.core_inner_A);
    p.read("core_outer_A", shape.core_outer_A);
    const std::size_t a = element_index(m, names[0], f.path("pairs"));
    const std::size_t b = element_index(m, names[1], f.path("pairs"));
    if (known[a * z + b]) {
      throw InputError(fmt::format("{} has {}-{} twice", f.path("pairs"), names[0], names[1]));
    }
    m.radial.pairs[a * z + b] = m.radial.pairs[b * z + a] = shape;
    known[a * z + b] = known[b * z + a] = true;
  }
  const auto missing = std::find(known.begin(), known.end(), false);
  if (missing != known.end()) {
    const auto i = static_cast<std::size_t>(missing - known.begin());
    throw InputError(
        fmt::format("{} lacks {}-{}", f.path("pairs"), m.elements[i / z], m.elements[i % z]));
  }
}

void read_invariants(const Fields& f, Model& m) {
  for (const auto& entry : f.list("invariants")) {
    std::vector<int> row;
    if (entry.is_array() && std::all_of(entry.begin(), entry.end(),
                                        [](const json& x) { return x.is_number_integer(); })) {
      row = entry.get<std::vector<int>>();
    }
    Invariant invariant;
    if (row.size() == 9) {
      invariant.coupled_l = row.back();
      row.pop_back();
    }
    if (row.empty() || row.size() > 8 || row.size() % 2 != 0) {
      throw InputError(
          fmt::format("invariants has {}, which is no list k l k l ... of 1 to 4 "
                      "factors",
                      entry.dump()));
    }
    for (std::size_t i = 0; i < row.size(); i += 2) {
      invariant.factors.push_back({row[i], row[i + 1]});
    }
    m.invariants.push_back(std::move(invariant));
  }
}

// Entries of a list by their "element"; each element once.
template <class Entry, class Read>
void read_by_element(const Fields& f, const char* key, const Model& m, std::vector<Entry>& out,
                     Read&& read_entry) {
  out.assign(m.elements.size(), {});
  std::vector<bool> known(m.elements.size(), false);
  for (const auto& entry : f.list(key)) {
    std::string name;
    Fields(entry, f.path(key)).read("element", name);
    const std::size_t z = element_index(m, name, f.path(key));
    if (known[z]) throw InputError(fmt::format("{} has {} twice", f.path(key), name));
    known[z] = true;
    read_entry(Fields(entry, fmt::format("{} {}", f.path(key), name)), out[z]);
  }
  for (std::size_t z = 0; z < known.size(); ++z) {
    if (!known[z]) throw InputError(fmt::format("{} lacks {}", f.path(key), m.elements[z]));
  }
}

void read_readout(const Fields& f, Model& m) {
  read_by_element(f, "readout", m, m.readout, [](const Fields& e, Readout& r) {
    e.numbers("shift", r.shift);
    e.numbers("scale", r.scale);
    e.numbers("linear", r.linear);
    e.numbers_if("hidden_weight", r.hidden_weight);
    e.numbers_if("hidden_bias", r.hidden_bias);
    e.numbers_if("hidden_output", r.hidden_output);
  });
}

// What one layer is, beside elements and radial functions.
void read_layer(const Fields& f, Model& m) {
  f.read("l_max", m.l_max);
  f.read_if("copies", m.copies);
  f.read("channels", m.channels);
  read_invariants(f, m);
  f.numbers_if("mixing", m.mixing);
  if (f.has("activation")) f.choice("activation", activation_names, m.activation);
}

// The layer below: as the model, without energies.
Model read_below(const Fields& f, const Model& m) {
  Model below;
  below.name = m.name;
  below.elements = m.elements;
  below.reference_energy_eV.assign(m.elements.size(), 0.0);
  below.radial = m.radial;
  below.density_scale = m.density_scale;
  below.zbl = false;
  below.features = "hidden";
  read_layer(f, below);
  read_by_element(f, "readout", below, below.readout, [](const Fields& e, Readout& r) {
    e.numbers("shift", r.shift);
    e.numbers("scale", r.scale);
    e.numbers("hidden_weight", r.hidden_weight);
    e.numbers("hidden_bias", r.hidden_bias);
    r.linear.assign(r.shift.size(), 0.0);
    r.hidden_output.assign(r.hidden_bias.size(), 0.0);
  });
  return below;
}

void read_head(const Fields& f, Model& m) {
  std::string format;
  f.read("format", format);
  if (format != format_name) {
    throw InputError(fmt::format("format is \"{}\", and should be \"{}\"", format, format_name));
  }
  int version = 0;
  f.read("version", version);
  if (version != format_version && version != version_with_messages) {
    throw InputError(
        fmt::format("version is {}, and this program reads {} and {}: use the release that "
                    "wrote the file, or train again",
                    version, format_version, version_with_messages));
  }
  f.read("name", m.name);
  f.read_if("summary", m.summary);
  f.read_if("provenance", m.provenance);
  f.read_if("limits", m.limits);
  f.read_if("references", m.references);
  f.read("elements", m.elements);
  f.read_if("made_for", m.made_for);
  f.numbers("reference_energy_eV", m.reference_energy_eV);
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

Model model_from_json(const json& j) {
  const Fields f(j, "");
  Model m;
  read_head(f, m);
  read_radial(Fields(f.at("radial"), "radial"), m);
  f.read_if("density_scale", m.density_scale);
  read_layer(f, m);
  if (f.has("messages")) m.below.push_back(read_below(Fields(f.at("messages"), "messages"), m));
  read_readout(f, m);
  f.read_if("zbl", m.zbl);
  f.read_if("timestep_ps", m.timestep_ps);
  f.read_if("features", m.features);
  if (f.has("uncertainty")) {
    read_by_element(f, "uncertainty", m, m.uncertainty, [](const Fields& e, ElementUncertainty& u) {
      e.numbers_if("active_inverse", u.active_inverse);
      e.numbers_if("posterior_factor", u.posterior_factor);
    });
  }
  if (f.has("training")) m.training_json = f.at("training").dump();
  check_model(m);
  return m;
}

Model read_model(const std::filesystem::path& file) {
  const auto bytes = io::open_bytes(file);
  std::string text;
  std::vector<char> block(std::size_t{1} << 20U);
  while (const std::size_t n = bytes->read(block.data(), block.size())) {
    text.append(block.data(), n);
  }
  try {
    return model_from_json(json::parse(text));
  } catch (const json::parse_error& e) {
    throw InputError(
        fmt::format("{}: not a model in JSON (wrong at byte {}): train it again, or "
                    "fetch the file again",
                    file.string(), e.byte));
  } catch (const InputError& e) {
    throw InputError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

void write_model(const std::filesystem::path& file, const Model& model) {
  std::string text;
  print(model_to_json(model), text, 0);
  io::OutputFile out(file);
  out.write(text + "\n");
  out.commit();
}

}  // namespace vitrion::mlp
