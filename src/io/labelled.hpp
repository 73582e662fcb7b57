// What the readers of electronic-structure programs share: units, and steps that are left out.
//
// A run may be stopped at any time, and one step may not converge: complete, converged steps are
// given, and what is left out is said once, at the end of the file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/constants.hpp"
#include "core/frame.hpp"
#include "io/line_reader.hpp"

namespace vitrion::io {

/// 1 kbar in eV/Å³.
inline constexpr double kbar_eV_A3 = 0.1 / constants::eV_A3_in_GPa;

inline bool holds(std::string_view line, std::string_view words) {
  return line.find(words) != std::string_view::npos;
}

/// Counts steps that are not given, and warns of them.
class LeftOut {
 public:
  void unconverged() { ++unconverged_; }
  void cut_off() { cut_off_ = true; }
  /// One warning of each kind, with the file's name; call at the end of the file.
  void tell(const std::string& file);

 private:
  std::size_t unconverged_ = 0;
  bool cut_off_ = false;
};

/// Species and kinds from the symbols of all atoms; fails at the reader's line where one is no
/// element.
void set_species(const std::vector<std::string>& symbols, const LineReader& reader,
                 Structure& structure);

/// Numbers of a line, also where Fortran left no blank before a minus sign. Fails where one is
/// none, or where there are fewer than `count`.
std::vector<double> fortran_numbers(std::string_view line, std::size_t count, std::string_view what,
                                    const LineReader& reader);

/// "Li" of "Li_sv", "Li_sv_GW" or "Li/abc".
std::string element_of_potential(std::string_view name);

}  // namespace vitrion::io
