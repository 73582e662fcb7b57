#include "engine/recording.hpp"

#include <unistd.h>

#include <fstream>

namespace vitrion::testing {

std::vector<int> child_processes() {
  std::vector<int> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "stat");
    std::string line;
    std::getline(in, line);
    const auto end = line.rfind(')');
    if (end == std::string::npos) continue;
    int parent = 0;
    char state = 0;
    if (std::sscanf(line.c_str() + end + 1, " %c %d", &state, &parent) == 2 &&
        parent == ::getpid() && state != 'Z') {
      out.push_back(std::stoi(name));
    }
  }
  return out;
}

}  // namespace vitrion::testing
