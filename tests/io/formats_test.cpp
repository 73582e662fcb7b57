// The table: finding formats, packed files, and that nothing half-written gets a final name.
#include "base/files.hpp"
#include "sample.hpp"

namespace vitrion::testing {
namespace {

using FormatsTest = FileTest;

TEST_F(FormatsTest, EveryFormatGoesRoundThroughTheTable) {
  const std::map<std::string, std::string> names{
      {"extxyz", "a.extxyz"}, {"lammps-dump", "a.dump"}, {"lammps-data", "a.data"},
      {"poscar", "POSCAR"},   {"xdatcar", "XDATCAR"},    {"nc", "a.nc"},
      {"rmc6f", "a.rmc6f"}};
  for (const auto& format : all_formats()) {
    // Folders and read-only formats have tests of their own.
    if (!format.writes || format.name == "deepmd") continue;
    ASSERT_TRUE(names.count(format.name)) << format.name;
    const auto frames = sample_frames({}, format.many_frames ? 3 : 1);
    write_all(path(names.at(format.name)), frames);
    const auto back = read_all(path(names.at(format.name)));
    ASSERT_EQ(back.size(), frames.size()) << format.name;
    expect_same_structure(back.back().structure, frames.back().structure, 1e-6);
    // From the content alone.
    std::filesystem::copy_file(path(names.at(format.name)), path("nameless"),
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(read_all(path("nameless")).size(), frames.size()) << format.name;
    const Frame last = read_last_frame(path("nameless"));
    expect_same_structure(last.structure, back.back().structure, 0);
    EXPECT_EQ(last.step, back.back().step) << format.name;
    // By force.
    write_all(path("forced"), frames, {.format = format.name});
    EXPECT_EQ(read_all(path("forced"), {.format = format.name}).size(), frames.size())
        << format.name;
  }
}

TEST_F(FormatsTest, PackedFilesReadAsTheOthersDo) {
  const auto frames = sample_frames({}, 40);
  write_all(path("a.extxyz"), frames);
  for (const char* name :
       {"a.extxyz.gz", "a.extxyz.zst", "XDATCAR.gz", "a.dump.ZST", "POSCAR.gz", "a.data.zst"}) {
    const bool one =
        std::string(name).rfind("POSCAR", 0) == 0 || std::string(name).rfind("a.data", 0) == 0;
    write_all(path(name), {frames.begin(), frames.begin() + (one ? 1 : 40)});
    const auto back = read_all(path(name));
    ASSERT_EQ(back.size(), one ? 1U : 40U) << name;
    expect_same_structure(back.back().structure, frames[back.size() - 1].structure, 1e-10);
  }
  EXPECT_EQ(content(path("a.extxyz.gz")).substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(content(path("a.extxyz.zst")).substr(0, 4), "\x28\xb5\x2f\xfd");
  EXPECT_LT(std::filesystem::file_size(path("a.extxyz.zst")),
            std::filesystem::file_size(path("a.extxyz")) * 3 / 4);
}

TEST_F(FormatsTest, PackedPiecesMayFollowOneAnother) {
  const auto frames = sample_frames({}, 2);
  for (const std::string end : {".gz", ".zst"}) {
    write_all(path("a.extxyz" + end), {frames[0]});
    write_all(path("b.extxyz" + end), {frames[1]});
    const auto both =
        put("c.extxyz" + end, content(path("a.extxyz" + end)) + content(path("b.extxyz" + end)));
    EXPECT_EQ(read_all(both).size(), 2U) << end;
  }
}

TEST_F(FormatsTest, CutOrBrokenPackedFilesAreNoticed) {
  for (const std::string end : {".gz", ".zst"}) {
    write_all(path("a.extxyz" + end), sample_frames({}, 30));
    const std::string whole = content(path("a.extxyz" + end));
    for (const std::size_t keep :
         {whole.size() - 1, whole.size() - 9, whole.size() / 2, std::size_t{20}, std::size_t{5}}) {
      const std::string said = error_of(put("cut.extxyz" + end, whole.substr(0, keep)));
      EXPECT_NE(said.find("cut off"), std::string::npos) << end << " " << keep << ": " << said;
    }
    std::string broken = whole;
    for (std::size_t i = whole.size() / 2; i < whole.size() / 2 + 20; ++i)
      broken[i] = static_cast<char>(~broken[i]);
    EXPECT_NE(error_of(put("broken.extxyz" + end, broken)), "") << end;
  }
  EXPECT_NE(error_of(put("a.extxyz.xz", std::string("\xfd"
                                                    "7zXZ\0\0",
                                                    7)))
                .find("unpack it"),
            std::string::npos);
}

TEST_F(FormatsTest, ProgressGoesFromNothingToAll) {
  write_all(path("a.extxyz.gz"), sample_frames({}, 2500));
  const auto source = open_source(path("a.extxyz.gz"));
  Frame frame;
  double last = 0;
  double first = -1;
  while (source->next(frame)) {
    ASSERT_TRUE(source->progress());
    if (first < 0) first = *source->progress();
    EXPECT_GE(*source->progress(), last);
    last = *source->progress();
  }
  EXPECT_LT(first, 0.9);
  EXPECT_DOUBLE_EQ(last, 1);
}

TEST_F(FormatsTest, SaysWhatIsWrongWithTheCall) {
  EXPECT_NE(error_of(path("absent.extxyz")).find("no such file"), std::string::npos);
  EXPECT_NE(error_of(folder_).find("folder"), std::string::npos);
  EXPECT_NE(error_of(put("what", "no idea\nwhat this is\n")).find("--format"), std::string::npos);
  EXPECT_NE(error_of(put("what", "")).find("empty"), std::string::npos);
  EXPECT_NE(error_of(put("a.extxyz", "1\n\nLi 0 0 0\n"), {.format = "extzyx"})
                .find("did you mean \"extxyz\""),
            std::string::npos);
  EXPECT_THROW(open_sink(path("a.what")), InputError);
  EXPECT_THROW(open_sink(path("a.extxyz"), {.resume_after_frames = 2}), InputError);
  EXPECT_THROW(open_sink(path("no/such/folder/a.extxyz")), WorkError);
  const auto frames = sample_frames({}, 2);
  EXPECT_THROW(write_all(path("POSCAR"), frames), InputError);
  EXPECT_THROW(write_frame(path("a.extxyz"), Frame()), InputError);
  Frame broken = frames[0];
  broken.velocities[3][1] = NAN;
  EXPECT_THROW(write_frame(path("a.extxyz"), broken), InputError);
  EXPECT_THROW(write_frame(path("a.nc"), broken), InputError);
}

TEST_F(FormatsTest, OnlyClosedFilesHaveTheirName) {
  const auto frames = sample_frames({}, 2);
  for (const std::string name : {"a.extxyz", "b.dump.gz", "c.extxyz.zst"}) {
    {
      const auto sink = open_sink(path(name));
      sink->write(frames[0]);
      sink->flush();
      EXPECT_FALSE(std::filesystem::exists(path(name)));
      EXPECT_GT(std::filesystem::file_size(unfinished_name(path(name))), 100U) << name;
    }
    EXPECT_FALSE(std::filesystem::exists(path(name)));
    EXPECT_FALSE(std::filesystem::exists(unfinished_name(path(name))));
    put(name, "the old file");
    {
      const auto sink = open_sink(path(name));
      sink->write(frames[0]);
      EXPECT_EQ(content(path(name)), "the old file");
      sink->close();
      EXPECT_THROW(sink->write(frames[1]), WorkError);
    }
    EXPECT_EQ(read_all(path(name)).size(), 1U);
    EXPECT_FALSE(std::filesystem::exists(unfinished_name(path(name))));
  }
  open_sink(path("empty.extxyz"))->close();
  EXPECT_FALSE(std::filesystem::exists(path("empty.extxyz")));
}

// A full disk is an error of the work, and no file comes of it.
TEST_F(FormatsTest, AFullDiskIsAWorkError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full here";
  std::filesystem::create_symlink("/dev/full", unfinished_name(path("a.extxyz")));
  EXPECT_THROW(write_all(path("a.extxyz"), sample_frames({}, 400)), WorkError);
  EXPECT_FALSE(std::filesystem::exists(path("a.extxyz")));
}

// Real files of several sources, where a developer has them.
TEST_F(FormatsTest, ReadsTheSharedData) {
  const char* const shared = std::getenv("VITRION_SHARED_DATA");
  if (shared == nullptr) GTEST_SKIP() << "VITRION_SHARED_DATA is not set: real files are not read";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.find(".extxyz") != std::string::npos ||
                      name.find("XDATCAR") != std::string::npos ||
                      name.find(".vasp") != std::string::npos;
    if (!entry.is_regular_file() || !ours) continue;
    std::size_t frames = 0;
    const auto source = open_source(entry.path());
    Frame frame;
    EXPECT_NO_THROW(while (source->next(frame))++ frames) << entry.path();
    EXPECT_GT(frames, 0U) << entry.path();
    EXPECT_GT(frame.structure.density_g_cm3(), 0.1) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0);
}

}  // namespace
}  // namespace vitrion::testing
