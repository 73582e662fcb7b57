// The classic NetCDF file format:
// https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "base/error.hpp"
#include "io/nc.hpp"

namespace vitrion::io {
namespace {

constexpr std::uint64_t too_large = std::uint64_t{1} << 60;
constexpr std::size_t longest_header = std::size_t{1} << 24;

class HeaderParser {
 public:
  HeaderParser(std::string bytes, std::uint64_t file_bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {
    out_.file_bytes = file_bytes;
  }

  NcHeader parse() {
    if (bytes_.compare(0, 4, "\x89HDF") == 0) {
      throw InputError(fmt::format(
          "{}: is a NetCDF-4 file: turn it into a classic one with nccopy -k cdf2", name_));
    }
    if (bytes_.compare(0, 3, "CDF") != 0 || bytes_.size() < 8) {
      throw InputError(fmt::format("{}: {}", name_,
                                   bytes_.empty() ? "the file is empty" : "is not a NetCDF file"));
    }
    out_.version = bytes_[3];
    if (out_.version != 1 && out_.version != 2 && out_.version != 5) broken("an unknown version");
    at_ = 4;
    out_.records = number();
    if (out_.records == (out_.version == 5 ? ~std::uint64_t{0} : 0xffffffffU))
      broken("no number of frames");
    list(0x0A, [this] { dimension(); });
    list(0x0C, [this] { attribute(); });
    list(0x0B, [this] { variable(); });
    place_records();
    return out_;
  }

 private:
  [[noreturn]] void broken(const char* what) const {
    throw InputError(fmt::format("{}: the NetCDF header is broken or cut off ({})", name_, what));
  }
  std::uint64_t big_endian(std::size_t width) {
    if (bytes_.size() - at_ < width) broken("it ends early");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }
  std::uint64_t number() { return big_endian(out_.version == 5 ? 8 : 4); }
  void pass(std::uint64_t count) {
    if (count > bytes_.size() - at_) broken("it ends early");
    at_ += count;
    at_ = (at_ + 3) / 4 * 4;
    if (at_ > bytes_.size()) broken("it ends early");
  }
  void name() {
    const std::uint64_t length = number();
    if (length == 0 || length > 256) broken("a name of impossible length");
    pass(length);
  }
  template <class F>
  void list(std::uint64_t tag, F&& element) {
    const std::uint64_t found = big_endian(4);
    const std::uint64_t count = number();
    if (found != tag && !(found == 0 && count == 0)) broken("a list of the wrong kind");
    if (count > bytes_.size()) broken("too many elements");
    for (std::uint64_t i = 0; i < count; ++i) element();
  }
  void dimension() {
    name();
    dimensions_.push_back(number());
    if (dimensions_.back() >= too_large) broken("a dimension is too large");
    if (dimensions_.back() == 0 && std::count(dimensions_.begin(), dimensions_.end(), 0U) > 1) {
      broken("two dimensions without a length");
    }
  }
  std::uint64_t width_of_type() {
    constexpr std::uint64_t widths[] = {1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
    const std::uint64_t type = big_endian(4);
    if (type < 1 || type > (out_.version == 5 ? 11U : 6U)) broken("an unknown type");
    return widths[type - 1];
  }
  void attribute() {
    name();
    const std::uint64_t width = width_of_type();
    const std::uint64_t count = number();
    if (count > bytes_.size()) broken("an attribute is too long");
    pass(count * width);
  }
  void variable() {
    name();
    const std::uint64_t rank = number();
    if (rank > 16) broken("a variable of too many dimensions");
    bool record = false;
    std::uint64_t size = 1;
    for (std::uint64_t i = 0; i < rank; ++i) {
      const std::uint64_t id = number();
      if (id >= dimensions_.size()) broken("a dimension that is not there");
      if (dimensions_[id] == 0) {
        if (i != 0) broken("the frames are not a variable's first dimension");
        record = true;
      } else if (size > too_large / dimensions_[id]) {
        broken("a variable is too large");
      } else {
        size *= dimensions_[id];
      }
    }
    list(0x0C, [this] { attribute(); });
    size *= width_of_type();
    number();  // the size again, which the format calls redundant
    const std::uint64_t begin = big_endian(out_.version == 1 ? 4 : 8);
    if (begin > out_.file_bytes && !record) cut();
    if (begin >= too_large) broken("a variable lies too far behind");
    if (record) {
      records_.push_back({begin, size});
    } else if (size > out_.file_bytes - begin) {
      cut();
    }
  }
  [[noreturn]] void cut() const {
    throw InputError(
        fmt::format("{}: the file is shorter than its header says: it is cut off", name_));
  }
  void place_records() {
    if (records_.empty()) return;
    out_.record_start = records_[0].begin;
    for (const auto& r : records_) {
      out_.record_start = std::min(out_.record_start, r.begin);
      // Each is filled up to four bytes, unless it is alone.
      out_.record_bytes += records_.size() == 1 ? r.size : (r.size + 3) / 4 * 4;
      if (out_.record_bytes >= too_large) broken("a frame is too large");
    }
    for (const auto& r : records_) {
      if (r.begin - out_.record_start + r.size > out_.record_bytes)
        broken("the variables of a frame do not fit in it");
    }
    if (out_.record_start < at_) broken("the frames begin within the header");
  }

  struct Extent {
    std::uint64_t begin;
    std::uint64_t size;
  };
  std::string bytes_;
  std::string name_;
  std::size_t at_ = 0;
  NcHeader out_;
  std::vector<std::uint64_t> dimensions_;
  std::vector<Extent> records_;
};

}  // namespace

std::uint64_t NcHeader::whole_records() const {
  if (record_bytes == 0 || file_bytes <= record_start) return 0;
  // The last frame may lack up to three bytes that only fill it up.
  return std::min(records, (file_bytes - record_start + 3) / record_bytes);
}

NcHeader read_nc_header(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in)
    throw InputError(
        fmt::format("{}: no such file, or it cannot be read: check the path", file.string()));
  std::string bytes(std::min<std::size_t>(size, longest_header), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return HeaderParser(std::move(bytes), size, file.string()).parse();
}

}  // namespace vitrion::io
