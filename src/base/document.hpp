// A parsed YAML document whose every piece knows where it stands in its file.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace vitrion {

/// One value of a document: nothing, a scalar, a list or a map (in file order).
class Node {
 public:
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  std::string scalar;          ///< the text of a scalar, unquoted
  bool quoted = false;         ///< whether the scalar stood in quotes
  std::vector<Node> items;     ///< of a list
  std::vector<Entry> entries;  ///< of a map
  Location where;

  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_list() const { return kind == Kind::list; }
  [[nodiscard]] bool is_map() const { return kind == Kind::map; }

  /// The entry of a map, or nullptr.
  [[nodiscard]] const Node* find(std::string_view key) const;
  /// Adds (or replaces) an entry and returns it; makes a map of a null node.
  Node& set(const std::string& key, Node value);

  static Node make_scalar(std::string text, bool quoted = false);
  static Node make_list();
  static Node make_map();
};

struct Node::Entry {
  std::string key;
  Location key_where;
  Node value;
};

/// What a node is, in words ("a list"), for messages.
std::string kind_name(const Node& node);

/// Both throw InputError with file, line and column; a key that stands twice is an error.
Node parse_yaml(const std::string& text, const std::string& name);
Node load_yaml(const std::filesystem::path& file);

/// YAML text that parses back to the same document; `comments` are written above keys by path.
std::string write_yaml(const Node& node);

}  // namespace vitrion
