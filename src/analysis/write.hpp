// Results as files: NAME.json, one CSV for each table, one cube file for each volume.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace vitrion {

/// Writes NAME.json, NAME.TABLE.csv (units in the header line) and NAME.VOLUME.cube, each
/// atomically.
void write_result(const std::filesystem::path& folder, const Result& result);
/// InputError where the file is not a result.
Result read_result(const std::filesystem::path& json_file);
/// All results of a folder, in the order of their names; subfolders are not entered.
std::vector<Result> read_results(const std::filesystem::path& folder);

/// A table as CSV: one header line "r (A),P-S,…", then rows; absent numbers are empty.
std::string table_csv(const Table& table);
/// A volume as a Gaussian cube file without atoms: lengths in bohr, values in the volume's unit.
std::string volume_cube(const Volume& volume);

}  // namespace vitrion
