#include "io/cif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <gemmi/symmetry.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "core/element.hpp"
#include "core/frame.hpp"
#include "io/atom_table.hpp"
#include "io/cif_text.hpp"
#include "io/text_format.hpp"

namespace vitrion {
namespace {

constexpr double same_place_A = 0.05;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw InputError(fmt::format("{}: {}", file.string(), what));
}

Cell read_cell(const CifBlock& block, const std::filesystem::path& file) {
  double value[6];
  const char* tags[] = {"_cell_length_a",    "_cell_length_b",   "_cell_length_c",
                        "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"};
  for (int k = 0; k < 6; ++k) {
    value[k] = cif_number(block.value({tags[k]}));
    if (!std::isfinite(value[k])) fail(file, fmt::format("lacks {}: add it", tags[k]));
  }
  try {
    return Cell::from_parameters({value[0], value[1], value[2]}, {value[3], value[4], value[5]});
  } catch (const InputError& e) {
    fail(file, e.what());
  }
}

std::vector<gemmi::Op> read_operations(const CifBlock& block, const std::filesystem::path& file) {
  for (const char* tag : {"_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz",
                          "_space_group_symop.operation_xyz"}) {
    const auto* column = block.column(tag);
    if (column == nullptr) continue;
    std::vector<gemmi::Op> out;
    for (const auto& text : *column) {
      try {
        out.push_back(gemmi::parse_triplet(text));
      } catch (const std::exception& e) {
        fail(file, fmt::format("the operation {} is not one ({}): correct it", text, e.what()));
      }
    }
    return out;
  }
  const gemmi::SpaceGroup* group = gemmi::find_spacegroup_by_name(block.value(
      {"_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m", "_space_group_name_hall"}));
  const double number =
      cif_number(block.value({"_space_group_it_number", "_symmetry_int_tables_number"}));
  if (group == nullptr && std::isfinite(number))
    group = gemmi::find_spacegroup_by_number(static_cast<int>(number));
  if (group == nullptr) fail(file, "names no space group and no operations: add either");
  return group->operations().all_ops_sorted();
}

// "Li1+", "Li", "Si(1)" to the element.
std::string element_of(const std::string& type) {
  for (std::size_t n : {2U, 1U}) {
    if (type.size() < n || (n == 2 && std::islower(static_cast<unsigned char>(type[1])) == 0))
      continue;
    const int z = element::atomic_number(type.substr(0, n));
    if (z > 0) return element::symbol(z);
  }
  return "";
}

// The places that the operations make of one; an atom on a symmetry element comes once.
std::vector<Vec3> orbit_of(const std::array<double, 3>& x, const std::vector<gemmi::Op>& operations,
                           const Cell& cell) {
  std::vector<Vec3> out;
  for (const auto& op : operations) {
    const auto image = op.apply_to_xyz(x);
    Vec3 f(image[0], image[1], image[2]);
    for (int k = 0; k < 3; ++k) f[k] -= std::floor(f[k] + 1e-9);
    const bool known = std::any_of(out.begin(), out.end(), [&](const Vec3& other) {
      return cell.minimum_image(cell.vectors() * (f - other)).norm() < same_place_A;
    });
    if (!known) out.push_back(f);
  }
  return out;
}

// Sites of several elements on one place are one site.
void add_site(Crystal& crystal, const Vec3& fraction, const std::string& symbol, double occupancy,
              const std::string& label) {
  for (CrystalSite& other : crystal.sites) {
    const Vec3 d = crystal.cell.minimum_image(crystal.cell.vectors() * (fraction - other.fraction));
    if (d.norm() > same_place_A) continue;
    other.occupancy[symbol] += occupancy;
    other.label += "+" + label;
    return;
  }
  crystal.sites.push_back({fraction, {{symbol, occupancy}}, label});
}

}  // namespace

Crystal read_cif(const std::filesystem::path& file) {
  return crystal_of_cif(read_text_file(file), file);
}

Crystal crystal_of_cif(std::string_view text, const std::filesystem::path& file) {
  for (const CifBlock& block : parse_cif(text, file.string())) {
    const std::vector<std::string>* x[3] = {block.column("_atom_site_fract_x"),
                                            block.column("_atom_site_fract_y"),
                                            block.column("_atom_site_fract_z")};
    const auto* labels = block.column("_atom_site_label");
    const auto* types = block.column("_atom_site_type_symbol");
    const auto* occupancies = block.column("_atom_site_occupancy");
    if (labels == nullptr) labels = types;
    if (x[0] == nullptr || x[1] == nullptr || x[2] == nullptr || labels == nullptr) continue;
    Crystal out;
    out.name = file.stem().string();
    out.cell = read_cell(block, file);
    const auto operations = read_operations(block, file);
    for (std::size_t i = 0; i < labels->size(); ++i) {
      const std::string& label = (*labels)[i];
      const std::string symbol = element_of(types != nullptr ? (*types)[i] : label);
      if (symbol.empty()) fail(file, fmt::format("the site \"{}\" is of no element", label));
      double occupancy = occupancies == nullptr ? 1.0 : cif_number((*occupancies)[i]);
      if (std::isnan(occupancy)) occupancy = 1.0;
      std::array<double, 3> at{};
      for (std::size_t k = 0; k < 3; ++k) at[k] = cif_number((*x[k])[i]);
      if (!std::isfinite(at[0] + at[1] + at[2]) || !(occupancy > 0) || occupancy > 1.01) {
        fail(file, fmt::format("the site \"{}\" has no position, or an occupancy that is not "
                               "between 0 and 1",
                               label));
      }
      for (const Vec3& f : orbit_of(at, operations, out.cell))
        add_site(out, f, symbol, occupancy, label);
    }
    for (const auto& site : out.sites) {
      double filled = 0;
      for (const auto& [symbol, share] : site.occupancy) filled += share;
      if (filled > 1.02) {
        fail(file, fmt::format("the site \"{}\" is occupied {:.3g} times: correct the occupancies",
                               site.label, filled));
      }
    }
    return out;
  }
  fail(file, "holds no atoms with positions");
}

bool CrystalSite::is_partial() const {
  double filled = 0;
  for (const auto& [symbol, x] : occupancy) filled += x;
  return occupancy.size() != 1 || filled < 1 - 1e-3;
}

std::map<std::string, double> Crystal::contents() const {
  std::map<std::string, double> out;
  for (const auto& site : sites) {
    for (const auto& [symbol, x] : site.occupancy) out[symbol] += x;
  }
  return out;
}

namespace io {
namespace {

constexpr std::size_t longest_cif = 64U << 20U;  // bytes; published crystals have some kilobytes

class CifSource : public FrameSource {
 public:
  CifSource(LineReader reader, ReadOptions options)
      : reader_(std::move(reader)), options_(std::move(options)) {}

  bool next(Frame& frame) override {
    if (done_) return false;
    done_ = true;
    std::string text;
    std::string_view line;
    while (reader_.next(line)) {
      text += line;
      text += '\n';
      if (text.size() > longest_cif) reader_.fail("too long for a crystal: is this a CIF file?");
    }
    const Crystal crystal = crystal_of_cif(text, reader_.name());
    clear_frame(frame);
    frame.structure.cell = crystal.cell;
    for (const CrystalSite& site : crystal.sites) {
      if (site.is_partial() || site.occupancy.size() > 1) {
        throw InputError(fmt::format(
            "{}: the site {} is partly filled or shared: what fills it is a choice; make it with "
            "`vitrion build --set method=crystal --set crystal.file={}`",
            reader_.name(), site.label, reader_.name()));
      }
      frame.structure.add(site.occupancy.begin()->first, crystal.cell.to_cartesian(site.fraction));
    }
    fill_time(frame, options_);
    return true;
  }
  [[nodiscard]] std::string name() const override { return reader_.name(); }
  [[nodiscard]] std::optional<double> progress() const override { return reader_.progress(); }

 private:
  LineReader reader_;
  ReadOptions options_;
  bool done_ = false;
};

bool recognises_cif(std::string_view head) {
  return head.find("_cell_length_a") != head.npos || head.find("_atom_site_") != head.npos;
}

std::unique_ptr<FrameSource> read_cif_frame(LineReader reader, const ReadOptions& options) {
  return std::make_unique<CifSource>(std::move(reader), options);
}

}  // namespace

const FormatEntry& cif_format() {
  static const FormatEntry entry{.info = {"cif",
                                          "a crystal with all its sites full, one structure",
                                          {"*.cif"},
                                          true,
                                          false,
                                          false},
                                 .recognises = &recognises_cif,
                                 .read_text = &read_cif_frame};
  return entry;
}

}  // namespace io
}  // namespace vitrion
