// Files that are whole or absent, and fingerprints of their content.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace vitrion {

/// The whole file; InputError where it is absent or not readable.
std::string read_text_file(const std::filesystem::path& file);

/// Writes beside the target, syncs, then renames: a reader sees the old file or the whole new one.
/// WorkError (with the reason: no space, no permission) where that fails.
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// Makes the folder and its parents; WorkError with the reason.
void make_directory(const std::filesystem::path& folder);

/// The name under which an unfinished file is written; renamed by commit_file.
std::filesystem::path unfinished_name(const std::filesystem::path& file);
/// Syncs `unfinished_name(file)` to disk and gives it its final name.
void commit_file(const std::filesystem::path& file);

/// 16 hexadecimal digits of XXH3 (64 bit): for noticing change, not for security.
std::string fingerprint(std::string_view content);
std::string fingerprint_file(const std::filesystem::path& file);

}  // namespace vitrion
