#include "base/error.hpp"

namespace vitrion {

std::string Location::text() const {
  std::string out = file;
  if (line > 0) out += (out.empty() ? "line " : ":") + std::to_string(line);
  if (line > 0 && column > 0) out += ":" + std::to_string(column);
  return out;
}

namespace {
std::string located(const Location& where, const std::string& message) {
  const std::string place = where.text();
  return place.empty() ? message : place + ": " + message;
}
}  // namespace

InputError::InputError(const Location& where, const std::string& message)
    : Error(located(where, message)) {}

}  // namespace vitrion
