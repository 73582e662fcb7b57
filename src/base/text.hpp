// Small helpers for text: trimming, splitting, joining, and the nearest of some names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrion {

/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// Words between white space; views into `text`.
std::vector<std::string_view> split_words(std::string_view text);

/// Pieces between a separator, trimmed; empty text gives no piece.
std::vector<std::string> split(std::string_view text, char separator);

std::string join(const std::vector<std::string>& pieces, std::string_view separator);

std::string to_lower(std::string_view text);

/// The candidate that a person most likely meant, or "" where none is near (edit distance,
/// swaps counted once, at most a third of the length). O(n·m) for each candidate.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// " (did you mean \"x\"?)" or "", to be added to a message.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

/// 2.1 MB, 35 kB: bytes for people.
std::string format_bytes(double bytes);

/// 1 h 05 min, 3 min 20 s, 12 s: a duration for people.
std::string format_duration(double seconds);

/// A value with its error in the usual short form, "1.93(2)"; without error, four digits.
std::string format_with_error(double value, double error);

}  // namespace vitrion
