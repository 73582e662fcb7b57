// What a person means by "0.75Li2S-0.25P2S5": amounts of elements, and the groups they came in.
//
// Read are components with coefficients ("75Li2S·25P2S5", "0.7 Li2S - 0.3 P2S5", "3 Li + PS4",
// "75 mol% Li2S - 25 mol% P2S5"), single formulas with fractions and brackets
// ("Li9.54Si1.74P1.44S11.7Cl0.3", "Li7(PS4)(P2S7)", "Li96 P32 S128"), subscript digits (Li₃PS₄),
// and chains of n links as components ("2 Li + S{6}"). Amounts are exact fractions. O(length).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "build/rational.hpp"

namespace vitrion {

/// A component, a bracketed group, or an element that stands beside a group.
struct Piece {
  std::string name;  ///< "Li2S", "PS4", "Li"; without spaces, subscripts as digits
  Rational amount;   ///< how many of it
  std::map<std::string, Rational> elements;  ///< in one of it
  int column = 0;                            ///< where it starts in the text, from 1
};

struct Composition {
  std::string text;
  std::vector<Piece> pieces;
  std::map<std::string, Rational> elements;  ///< summed over all pieces; none is zero
};

/// Throws InputError at the offending character, with what was found and what to write. `where` is
/// the place of the first character, if it stands in a file; else "composition:1:COLUMN" is named.
Composition parse_composition(std::string_view text, const Location& where = {});

/// Lithium first and sulfur last: elements by rising electronegativity (Pauling), as formulas and
/// species tables are ordered here; elements that are not listed follow by atomic number.
std::vector<std::string> order_by_electropositivity(std::vector<std::string> symbols);

/// "Li3PS4" from whole counts, divided by their greatest common divisor; ordered as above.
std::string reduced_formula(const std::map<std::string, long>& atoms);
/// "Li96 P32 S128".
std::string full_formula(const std::map<std::string, long>& atoms);

}  // namespace vitrion
