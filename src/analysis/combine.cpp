#include "analysis/combine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/constants.hpp"
#include "base/error.hpp"

namespace vitrion {
namespace {

// Errors on one footing: relative ones times the mean where every value has the same sign.
std::vector<double> comparable_errors(const std::vector<Estimate>& x, double mean) {
  const bool one_sign =
      std::all_of(x.begin(), x.end(), [](const Estimate& e) { return e.value > 0; }) ||
      std::all_of(x.begin(), x.end(), [](const Estimate& e) { return e.value < 0; });
  std::vector<double> out;
  for (const auto& e : x) out.push_back(one_sign ? e.error * mean / e.value : e.error);
  return out;
}

// Between-replica variance by the method of moments. Sums over pairs of replicas, where nothing
// cancels: one replica may be far more certain than the others.
double between(const std::vector<Estimate>& x, const std::vector<double>& errors) {
  double sum = 0;
  double spread = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = 1 / (errors[i] * errors[i]);
    sum += w;
    for (std::size_t j = 0; j < i; ++j) {
      const double both = w / (errors[j] * errors[j]);
      pairs += 2 * both;
      spread += both * std::pow(x[i].value - x[j].value, 2);
    }
  }
  const double freedom = static_cast<double>(x.size()) - 1;
  return std::max(0.0, (spread - freedom * sum) / pairs);
}

// A value that never changed within a replica has no error of its own but that of rounding.
bool is_known(double error, double value) {
  return std::isfinite(error) && error > 1e-12 * std::abs(value);
}

}  // namespace

Estimate combine_values(const std::vector<Estimate>& replicas) {
  std::vector<Estimate> x;
  std::vector<double> values;
  for (const auto& e : replicas) {
    if (!std::isfinite(e.value)) continue;
    x.push_back(e);
    values.push_back(e.value);
  }
  if (x.empty()) return {not_known, not_known};
  if (x.size() == 1) return x.front();
  const Estimate plain = mean_and_error(values);
  const std::vector<double> errors = comparable_errors(x, plain.value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!is_known(errors[i], x[i].value)) return plain;
  }
  const double tau_squared = between(x, errors);
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = 1 / (errors[i] * errors[i] + tau_squared);
    sum += w * x[i].value;
    weight += w;
  }
  return {sum / weight, 1 / std::sqrt(weight)};
}

namespace {

// Names in order of first appearance over all replicas.
template <class Item, class Name>
std::vector<std::string> names_of(const std::vector<Result>& replicas,
                                  std::vector<Item> Result::*list, const Name& name) {
  std::vector<std::string> out;
  for (const auto& r : replicas) {
    for (const auto& item : r.*list) {
      if (std::find(out.begin(), out.end(), name(item)) == out.end()) out.push_back(name(item));
    }
  }
  return out;
}

void combine_scalars(const std::vector<Result>& replicas, Result& out) {
  const auto keys = names_of(replicas, &Result::scalars, [](const Scalar& s) { return s.key; });
  for (const auto& key : keys) {
    std::vector<Estimate> values;
    Scalar merged;
    for (const auto& r : replicas) {
      const Scalar* s = r.find_scalar(key);
      if (!s) continue;
      if (values.empty()) merged = *s;
      values.push_back({s->value, s->error});
    }
    const auto finite = std::count_if(values.begin(), values.end(),
                                      [](const Estimate& e) { return std::isfinite(e.value); });
    const Estimate mean = combine_values(values);
    merged.value = mean.value;
    merged.error = mean.error;
    if (finite > 1) merged.how = fmt::format("{} replicas: within and between", finite);
    out.scalars.push_back(merged);
  }
}

bool same_x(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

// What tells a row from others: its leading texts, or the number in the first column.
struct Key {
  double number = 0;
  std::string text;
  bool operator==(const Key& other) const {
    return text == other.text && same_x(number, other.number);
  }
};

std::size_t rows(const Table& table) {
  return table.columns.empty()
             ? 0
             : std::max(table.columns[0].data.size(), table.columns[0].text.size());
}

Key key_of(const Table& table, std::size_t row) {
  Key key;
  for (const Column& c : table.columns) {
    if (c.text.empty()) break;
    key.text += c.text[row] + "|";
  }
  if (key.text.empty()) key.number = table.columns[0].data[row];
  return key;
}

// A row of the combined table: where it is in each replica's, or `absent`.
constexpr std::size_t absent = static_cast<std::size_t>(-1);
using Match = std::vector<std::size_t>;

// Tables in the same order are matched in one sweep. Rows that one table lacks are dropped, unless
// they are counted.
std::vector<Match> matching_rows(const std::vector<const Table*>& tables, bool counted) {
  std::vector<std::pair<Key, Match>> found;
  std::vector<std::size_t> hint(tables.size(), 0);
  const auto find = [&](std::size_t k, const Key& key) {
    const std::size_t n = rows(*tables[k]);
    for (std::size_t tried = 0; tried < n; ++tried) {
      const std::size_t row = (hint[k] + tried) % n;
      if (!(key_of(*tables[k], row) == key)) continue;
      hint[k] = (row + 1) % n;
      return row;
    }
    return absent;
  };
  for (std::size_t first = 0; first < (counted ? tables.size() : 1); ++first) {
    for (std::size_t row = 0; row < rows(*tables[first]); ++row) {
      const Key key = key_of(*tables[first], row);
      Match match(tables.size(), absent);
      bool seen = false;
      for (std::size_t k = 0; k < tables.size() && !seen; ++k) {
        match[k] = k == first ? row : find(k, key);
        seen = k < first && match[k] != absent;
      }
      const bool everywhere = std::find(match.begin(), match.end(), absent) == match.end();
      if (!seen && (counted || everywhere)) found.emplace_back(key, std::move(match));
    }
  }
  if (counted) {
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.first.text.empty() && b.first.text.empty() && a.first.number < b.first.number;
    });
  }
  std::vector<Match> out;
  for (auto& [key, match] : found) out.push_back(std::move(match));
  return out;
}

// One column over the matched rows: its mean and standard error, or the text of the first.
void combine_column(const std::vector<const Table*>& tables, const std::string& name,
                    const std::vector<Match>& matches, bool is_axis, Column& mean, Column& error) {
  const auto in = [&](std::size_t k) { return tables[k]->find(name); };
  const Column& first = *in(0);
  const auto& counts = tables[0]->counted;
  const bool counted = std::find(counts.begin(), counts.end(), name) != counts.end();
  mean = {name, first.unit, {}, {}};
  error = mean;
  for (const auto& match : matches) {
    const auto has = static_cast<std::size_t>(
        std::find_if(match.begin(), match.end(), [](auto row) { return row != absent; }) -
        match.begin());
    if (!first.text.empty()) {
      mean.text.push_back(in(has)->text[match[has]]);
      error.text.push_back(mean.text.back());
      continue;
    }
    std::vector<double> values;
    for (std::size_t k = 0; k < tables.size(); ++k) {
      const double x = match[k] != absent ? in(k)->data[match[k]] : counted ? 0.0 : not_known;
      if (std::isfinite(x)) values.push_back(x);
    }
    const Estimate e = is_axis ? Estimate{in(has)->data[match[has]], in(has)->data[match[has]]}
                               : mean_and_error(values);
    mean.data.push_back(e.value);
    error.data.push_back(e.error);
  }
}

// A table like a list of points (equal keys) has no rows to be matched.
bool has_repeated_keys(const Table& table) {
  const std::size_t n = rows(table);
  for (std::size_t row = 1; row < n; ++row) {
    if (key_of(table, row) == key_of(table, row - 1)) return true;
  }
  return false;
}

// The tables of a name that have rows. Where rows are counted, a replica without any has zeros.
std::vector<const Table*> tables_to_combine(const std::vector<Result>& replicas,
                                            const std::string& name) {
  static const Table none{};
  std::vector<const Table*> out;
  std::size_t without = 0;
  for (const auto& r : replicas) {
    const Table* t = r.find_table(name);
    if (t && rows(*t) > 0) {
      out.push_back(t);
    } else {
      ++without;
    }
  }
  if (!out.empty() && !out[0]->counted.empty()) out.insert(out.end(), without, &none);
  return out;
}

// As one entry, "a, b".
void add_setting(Result& out, const std::string& key, const std::string& value) {
  for (auto& [known, list] : out.settings) {
    if (known != key) continue;
    list += ", " + value;
    return;
  }
  out.settings.emplace_back(key, value);
}

void combine_table(const std::vector<Result>& replicas, const std::string& name, Result& out) {
  const std::vector<const Table*> tables = tables_to_combine(replicas, name);
  if (tables.empty()) {
    for (const auto& r : replicas) {
      if (const Table* t = r.find_table(name)) return out.tables.push_back(*t);
    }
    return;
  }
  if (tables.size() == 1) return out.tables.push_back(*tables[0]);
  if (has_repeated_keys(*tables[0])) {
    add_setting(out, "tables of the first replica alone", name);
    return out.tables.push_back(*tables[0]);
  }
  const Table& first = *tables[0];
  const auto matches = matching_rows(tables, !first.counted.empty());
  Table mean{name, {}, first.counted};
  Table error{name + "_error", {}, {}};
  for (const auto& column : first.columns) {
    const bool everywhere = std::all_of(tables.begin(), tables.end(), [&](const Table* t) {
      const Column* c = t->find(column.name);
      return t->columns.empty() || (c && c->text.empty() == column.text.empty());
    });
    if (!everywhere) continue;
    const bool is_axis = mean.columns.empty();
    mean.columns.emplace_back();
    error.columns.emplace_back();
    combine_column(tables, column.name, matches, is_axis, mean.columns.back(),
                   error.columns.back());
  }
  out.tables.push_back(std::move(mean));
  if (!name.ends_with("_error")) out.tables.push_back(std::move(error));
}

// Fields in space belong to their structure: a mean over glasses would show none of them.
void keep_volumes(const std::vector<Result>& replicas, Result& out) {
  for (std::size_t k = 0; k < replicas.size(); ++k) {
    if (replicas[k].volumes.empty()) continue;
    out.volumes = replicas[k].volumes;
    out.settings.emplace_back("field in space", fmt::format("of replica {}", k + 1));
    return;
  }
}

void combine_grid(const std::vector<Result>& replicas, const Grid& first, Result& out) {
  Grid mean = first;
  double count = 1;
  for (std::size_t k = 1; k < replicas.size(); ++k) {
    for (const auto& grid : replicas[k].grids) {
      if (grid.name != first.name) continue;
      const bool same = grid.data.size() == first.data.size() &&
                        std::equal(grid.x.data.begin(), grid.x.data.end(), first.x.data.begin(),
                                   first.x.data.end(), same_x) &&
                        std::equal(grid.y.data.begin(), grid.y.data.end(), first.y.data.begin(),
                                   first.y.data.end(), same_x);
      if (!same) {
        out.warnings.push_back(
            fmt::format("grid {} has other axes in replica {}: left out", first.name, k + 1));
        continue;
      }
      for (std::size_t i = 0; i < mean.data.size(); ++i) mean.data[i] += grid.data[i];
      count += 1;
    }
  }
  for (double& x : mean.data) x /= count;
  out.grids.push_back(std::move(mean));
}

void combine_texts(const std::vector<Result>& replicas, Result& out) {
  std::vector<std::pair<std::string, std::size_t>> warnings;
  for (const auto& r : replicas) {
    for (const auto& text : r.warnings) {
      const auto at = std::find_if(warnings.begin(), warnings.end(),
                                   [&](const auto& w) { return w.first == text; });
      if (at == warnings.end()) {
        warnings.emplace_back(text, 1);
      } else {
        ++at->second;
      }
    }
    for (const auto& reference : r.references) {
      if (std::find(out.references.begin(), out.references.end(), reference) ==
          out.references.end()) {
        out.references.push_back(reference);
      }
    }
    for (const auto& [key, value] : r.settings) {
      const auto at = std::find_if(out.settings.begin(), out.settings.end(),
                                   [&key = key](const auto& s) { return s.first == key; });
      if (at == out.settings.end()) {
        out.settings.emplace_back(key, value);
      } else if ((" | " + at->second + " | ").find(" | " + value + " | ") == std::string::npos) {
        at->second += " | " + value;
      }
    }
  }
  for (const auto& [text, count] : warnings) {
    out.warnings.push_back(fmt::format("[{} of {}] {}", count, replicas.size(), text));
  }
}

}  // namespace

Result combine_replicas(const std::vector<Result>& replicas) {
  if (replicas.empty()) throw InputError("there are no results to combine: give at least one");
  if (replicas.size() == 1) return replicas.front();
  Result out;
  out.name = replicas.front().name;
  out.version = replicas.front().version;
  out.summary = replicas.front().summary;
  out.plots = replicas.front().plots;
  for (const auto& r : replicas) {
    if (r.name == out.name) continue;
    throw InputError(
        fmt::format("results of \"{}\" and \"{}\" cannot be combined: give those of one "
                    "analysis",
                    out.name, r.name));
  }
  combine_scalars(replicas, out);
  for (const auto& name :
       names_of(replicas, &Result::tables, [](const Table& t) { return t.name; })) {
    combine_table(replicas, name, out);
  }
  for (const auto& grid : replicas.front().grids) combine_grid(replicas, grid, out);
  combine_texts(replicas, out);
  keep_volumes(replicas, out);
  out.settings.emplace_back("replicas", std::to_string(replicas.size()));
  return out;
}

}  // namespace vitrion
