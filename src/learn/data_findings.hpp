// Inside of data_check: findings gathered by kind and file, so that a thousand alike are one.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "learn/data_check.hpp"

namespace vitrion::checking {

class Findings {
 public:
  explicit Findings(const Dataset& data) : data_(data) {}

  /// `message` is kept for the frame of the largest `badness`; the worst severity counts.
  void add(Severity severity, const std::string& kind, std::size_t sample, double badness,
           std::string message);
  [[nodiscard]] std::vector<Finding> take();

 private:
  struct Entry {
    Finding finding;
    double badness = 0;
  };
  const Dataset& data_;
  std::map<std::pair<std::size_t, std::string>, Entry> entries_;  // by file and kind
};

/// What one frame shows. Frames that fail here badly (false) are kept from the other checks.
bool check_alone(const Dataset& data, std::size_t sample, const DataCheckOptions& options,
                 Findings& out);
/// The nearest pair by its distance over the sum of covalent radii, and the atoms; 1 where none is
/// nearer than that.
struct ClosePair {
  double ratio = 1;
  double distance_A = 0;
  std::size_t first = 0;
  std::size_t second = 0;
};
ClosePair closest_pair(const Structure& structure, double ratio);

void check_missing(const Dataset& data, const std::vector<std::size_t>& good, Findings& out);
void check_duplicates(const Dataset& data, const std::vector<std::size_t>& good, Findings& out);
void check_energies(const Dataset& data, const std::vector<std::size_t>& good,
                    const DataCheckOptions& options, Findings& out);
void check_stress_size(const Dataset& data, const std::vector<std::size_t>& good,
                       const DataCheckOptions& options, Findings& out);
void check_work(const Dataset& data, const std::vector<std::size_t>& good, Findings& out);

/// Sorts its copy; the values must not be empty.
double median(std::vector<double> values);

}  // namespace vitrion::checking
