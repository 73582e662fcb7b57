// Stands in for the copy of {fmt} inside LAMMPS, which its installed headers name and Debian leaves
// out: enough for them to be parsed. Nothing of it is called.
#pragma once

#include <string>

namespace fmt {

class string_view {};
class format_args {};
template <class... Args, class S>
format_args make_args_checked(const S&, const Args&...) {
  return {};
}
template <class... Args>
std::string format(const Args&...) {
  return {};
}

}  // namespace fmt
