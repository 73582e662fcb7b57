#include "base/schema.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/text.hpp"

namespace vitrion {
namespace {

void check_bounds(double value, const Bounds& bounds, Dimension dimension, const Location& where,
                  const std::string& key) {
  const auto show = [&](double x) { return format_quantity(x, dimension); };
  if (value < bounds.low || (bounds.low_open && value <= bounds.low)) {
    throw InputError(where,
                     fmt::format("{} is {}, which is too small: it must be {} {}", key, show(value),
                                 bounds.low_open ? "more than" : "at least", show(bounds.low)));
  }
  if (value > bounds.high) {
    throw InputError(where, fmt::format("{} is {}, which is too large: it must be at most {}", key,
                                        show(value), show(bounds.high)));
  }
}

const std::string& scalar_text(const Node& node, const std::string& key, const std::string& want) {
  if (!node.is_scalar()) {
    throw InputError(node.where,
                     fmt::format("{} should be {}, not {}", key, want, kind_name(node)));
  }
  return node.scalar;
}

double read_quantity(const Node& node, const std::string& key, Dimension dimension,
                     const Bounds& bounds) {
  const std::string want = fmt::format("a {}", dimension_name(dimension));
  const double value = parse_quantity(scalar_text(node, key, want), dimension, node.where);
  check_bounds(value, bounds, dimension, node.where, key);
  return value;
}

std::string quantity_kind(Dimension dimension) {
  const auto unit = canonical_unit(dimension);
  return unit.empty() ? "number" : fmt::format("{} ({})", dimension_name(dimension), unit);
}

Node quantity_node(double value, Dimension dimension) {
  return Node::make_scalar(format_quantity(value, dimension));
}

// `--set` has only text: make of it the list or map that the parameter would have in a file.
Node list_from_text(const Node& node) {
  Node list = Node::make_list();
  list.where = node.where;
  for (const auto& piece : split(node.scalar, ',')) {
    Node item = Node::make_scalar(piece);
    item.where = node.where;
    list.items.push_back(item);
  }
  return list;
}

Node map_from_text(const Node& node, const std::string& key) {
  Node map = Node::make_map();
  map.where = node.where;
  for (const auto& piece : split(node.scalar, ',')) {
    const auto pair = split(piece, ':');
    if (pair.size() != 2) {
      throw InputError(node.where, fmt::format("{} should read NAME:VALUE,NAME:VALUE, not \"{}\"",
                                               key, node.scalar));
    }
    Node item = Node::make_scalar(pair[1]);
    item.where = node.where;
    map.entries.push_back({pair[0], node.where, item});
  }
  return map;
}

}  // namespace

Schema& Schema::add(Parameter parameter) {
  parameters_.push_back(std::move(parameter));
  return *this;
}

Schema& Schema::quantity(const std::string& key, double& field, Dimension dimension,
                         const std::string& help, Bounds bounds) {
  return add({key, quantity_kind(dimension), help,
              [&field, key, dimension, bounds](const Node& node) {
                field = read_quantity(node, key, dimension, bounds);
              },
              [&field, dimension] { return quantity_node(field, dimension); }, nullptr});
}

Schema& Schema::optional_quantity(const std::string& key, std::optional<double>& field,
                                  Dimension dimension, const std::string& help, Bounds bounds) {
  return add({key, quantity_kind(dimension) + " or auto", help,
              [&field, key, dimension, bounds](const Node& node) {
                if (node.is_null() || (node.is_scalar() && node.scalar == "auto")) {
                  field.reset();
                } else {
                  field = read_quantity(node, key, dimension, bounds);
                }
              },
              [&field, dimension] {
                return field ? quantity_node(*field, dimension) : Node::make_scalar("auto");
              },
              nullptr});
}

Schema& Schema::quantities(const std::string& key, std::vector<double>& field, Dimension dimension,
                           const std::string& help, Bounds bounds) {
  return add({key, "list of " + quantity_kind(dimension), help,
              [&field, key, dimension, bounds](const Node& given) {
                const Node list = given.is_scalar() ? list_from_text(given) : given;
                if (!list.is_list()) {
                  throw InputError(given.where, fmt::format("{} should be a list, not {}", key,
                                                            kind_name(given)));
                }
                std::vector<double> values;
                for (const auto& item : list.items) {
                  values.push_back(read_quantity(item, key, dimension, bounds));
                }
                field = std::move(values);
              },
              [&field, dimension] {
                Node list = Node::make_list();
                for (const double x : field) list.items.push_back(quantity_node(x, dimension));
                return list;
              },
              nullptr});
}

Schema& Schema::quantity_map(const std::string& key, std::map<std::string, double>& field,
                             Dimension dimension, const std::string& help, Bounds bounds) {
  return add({key, "map of " + quantity_kind(dimension), help,
              [&field, key, dimension, bounds](const Node& given) {
                const Node map = given.is_scalar() ? map_from_text(given, key) : given;
                if (!map.is_map() && !map.is_null()) {
                  throw InputError(
                      given.where,
                      fmt::format("{} should be NAME: VALUE pairs, not {}", key, kind_name(given)));
                }
                std::map<std::string, double> values;
                for (const auto& entry : map.entries) {
                  values[entry.key] =
                      read_quantity(entry.value, key + "." + entry.key, dimension, bounds);
                }
                field = std::move(values);
              },
              [&field, dimension] {
                Node map = Node::make_map();
                for (const auto& [name, x] : field) map.set(name, quantity_node(x, dimension));
                return map;
              },
              nullptr});
}

Schema& Schema::integer(const std::string& key, long& field, const std::string& help,
                        Bounds bounds) {
  return add({key, "whole number", help,
              [&field, key, bounds](const Node& node) {
                const long value =
                    parse_integer(scalar_text(node, key, "a whole number"), node.where);
                check_bounds(static_cast<double>(value), bounds, Dimension::none, node.where, key);
                field = value;
              },
              [&field] { return Node::make_scalar(std::to_string(field)); }, nullptr});
}

Schema& Schema::flag(const std::string& key, bool& field, const std::string& help) {
  return add({key, "true or false", help,
              [&field, key](const Node& node) {
                const std::string& text = scalar_text(node, key, "true or false");
                if (text == "true" || text == "yes") {
                  field = true;
                } else if (text == "false" || text == "no") {
                  field = false;
                } else {
                  throw InputError(
                      node.where, fmt::format("{} should be true or false, not \"{}\"", key, text));
                }
              },
              [&field] { return Node::make_scalar(field ? "true" : "false"); }, nullptr});
}

Schema& Schema::text(const std::string& key, std::string& field, const std::string& help) {
  return add({key, "text", help,
              [&field, key](const Node& node) { field = scalar_text(node, key, "text"); },
              [&field] { return Node::make_scalar(field, true); }, nullptr});
}

Schema& Schema::choice(const std::string& key, std::string& field, std::vector<std::string> choices,
                       const std::string& help) {
  return add({key, join(choices, " | "), help,
              [&field, key, choices](const Node& node) {
                const std::string& text = scalar_text(node, key, "one of " + join(choices, ", "));
                for (const auto& choice : choices) {
                  if (choice == text) {
                    field = text;
                    return;
                  }
                }
                throw InputError(node.where,
                                 fmt::format("{} cannot be \"{}\"{}: choose one of {}", key, text,
                                             did_you_mean(text, choices), join(choices, ", ")));
              },
              [&field] { return Node::make_scalar(field); }, nullptr});
}

Schema& Schema::texts(const std::string& key, std::vector<std::string>& field,
                      const std::string& help) {
  return add({key, "list of text", help,
              [&field, key](const Node& given) {
                const Node list = given.is_scalar() ? list_from_text(given) : given;
                if (!list.is_list()) {
                  throw InputError(given.where, fmt::format("{} should be a list, not {}", key,
                                                            kind_name(given)));
                }
                std::vector<std::string> values;
                for (const auto& item : list.items)
                  values.push_back(scalar_text(item, key, "text"));
                field = std::move(values);
              },
              [&field] {
                Node list = Node::make_list();
                for (const auto& x : field) list.items.push_back(Node::make_scalar(x));
                return list;
              },
              nullptr});
}

Schema& Schema::section(const std::string& key, Schema section, const std::string& help) {
  auto inner = std::make_shared<Schema>(std::move(section));
  return add({key, "section", help, [inner](const Node& node) { inner->read(node); },
              [inner] { return inner->write(); }, inner});
}

Schema& Schema::custom(const std::string& key, const std::string& kind, const std::string& help,
                       std::function<void(const Node&)> read, std::function<Node()> write) {
  return add({key, kind, help, std::move(read), std::move(write), nullptr});
}

std::vector<std::string> Schema::keys() const {
  std::vector<std::string> out;
  for (const auto& parameter : parameters_) out.push_back(parameter.key);
  return out;
}

const Schema::Parameter& Schema::at(std::string_view key, const Location& where) const {
  for (const auto& parameter : parameters_) {
    if (parameter.key == key) return parameter;
  }
  throw InputError(where, fmt::format("{} has no key \"{}\"{}: it knows {}", name_, key,
                                      did_you_mean(key, keys()), join(keys(), ", ")));
}

void Schema::read(const Node& map) {
  if (map.is_null()) return;
  if (!map.is_map()) {
    throw InputError(map.where,
                     fmt::format("{} should be a group of keys, not {}", name_, kind_name(map)));
  }
  for (const auto& entry : map.entries) at(entry.key, entry.key_where).read(entry.value);
}

void Schema::set(std::string_view key, std::string_view value, const Location& where) {
  const std::size_t dot = key.find('.');
  const Parameter& parameter = at(key.substr(0, dot), where);
  if (dot != std::string_view::npos && parameter.section) {
    parameter.section->set(key.substr(dot + 1), value, where);
    return;
  }
  Node node = Node::make_scalar(std::string(trim(value)));
  node.where = where;
  parameter.read(node);
}

Node Schema::write() const {
  Node map = Node::make_map();
  for (const auto& parameter : parameters_) map.set(parameter.key, parameter.write());
  return map;
}

std::string describe(const Schema& schema, int indent) {
  std::string out;
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  for (const auto& parameter : schema.parameters()) {
    if (parameter.section) {
      out += fmt::format("{}{}: {}\n", pad, parameter.key, parameter.help);
      out += describe(*parameter.section, indent + 2);
      continue;
    }
    std::string value = write_yaml(parameter.write());
    while (!value.empty() && value.back() == '\n') value.pop_back();
    const bool shown = !value.empty() && value.find('\n') == std::string::npos;
    out += fmt::format("{}{:<18} {}{} — {}\n", pad, parameter.key, parameter.help,
                       shown ? fmt::format(" [{}]", value) : "", parameter.kind);
  }
  return out;
}

}  // namespace vitrion
