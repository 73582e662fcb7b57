#include "potential/mlp/pace_read.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>

#include "base/error.hpp"
#include "io/bytes.hpp"

namespace vitrion::mlp {
namespace {

// One group of the file; errors name the field by its path.
class PaceFields {
 public:
  PaceFields(const YAML::Node& node, std::string path) : node_(node), path_(std::move(path)) {
    if (!node_.IsMap()) {
      throw InputError(
          fmt::format("{} should be a group of fields", path_.empty() ? "a potential" : path_));
    }
  }
  [[nodiscard]] bool has(const char* key) const { return static_cast<bool>(node_[key]); }
  [[nodiscard]] std::string path(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }
  [[nodiscard]] YAML::Node node(const char* key) const {
    if (!has(key)) throw InputError(fmt::format("{} is missing", path(key)));
    return node_[key];
  }
  template <class T>
  [[nodiscard]] T get(const char* key) const {
    try {
      return node(key).as<T>();
    } catch (const YAML::Exception&) {
      throw InputError(fmt::format("{} has a value of the wrong kind", path(key)));
    }
  }
  template <class T>
  void read_if(const char* key, T& value) const {
    if (has(key)) value = get<T>(key);
  }

 private:
  YAML::Node node_;
  std::string path_;
};

int element_index(const YAML::Node& node, int elements, const std::string& where) {
  int z = -1;
  if (!YAML::convert<int>::decode(node, z) || z < 0 || z >= elements) {
    throw InputError(fmt::format("{} names an element that there is not", where));
  }
  return z;
}

PaceEmbedding read_embedding(const PaceFields& f) {
  PaceEmbedding e;
  e.densities = f.get<int>("ndensity");
  e.parameters = f.get<std::vector<double>>("FS_parameters");
  e.kind = f.get<std::string>("npoti");
  e.core_cut = f.get<double>("rho_core_cutoff");
  e.core_width = f.get<double>("drho_core_cutoff");
  if (e.densities < 1 || e.parameters.size() != 2 * at(e.densities)) {
    throw InputError(
        fmt::format("{} should have two numbers for each density", f.path("FS_parameters")));
  }
  if (e.kind != "FinnisSinclair" && e.kind != "FinnisSinclairShiftedScaled") {
    throw InputError(fmt::format("{} is \"{}\", which is not known", f.path("npoti"), e.kind));
  }
  return e;
}

void read_coefficients(const PaceFields& f, PaceBond& b) {
  const auto nested = f.get<std::vector<std::vector<std::vector<double>>>>("radcoefficients");
  bool good = nested.size() >= at(b.radial);
  for (std::size_t n = 0; good && n < at(b.radial); ++n) {
    good = nested[n].size() > at(b.l_max);
    for (std::size_t l = 0; good && l <= at(b.l_max); ++l) {
      good = nested[n][l].size() >= at(b.base);
      if (!good) break;
      b.coefficient.insert(b.coefficient.end(), nested[n][l].begin(),
                           nested[n][l].begin() + b.base);
    }
  }
  if (!good) {
    throw InputError(fmt::format("{} has fewer numbers than nradmax, lmax and nradbasemax ask for",
                                 f.path("radcoefficients")));
  }
}

PaceBond read_bond(const PaceFields& f) {
  PaceBond b;
  b.base_name = f.get<std::string>("radbasename");
  if (b.base_name != "ChebExpCos" && b.base_name != "ChebPow") {
    throw InputError(fmt::format("{} is \"{}\": only ChebExpCos and ChebPow are known",
                                 f.path("radbasename"), b.base_name));
  }
  b.radial = f.get<int>("nradmax");
  b.l_max = f.get<int>("lmax");
  b.base = f.get<int>("nradbasemax");
  const auto parameters = f.get<std::vector<double>>("radparameters");
  if (parameters.empty() || b.radial < 0 || b.l_max < 0 || b.base < 1) {
    throw InputError(fmt::format("{} is empty, or nradmax, lmax or nradbasemax is negative",
                                 f.path("radparameters")));
  }
  b.lambda = parameters[0];
  read_coefficients(f, b);
  b.core_prefactor = f.get<double>("prehc");
  b.core_decay = f.get<double>("lambdahc");
  b.cutoff_A = f.get<double>("rcut");
  b.cutoff_width_A = f.get<double>("dcut");
  f.read_if("rcut_in", b.inner_A);
  f.read_if("dcut_in", b.inner_width_A);
  b.inner_kind = "density";  // of files before there was a choice
  f.read_if("inner_cutoff_type", b.inner_kind);
  if (b.inner_kind != "density" && b.inner_kind != "distance") {
    throw InputError(fmt::format("{} is \"{}\": only density and distance are known",
                                 f.path("inner_cutoff_type"), b.inner_kind));
  }
  if (!(b.cutoff_A > 0)) throw InputError(fmt::format("{} should be more than 0", f.path("rcut")));
  return b;
}

PaceFunction read_function(const PaceFields& f, const PacePotential& p, int z) {
  PaceFunction out;
  out.element = f.get<std::vector<int>>("mus");
  out.n = f.get<std::vector<int>>("ns");
  out.l = f.get<std::vector<int>>("ls");
  out.m = f.get<std::vector<int>>("ms_combs");
  out.coefficient = f.get<std::vector<double>>("ctildes");
  const std::size_t rank = out.n.size();
  if (rank == 0 || out.element.size() != rank || out.l.size() != rank || out.m.size() % rank != 0 ||
      out.coefficient.size() != out.m.size() / rank * at(p.embedding[at(z)].densities)) {
    throw InputError(
        fmt::format("{} disagree in length", f.path("mus, ns, ls, ms_combs, ctildes")));
  }
  for (std::size_t t = 0; t < rank; ++t) {
    const bool known = out.element[t] >= 0 && out.element[t] < p.element_count();
    if (!known) throw InputError(fmt::format("{} names no element", f.path("mus")));
    const PaceBond& b = p.bond(z, out.element[t]);
    const int last = rank == 1 ? b.base : b.radial;
    if (out.n[t] < 1 || out.n[t] > last || out.l[t] < 0 || out.l[t] > b.l_max) {
      throw InputError(fmt::format("{} is out of the range of its bond", f.path("ns, ls")));
    }
  }
  for (std::size_t i = 0; i < out.m.size(); ++i) {
    if (std::abs(out.m[i]) > out.l[i % rank])
      throw InputError(fmt::format("{} has an m beyond its l", f.path("ms_combs")));
  }
  return out;
}

void read_bonds(const PaceFields& root, PacePotential& p) {
  const int z_count = p.element_count();
  p.bonds.assign(at(z_count * z_count), {});
  std::vector<bool> known(p.bonds.size(), false);
  for (const auto& entry : root.node("bonds")) {
    if (!entry.first.IsSequence() || entry.first.size() != 2) {
      throw InputError("bonds should be named by two elements, [0, 1]");
    }
    const int a = element_index(entry.first[0], z_count, "bonds");
    const int b = element_index(entry.first[1], z_count, "bonds");
    p.bonds[at(a * z_count + b)] = read_bond({entry.second, fmt::format("bonds [{}, {}]", a, b)});
    known[at(a * z_count + b)] = true;
  }
  for (int i = 0; i < z_count * z_count; ++i) {
    if (!known[at(i)])
      throw InputError(fmt::format("bonds lacks [{}, {}]", i / z_count, i % z_count));
  }
}

PacePotential potential_from(const YAML::Node& node) {
  const PaceFields root(node, "");
  PacePotential p;
  p.elements = root.get<std::vector<std::string>>("elements");
  p.reference_energy_eV = root.get<std::vector<double>>("E0");
  p.spline_step_A = root.get<double>("deltaSplineBins");
  if (p.elements.empty() || p.reference_energy_eV.size() != p.elements.size()) {
    throw InputError("elements and E0 differ in length, or are empty");
  }
  p.embedding.resize(p.elements.size());
  for (const auto& entry : root.node("embeddings")) {
    const int z = element_index(entry.first, p.element_count(), "embeddings");
    p.embedding[at(z)] = read_embedding({entry.second, fmt::format("embeddings {}", z)});
  }
  read_bonds(root, p);
  p.functions.resize(p.elements.size());
  for (const auto& entry : root.node("functions")) {
    const int z = element_index(entry.first, p.element_count(), "functions");
    for (const auto& function : entry.second) {
      const auto number = p.functions[at(z)].size() + 1;
      p.functions[at(z)].push_back(
          read_function({function, fmt::format("functions {}, number {}", z, number)}, p, z));
    }
  }
  return p;
}

}  // namespace

PacePotential pace_from_text(const std::string& text) {
  try {
    return potential_from(YAML::Load(text));
  } catch (const YAML::Exception& e) {
    throw InputError(
        fmt::format("not a potential of pair_style pace (line {}: {})", e.mark.line + 1, e.msg));
  }
}

PacePotential read_pace(const std::filesystem::path& file) {
  const std::string text = io::read_bytes(file);
  try {
    return pace_from_text(text);
  } catch (const InputError& e) {
    throw InputError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

}  // namespace vitrion::mlp
