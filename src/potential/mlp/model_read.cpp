// Reads the file of a model: JSON, described field by field in docs/model-file.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/bytes.hpp"
#include "potential/mlp/model.hpp"
#include "potential/mlp/model_format.hpp"

namespace vitrion::mlp {
namespace {

using nlohmann::json;

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

// Without energy, as a layer of messages is, its linear term and outputs are 0.
void read_readout(const Fields& f, Model& m, bool with_energy = true) {
  read_by_element(f, "readout", m, m.readout, [&](const Fields& e, Readout& r) {
    e.numbers("shift", r.shift);
    e.numbers("scale", r.scale);
    e.numbers_if("hidden_weight", r.hidden_weight);
    e.numbers_if("hidden_bias", r.hidden_bias);
    if (with_energy) {
      e.numbers("linear", r.linear);
      e.numbers_if("hidden_output", r.hidden_output);
    } else {
      r.linear.assign(r.shift.size(), 0.0);
      r.hidden_output.assign(r.hidden_bias.size(), 0.0);
    }
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
  read_readout(f, below, false);
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
  const std::string text = io::read_bytes(file);
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

}  // namespace vitrion::mlp
