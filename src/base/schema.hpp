// Parameters that describe themselves.
//
// A Schema binds names to the fields of an object and knows for each its kind, unit, default,
// bounds and meaning. Reading a recipe, `--set`, the resolved recipe, `--help`, `vitrion init` and
// the manual all come from this one place. The bound object must outlive the schema.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/document.hpp"
#include "base/units.hpp"

namespace vitrion {

/// Allowed values, both ends included unless said.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;  ///< the low end itself is not allowed
};

inline constexpr Bounds any_value{};
inline constexpr Bounds not_negative{0.0, std::numeric_limits<double>::infinity(), false};
inline constexpr Bounds positive{0.0, std::numeric_limits<double>::infinity(), true};

class Schema {
 public:
  /// One documented parameter; `read` throws InputError, `write` gives the present value.
  struct Parameter {
    std::string key;
    std::string kind;  ///< "length (A)", "whole number", "list of temperatures (K)", "a or b" …
    std::string help;
    std::function<void(const Node&)> read;
    std::function<Node()> write;
    std::shared_ptr<Schema> section;  ///< set for a group of parameters
  };

  explicit Schema(std::string name) : name_(std::move(name)) {}

  Schema& quantity(const std::string& key, double& field, Dimension dimension,
                   const std::string& help, Bounds bounds = any_value);
  /// As quantity; "auto" or an absent key leaves it unset.
  Schema& optional_quantity(const std::string& key, std::optional<double>& field,
                            Dimension dimension, const std::string& help,
                            Bounds bounds = any_value);
  Schema& quantities(const std::string& key, std::vector<double>& field, Dimension dimension,
                     const std::string& help, Bounds bounds = any_value);
  /// A map from names (of elements, of pairs) to quantities; as text "Li:1,S:-2".
  Schema& quantity_map(const std::string& key, std::map<std::string, double>& field,
                       Dimension dimension, const std::string& help, Bounds bounds = any_value);
  Schema& integer(const std::string& key, long& field, const std::string& help,
                  Bounds bounds = any_value);
  Schema& flag(const std::string& key, bool& field, const std::string& help);
  Schema& text(const std::string& key, std::string& field, const std::string& help);
  Schema& choice(const std::string& key, std::string& field, std::vector<std::string> choices,
                 const std::string& help);
  Schema& texts(const std::string& key, std::vector<std::string>& field, const std::string& help);
  Schema& section(const std::string& key, Schema section, const std::string& help);
  Schema& custom(const std::string& key, const std::string& kind, const std::string& help,
                 std::function<void(const Node&)> read, std::function<Node()> write);

  /// Reads a map; an unknown key throws InputError with the nearest name.
  void read(const Node& map);
  /// Sets one parameter from text, as `--set` does; "a.b" reaches into sections, "1,2" makes lists.
  void set(std::string_view key, std::string_view value, const Location& where);
  /// All parameters with their present values.
  [[nodiscard]] Node write() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Parameter>& parameters() const { return parameters_; }
  [[nodiscard]] std::vector<std::string> keys() const;

 private:
  Schema& add(Parameter parameter);
  const Parameter& at(std::string_view key, const Location& where) const;

  std::string name_;
  std::vector<Parameter> parameters_;
};

/// Lines of "key  kind  [default]  help" for --help and the manual; sections are indented.
std::string describe(const Schema& schema, int indent = 2);

}  // namespace vitrion
