#include "structure/pairs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace vitrion {

PairTable::PairTable(const Structure& structure) {
  const auto counts = structure.counts();
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < structure.species.size(); ++k) {
    if (counts[k] > 0) order.push_back(k);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return structure.species[a].name < structure.species[b].name;
  });
  std::vector<std::uint16_t> group_of_kind(structure.species.size(), 0);
  for (std::size_t g = 0; g < order.size(); ++g) {
    names_.push_back(structure.species[order[g]].name);
    numbers_.push_back(structure.species[order[g]].atomic_number);
    counts_.push_back(static_cast<double>(counts[order[g]]));
    group_of_kind[order[g]] = static_cast<std::uint16_t>(g);
  }
  group_of_.reserve(structure.size());
  for (const auto kind : structure.kind) group_of_.push_back(group_of_kind[kind]);
}

std::size_t PairTable::pair(std::size_t a, std::size_t b) const {
  if (a > b) std::swap(a, b);
  return a * groups() - a * (a + 1) / 2 + b;
}

std::string PairTable::pair_name(std::size_t a, std::size_t b) const {
  return names_[std::min(a, b)] + "-" + names_[std::max(a, b)];
}

std::size_t PairTable::group(const std::string& name) const {
  for (std::size_t g = 0; g < names_.size(); ++g) {
    if (names_[g] == name) return g;
  }
  throw InputError(fmt::format("there is no species \"{}\" here{}: the atoms are {}", name,
                               did_you_mean(name, names_), join(names_, ", ")));
}

}  // namespace vitrion
