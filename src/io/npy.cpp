#include "io/npy.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/numbers.hpp"

static_assert(std::endian::native == std::endian::little, "npy files are read as they lie");

namespace vitrion::io {
namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr std::uint64_t most_numbers = std::uint64_t{1} << 48;

// What stands behind 'key': in the header's dictionary, up to the next comma or bracket's end.
std::string value_of(const std::string& header, const std::string& key) {
  const auto at = header.find("'" + key + "'");
  if (at == header.npos) return "";
  const auto colon = header.find(':', at);
  if (colon == header.npos) return "";
  const auto start = header.find_first_not_of(' ', colon + 1);
  if (start == header.npos) return "";
  const auto end =
      header[start] == '(' ? header.find(')', start) : header.find_first_of(",}", start);
  if (end == header.npos) return "";
  return header.substr(start, end - start + (header[start] == '(' ? 1 : 0));
}

}  // namespace

NpyReader::NpyReader(const std::filesystem::path& file)
    : name_(file.string()), in_(file, std::ios::binary) {
  const auto fail = [&](const std::string& message) {
    throw InputError(fmt::format("{}: {}", name_, message));
  };
  if (!in_) fail("no such file");
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(file, error);
  char head[12] = {};
  in_.read(head, 10);
  if (error || !in_ || std::string_view(head, 6) != magic) fail("this is no .npy file");
  std::uint64_t length = static_cast<unsigned char>(head[8]) +
                         256U * static_cast<unsigned>(static_cast<unsigned char>(head[9]));
  std::uint64_t start = 10;
  if (head[6] >= 2) {
    in_.read(head + 10, 2);
    length += (static_cast<std::uint64_t>(static_cast<unsigned char>(head[10])) << 16) +
              (static_cast<std::uint64_t>(static_cast<unsigned char>(head[11])) << 24);
    start = 12;
  }
  if (!in_ || start + length > bytes || length > 65536) fail("the header is cut off or broken");
  std::string header(length, '\0');
  in_.read(header.data(), static_cast<std::streamsize>(length));
  if (!in_) fail("the header is cut off");

  const std::string type = value_of(header, "descr");
  whole_numbers_ = type == "'<i4'" || type == "'<i8'";
  if (type != "'<f8'" && type != "'<f4'" && !whole_numbers_)
    fail(fmt::format("numbers of the type {} are not read: save them as float32 or float64",
                     type.substr(0, 40)));
  item_bytes_ = type[3] == '4' ? 4 : 8;
  if (value_of(header, "fortran_order") != "False")
    fail("the array is in Fortran's order: save it in C order");
  rows_ = row_size_ = 1;
  bool first = true;
  std::string shape = value_of(header, "shape");
  for (char& c : shape)
    if (c == '(' || c == ')') c = ' ';
  for (const auto& piece : split(shape, ',')) {
    if (piece.empty()) continue;
    const auto n = to_integer(piece);
    if (!n || *n < 0 ||
        (row_size_ > 0 && static_cast<std::uint64_t>(*n) > most_numbers / row_size_))
      fail("the shape of the array makes no sense");
    (first ? rows_ : row_size_) *= static_cast<std::uint64_t>(*n);
    first = false;
  }
  if (row_size_ == 0 || rows_ > most_numbers / row_size_)
    fail("the shape of the array makes no sense");
  const std::uint64_t needed = start + length + rows_ * row_size_ * item_bytes_;
  if (needed > bytes)
    fail(fmt::format("the file is cut off: {} of {} bytes are there", bytes, needed));
}

void NpyReader::read_row(std::vector<double>& row) {
  if (at_ == rows_) throw InputError(fmt::format("{}: has only {} rows", name_, rows_));
  ++at_;
  buffer_.resize(row_size_ * item_bytes_);
  in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  if (!in_) throw InputError(fmt::format("{}: cannot be read to its end", name_));
  row.resize(row_size_);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char* from = buffer_.data() + i * item_bytes_;
    const auto take = [&](auto value) {
      std::memcpy(&value, from, sizeof value);
      row[i] = static_cast<double>(value);
    };
    if (whole_numbers_)
      item_bytes_ == 4 ? take(std::int32_t{}) : take(std::int64_t{});
    else
      item_bytes_ == 4 ? take(float{}) : take(double{});
    if (!std::isfinite(row[i]))
      throw InputError(fmt::format("{}: row {} holds a number that is not finite", name_, at_ - 1));
  }
}

std::string npy_bytes(const std::vector<double>& values, std::uint64_t rows,
                      std::uint64_t row_size) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
  header +=
      row_size == 0 ? fmt::format("({},), }}", rows) : fmt::format("({}, {}), }}", rows, row_size);
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string out(magic);
  out += '\x01';
  out += '\x00';
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return out;
}

}  // namespace vitrion::io
