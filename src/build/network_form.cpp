#include "build/network_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/data_files.hpp"
#include "base/document.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

const Node& need(const Node& map, const std::string& key) {
  const Node* found = map.find(key);
  if (found == nullptr) {
    throw InputError(map.where, fmt::format("a network file lacks the key \"{}\": add it", key));
  }
  return *found;
}

double number(const Node& map, const std::string& key) {
  const Node& node = need(map, key);
  return parse_number(node.scalar, node.where);
}

double length(const Node& map, const std::string& key) {
  const Node& node = need(map, key);
  return parse_quantity(node.scalar, Dimension::length, node.where);
}

NetworkForm::Pair pair_of(const Node& node) {
  const auto parts = split(node.scalar, '-');
  if (node.scalar == "*") return {"*", "*"};
  if (parts.size() != 2) throw InputError(node.where, "a pair should read Si-S");
  return std::minmax(parts[0], parts[1]);
}

}  // namespace

const NetworkForm::Bond& NetworkForm::bond(const std::string& a, const std::string& b) const {
  const auto found = bonds.find(std::minmax(a, b));
  if (found == bonds.end())
    throw InputError(
        fmt::format("the network {} has no bond {}-{}: add it to its file", name, a, b));
  return found->second;
}

NetworkForm::Angle NetworkForm::angle(const std::string& centre, const std::string& a,
                                      const std::string& b) const {
  const auto at = angles.find(centre);
  if (at == angles.end()) return {};
  auto found = at->second.find(std::minmax(a, b));
  if (found == at->second.end()) found = at->second.find({"*", "*"});
  return found == at->second.end() ? Angle{} : found->second;
}

NetworkForm::Repulsion NetworkForm::repulsion(const std::string& a, const std::string& b) const {
  const auto found = repulsions.find(std::minmax(a, b));
  return found == repulsions.end() ? Repulsion{} : found->second;
}

NetworkForm read_network_form(const fs::path& file) {
  const Node root = load_yaml(file);
  NetworkForm out;
  out.name = file.stem().string();
  out.source = need(root, "source").scalar;
  out.edge_sharing = need(root, "edge_sharing").scalar == "true";
  for (const auto& entry : need(root, "formers").entries) {
    NetworkForm::Former former;
    former.coordination = static_cast<int>(number(entry.value, "coordination"));
    if (entry.value.find("terminal") != nullptr)
      former.terminal = static_cast<int>(number(entry.value, "terminal"));
    if (former.coordination < 2 || former.coordination > 4 || former.terminal < 0 ||
        former.terminal >= former.coordination) {
      throw InputError(entry.value.where,
                       "a former has 2 to 4 bonds, of which at least one can bridge");
    }
    out.formers[entry.key] = former;
  }
  for (const auto& item : need(root, "anions").items) out.anions.push_back(item.scalar);
  for (const auto& item : need(root, "bonds").items) {
    NetworkForm::Bond bond{length(item, "length"), 0, number(item, "strength")};
    bond.terminal_length_A =
        item.find("terminal_length") != nullptr ? length(item, "terminal_length") : bond.length_A;
    out.bonds[pair_of(need(item, "pair"))] = bond;
  }
  for (const auto& item : need(root, "angles").items) {
    out.angles[need(item, "centre").scalar][pair_of(need(item, "ends"))] = {
        number(item, "cos"), number(item, "strength")};
  }
  for (const auto& item : need(root, "repulsions").items) {
    out.repulsions[pair_of(need(item, "pair"))] = {length(item, "length"),
                                                   number(item, "strength")};
  }
  return out;
}

NetworkForm find_network_form(const std::vector<std::string>& elements) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(data_folder() / "networks", error)) {
    if (item.path().extension() == ".yaml") files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> known;
  for (const auto& file : files) {
    NetworkForm form = read_network_form(file);
    bool fits = true;
    bool has_former = false;
    for (const auto& symbol : elements) {
      const bool former = form.formers.count(symbol) != 0;
      const bool anion =
          std::find(form.anions.begin(), form.anions.end(), symbol) != form.anions.end();
      has_former = has_former || former;
      const auto charge = element::formal_charge(element::require(symbol));
      fits = fits && (former || anion || (charge && *charge > 0 && *charge < 3));
    }
    if (fits && has_former) return form;
    std::vector<std::string> formers;
    for (const auto& [symbol, f] : form.formers) formers.push_back(symbol);
    known.push_back(fmt::format("{} with {}", join(formers, ", "), join(form.anions, ", ")));
  }
  throw InputError(fmt::format(
      "no network is described for {}: there are {}; write a file like those in data/networks",
      join(elements, ", "), join(known, "; ")));
}

}  // namespace vitrion
