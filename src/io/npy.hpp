// Arrays of numbers in NumPy's .npy files, read row by row.
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Little-endian float32
// and float64 (and int32, int64) in C order; the claimed shape is held against the file's size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vitrion::io {

class NpyReader {
 public:
  /// InputError where the file is absent, no .npy, of another type, or cut off.
  explicit NpyReader(const std::filesystem::path& file);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// Numbers of a row: the product of all dimensions but the first.
  [[nodiscard]] std::uint64_t row_size() const { return row_size_; }
  /// The next row, as double; InputError where a number is not finite.
  void read_row(std::vector<double>& row);

 private:
  std::string name_;
  std::ifstream in_;
  std::uint64_t rows_ = 0;
  std::uint64_t row_size_ = 0;
  std::uint64_t at_ = 0;
  std::size_t item_bytes_ = 8;
  bool whole_numbers_ = false;
  std::vector<char> buffer_;
};

/// The bytes of a float64 array of `rows` rows (`row_size` 0: one-dimensional).
std::string npy_bytes(const std::vector<double>& values, std::uint64_t rows,
                      std::uint64_t row_size);

}  // namespace vitrion::io
