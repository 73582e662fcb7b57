// Results as files: NAME.json, and one CSV for each table.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace vitrion {

/// Writes NAME.json and NAME.TABLE.csv (units in the header line), each atomically.
void write_result(const std::filesystem::path& folder, const Result& result);
/// InputError where the file is not a result.
Result read_result(const std::filesystem::path& json_file);
/// All results of a folder, in the order of their names; subfolders are not entered.
std::vector<Result> read_results(const std::filesystem::path& folder);

/// A table as CSV: one header line "r (A),P-S,…", then rows; absent numbers are empty.
std::string table_csv(const Table& table);

}  // namespace vitrion
