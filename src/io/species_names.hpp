// From the words by which a file names its atoms to kinds, each word resolved once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/structure.hpp"
#include "io/line_reader.hpp"

namespace vitrion::io {

class SpeciesNames {
 public:
  /// Says what a word means; throws InputError where it means nothing.
  using Resolve = std::function<Species(std::string_view word, const LineReader& reader)>;
  explicit SpeciesNames(Resolve resolve) : resolve_(std::move(resolve)) {}

  /// The kind of a word. O(1) while a word repeats, else linear in the number of words.
  std::uint16_t kind(std::string_view word, const LineReader& reader) {
    if (last_ < words_.size() && words_[last_] == word) return kinds_[last_];
    return look_up(word, reader);
  }
  /// Writes the table into the structure, without species that no atom has.
  void finish(Structure& structure);

 private:
  std::uint16_t look_up(std::string_view word, const LineReader& reader);

  Resolve resolve_;
  std::vector<std::string> words_;
  std::vector<std::uint16_t> kinds_;
  std::size_t last_ = 0;
  std::vector<Species> species_;
};

/// An element symbol, a name that begins with a letter ("S_br"), or an atomic number.
Species species_of_word(std::string_view word, const LineReader& reader);
/// The species of a LAMMPS type; without an entry the error names the remedy.
Species species_of_type(std::string_view type, const std::map<long, std::string>& type_names,
                        const LineReader& reader);

}  // namespace vitrion::io
