#include "build/unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "base/data_files.hpp"
#include "base/document.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "build/chain.hpp"
#include "core/element.hpp"
#include "io/formats.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

const Node& entry(const Node& map, const std::string& key) {
  const Node* found = map.find(key);
  if (found == nullptr)
    throw InputError(map.where, fmt::format("the unit lacks the key \"{}\": add it", key));
  return *found;
}

void read_atom(const Node& node, Unit& unit) {
  if (!node.is_list() || node.items.size() < 4 || node.items.size() > 5) {
    throw InputError(node.where,
                     "an atom should read [element, x, y, z], or with its charge [element, x, y, "
                     "z, charge]");
  }
  if (element::atomic_number(node.items[0].scalar) == 0) {
    throw InputError(
        node.items[0].where,
        fmt::format("\"{}\" is not a chemical element: correct the symbol", node.items[0].scalar));
  }
  unit.elements.push_back(node.items[0].scalar);
  Vec3 r;
  for (std::size_t k = 0; k < 3; ++k) {
    const Node& x = node.items[k + 1];
    r[static_cast<Eigen::Index>(k)] = parse_number(x.scalar, x.where);
  }
  unit.position.push_back(r);
  if (node.items.size() == 5)
    unit.charge.push_back(parse_number(node.items[4].scalar, node.items[4].where));
}

Unit read_unit(const Node& map) {
  if (!map.is_map())
    throw InputError(map.where, "a unit file should hold name, charge, source and atoms");
  Unit unit;
  unit.name = entry(map, "name").scalar;
  const Node& charge = entry(map, "charge");
  unit.charge_e = static_cast<int>(parse_integer(charge.scalar, charge.where));
  unit.source = entry(map, "source").scalar;
  const Node& atoms = entry(map, "atoms");
  if (!atoms.is_list() || atoms.items.empty())
    throw InputError(atoms.where, "a unit needs at least one atom");
  for (const Node& node : atoms.items) read_atom(node, unit);
  if (!unit.charge.empty() && unit.charge.size() != unit.size())
    throw InputError(atoms.where, "some atoms have a charge and some have none: give all or none");
  Vec3 centre = Vec3::Zero();
  for (const Vec3& r : unit.position) centre += r;
  centre /= static_cast<double>(unit.size());
  for (Vec3& r : unit.position) r -= centre;
  return unit;
}

}  // namespace

std::map<std::string, long> Unit::counts() const {
  std::map<std::string, long> out;
  for (const auto& symbol : elements) ++out[symbol];
  return out;
}

Unit load_unit(const fs::path& file) { return read_unit(load_yaml(file)); }

Unit single_ion(const std::string& symbol) {
  const int z = element::require(symbol);
  const auto charge = element::formal_charge(z);
  if (!charge) {
    throw InputError(fmt::format(
        "no usual charge is known for {}: leave it out, or describe an ion that holds it "
        "as a unit in data/units",
        element::symbol(z)));
  }
  return {element::symbol(z),
          static_cast<int>(std::lround(*charge)),
          "single ion",
          {element::symbol(z)},
          {Vec3::Zero()}};
}

bool is_unit_file(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".xyz") ||
         name.ends_with(".extxyz") || name.ends_with(".yaml");
}

Unit load_molecule(const fs::path& file) {
  const Structure s = read_first_frame(file).structure;
  if (s.size() == 0) throw InputError({file.string(), 0, 0}, "a unit needs at least one atom");
  Unit unit;
  unit.name = file.string();
  unit.source = file.string();
  Vec3 centre = Vec3::Zero();
  for (const Vec3& r : s.position) centre += r / static_cast<double>(s.size());
  for (std::size_t i = 0; i < s.size(); ++i) {
    unit.elements.push_back(element::symbol(element::require(s.species_of(i).name)));
    unit.position.push_back(s.position[i] - centre);
  }
  // "charge=-3" among the words of the second line, as several programs write it.
  const std::string text = read_text_file(file);
  const auto first = text.find('\n');
  const std::string comment = first == std::string::npos
                                  ? ""
                                  : text.substr(first + 1, text.find('\n', first + 1) - first - 1);
  for (const auto& word : split_words(comment)) {
    if (to_lower(word).rfind("charge=", 0) == 0)
      unit.charge_e = static_cast<int>(parse_integer(word.substr(7), {file.string(), 2, 0}));
  }
  return unit;
}

UnitLibrary::UnitLibrary(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(folder, error)) {
    if (item.path().extension() == ".yaml") files.push_back(item.path());
  }
  if (error) {
    throw WorkError(fmt::format(
        "the units of {} cannot be read ({}): set VITRION_DATA to the program's data folder",
        folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const Node map = load_yaml(file);
    std::string name;
    bool added = false;
    if (map.is_map() && map.find("link") != nullptr) {
      auto chain = std::make_shared<Chain>(read_chain(map));
      name = chain->name;
      added = chains_.emplace(name, std::move(chain)).second;
    } else {
      Unit unit = read_unit(map);
      name = unit.name;
      added = units_.emplace(name, std::move(unit)).second;
    }
    if (!added) {
      throw InputError(Location{file.string()},
                       fmt::format("the unit \"{}\" is described twice: remove one", name));
    }
  }
}

UnitLibrary UnitLibrary::standard() { return UnitLibrary(data_folder() / "units"); }

const Unit* UnitLibrary::find(const std::string& name) const {
  const auto it = units_.find(name);
  return it == units_.end() ? nullptr : &it->second;
}

bool UnitLibrary::has(const std::string& name) const {
  const auto chain = parse_chain_name(name);
  return find(name) != nullptr || (chain && chains_.contains(chain->chain));
}

Unit UnitLibrary::get(const std::string& name) const {
  if (const Unit* unit = find(name)) return *unit;
  if (const auto asked = parse_chain_name(name)) {
    const auto it = chains_.find(asked->chain);
    if (it != chains_.end()) return grow_chain(*it->second, asked->links);
    throw InputError(fmt::format("there is no chain \"{}\"{}: its kind may be {}", name,
                                 did_you_mean(asked->chain, chain_names()),
                                 join(chain_names(), ", ")));
  }
  if (is_unit_file(name)) return name.ends_with(".yaml") ? load_unit(name) : load_molecule(name);
  if (const int z = element::atomic_number(name); z > 0) return single_ion(element::symbol(z));
  throw InputError(fmt::format(
      "there is no unit \"{}\"{}: it may be a single element, one of {}, or a chain of n links: {}",
      name, did_you_mean(name, names()), join(names(), ", "), join(chain_names(), ", ")));
}

std::vector<std::string> UnitLibrary::chain_names() const {
  std::vector<std::string> out;
  for (const auto& [name, chain] : chains_) out.push_back(name);
  return out;
}

std::vector<std::string> UnitLibrary::names() const {
  std::vector<std::string> out;
  for (const auto& [name, unit] : units_) out.push_back(name);
  return out;
}

}  // namespace vitrion
