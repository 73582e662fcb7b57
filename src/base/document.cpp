#include "base/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/files.hpp"

namespace vitrion {
namespace {

constexpr int max_depth = 64;  // no recipe is deeper; a bomb of brackets would exhaust the stack

Location location(const std::string& name, const YAML::Mark& mark) {
  if (mark.is_null()) return {name, 0, 0};
  return {name, mark.line + 1, mark.column + 1};
}

Node convert(const YAML::Node& in, const std::string& name, int depth) {
  Node out;
  out.where = location(name, in.Mark());
  if (depth > max_depth) throw InputError(out.where, "the document is nested too deeply");
  switch (in.Type()) {
    case YAML::NodeType::Scalar:
      out.kind = Node::Kind::scalar;
      out.scalar = in.Scalar();
      out.quoted = in.Tag() == "!";
      break;
    case YAML::NodeType::Sequence:
      out.kind = Node::Kind::list;
      for (const auto& item : in) out.items.push_back(convert(item, name, depth + 1));
      break;
    case YAML::NodeType::Map:
      out.kind = Node::Kind::map;
      for (const auto& pair : in) {
        const Location key_where = location(name, pair.first.Mark());
        if (!pair.first.IsScalar()) throw InputError(key_where, "a key must be a plain word");
        const std::string key = pair.first.Scalar();
        if (out.find(key) != nullptr) {
          throw InputError(key_where, fmt::format("the key \"{}\" stands twice: keep one", key));
        }
        out.entries.push_back({key, key_where, convert(pair.second, name, depth + 1)});
      }
      break;
    default: break;
  }
  return out;
}

void emit(YAML::Emitter& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: out << YAML::Null; break;
    case Node::Kind::scalar:
      if (node.quoted) out << YAML::DoubleQuoted;
      out << node.scalar;
      break;
    case Node::Kind::list: {
      bool flat = true;
      for (const auto& item : node.items) flat = flat && (item.is_scalar() || item.is_null());
      if (flat) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const auto& item : node.items) emit(out, item);
      out << YAML::EndSeq;
      break;
    }
    case Node::Kind::map:
      out << YAML::BeginMap;
      for (const auto& entry : node.entries) {
        out << YAML::Key << entry.key << YAML::Value;
        emit(out, entry.value);
      }
      out << YAML::EndMap;
      break;
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Node& Node::set(const std::string& key, Node value) {
  if (kind == Kind::null) kind = Kind::map;
  for (auto& entry : entries) {
    if (entry.key == key) return entry.value = std::move(value);
  }
  entries.push_back({key, {}, std::move(value)});
  return entries.back().value;
}

Node Node::make_scalar(std::string text, bool quoted) {
  Node node;
  node.kind = Kind::scalar;
  node.scalar = std::move(text);
  node.quoted = quoted;
  return node;
}

Node Node::make_list() {
  Node node;
  node.kind = Kind::list;
  return node;
}

Node Node::make_map() {
  Node node;
  node.kind = Kind::map;
  return node;
}

std::string kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return fmt::format("\"{}\"", node.scalar);
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a group of keys";
  }
  return "";
}

Node parse_yaml(const std::string& text, const std::string& name) {
  try {
    return convert(YAML::Load(text), name, 0);
  } catch (const YAML::ParserException& e) {
    throw InputError(location(name, e.mark), fmt::format("not valid YAML: {}", e.msg));
  } catch (const YAML::Exception& e) {
    throw InputError(location(name, e.mark), fmt::format("not valid YAML: {}", e.msg));
  }
}

Node load_yaml(const std::filesystem::path& file) {
  return parse_yaml(read_text_file(file), file.string());
}

std::string write_yaml(const Node& node) {
  YAML::Emitter out;
  emit(out, node);
  return std::string(out.c_str()) + "\n";
}

}  // namespace vitrion
