// How names, units and numbers of results are written for a person (rich text, see markup.hpp).
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace vitrion::report {

/// "g/cm3" → "g/cm³", "1/A" → "Å⁻¹", "deg" → "°".
std::string pretty_unit(std::string_view unit);
/// "P-S" → "P–S", "Li>S" → "Li→S", "PS4" → "PS₄"; other names stay as they are.
std::string pretty_name(std::string_view name);
/// A table's or an analysis' name in words: "cn_distribution" → "cn distribution".
std::string words(std::string_view name);
/// A scalar's key in words or symbols: "D_Li", "sigma_300K", "first_peak_P-S", "cn_P>S".
std::string pretty_key(std::string_view key);
/// "1.93(2)", "1.2(3)×10⁻⁸", "–".
std::string pretty_value(double value, double error);
/// "1.93" and "± 0.02" ("1.2×10⁻⁷" and "± 0.3×10⁻⁷"); the second is empty without an error.
std::pair<std::string, std::string> value_and_error(double value, double error);
/// A plain number for a table.
std::string pretty_number(double value);
/// A label with its unit: "r (Å)"; a label that has its unit already stays.
std::string label_with_unit(std::string_view label, std::string_view unit);
/// A sentence's first letter made large.
std::string capitalised(std::string_view text);

}  // namespace vitrion::report
