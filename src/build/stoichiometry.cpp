#include "build/stoichiometry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

// A rung of a former's ladder: the unit at `charge` per former; "" stands for single ions.
struct Rung {
  std::string unit;
  int formers;
  int charge;
};
using Ladder = std::vector<Rung>;

const std::map<std::string, Ladder>& ladders() {
  static const std::map<std::string, Ladder> table{
      {"P", {{"PS4", 1, 3}, {"P2S7", 2, 2}, {"P2S6_edge", 2, 1}, {"P4S10", 4, 0}}},
      {"Si", {{"SiS4", 1, 4}, {"Si2S6", 2, 2}, {"", 1, 0}}},
      {"Ge", {{"GeS4", 1, 4}, {"Ge2S6", 2, 2}, {"", 1, 0}}},
      {"Sn", {{"SnS4", 1, 4}, {"", 1, 0}}},
      {"B", {{"BS3", 1, 3}, {"", 1, 0}}},
  };
  return table;
}

Rational amount_of(const std::map<std::string, Rational>& amounts, const std::string& name) {
  const auto it = amounts.find(name);
  return it == amounts.end() ? Rational(0) : it->second;
}

Rational formal_charge_of(const std::map<std::string, Rational>& elements) {
  Rational charge;
  for (const auto& [symbol, n] : elements) charge += n * Rational(single_ion(symbol).charge_e);
  return charge;
}

void remove_zeros(UnitAmounts& amounts) {
  std::erase_if(amounts, [](const auto& item) { return item.second.is_zero(); });
}

UnitAmounts single_ions(const std::map<std::string, Rational>& elements) {
  UnitAmounts out = elements;
  remove_zeros(out);
  return out;
}

// `amount` formers at the charge `y` each, by the lever rule between two rungs.
void place_former(UnitAmounts& out, const std::string& symbol, const Rational& amount,
                  const Rational& y) {
  const Ladder& ladder = ladders().at(symbol);
  const auto add = [&](const Rung& rung, const Rational& n) {
    out[rung.unit.empty() ? symbol : rung.unit] += n / Rational(rung.formers);
  };
  for (std::size_t k = 0; k + 1 < ladder.size(); ++k) {
    const Rung& upper = ladder[k];
    const Rung& lower = ladder[k + 1];
    if (y < Rational(lower.charge)) continue;
    const Rational f = (y - Rational(lower.charge)) / Rational(upper.charge - lower.charge);
    add(upper, amount * f);
    add(lower, amount * (Rational(1) - f));
    return;
  }
}

std::vector<std::string> symbols_of(const std::map<std::string, Rational>& elements) {
  std::vector<std::string> out;
  for (const auto& [symbol, n] : elements) out.push_back(symbol);
  return out;
}

[[noreturn]] void refuse_charge(const Composition& c, const Rational& charge,
                                const UnitLibrary& library) {
  std::vector<std::string> charges;
  for (const auto& symbol : order_by_electropositivity(symbols_of(c.elements))) {
    charges.push_back(fmt::format("{} {:+d}", symbol, single_ion(symbol).charge_e));
  }
  throw InputError(fmt::format("the composition \"{}\" has a net charge of {:+.6g} e with {}: {}",
                               c.text, charge.value(), join(charges, ", "),
                               balancing_advice(charge, symbols_of(c.elements), library)));
}

// The ladder, for elements whose formal charges sum to `excess` (≥ 0: that much lack of sulfur ×
// 2).
std::optional<UnitAmounts> from_ladders(const std::map<std::string, Rational>& elements,
                                        const Rational& excess, const UnitLibrary& library) {
  const Rational sulfur = amount_of(elements, "S");
  UnitAmounts out;
  Rational modifier_charge;
  Rational capacity;
  std::map<std::string, Rational> formers;
  for (const auto& [symbol, n] : elements) {
    if (symbol == "S") continue;
    if (ladders().count(symbol) != 0) {
      formers[symbol] = n;
    } else {
      out[symbol] += n;
      modifier_charge += n * Rational(single_ion(symbol).charge_e);
    }
  }
  if (excess > Rational(0)) {  // P–P bonds: each P2S6 (4−) is one sulfur short of 2 P(+5)
    if (amount_of(formers, "P") < excess) return std::nullopt;
    const Rational pairs = excess / Rational(2);
    formers["P"] -= excess;
    out["P2S6"] += pairs;
    modifier_charge -= Rational(4) * pairs;
  }
  if (modifier_charge < Rational(0)) return std::nullopt;
  for (const auto& [symbol, n] : formers)
    capacity += n * Rational(ladders().at(symbol).front().charge);
  Rational load(1);  // share of its capacity that each former takes
  if (capacity > modifier_charge) load = modifier_charge / capacity;
  for (const auto& [symbol, n] : formers) {
    if (!n.is_zero())
      place_former(out, symbol, n, load * Rational(ladders().at(symbol).front().charge));
  }
  remove_zeros(out);
  const Rational left = sulfur - amount_of(elements_of(out, library), "S");
  if (left < Rational(0)) return std::nullopt;
  out["S"] += left;
  remove_zeros(out);
  return out;
}

// Pieces that are units or single elements, with at least one unit among them.
std::optional<UnitAmounts> as_written(const Composition& c, const UnitLibrary& library) {
  UnitAmounts out;
  bool unit = false;
  for (const Piece& piece : c.pieces) {
    const bool known = library.has(piece.name);
    if (!known && (piece.elements.size() != 1 || piece.elements.count(piece.name) == 0))
      return std::nullopt;
    unit = unit || known;
    out[piece.name] += piece.amount;
  }
  if (!unit) return std::nullopt;
  return out;
}

// A rounded cell that is further off than this (in atomic fractions) is not the composition asked.
constexpr double largest_error = 0.05;

std::map<std::string, long> multiplied(const UnitAmounts& amounts, const Rational& factor) {
  std::map<std::string, long> out;
  for (const auto& [name, n] : amounts) out[name] = static_cast<long>((n * factor).numerator());
  return out;
}

struct Rounding {
  std::vector<std::string> names;
  std::vector<double> wanted;
  std::vector<std::map<std::string, long>> contents;
  std::vector<int> charges;
  std::map<std::string, double> asked;  // elements
  double atoms = 0;

  std::vector<long> best;
  double best_score = 1e300;

  void judge(const std::vector<long>& counts) {
    long charge = 0;
    std::map<std::string, long> elements;
    long total = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      charge += counts[k] * charges[k];
      for (const auto& [symbol, n] : contents[k]) {
        elements[symbol] += n * counts[k];
        total += n * counts[k];
      }
    }
    if (charge != 0 || total == 0) return;
    for (const auto& [symbol, fraction] : asked) {
      if (elements[symbol] == 0) return;
    }
    const double size = std::abs(static_cast<double>(total) - atoms) / atoms;
    const double score = composition_error(asked, elements) + 0.02 * size;
    if (score < best_score - 1e-12) {
      best_score = score;
      best = counts;
    }
  }

  // Depth-first over a few whole numbers around each wanted one.
  void search(std::vector<long>& counts, int spread) {
    const std::size_t k = counts.size();
    if (k == names.size()) return judge(counts);
    const long low = std::max(0L, static_cast<long>(std::floor(wanted[k])) - spread + 1);
    const long high = static_cast<long>(std::floor(wanted[k])) + spread;
    for (long n = low; n <= high; ++n) {
      counts.push_back(n);
      search(counts, spread);
      counts.pop_back();
    }
  }
};

}  // namespace

Rational net_charge(const UnitAmounts& amounts, const UnitLibrary& library) {
  Rational charge;
  for (const auto& [name, n] : amounts) charge += n * Rational(library.get(name).charge_e);
  return charge;
}

std::map<std::string, Rational> elements_of(const UnitAmounts& amounts,
                                            const UnitLibrary& library) {
  std::map<std::string, Rational> out;
  for (const auto& [name, n] : amounts) {
    for (const auto& [symbol, count] : library.get(name).counts())
      out[symbol] += n * Rational(count);
  }
  return out;
}

std::string balancing_advice(const Rational& charge, const std::vector<std::string>& present,
                             const UnitLibrary& library) {
  std::vector<std::string> add;
  std::vector<std::string> take;
  for (const auto& name : present) {
    const int q = library.get(name).charge_e;
    if (q == 0 || ladders().count(name) != 0) continue;  // nobody balances with phosphorus alone
    const double n = -charge.value() / q;
    (n > 0 ? add : take).push_back(fmt::format("{:.6g} {}", std::abs(n), name));
  }
  std::vector<std::string> pieces;
  if (!add.empty()) pieces.push_back("add " + join(add, " or "));
  if (!take.empty()) pieces.push_back("take away " + join(take, " or "));
  if (add.empty()) {
    const double n = std::abs(charge.value());
    pieces.insert(pieces.begin(),
                  charge < Rational(0)
                      ? fmt::format("add {:.6g} Li or as much charge of other cations", n)
                      : fmt::format("add {:.6g} S or as much charge of other anions", n / 2));
  }
  return join(pieces, ", or ");
}

UnitAmounts units_of_composition(const Composition& c, const UnitLibrary& library) {
  if (auto written = as_written(c, library)) {
    const Rational charge = net_charge(*written, library);
    if (charge.is_zero()) return *written;
    std::vector<std::string> present;
    for (const auto& [name, n] : *written) present.push_back(name);
    throw InputError(fmt::format("the units of \"{}\" have a net charge of {:+.6g} e: {}", c.text,
                                 charge.value(), balancing_advice(charge, present, library)));
  }
  const Rational charge = formal_charge_of(c.elements);
  if (charge < Rational(0)) refuse_charge(c, charge, library);
  if (c.elements.count("S") != 0) {
    if (auto out = from_ladders(c.elements, charge, library)) return *out;
  }
  if (!charge.is_zero()) refuse_charge(c, charge, library);
  return single_ions(c.elements);
}

std::map<std::string, long> whole_units(const UnitAmounts& amounts, long atoms,
                                        const UnitLibrary& library) {
  // The smallest cell with whole numbers of every unit.
  Rational smallest(1);
  std::int64_t common = 0;
  for (const auto& [name, n] : amounts)
    smallest = smallest * Rational((n * smallest).denominator());
  for (const auto& [name, n] : amounts) common = std::gcd(common, (n * smallest).numerator());
  smallest = smallest / Rational(common);
  Rational cell_atoms;
  for (const auto& [symbol, n] : elements_of(amounts, library)) cell_atoms += n * smallest;
  const double size = cell_atoms.value();
  const double wanted = static_cast<double>(atoms);
  const auto copies = std::max<std::int64_t>(1, std::llround(wanted / size));
  const double off = std::abs(static_cast<double>(copies) * size - wanted) / wanted;
  if (off <= 0.1 || size <= 60) return multiplied(amounts, smallest * Rational(copies));

  Rounding rounding;
  rounding.atoms = wanted;
  for (const auto& [name, n] : amounts) {
    const Unit unit = library.get(name);
    rounding.names.push_back(name);
    rounding.wanted.push_back((n * smallest).value() * wanted / size);
    rounding.contents.push_back(unit.counts());
    rounding.charges.push_back(unit.charge_e);
  }
  for (const auto& [symbol, n] : elements_of(amounts, library)) rounding.asked[symbol] = n.value();
  if (rounding.names.size() > 16) {
    throw InputError(fmt::format(
        "this composition has too many kinds of ions to be rounded: ask for {} atoms, which hold "
        "it exactly",
        cell_atoms.numerator()));
  }
  const int most = rounding.names.size() <= 5 ? 3 : rounding.names.size() <= 8 ? 2 : 1;
  std::vector<long> counts;
  rounding.search(counts, most);
  if (rounding.best_score > largest_error) {
    throw InputError(fmt::format(
        "{} atoms are too few for a neutral cell of this composition: ask for {} atoms, "
        "which hold it exactly",
        atoms, cell_atoms.numerator()));
  }
  std::map<std::string, long> out;
  for (std::size_t k = 0; k < rounding.names.size(); ++k) {
    if (rounding.best[k] > 0) out[rounding.names[k]] = rounding.best[k];
  }
  return out;
}

double composition_error(const std::map<std::string, double>& asked,
                         const std::map<std::string, long>& achieved) {
  double asked_sum = 0;
  double achieved_sum = 0;
  for (const auto& [symbol, n] : asked) asked_sum += n;
  for (const auto& [symbol, n] : achieved) achieved_sum += static_cast<double>(n);
  double worst = 0;
  for (const auto& [symbol, n] : asked) {
    const auto it = achieved.find(symbol);
    const double got = it == achieved.end() ? 0.0 : static_cast<double>(it->second) / achieved_sum;
    worst = std::max(worst, std::abs(got - n / asked_sum));
  }
  for (const auto& [symbol, n] : achieved) {
    if (asked.count(symbol) == 0) worst = std::max(worst, static_cast<double>(n) / achieved_sum);
  }
  return worst;
}

}  // namespace vitrion
