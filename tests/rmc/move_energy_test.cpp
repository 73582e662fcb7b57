// The energy of single moves against slow references, and what a chain samples with it.
#include "rmc/move_energy.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "base/constants.hpp"
#include "base/data_files.hpp"
#include "base/error.hpp"
#include "engine/mlp_provider.hpp"
#include "numeric/statistics.hpp"
#include "potential/learned.hpp"
#include "potential/mlp_reference.hpp"
#include "potential/reference.hpp"
#include "potential/samples.hpp"
#include "rmc/chain.hpp"
#include "rmc/models.hpp"

namespace vitrion::rmc {
namespace {

using test::sites_of;

ClassicalForm form_of(const std::string& name) {
  return read_classical_form(data_folder() / "potentials" / (name + ".yaml"));
}

// A cluster of eight formula units in a skew cell that it does not fill, across its faces.
Structure cluster(double jitter) {
  Structure s = testing::li3ps4(2, jitter);
  s.cell = Cell::from_parameters({20, 21, 22}, {80, 85, 100});
  for (Vec3& r : s.position) r = s.cell.wrap(r - Vec3(3, 4, 5));
  return s;
}

Structure salt(double jitter) {
  Structure s;
  s.cell = Cell::cubic(19);
  RandomStream random(5, "salt");
  for (int i = 0; i < 64; ++i) {
    const Vec3 r(i % 4, i / 4 % 4, i / 16);
    s.add(static_cast<int>(r.sum()) % 2 == 0 ? "Cl" : "Na",
          2.82 * r +
              jitter * Vec3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)));
  }
  return s;
}

TEST(MoveEnergy, TotalOfAClassicalPotentialIsThatOfItsDefinition) {
  const auto check = [](const std::string& name, const Structure& s) {
    const auto energy = make_classical_energy(form_of(name), s);
    energy->reset(s.cell, sites_of(s));
    // Ewald's sum is cut at exp(−3.2²) here.
    const double want = testing::reference_forces(form_of(name), s).energy_eV;
    EXPECT_NEAR(energy->total_eV(), want, 1e-4 * static_cast<double>(s.size())) << name;
  };
  check("lps-q07", cluster(0.2));
  check("lps-fm", cluster(0.2));
  check("nacl-tosi-fumi", salt(0.3));
  check("lj-argon", test::gas(test::skew(19), {{"Ar", 60}}, 3.1));
}

// Random moves of one to four atoms, half of them taken.
void expect_changes_add_up(MoveEnergy& kept, const Structure& s, int moves, double tolerance) {
  std::vector<Site> sites = sites_of(s);
  kept.reset(s.cell, sites);
  const auto fresh = kept.clone();
  RandomStream random(7, "moves");
  for (int n = 0; n < moves; ++n) {
    std::vector<AtomMove> list;
    for (int k = 0; k < (n % 3 == 0 ? 4 : 1); ++k) {
      const auto i = static_cast<std::uint32_t>(random.below(s.size()));
      bool there = false;
      for (const auto& m : list) there = there || m.atom == i;
      if (there) continue;
      const double d = n % 5 == 0 ? 1 : 0.2;
      list.push_back(
          {i, sites[i] + displacement(s.cell, {random.uniform(-d, d), random.uniform(-d, d),
                                               random.uniform(-d, d)})});
    }
    if (n % 7 == 0) {  // two atoms change places
      const auto i = static_cast<std::uint32_t>(random.below(s.size()));
      const auto j = static_cast<std::uint32_t>((i + 1 + random.below(s.size() - 1)) % s.size());
      list = {{i, sites[j]}, {j, sites[i]}};
    }
    std::vector<Site> moved = sites;
    for (const auto& m : list) moved[m.atom] = m.to;
    const double before = kept.total_eV();
    const double change = kept.propose(list);
    fresh->reset(s.cell, moved);
    EXPECT_NEAR(change, fresh->total_eV() - before, tolerance * (1 + std::abs(change))) << n;
    if (n % 2 == 0) {
      kept.accept();
      sites = moved;
    } else {
      kept.reject();
    }
  }
  fresh->reset(s.cell, sites);
  EXPECT_NEAR(kept.total_eV(), fresh->total_eV(), tolerance * (1 + std::abs(fresh->total_eV())));
}

TEST(MoveEnergy, ChangesAreDifferencesOfTotals) {
  for (const char* name : {"lps-q07", "lps-fm"}) {
    const Structure s = cluster(0.1);
    const auto energy = make_classical_energy(form_of(name), s);
    expect_changes_add_up(*energy, s, 60, 1e-9);
  }
  const Structure s = salt(0.1);
  expect_changes_add_up(*make_classical_energy(form_of("nacl-tosi-fumi"), s), s, 60, 1e-9);
}

void expect_energy_of_the_provider(const mlp::Model& model, const Structure& s, int moves) {
  const auto energy = make_learned_energy(model, s);
  expect_changes_add_up(*energy, s, moves, 1e-9);
  energy->reset(s.cell, sites_of(s));
  Frame frame;
  frame.structure = s;
  MlpProvider(model, mlp::Precision::double_).evaluate(frame);
  EXPECT_NEAR(energy->total_eV(), *frame.energy_eV, 1e-5);
}

TEST(MoveEnergy, OfALearnedPotentialIsThatOfTheProvider) {
  const auto potential = load_potential("lps-net");
  const auto& model = dynamic_cast<const LearnedPotential&>(*potential).model();
  Structure s = testing::li3ps4(2, 0.1);
  s.cell = Cell::cubic(2 * model.max_cutoff_A() + 0.5);
  expect_energy_of_the_provider(model, s, 12);
}

// A move changes what its neighbours tell theirs: all of it is followed, and taken back.
TEST(MoveEnergy, OfALearnedPotentialWithMessages) {
  testing::RandomModel spec;
  spec.mixed_channels = 2;
  spec.copies = 2;
  spec.hidden = 4;
  spec.messages = 3;
  spec.order = 3;
  const mlp::Model model = testing::random_model(spec);
  Structure s = testing::li3ps4(2, 0.1);
  expect_energy_of_the_provider(model, s, 40);
}

TEST(MoveEnergy, RefusesACellThatIsTooSmallAndAnElementItLacks) {
  Structure s = testing::li3ps4(2);
  const auto energy = make_classical_energy(form_of("lps-q07"), s);
  EXPECT_THROW(energy->reset(s.cell, sites_of(s)), InputError);
  s.add("Cl", {1, 2, 3});
  EXPECT_THROW(make_classical_energy(form_of("lps-q07"), s), InputError);
}

// The same energy, called costly: asked last instead of first.
class Last final : public MoveEnergy {
 public:
  explicit Last(std::unique_ptr<MoveEnergy> inner) : inner_(std::move(inner)) {}
  void reset(const Cell& cell, std::span<const Site> sites) override { inner_->reset(cell, sites); }
  double propose(std::span<const AtomMove> moves) override { return inner_->propose(moves); }
  void accept() override { inner_->accept(); }
  void reject() override { inner_->reject(); }
  [[nodiscard]] double total_eV() const override { return inner_->total_eV(); }
  [[nodiscard]] double reach_A() const override { return inner_->reach_A(); }
  [[nodiscard]] bool costly() const override { return true; }
  [[nodiscard]] std::unique_ptr<MoveEnergy> clone() const override {
    return std::make_unique<Last>(inner_->clone());
  }

 private:
  std::unique_ptr<MoveEnergy> inner_;
};

ChainSetup setup_without_data(const Structure& s) {
  ChainSetup out;
  out.table = PairTable(s);
  out.bins = 60;
  out.shortest = PairDistances(out.table.groups());
  out.moves.acceptance = 0;
  return out;
}

// Mean energy of two argon atoms in a cube: an integral over the place of one about the other.
double two_atoms(const ClassicalForm& form, double edge, double kT) {
  const auto& lj = form.lennard_jones.front();
  const auto u = [&](double r) {
    if (r >= lj.cutoff_A) return 0.0;
    const auto v = [&](double x) {
      return std::pow(lj.sigma_A / x, 12) - std::pow(lj.sigma_A / x, 6);
    };
    return 4 * lj.epsilon_eV * (v(r) - v(lj.cutoff_A));
  };
  // The cut-off lies within the cube: shells there, and nothing but volume beyond.
  double sum = 0;
  double energy = 0;
  const double h = 1e-4;
  for (double r = 1.5 + h / 2; r < lj.cutoff_A; r += h) {
    const double w = 4 * constants::pi * r * r * h * std::exp(-u(r) / kT);
    sum += w;
    energy += w * u(r);
  }
  sum += std::pow(edge, 3) - 4 * constants::pi / 3 * std::pow(lj.cutoff_A, 3);
  return energy / sum;
}

TEST(Hybrid, TwoAtomsWithoutDataFollowBoltzmann) {
  const ClassicalForm form = form_of("lj-argon");
  Structure s;
  s.cell = Cell::cubic(17.2);
  s.add("Ar", {1, 1, 1});
  s.add("Ar", {5, 1, 1});
  for (const bool last : {false, true}) {
    ChainSetup setup = setup_without_data(s);
    setup.bins = 160;
    setup.moves.weight = {1, 0, 0, 0, 0, 1};
    setup.moves.step_A = 1;
    setup.moves.jump_A = 12;
    std::unique_ptr<MoveEnergy> energy = make_classical_energy(form, s);
    if (last) energy = std::make_unique<Last>(std::move(energy));
    setup.energy = std::move(energy);
    Chain chain(setup, s, 0);
    const double kelvin = 45;
    std::vector<double> of_block;
    double drift = 0;
    for (int n = 0; n < 4000; ++n) {
      drift = std::max(drift, chain.run_block(40, 1, kelvin).energy_drift_eV);
      of_block.push_back(chain.energy_eV());
    }
    const Estimate mean = blocked_mean(of_block);
    const double want = two_atoms(form, 17.2, constants::boltzmann_eV_K * kelvin);
    EXPECT_LT(mean.error, 0.05 * std::abs(want));
    EXPECT_NEAR(mean.value, want, 4 * mean.error) << (last ? "asked last" : "asked first");
    EXPECT_LT(drift, 1e-10);
  }
}

// ⟨V⟩ of N atoms that hardly see each other is (N + 1) k_BT/p.
TEST(Hybrid, TheVolumeOfAnIdealGasFollowsThePressure) {
  ClassicalForm form = form_of("lj-argon");
  form.lennard_jones = {{"Ar", "Ar", 1e-12, 0.1, 3}};
  Structure s;
  s.cell = Cell::cubic(12);
  for (int k = 0; k < 8; ++k) s.add("Ar", Vec3(k % 2, k / 2 % 2, k / 4) * 5.0);
  ChainSetup setup = setup_without_data(s);
  setup.moves.weight = {1, 0, 0, 0, 2, 0};
  setup.moves.volume_step = 0.5;
  setup.energy = make_classical_energy(form, s);
  const double kelvin = 300;
  const double want = 2000;  // Å³
  setup.pressure_eV_A3 = 9 * constants::boltzmann_eV_K * kelvin / want;
  Chain chain(setup, s, 0);
  std::vector<double> volume;
  for (int n = 0; n < 1500; ++n) {
    chain.run_block(10, 1, kelvin);
    volume.push_back(8 / chain.number_density());
  }
  const Estimate mean = blocked_mean(volume);
  EXPECT_LT(mean.error, 0.03 * want);
  EXPECT_NEAR(mean.value, want, 4 * mean.error);
}

// A tetrahedron bends in five ways, each of which has its k_BT/2: ½ Σ ((θ − θ₀)/σ)² over its six
// angles is 5/2 in the mean, so that they are off by σ √(5/6).
TEST(Hybrid, AnglesWithoutDataHaveTheWidthAskedFor) {
  Structure s;
  s.cell = Cell::cubic(24);
  const Vec3 corners[4] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
  for (int k = 0; k < 8; ++k) {
    const Vec3 at = 12.0 * Vec3(k % 2, k / 2 % 2, k / 4) + Vec3(3, 3, 3);
    s.add("P", at);
    for (const Vec3& c : corners) s.add("S", at + 2.05 / std::sqrt(3.0) * c);
  }
  ChainSetup setup = setup_without_data(s);
  for (auto& d : setup.shortest.value) d = 1.9;
  setup.moves.step_A = 0.2;
  AngleSettings angle;
  angle.angle = "S-P-S";
  angle.degrees = 109.4712;
  angle.width_deg = 3;
  setup.constraints.push_back(make_angle(angle, setup.table));
  setup.constraints.push_back(make_keep({{"P-S", 2.3}}, setup.table));
  for (const double t_chi : {1e-9, 1e3}) {  // whatever T_χ
    Chain chain(setup, s, 0);
    chain.run_block(20000, t_chi);
    std::vector<double> squares;
    for (int n = 0; n < 150; ++n) {
      chain.run_block(400, t_chi);
      squares.push_back(std::pow(chain.constraints()[0]->values()[1].value / 3, 2));
    }
    const Estimate mean = blocked_mean(squares);
    EXPECT_LT(mean.error, 0.05);
    EXPECT_NEAR(mean.value, 5.0 / 6, std::max(0.02, 4 * mean.error)) << t_chi;
  }
}

TEST(Hybrid, GoesOnFromItsStateBitForBit) {
  const Structure s = cluster(0.05);
  ChainSetup setup = setup_without_data(s);
  for (auto& d : setup.shortest.value) d = 1.4;
  setup.moves.weight = {1, 0.05, 0.05, 0.05, 0, 0};
  setup.moves.swap = {"Li-S"};
  setup.moves.unit_bonds = {{"P-S", 2.6}};
  setup.moves.acceptance = 0.3;
  setup.energy = make_classical_energy(form_of("lps-q07"), s);
  Chain whole(setup, s, 0);
  whole.run_block(400, 1e-6, 600);
  const ChainState state = whole.state();
  Chain again(setup, s, 0);
  again.restore(state);
  EXPECT_EQ(whole.energy_eV(), again.energy_eV());
  const BlockReport a = whole.run_block(400, 1e-6, 600);
  const BlockReport b = again.run_block(400, 1e-6, 600);
  EXPECT_EQ(a.accepted, b.accepted);
  EXPECT_GT(a.accepted[0], 20U);
  EXPECT_EQ(whole.counts().sites(), again.counts().sites());
  EXPECT_LT(a.energy_drift_eV, 1e-8);
}

}  // namespace
}  // namespace vitrion::rmc
