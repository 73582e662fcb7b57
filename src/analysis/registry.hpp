// All analyses by name. Rooms register theirs here, by one line each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"

namespace vitrion {

class AnalysisRegistry {
 public:
  using Maker = std::function<std::unique_ptr<Analysis>()>;

  void add(const Maker& maker);
  /// Throws InputError with the nearest name.
  [[nodiscard]] std::unique_ptr<Analysis> make(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;  ///< in order of registration

 private:
  struct Entry {
    std::string name;
    Maker maker;
  };
  std::vector<Entry> entries_;
};

}  // namespace vitrion
