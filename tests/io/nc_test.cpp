#include <netcdf.h>
#include <sys/resource.h>

#include <csignal>

#include "base/files.hpp"
#include "sample.hpp"

namespace vitrion::testing {
namespace {

using NcTest = FileTest;

void expect_frame(const Frame& a, const Frame& b) {
  expect_same_structure(a.structure, b.structure, 2e-6);  // 24 bits of 15 Å
  expect_near(a.velocities, b.velocities, 1e-6, "velocity");
  expect_near(a.forces, b.forces, 1e-6, "force");
  EXPECT_EQ(a.images, b.images);
  ASSERT_EQ(a.charges.size(), b.charges.size());
  for (std::size_t i = 0; i < a.charges.size(); ++i) EXPECT_NEAR(a.charges[i], b.charges[i], 1e-7);
  EXPECT_EQ(a.time_ps, b.time_ps);
  EXPECT_EQ(a.energy_eV, b.energy_eV);
  EXPECT_EQ(a.temperature_K, b.temperature_K);
  EXPECT_EQ(a.stress_eV_A3.has_value(), b.stress_eV_A3.has_value());
  if (a.stress_eV_A3 && b.stress_eV_A3) {
    EXPECT_LE((*a.stress_eV_A3 - *b.stress_eV_A3).cwiseAbs().maxCoeff(), 1e-15);
  }
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.wrapping, b.wrapping);
}

TEST_F(NcTest, GoesRound) {
  for (const bool tilted : {false, true}) {
    auto frames = sample_frames({.tilted = tilted});
    frames[1].structure.cell = Cell(frames[1].structure.cell.vectors(), Vec3(1, -2, 0.5));
    write_all(path("a.nc"), frames);
    const auto back = read_all(path("a.nc"));
    ASSERT_EQ(back.size(), frames.size());
    for (std::size_t f = 0; f < frames.size(); ++f) expect_frame(back[f], frames[f]);
    EXPECT_EQ(back[0].structure.cell.is_orthorhombic(), !tilted);
    expect_frame(read_last_frame(path("a.nc")), frames[2]);
  }
}

TEST_F(NcTest, WritesTheConventionToTheLetter) {
  write_all(path("a.nc"), sample_frames({}));
  const std::string bytes = content(path("a.nc"));
  EXPECT_EQ(bytes.substr(0, 4), std::string("CDF\x02", 4));  // 64-bit offset
  int id = -1;
  ASSERT_EQ(nc_open(path("a.nc").c_str(), NC_NOWRITE, &id), NC_NOERR);
  const auto text = [&](const char* variable, const char* name) {
    int v = NC_GLOBAL;
    if (*variable != '\0' && nc_inq_varid(id, variable, &v) != NC_NOERR)
      return std::string("no variable");
    std::size_t length = 0;
    if (nc_inq_attlen(id, v, name, &length) != NC_NOERR) return std::string("absent");
    std::string out(length, '\0');
    nc_get_att_text(id, v, name, out.data());
    return out;
  };
  EXPECT_EQ(text("", "Conventions"), "AMBER");
  EXPECT_EQ(text("", "ConventionVersion"), "1.0");
  EXPECT_EQ(text("coordinates", "units"), "angstrom");
  EXPECT_EQ(text("velocities", "units"), "angstrom/picosecond");
  EXPECT_EQ(text("velocities", "scale_factor"), "absent");
  EXPECT_EQ(text("forces", "units"), "kilocalorie/mole/angstrom");
  EXPECT_EQ(text("time", "units"), "picosecond");
  EXPECT_EQ(text("cell_lengths", "units"), "angstrom");
  EXPECT_EQ(text("cell_angles", "units"), "degree");
  // A force of 1 eV/Å is 23.0605 kcal/mol/Å.
  int forces = -1;
  ASSERT_EQ(nc_inq_varid(id, "forces", &forces), NC_NOERR);
  const std::size_t start[] = {0, 4, 1};
  double value = 0;
  ASSERT_EQ(nc_get_var1_double(id, forces, start, &value), NC_NOERR);
  EXPECT_NEAR(value, 23.060547830619 * sample_frames({})[0].forces[4][1], 1e-5);
  nc_close(id);
}

TEST_F(NcTest, TurnsTheCellAndAllThatHangsOnIt) {
  const Frame f = sample_frames({.rotated = true}, 1)[0];
  write_frame(path("a.nc"), f);
  const Frame back = read_first_frame(path("a.nc"));
  const Cell& cell = back.structure.cell;
  EXPECT_TRUE(cell.is_standard_orientation());
  // The rotation found from the cells alone.
  const Mat3 rotation = cell.vectors() * f.structure.cell.inverse();
  EXPECT_TRUE((rotation * rotation.transpose()).isIdentity(1e-12));
  for (std::size_t i = 0; i < f.size(); ++i) {
    EXPECT_LE((back.structure.position[i] - rotation * f.structure.position[i]).norm(), 3e-6);
    EXPECT_LE((back.velocities[i] - rotation * f.velocities[i]).norm(), 3e-6);
    EXPECT_LE((back.forces[i] - rotation * f.forces[i]).norm(), 3e-6);
  }
  EXPECT_TRUE(back.stress_eV_A3->isApprox(rotation * *f.stress_eV_A3 * rotation.transpose(), 1e-9));
  EXPECT_EQ(back.images, f.images);
}

TEST_F(NcTest, FramesMayLackWhatTheFirstHas) {
  auto frames = sample_frames({});
  frames[1].velocities.clear();
  frames[1].images.clear();
  frames[1].forces.clear();
  frames[1].charges.clear();
  frames[1].energy_eV.reset();
  frames[1].stress_eV_A3.reset();
  frames[1].time_ps.reset();
  write_all(path("a.nc"), frames);
  const auto back = read_all(path("a.nc"));
  for (std::size_t f = 0; f < 3; ++f) expect_frame(back[f], frames[f]);
}

TEST_F(NcTest, KeepsNamesMassesOpenSidesAndLargeImages) {
  Frame f;
  f.structure.cell =
      Cell(Vec3(4, 5, 6).asDiagonal().toDenseMatrix(), Vec3::Zero(), {true, true, false});
  f.structure.species = {{"S_bridging", 16, 34.0}, {"Li", 3, 6.015}};
  f.structure.kind = {1, 0, 1};
  f.structure.position.assign(3, Vec3(1, 2, 3));
  f.images = {{40000, 0, 0}, {0, -70000, 0}, {0, 0, 1}};
  write_frame(path("a.nc"), f);
  const Frame back = read_first_frame(path("a.nc"));
  EXPECT_EQ(back.structure.species[0].name, "S_bridging");
  EXPECT_EQ(back.structure.species[0].mass_amu, 34.0);
  EXPECT_EQ(back.structure.species[1].mass_amu, 6.015);
  EXPECT_EQ(back.structure.kind, f.structure.kind);
  EXPECT_EQ(back.images, f.images);
  EXPECT_EQ(back.structure.cell.periodic(), f.structure.cell.periodic());
  Frame open;
  open.structure.add("Li", Vec3(1, 2, 3));
  write_frame(path("b.nc"), open);
  EXPECT_FALSE(read_first_frame(path("b.nc")).structure.cell.is_defined());
}

TEST_F(NcTest, RefusesOtherAtoms) {
  auto frames = sample_frames({}, 2);
  const auto sink = open_sink(path("a.nc"));
  sink->write(frames[0]);
  Frame fewer = sample_frames({.everything = false}, 1)[0];
  fewer.structure.kind.pop_back();
  fewer.structure.position.pop_back();
  EXPECT_THROW(sink->write(fewer), InputError);
  Frame swapped = frames[1];
  std::swap(swapped.structure.kind[0], swapped.structure.kind[11]);
  EXPECT_THROW(sink->write(swapped), InputError);
  Frame unwrapped = frames[1];
  unwrapped.wrapping = Wrapping::unwrapped;
  EXPECT_THROW(sink->write(unwrapped), InputError);
  sink->write(frames[1]);
  sink->close();
  EXPECT_EQ(read_all(path("a.nc")).size(), 2U);
}

TEST_F(NcTest, AFrameRefusedHalfwayLeavesNoTrace) {
  const auto frames = sample_frames({}, 2);
  const auto sink = open_sink(path("a.nc"));
  sink->write(frames[0]);
  Frame fast = frames[1];
  fast.velocities[3][1] = 1e300;  // no float
  EXPECT_THROW(sink->write(fast), InputError);
  sink->close();
  const auto back = read_all(path("a.nc"));
  ASSERT_EQ(back.size(), 1U);
  expect_frame(back[0], frames[0]);
  const auto none = open_sink(path("b.nc"));
  EXPECT_THROW(none->write(fast), InputError);
  none->close();
  EXPECT_FALSE(std::filesystem::exists(path("b.nc")));
  EXPECT_FALSE(std::filesystem::exists(unfinished_name(path("b.nc"))));
}

TEST_F(NcTest, ResumesBehindTheFramesThatAreKept) {
  const auto frames = sample_frames({}, 10);
  const auto leave_unfinished = [&](std::size_t count) {
    const auto sink = open_sink(path("a.nc"));
    for (std::size_t f = 0; f < count; ++f) sink->write(frames[f]);
    sink->flush();
  };
  // The stale file is longer than, as long as, and shorter than the one that results.
  for (const auto& [stale, keep, total] : std::vector<std::array<std::size_t, 3>>{
           {9, 3, 5}, {6, 6, 7}, {4, 2, 10}, {5, 4, 4}, {5, 0, 2}}) {
    leave_unfinished(stale);
    EXPECT_FALSE(std::filesystem::exists(path("a.nc")));
    ASSERT_TRUE(std::filesystem::exists(unfinished_name(path("a.nc"))));
    {
      const auto sink = open_sink(path("a.nc"), {.resume_after_frames = keep});
      // Other frames than the stale ones: mirrored in time.
      for (std::size_t f = keep; f < total; ++f) sink->write(frames[9 - f]);
      sink->close();
    }
    EXPECT_FALSE(std::filesystem::exists(unfinished_name(path("a.nc"))));
    const auto back = read_all(path("a.nc"));
    ASSERT_EQ(back.size(), total);
    for (std::size_t f = 0; f < total; ++f) expect_frame(back[f], frames[f < keep ? f : 9 - f]);
    std::filesystem::rename(path("a.nc"), path("resumed.nc"));
    write_all(path("fresh.nc"), back);
    EXPECT_EQ(std::filesystem::file_size(path("resumed.nc")),
              std::filesystem::file_size(path("fresh.nc")));
  }
}

TEST_F(NcTest, RefusesToResumeWhatIsNotThere) {
  EXPECT_THROW(open_sink(path("a.nc"), {.resume_after_frames = 2}), InputError);
  const auto frames = sample_frames({}, 3);
  {
    const auto sink = open_sink(path("a.nc"));
    for (const auto& f : frames) sink->write(f);
    sink->flush();
  }
  EXPECT_THROW(open_sink(path("a.nc"), {.resume_after_frames = 4}), InputError);
  // A crash may leave the last frame half on disk.
  std::filesystem::resize_file(unfinished_name(path("a.nc")),
                               std::filesystem::file_size(unfinished_name(path("a.nc"))) - 100);
  EXPECT_THROW(open_sink(path("a.nc"), {.resume_after_frames = 3}), InputError);
  const auto sink = open_sink(path("a.nc"), {.resume_after_frames = 2});
  sink->write(frames[2]);
  sink->close();
  EXPECT_EQ(read_all(path("a.nc")).size(), 3U);
}

TEST_F(NcTest, FlushedFramesCanBeReadWhileWriting) {
  const auto frames = sample_frames({}, 3);
  const auto sink = open_sink(path("a.nc"));
  sink->write(frames[0]);
  sink->write(frames[1]);
  sink->flush();
  sink->write(frames[2]);
  EXPECT_EQ(read_all(unfinished_name(path("a.nc")), {.format = "nc"}).size(), 2U);
}

// A limit on the size of files stands for a full disk.
TEST_F(NcTest, AFileThatDoesNotFitIsAnError) {
  const auto frames = sample_frames({}, 2);
  const auto write = [&](std::size_t count) {
    auto sink = open_sink(path("long.nc"));
    for (std::size_t i = 0; i < count; ++i) sink->write(frames[i % 2]);
    sink->close();
  };
  write(20000);
  const auto whole = std::filesystem::file_size(path("long.nc"));
  ASSERT_GT(whole, 4'000'000U);
  std::filesystem::remove(path("long.nc"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const double share : {0.1, 0.5, 0.9, 0.999}) {
    const rlimit limit{static_cast<rlim_t>(share * static_cast<double>(whole)), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_THROW(write(20000), WorkError) << share;
    EXPECT_FALSE(std::filesystem::exists(path("long.nc"))) << share;
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
}

TEST_F(NcTest, SaysWhereAFileIsBroken) {
  write_all(path("a.nc"), sample_frames({}, 3));
  const std::string whole = content(path("a.nc"));
  EXPECT_NE(error_of(put("b.nc", whole.substr(0, whole.size() - 300)))
                .find("frame 3 of 3: it is cut off"),
            std::string::npos);
  EXPECT_NE(error_of(put("b.nc", whole.substr(0, 200))).find("cut off"), std::string::npos);
  EXPECT_NE(error_of(put("b.nc", "")).find("empty"), std::string::npos);
  EXPECT_NE(error_of(put("b.nc", "not NetCDF at all")).find("is not a NetCDF file"),
            std::string::npos);
  EXPECT_NE(error_of(put("b.nc", "\x89HDF\r\n\x1a\n")).find("nccopy"), std::string::npos);
  std::string claims = whole;
  claims[4] = '\x40';  // a thousand million frames
  EXPECT_NE(error_of(put("b.nc", claims)).find("cut off"), std::string::npos);
}

// As AMBER and LAMMPS write them: scaled velocities, types by frame, atoms in any order.
TEST_F(NcTest, ReadsTheFilesOfOthers) {
  int id = -1;
  ASSERT_EQ(nc_create(path("o.nc").c_str(), NC_CLOBBER | NC_64BIT_OFFSET, &id), NC_NOERR);
  int frame = -1, atom = -1, spatial = -1, v[6] = {};
  nc_def_dim(id, "frame", NC_UNLIMITED, &frame);
  nc_def_dim(id, "atom", 2, &atom);
  nc_def_dim(id, "spatial", 3, &spatial);
  const int fas[] = {frame, atom, spatial};
  const int fs[] = {frame, spatial};
  nc_def_var(id, "coordinates", NC_FLOAT, 3, fas, &v[0]);
  nc_def_var(id, "velocities", NC_FLOAT, 3, fas, &v[1]);
  nc_def_var(id, "cell_lengths", NC_DOUBLE, 2, fs, &v[2]);
  nc_def_var(id, "cell_angles", NC_DOUBLE, 2, fs, &v[3]);
  nc_def_var(id, "id", NC_INT, 2, fas, &v[4]);
  nc_def_var(id, "type", NC_INT, 2, fas, &v[5]);
  const float scale = 20.455F;
  nc_put_att_float(id, v[1], "scale_factor", NC_FLOAT, 1, &scale);
  nc_put_att_text(id, v[1], "units", 19, "angstrom/picosecond");
  nc_enddef(id);
  const std::size_t zero[] = {0, 0, 0};
  const std::size_t all[] = {1, 2, 3};
  const std::size_t three[] = {1, 3};
  const float r[] = {1, 2, 3, 4, 5, 6};
  const double lengths[] = {7, 8, 0};
  const double angles[] = {90, 90, 90};
  const int ids[] = {2, 1};
  const int types[] = {1, 3};
  nc_put_vara_float(id, v[0], zero, all, r);
  nc_put_vara_float(id, v[1], zero, all, r);
  nc_put_vara_double(id, v[2], zero, three, lengths);
  nc_put_vara_double(id, v[3], zero, three, angles);
  nc_put_vara_int(id, v[4], zero, all, ids);
  nc_put_vara_int(id, v[5], zero, all, types);
  ASSERT_EQ(nc_close(id), NC_NOERR);
  EXPECT_NE(error_of(path("o.nc")).find("--types 1=Li,2=P,3=S"), std::string::npos);
  const Frame f =
      read_first_frame(path("o.nc"), {.type_names = {{1, "Li"}, {3, "S"}}, .timestep_ps = 0.002});
  EXPECT_EQ(f.structure.position[0], Vec3(4, 5, 6));
  EXPECT_EQ(f.structure.species_of(0).name, "S");
  EXPECT_EQ(f.structure.species_of(1).name, "Li");
  EXPECT_NEAR(f.velocities[1][2], 3 * 20.455, 1e-4);
  EXPECT_EQ(f.structure.cell.periodic(), (std::array<bool, 3>{true, true, false}));
  EXPECT_EQ(f.structure.cell.vectors()(0, 0), 7);
}

}  // namespace
}  // namespace vitrion::testing
