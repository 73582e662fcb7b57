#include <nlohmann/json.hpp>

#include "program.hpp"

namespace vitrion::cli_test {
namespace {

using ::testing::HasSubstr;

using Files = CliTest;

TEST_F(Files, BuildsConvertsAndTellsWhatIsThere) {
  const Outcome o = vitrion("build -c 0.75Li2S-0.25P2S5 -n 128 --density 1.8g/cm3 -o glass.extxyz");
  ASSERT_EQ(o.code, 0) << o.err;
  const auto info = nlohmann::json::parse(vitrion("info --json glass.extxyz").out);
  EXPECT_EQ(info.at("atoms").get<int>(), 128);
  EXPECT_NEAR(info.at("density_g_cm3").get<double>(), 1.8, 1e-6);
  EXPECT_EQ(info.at("formula").get<std::string>(), "Li48 P16 S64");
  for (const char* name :
       {"a.dump", "POSCAR", "XDATCAR", "a.data", "a.nc", "a.extxyz.gz", "a.dump.zst"}) {
    ASSERT_EQ(vitrion(std::string("convert glass.extxyz ") + name).code, 0) << name;
    const Outcome back = vitrion(std::string("info --json ") + name);
    ASSERT_EQ(back.code, 0) << name << back.err;
    const auto json = nlohmann::json::parse(back.out);
    EXPECT_EQ(json.at("atoms").get<int>(), 128) << name;
    EXPECT_NEAR(json.at("density_g_cm3").get<double>(), 1.8, 1e-4) << name;
  }
}

TEST_F(Files, TheSeedMakesTheModel) {
  for (const char* name : {"a", "b"})
    vitrion(std::string("build -c Li3PS4 -n 64 --seed 7 -o ") + name + ".extxyz");
  vitrion("build -c Li3PS4 -n 64 --seed 7 --replica 2 -o c.extxyz");
  EXPECT_EQ(slurp("a.extxyz"), slurp("b.extxyz"));
  EXPECT_NE(slurp("a.extxyz"), slurp("c.extxyz"));
}

TEST_F(Files, BrokenFilesLeaveNothing) {
  write("empty.extxyz", "");
  expect_refused("convert empty.extxyz out.dump", "empty.extxyz");
  write("cut.extxyz",
        "3\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi 0 0 0\nLi 1 1 1\n");
  expect_refused("convert cut.extxyz out.dump", "cut.extxyz");
  expect_refused("info cut.extxyz", "cut.extxyz");
  write("nan.extxyz",
        "1\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi nan 0 0\n");
  expect_refused("convert nan.extxyz out.dump", "nan.extxyz");
  // Good frames, then a broken one: the output must not appear half-written.
  write("half.extxyz",
        "1\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi 0 0 0\n"
        "1\nLattice=\"5 0 0 0 5 0 0 0 5\" Properties=species:S:1:pos:R:3\nLi 0 zero 0\n");
  expect_refused("convert half.extxyz out.extxyz", "half.extxyz:6");
  expect_refused("convert absent.xyz out.extxyz", "no such file");
  expect_refused("build -c Li3PS4 -n 64 --density 50g/cm3 -o x.extxyz", "density");
  expect_refused("build", "nothing says what to build");
}

}  // namespace
}  // namespace vitrion::cli_test
