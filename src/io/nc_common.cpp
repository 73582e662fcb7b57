#include <fmt/format.h>
#include <netcdf.h>

#include "base/error.hpp"
#include "core/element.hpp"
#include "io/nc.hpp"
#include "io/text_format.hpp"

namespace vitrion::io {

std::mutex& nc_mutex() {
  static std::mutex mutex;
  return mutex;
}

NcHandle::~NcHandle() {
  if (id < 0) return;
  const std::lock_guard lock(nc_mutex());
  nc_close(id);
}

void NcHandle::close() {
  if (id < 0) return;
  const int status = nc_close(id);
  id = -1;
  if (status != NC_NOERR)
    throw WorkError(fmt::format("the trajectory cannot be closed: {}", nc_strerror(status)));
}

int nc_variable(int id, const char* name) {
  int variable = -1;
  return nc_inq_varid(id, name, &variable) == NC_NOERR ? variable : -1;
}

std::string nc_text(int id, int variable, const char* name) {
  nc_type type = NC_NAT;
  std::size_t length = 0;
  if (nc_inq_att(id, variable, name, &type, &length) != NC_NOERR || type != NC_CHAR) return "";
  std::string text(length, '\0');
  if (length > 0 && nc_get_att_text(id, variable, name, text.data()) != NC_NOERR) return "";
  return text.substr(0, text.find('\0'));
}

bool read_nc_species(int id, std::size_t atoms, Structure& structure) {
  const int kind = nc_variable(id, "kind");
  const int names = nc_variable(id, "species_names");
  const int masses = nc_variable(id, "species_masses");
  int species_dimension = -1;
  int label_dimension = -1;
  int atom_dimension = -1;
  if (kind < 0 || names < 0 || masses < 0) return false;
  const auto shaped = [&](int variable, std::initializer_list<int> dimensions) {
    int rank = 0;
    int ids[NC_MAX_VAR_DIMS] = {};
    if (nc_inq_var(id, variable, nullptr, nullptr, &rank, ids, nullptr) != NC_NOERR) return false;
    return std::equal(ids, ids + rank, dimensions.begin(), dimensions.end());
  };
  if (nc_inq_dimid(id, "species", &species_dimension) != NC_NOERR ||
      nc_inq_dimid(id, "species_label", &label_dimension) != NC_NOERR ||
      nc_inq_dimid(id, "atom", &atom_dimension) != NC_NOERR || !shaped(kind, {atom_dimension}) ||
      !shaped(names, {species_dimension, label_dimension}) ||
      !shaped(masses, {species_dimension})) {
    return false;
  }
  std::size_t count = 0;
  std::size_t width = 0;
  nc_inq_dimlen(id, species_dimension, &count);
  nc_inq_dimlen(id, label_dimension, &width);
  if (count == 0 || count > 1000 || width > 1000) return false;
  std::string text(count * width, '\0');
  std::vector<double> amu(count);
  std::vector<int> kinds(atoms);
  if (nc_get_var_text(id, names, text.data()) != NC_NOERR ||
      nc_get_var_double(id, masses, amu.data()) != NC_NOERR ||
      nc_get_var_int(id, kind, kinds.data()) != NC_NOERR) {
    return false;
  }
  structure.species.clear();
  for (std::size_t k = 0; k < count; ++k) {
    std::string name = text.substr(k * width, width);
    name = name.substr(0, name.find('\0'));
    Species species = Species::of_element(name);
    if (species.atomic_number == 0) species.atomic_number = element::from_mass(amu[k]);
    species.name = name;
    species.mass_amu = amu[k];
    structure.species.push_back(species);
  }
  structure.kind.clear();
  for (const int k : kinds) {
    if (k < 0 || static_cast<std::size_t>(k) >= count) return false;
    structure.kind.push_back(static_cast<std::uint16_t>(k));
  }
  return true;
}

const FormatEntry& nc_format() {
  static const FormatEntry entry{
      .info = {"nc",
               "NetCDF trajectory (AMBER convention): compact, exact image flags, can be resumed",
               {"*.nc", "*.ncdf"},
               true,
               true,
               true,
               true},
      .recognises =
          [](std::string_view head) {
            return head.substr(0, 3) == "CDF" || head.substr(0, 4) == "\x89HDF";
          },
      .read_file = &read_nc,
      .write_file = &write_nc};
  return entry;
}

}  // namespace vitrion::io
