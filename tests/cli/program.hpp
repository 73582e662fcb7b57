// Runs build/vitrion as a user does, and looks at what it says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.hpp"

namespace vitrion::cli_test {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// A folder of its own for each test, removed at its end.
class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("vitrion-cli-" + std::string(info->name()) + "-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~CliTest() override { fs::remove_all(folder_); }

  /// Arguments as a shell would take them; runs in the test's folder.
  Outcome vitrion(const std::string& arguments) const {
    const std::string command = "cd '" + folder_.string() +
                                "' && '" VITRION_BUILD_DIR "/vitrion' " + arguments +
                                " >out.txt 2>err.txt </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), slurp("out.txt"),
            slurp("err.txt")};
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string slurp(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  /// One sentence on standard error, exit code 2, and nothing new in the folder.
  void expect_refused(const std::string& arguments, const std::string& says) const {
    const auto before = listing();
    const Outcome o = vitrion(arguments);
    EXPECT_EQ(o.code, 2) << arguments << "\n" << o.err;
    EXPECT_THAT(o.err, ::testing::HasSubstr(says)) << arguments;
    EXPECT_EQ(o.out, "") << arguments;
    EXPECT_EQ(listing(), before) << arguments << " left something behind";
  }

  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (name != "out.txt" && name != "err.txt") names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
};

}  // namespace vitrion::cli_test
