#include "analysis/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/constants.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace vitrion {
namespace fs = std::filesystem;
namespace {

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string volume_cube(const Volume& volume) {
  std::string out =
      fmt::format("{} ({})\nvitrion; grid of a periodic cell, no atoms; lengths in bohr\n",
                  volume.name, volume.unit);
  out += fmt::format("{:5d} {:11.6f} {:11.6f} {:11.6f}\n", 0, 0.0, 0.0, 0.0);
  for (int k = 0; k < 3; ++k) {
    const int n = volume.size[static_cast<std::size_t>(k)];
    const Vec3 step = volume.cell.col(k) / (n * constants::bohr_A);
    out += fmt::format("{:5d} {:11.6f} {:11.6f} {:11.6f}\n", n, step[0], step[1], step[2]);
  }
  const auto row = static_cast<std::size_t>(volume.size[2]);
  for (std::size_t i = 0; i < volume.data.size(); ++i) {
    out += fmt::format(" {:12.5E}", volume.data[i]);
    if (i % row % 6 == 5 || i % row == row - 1) out += '\n';
  }
  return out;
}

std::string table_csv(const Table& table) {
  std::string out;
  std::size_t rows = 0;
  for (const auto& column : table.columns) {
    const std::string head =
        column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, column.unit);
    out += (out.empty() ? "" : ",") + quoted(head);
    rows = std::max({rows, column.data.size(), column.text.size()});
  }
  out += "\n";
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      const auto& column = table.columns[k];
      if (k > 0) out += ',';
      if (i < column.text.size()) {
        out += quoted(column.text[i]);
      } else if (i < column.data.size() && std::isfinite(column.data[i])) {
        out += fmt::format("{}", column.data[i]);
      }
    }
    out += '\n';
  }
  return out;
}

void write_result(const fs::path& folder, const Result& result) {
  make_directory(folder);
  for (const auto& table : result.tables) {
    write_file_atomically(folder / fmt::format("{}.{}.csv", result.name, table.name),
                          table_csv(table));
  }
  for (const auto& volume : result.volumes) {
    write_file_atomically(folder / fmt::format("{}.{}.cube", result.name, volume.name),
                          volume_cube(volume));
  }
  // Last, so that a JSON file means that its tables are there.
  write_file_atomically(folder / (result.name + ".json"), to_json(result).dump(1) + "\n");
}

Result read_result(const fs::path& file) {
  const auto json = nlohmann::ordered_json::parse(read_text_file(file), nullptr, false);
  if (json.is_discarded()) throw InputError(fmt::format("{}: is not valid JSON", file.string()));
  try {
    return result_from_json(json);
  } catch (const InputError& e) {
    throw InputError(fmt::format("{}: {}", file.string(), e.what()));
  }
}

std::vector<Result> read_results(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json" &&
        entry.path().filename() != "status.json") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Result> out;
  for (const auto& file : files) out.push_back(read_result(file));
  return out;
}

}  // namespace vitrion
