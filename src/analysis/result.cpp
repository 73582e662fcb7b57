#include "analysis/result.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace vitrion {
namespace {

using Json = nlohmann::ordered_json;

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

double number_from(const Json& x) {
  return x.is_number() ? x.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

Json column_to_json(const Column& column) {
  Json data = Json::array();
  for (const double x : column.data) data.push_back(number(x));
  for (const auto& x : column.text) data.push_back(x);
  return {{"unit", column.unit}, {"data", std::move(data)}};
}

Column column_from_json(const std::string& name, const Json& json) {
  Column column{name, json.at("unit").get<std::string>(), {}, {}};
  for (const auto& x : json.at("data")) {
    if (x.is_string()) {
      column.text.push_back(x.get<std::string>());
    } else {
      column.data.push_back(number_from(x));
    }
  }
  return column;
}

constexpr const char* kind_names[] = {"lines", "bars", "points", "heat"};

Json plot_to_json(const Plot& plot) {
  Json marks = Json::array();
  for (const auto& mark : plot.marks) {
    marks.push_back({{"from", number(mark.from)}, {"to", number(mark.to)}, {"label", mark.label}});
  }
  return {{"kind", kind_names[static_cast<int>(plot.kind)]},
          {"title", plot.title},
          {"table", plot.table},
          {"x", plot.x},
          {"series", plot.series},
          {"errors", plot.errors},
          {"x_label", plot.x_label},
          {"y_label", plot.y_label},
          {"log_x", plot.log_x},
          {"log_y", plot.log_y},
          {"marks", std::move(marks)}};
}

Plot plot_from_json(const Json& json) {
  Plot plot;
  const auto kind = json.at("kind").get<std::string>();
  for (int i = 0; i < 4; ++i) {
    if (kind == kind_names[i]) plot.kind = static_cast<Plot::Kind>(i);
  }
  plot.title = json.at("title").get<std::string>();
  plot.table = json.at("table").get<std::string>();
  plot.x = json.at("x").get<std::string>();
  plot.series = json.at("series").get<std::vector<std::string>>();
  plot.errors = json.at("errors").get<std::vector<std::string>>();
  plot.x_label = json.at("x_label").get<std::string>();
  plot.y_label = json.at("y_label").get<std::string>();
  plot.log_x = json.at("log_x").get<bool>();
  plot.log_y = json.at("log_y").get<bool>();
  for (const auto& mark : json.at("marks")) {
    plot.marks.push_back({number_from(mark.at("from")), number_from(mark.at("to")),
                          mark.at("label").get<std::string>()});
  }
  return plot;
}

}  // namespace

const Column* Table::find(const std::string& column) const {
  for (const auto& c : columns) {
    if (c.name == column) return &c;
  }
  return nullptr;
}

const Scalar* Result::find_scalar(const std::string& key) const {
  for (const auto& scalar : scalars) {
    if (scalar.key == key) return &scalar;
  }
  return nullptr;
}

const Table* Result::find_table(const std::string& table) const {
  for (const auto& t : tables) {
    if (t.name == table) return &t;
  }
  return nullptr;
}

Json to_json(const Result& result) {
  Json scalars = Json::object();
  for (const auto& s : result.scalars) {
    scalars[s.key] = {{"value", number(s.value)}, {"error", number(s.error)}, {"unit", s.unit}};
    if (!s.how.empty()) scalars[s.key]["how"] = s.how;
  }
  Json tables = Json::object();
  for (const auto& table : result.tables) {
    Json columns = Json::object();
    for (const auto& column : table.columns) columns[column.name] = column_to_json(column);
    tables[table.name] = {{"columns", std::move(columns)}};
    if (!table.counted.empty()) tables[table.name]["counted"] = table.counted;
  }
  Json json = {{"name", result.name},
               {"version", result.version},
               {"summary", result.summary},
               {"scalars", std::move(scalars)},
               {"tables", std::move(tables)}};
  if (!result.grids.empty()) {
    Json grids = Json::object();
    for (const auto& grid : result.grids) {
      Json data = Json::array();
      for (const double x : grid.data) data.push_back(number(x));
      Json x = column_to_json(grid.x);
      Json y = column_to_json(grid.y);
      x["name"] = grid.x.name;
      y["name"] = grid.y.name;
      grids[grid.name] = {{"x", x}, {"y", y}, {"unit", grid.unit}, {"data", std::move(data)}};
    }
    json["grids"] = std::move(grids);
  }
  if (!result.volumes.empty()) {
    Json volumes = Json::object();
    for (const auto& v : result.volumes) {
      Json cell = Json::array();
      for (int k = 0; k < 3; ++k) cell.push_back({v.cell(0, k), v.cell(1, k), v.cell(2, k)});
      Json data = Json::array();
      // Six digits, as a cube has: the text is a third as long.
      for (const double x : v.data) data.push_back(number(std::stod(fmt::format("{:.5e}", x))));
      volumes[v.name] = {
          {"cell_A", cell}, {"size", v.size}, {"unit", v.unit}, {"data", std::move(data)}};
    }
    json["volumes"] = std::move(volumes);
  }
  Json plots = Json::array();
  for (const auto& plot : result.plots) plots.push_back(plot_to_json(plot));
  json["plots"] = std::move(plots);
  json["warnings"] = result.warnings;
  json["references"] = result.references;
  Json settings = Json::object();
  for (const auto& [key, value] : result.settings) settings[key] = value;
  json["settings"] = std::move(settings);
  return json;
}

Result result_from_json(const Json& json) {
  try {
    Result result;
    result.name = json.at("name").get<std::string>();
    result.version = json.at("version").get<int>();
    result.summary = json.value("summary", "");
    for (const auto& [key, s] : json.at("scalars").items()) {
      result.scalars.push_back({key, number_from(s.at("value")), number_from(s.at("error")),
                                s.at("unit").get<std::string>(), s.value("how", "")});
    }
    for (const auto& [name, table] : json.at("tables").items()) {
      Table t{name, {}};
      for (const auto& [column, data] : table.at("columns").items()) {
        t.columns.push_back(column_from_json(column, data));
      }
      t.counted = table.value("counted", std::vector<std::string>{});
      result.tables.push_back(std::move(t));
    }
    if (json.contains("grids")) {
      for (const auto& [name, grid] : json.at("grids").items()) {
        const auto axis = [&](const char* key) {
          return column_from_json(grid.at(key).at("name").get<std::string>(), grid.at(key));
        };
        Grid g{name, axis("x"), axis("y"), grid.at("unit").get<std::string>(), {}};
        for (const auto& x : grid.at("data")) g.data.push_back(number_from(x));
        result.grids.push_back(std::move(g));
      }
    }
    if (json.contains("volumes")) {
      for (const auto& [name, volume] : json.at("volumes").items()) {
        Volume v{name, Mat3::Zero(), {}, volume.at("unit").get<std::string>(), {}};
        v.size = volume.at("size").get<std::array<int, 3>>();
        const auto rows = volume.at("cell_A").get<std::array<std::array<double, 3>, 3>>();
        for (std::size_t k = 0; k < 3; ++k) {
          v.cell.col(static_cast<int>(k)) = Vec3(rows[k][0], rows[k][1], rows[k][2]);
        }
        for (const auto& x : volume.at("data")) v.data.push_back(number_from(x));
        result.volumes.push_back(std::move(v));
      }
    }
    if (json.contains("plots")) {
      for (const auto& plot : json.at("plots")) result.plots.push_back(plot_from_json(plot));
    }
    result.warnings = json.at("warnings").get<std::vector<std::string>>();
    result.references = json.at("references").get<std::vector<std::string>>();
    if (json.contains("settings")) {
      for (const auto& [key, value] : json.at("settings").items()) {
        result.settings.emplace_back(key, value.get<std::string>());
      }
    }
    return result;
  } catch (const Json::exception& e) {
    throw InputError(fmt::format("this is not a result of vitrion: {}", e.what()));
  }
}

}  // namespace vitrion
