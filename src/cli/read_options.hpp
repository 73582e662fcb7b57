// Options for reading files that several verbs share.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "base/units.hpp"
#include "io/formats.hpp"

namespace vitrion::cli {

struct ReadFlags {
  std::string format;
  std::vector<std::string> types;
  std::string timestep;

  void add_to(CLI::App& verb) {
    verb.add_option("--format", format,
                    "the file's format, where its name does not tell; see `vitrion list formats`");
    verb.add_option("--types", types, "LAMMPS types, for example 1=Li,2=P,3=S");
    verb.add_option("--timestep", timestep,
                    "one MD step, to turn step numbers into time, for example 1fs");
  }

  [[nodiscard]] ReadOptions options() const {
    ReadOptions out;
    out.format = format;
    for (const auto& given : types) {
      for (const auto& pair : split(given, ',')) {
        const auto parts = split(pair, '=');
        if (parts.size() != 2)
          throw InputError(
              fmt::format("--types {}: should read TYPE=SYMBOL, for example 1=Li,2=P,3=S", given));
        out.type_names[parse_integer(parts[0], {"--types", 0, 0})] = parts[1];
      }
    }
    if (!timestep.empty())
      out.timestep_ps = parse_quantity(timestep, Dimension::time, {"--timestep", 0, 0});
    return out;
  }
};

}  // namespace vitrion::cli
