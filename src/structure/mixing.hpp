// Mixing or segregation: does a species gather in rich and poor regions, or avoid its own kind?
//
//   φ_k(R)   share of X among the atoms of the set within R of atom k (itself included)
//   I(R) = ⟨(φ_k − c)²⟩ / c(1 − c)       Danckwerts' intensity, DOI 10.1007/BF03184936
// With labels shuffled among the atoms of the set, I is on average exactly
//   I₀(R) = ⟨N/n_k − 1⟩ / (N − 1)        n_k atoms in the sphere, N in the set
// so `segregation` I/I₀ is 1 at random, more where X gathers, less where it keeps apart.
// Warren–Cowley parameters α_AB = 1 − p(B | neighbour of A)/p₀(B) (DOI 10.1103/PhysRev.77.669) in
// the shells between the radii; 0 at random. O(N · neighbours · shuffles) a frame.
#pragma once

#include "analysis/analysis.hpp"
#include "numeric/statistics.hpp"
#include "structure/pairs.hpp"

namespace vitrion {

class MixingAnalysis : public Analysis {
 public:
  [[nodiscard]] std::string name() const override { return "mixing"; }
  [[nodiscard]] std::string summary() const override {
    return "segregation of a species: local composition and Warren-Cowley parameters beside a "
           "shuffled null";
  }
  Schema parameters() override;
  void prepare(const Frame& first, const SeriesInfo& series) override;
  [[nodiscard]] Needs needs() const override;
  [[nodiscard]] std::unique_ptr<Analysis> fork() const override;
  void consume(const FrameView& view) override;
  void merge(Analysis& later) override;
  [[nodiscard]] Result result() const override;

 private:
  struct Setup {
    PairTable table;
    std::size_t species = 0;          // group
    std::vector<bool> among;          // by group
    std::vector<std::size_t> groups;  // those of the set
    std::vector<std::size_t> atoms;   // of the set
    std::vector<double> radii_A;
    long shuffles = 8;
    double share = 0;  // c

    static constexpr std::size_t bins = 20;  // of φ
    // Counters: for each radius I, its exact null, the mean and the mean square of the shuffled
    // ones; then φ at the widest radius, as found and shuffled; then neighbours A, B in each shell.
    [[nodiscard]] std::size_t field(std::size_t radius) const { return 4 * radius; }
    [[nodiscard]] std::size_t phi() const { return 4 * radii_A.size(); }
    [[nodiscard]] std::size_t shell(std::size_t radius, std::size_t a, std::size_t b) const {
      return phi() + 2 * bins + (radius * groups.size() + a) * groups.size() + b;
    }
    [[nodiscard]] std::size_t size() const { return shell(radii_A.size(), 0, 0); }
  };
  struct Spheres;  // who is near whom

  void add_field(Result& out) const;
  void add_histogram(Result& out) const;
  void add_shells(Result& out) const;

  std::string species_;
  std::vector<std::string> among_;
  std::vector<double> radii_A_{4, 6, 8, 10};
  long shuffles_ = 8;
  std::shared_ptr<const Setup> setup_;
  BlockSums sums_;
};

}  // namespace vitrion
