#include "io/species_names.hpp"

#include <fmt/format.h>

#include <cctype>

#include "core/element.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

// More than the elements with a few labels each; beyond it the column is not one of names.
constexpr std::size_t most_words = 1000;

}  // namespace

std::uint16_t SpeciesNames::look_up(std::string_view word, const LineReader& reader) {
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i] == word) {
      last_ = i;
      return kinds_[i];
    }
  }
  if (words_.size() >= most_words) {
    reader.fail(fmt::format("there are more than {} kinds of atoms: is this the column of names?",
                            most_words));
  }
  const Species made = resolve_(word, reader);
  std::size_t kind = 0;
  while (kind < species_.size() && species_[kind].name != made.name) ++kind;
  if (kind == species_.size()) species_.push_back(made);
  last_ = words_.size();
  words_.emplace_back(word);
  kinds_.push_back(static_cast<std::uint16_t>(kind));
  return kinds_.back();
}

// Kinds stay the same from frame to frame while every species is in use; where one is not (files
// of different materials), the table begins anew in the order of the atoms.
void SpeciesNames::finish(Structure& structure) {
  structure.species = species_;
  const auto counts = structure.counts();
  bool all_used = true;
  for (const auto n : counts) all_used = all_used && n > 0;
  if (all_used) return;
  std::vector<std::uint16_t> renamed(species_.size(), UINT16_MAX);
  structure.species.clear();
  for (auto& k : structure.kind) {
    if (renamed[k] == UINT16_MAX) {
      renamed[k] = static_cast<std::uint16_t>(structure.species.size());
      structure.species.push_back(species_[k]);
    }
    k = renamed[k];
  }
  species_ = structure.species;
  words_.clear();
  kinds_.clear();
  last_ = 0;
}

Species species_of_word(std::string_view word, const LineReader& reader) {
  if (word.size() <= 32 && std::isalpha(static_cast<unsigned char>(word[0])) != 0) {
    return Species::of_element(word);
  }
  const auto number = to_integer(word);
  if (number && *number >= 1 && *number <= 103) {
    return Species::of_element(element::symbol(static_cast<int>(*number)));
  }
  reader.fail(fmt::format("\"{}\" stands where an element should: is a column missing?",
                          word.substr(0, 32)));
}

Species species_of_type(std::string_view type, const std::map<long, std::string>& type_names,
                        const LineReader& reader) {
  const auto number = to_integer(type);
  if (!number) {
    reader.fail(fmt::format("the atom type \"{}\" is not a whole number", type.substr(0, 32)));
  }
  const auto found = type_names.find(static_cast<long>(*number));
  if (found != type_names.end()) return Species::of_element(found->second);
  reader.fail(
      fmt::format("nothing says which element atom type {} is: name every type, as in "
                  "--types 1=Li,2=P,3=S",
                  *number));
}

}  // namespace vitrion::io
