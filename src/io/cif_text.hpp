// The words of a CIF file (CIF 1.1, https://www.iucr.org/resources/cif/spec/version1.1): items and
// loops of its first data block that has what is asked for. gemmi reads CIF too, but its header
// wants PEGTL, a package more for some hundred lines.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace vitrion {

/// One data block; tags are in lower case.
struct CifBlock {
  std::string name;
  std::map<std::string, std::vector<std::string>> values;  ///< an item has one value

  /// The first value of the first of these tags that is there and not "?" or "."; "" otherwise.
  [[nodiscard]] std::string value(const std::vector<std::string>& tags) const;
  /// The column of a loop, or nullptr.
  [[nodiscard]] const std::vector<std::string>* column(const std::string& tag) const;
};

/// InputError with the line where the text breaks the rules.
std::vector<CifBlock> parse_cif(std::string_view text, const std::string& file);

/// A number without its uncertainty, "5.715(2)"; NaN where it is none.
double cif_number(std::string_view text);

}  // namespace vitrion
