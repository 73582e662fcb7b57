// Thousands of broken files: every reader gives frames that are sound, or an InputError.
#include <algorithm>

#include "ab_initio_samples.hpp"
#include "sample.hpp"

namespace vitrion::testing {
namespace {

using MutationTest = FileTest;

// Keeps the many warnings of steps left out from the terminal.
struct Quiet {
  Quiet() { ::testing::internal::CaptureStderr(); }
  ~Quiet() { ::testing::internal::GetCapturedStderr(); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

// Pieces that are likely to go wrong.
const char* const pieces[] = {"nan",
                              "-1",
                              "1e999",
                              "1000000000000000",
                              "99999999999999999999",
                              "\n",
                              "\n\n",
                              " ",
                              "\"",
                              "=",
                              ":",
                              "Lattice=\"",
                              "ITEM: ATOMS id x",
                              "0",
                              "1",
                              "-0.0",
                              "Atoms\n\n",
                              "Direct",
                              "1e308",
                              "[",
                              "2147483648"};

std::string mutate(std::string text, RandomStream& random, const std::string& other) {
  const auto at = [&](std::size_t size) {
    return static_cast<std::size_t>(random.below(size + 1));
  };
  const auto changes = 1 + random.below(4);
  for (std::uint64_t c = 0; c < changes && !text.empty(); ++c) {
    const std::size_t i = at(text.size() - 1);
    switch (random.below(8)) {
      case 0: text[i] = static_cast<char>(random.below(256)); break;
      case 1: text[i] = static_cast<char>(text[i] ^ (1 << random.below(8))); break;
      case 2: text.erase(i, 1 + random.below(20)); break;
      case 3: text.insert(i, pieces[random.below(std::size(pieces))]); break;
      case 4: text.resize(i); break;
      case 5: text.insert(i, text.substr(at(text.size()), random.below(60))); break;
      case 6: text.insert(i, other.substr(at(other.size()), random.below(60))); break;
      default: {
        // A whole line gone or doubled.
        const std::size_t start =
            text.rfind('\n', i) == std::string::npos ? 0 : text.rfind('\n', i);
        const std::size_t end = std::min(text.find('\n', i), text.size());
        const std::string line = text.substr(start, end - std::min(start, end));
        if (random.below(2) == 0)
          text.erase(start, line.size());
        else
          text.insert(start, line);
      }
    }
  }
  return text;
}

void read_and_check(const std::filesystem::path& file, const ReadOptions& options, int& good,
                    int& bad) {
  try {
    for (const auto& frame : read_all(file, options)) {
      check_frame(frame);
      EXPECT_GT(frame.size(), 0U);
      for (const auto k : frame.structure.kind) EXPECT_LT(k, frame.structure.species.size());
    }
    ++good;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(file.filename().string()), std::string::npos)
        << error.what();
    ++bad;
  }
}

TEST_F(MutationTest, EveryReaderStandsIt) {
  const Quiet quiet;
  const std::map<std::string, int> rounds{
      {"extxyz", 3000},  {"lammps-dump", 3000}, {"lammps-data", 3000}, {"poscar", 3000},
      {"xdatcar", 3000}, {"nc", 1500},          {"vasprun", 2000},     {"outcar", 2000},
      {"ml-ab", 2000},   {"cp2k", 2000},        {"rmc6f", 3000},       {"cif", 2000}};
  const auto frames = sample_frames({}, 2);
  std::map<std::string, std::string> whole = read_only_texts(frames);
  whole["cif"] =
      "data_salt\n_cell_length_a 5.64\n_cell_length_b 5.64\n_cell_length_c 5.64\n"
      "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n"
      "_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-x,1/2+y,z'\nloop_\n_atom_site_label\n"
      "_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nNa1 0 0.1 0\nCl1 0.5 0.2 0.3\n";
  for (const auto& format : all_formats()) {
    if (!format.writes || format.name == "deepmd") continue;
    write_all(path("w"), {frames.begin(), frames.begin() + (format.many_frames ? 2 : 1)},
              {.format = format.name});
    whole[format.name] = content(path("w"));
  }
  for (const auto& [format, text] : whole) {
    RandomStream random(11, format);
    int good = 0;
    int bad = 0;
    for (int i = 0; i < rounds.at(format); ++i) {
      const auto& other = i % 2 == 0 ? text : whole.at("extxyz");
      read_and_check(put("m", mutate(text, random, other)),
                     {.format = format, .type_names = {{1, "Li"}, {2, "P"}, {3, "S"}}}, good, bad);
    }
    // A test that only ever sees one of the two outcomes tests nothing.
    EXPECT_GT(good, 20) << format;
    EXPECT_GT(bad, 100) << format;
  }
}

TEST_F(MutationTest, EveryCutIsAnErrorOrWhole) {
  const Quiet quiet;
  const auto frames = sample_frames({}, 2);
  const auto read_only = read_only_texts(frames);
  for (const auto& format : all_formats()) {
    if (!format.many_frames || format.name == "deepmd") continue;
    if (format.writes) write_all(path("w"), frames, {.format = format.name});
    const std::string text = format.writes ? content(path("w")) : read_only.at(format.name);
    for (std::size_t keep = 0; keep < text.size(); keep += 17) {
      // At most the frames that are wholly there, and never more.
      int good = 0;
      int bad = 0;
      read_and_check(put("m", text.substr(0, keep)), {.format = format.name}, good, bad);
      EXPECT_EQ(good + bad, 1);
    }
  }
}

}  // namespace
}  // namespace vitrion::testing
