#include "io/labelled.hpp"

#include <fmt/format.h>

#include <cctype>

#include "base/log.hpp"
#include "base/text.hpp"
#include "io/numbers.hpp"
#include "io/species_names.hpp"

namespace vitrion::io {

void LeftOut::tell(const std::string& file) {
  if (unconverged_ > 0)
    log_warning(fmt::format("{}: {} step{} whose electrons did not converge {} left out", file,
                            unconverged_, unconverged_ == 1 ? "" : "s",
                            unconverged_ == 1 ? "is" : "are"));
  if (cut_off_)
    log_warning(fmt::format("{}: the file ends within a step, which is left out", file));
  unconverged_ = 0;
  cut_off_ = false;
}

void set_species(const std::vector<std::string>& symbols, const LineReader& reader,
                 Structure& structure) {
  structure.species.clear();
  structure.kind.clear();
  structure.kind.reserve(symbols.size());
  const std::string* last = nullptr;
  for (const auto& symbol : symbols) {
    if (last != nullptr && *last == symbol) {
      structure.kind.push_back(structure.kind.back());
      continue;
    }
    const auto found = structure.find_species(symbol);
    if (found) {
      structure.kind.push_back(static_cast<std::uint16_t>(*found));
    } else {
      structure.species.push_back(species_of_word(symbol, reader));
      structure.kind.push_back(static_cast<std::uint16_t>(structure.species.size() - 1));
    }
    last = &symbol;
  }
}

std::vector<double> fortran_numbers(std::string_view line, std::size_t count, std::string_view what,
                                    const LineReader& reader) {
  std::string text;
  text.reserve(line.size() + 8);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '-' && i > 0 &&
        (std::isdigit(static_cast<unsigned char>(line[i - 1])) != 0 || line[i - 1] == '.'))
      text += ' ';
    text += line[i];
  }
  std::vector<double> out;
  Words words(text, reader);
  while (out.size() < count) out.push_back(words.number(what));
  return out;
}

std::string element_of_potential(std::string_view name) {
  return std::string(name.substr(0, name.find_first_of("_/.")));
}

}  // namespace vitrion::io
