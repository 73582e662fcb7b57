#include "build/crystal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

extern "C" {
#include <spglib.h>
}

#include "base/data_files.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "core/element.hpp"
#include "io/formats.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

Crystal from_structure(const fs::path& file) {
  const Structure s = read_first_frame(file).structure;
  if (!s.cell.fully_periodic()) {
    throw InputError(
        fmt::format("{}: a crystal needs a periodic cell: give a file with one", file.string()));
  }
  Crystal out;
  out.name = file.stem().string();
  out.cell = s.cell;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const std::string symbol = element::symbol(element::require(s.species_of(i).name));
    out.sites.push_back({s.cell.to_fractional(s.position[i]), {{symbol, 1.0}}, symbol});
  }
  return out;
}

Symmetry find_symmetry(const Cell& cell, const std::vector<Vec3>& fraction,
                       const std::vector<int>& kind, double tolerance) {
  double lattice[3][3];
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) lattice[i][j] = cell.vectors()(i, j);
  }
  std::vector<std::array<double, 3>> at;
  for (const Vec3& f : fraction) at.push_back({f[0], f[1], f[2]});
  SpglibDataset* found = spg_get_dataset(lattice, reinterpret_cast<double(*)[3]>(at.data()),
                                         kind.data(), static_cast<int>(at.size()), tolerance);
  if (found == nullptr) return {};
  Symmetry out{found->international_symbol, found->spacegroup_number};
  spg_free_dataset(found);
  return out;
}

}  // namespace

std::vector<std::string> crystal_names() {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& item : fs::directory_iterator(data_folder() / "crystals", error)) {
    if (item.path().extension() == ".cif") out.push_back(item.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Crystal load_crystal(const std::string& name) {
  if (name.empty())
    throw InputError(
        fmt::format("no crystal is named: give a file, or one of {}", join(crystal_names(), ", ")));
  std::error_code error;
  fs::path file = name;
  if (!fs::exists(file, error)) {
    const auto known = crystal_names();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw InputError(fmt::format("there is no crystal \"{}\"{}: it may be a file or one of {}",
                                   name, did_you_mean(name, known), join(known, ", ")));
    }
    file = data_folder() / "crystals" / (name + ".cif");
  }
  return to_lower(file.extension().string()) == ".cif" ? read_cif(file) : from_structure(file);
}

Symmetry symmetry_of(const Crystal& crystal, double tolerance) {
  std::vector<Vec3> fraction;
  std::vector<int> kind;
  std::vector<std::string> kinds;
  for (const auto& site : crystal.sites) {
    std::string occupants;
    for (const auto& [symbol, x] : site.occupancy) occupants += fmt::format("{}{:.3f}", symbol, x);
    const auto at = std::find(kinds.begin(), kinds.end(), occupants);
    kind.push_back(static_cast<int>(at - kinds.begin()));
    if (at == kinds.end()) kinds.push_back(occupants);
    fraction.push_back(site.fraction);
  }
  return find_symmetry(crystal.cell, fraction, kind, tolerance);
}

Symmetry symmetry_of(const Structure& structure, double tolerance) {
  std::vector<Vec3> fraction;
  for (const Vec3& r : structure.position) fraction.push_back(structure.cell.to_fractional(r));
  return find_symmetry(structure.cell, fraction, {structure.kind.begin(), structure.kind.end()},
                       tolerance);
}

}  // namespace vitrion
