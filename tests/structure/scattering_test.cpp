#include "structure/scattering_functions.hpp"

#include <fstream>

#include "base/constants.hpp"
#include "structure/helpers.hpp"
#include "structure/measured_curve.hpp"
#include "structure/scatterers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using ::testing::HasSubstr;

// Modes of a random ensemble: any positive matrix will do.
MatrixXd random_modes(int n, std::uint64_t seed) {
  RandomStream random(seed, "modes");
  MatrixXd x(n, 2 * n);
  for (auto& v : x.reshaped()) v = random.normal();
  return x * x.transpose() / (2 * n);
}

VectorXd concentrations(int n) {
  VectorXd c(n);
  for (int k = 0; k < n; ++k) c[k] = k + 1;
  return c / c.sum();
}

TEST(ScatteringFunctions, ConversionsInvert) {
  for (int n = 1; n <= 4; ++n) {
    const VectorXd c = concentrations(n);
    const MatrixXd modes = random_modes(n, 1);
    const MatrixXd fz = faber_ziman_from_modes(modes, c);
    EXPECT_LT((modes_from_faber_ziman(fz, c) - modes).norm(), 1e-12);
    const MatrixXd al = ashcroft_langreth_from_faber_ziman(fz, c);
    EXPECT_LT((faber_ziman_from_ashcroft_langreth(al, c) - fz).norm(), 1e-12);
    // By its own definition, A / √(c c).
    EXPECT_LT((al.array() - modes.array() / (c * c.transpose()).array().sqrt()).matrix().norm(),
              1e-12);
    const BhatiaThornton bt = bhatia_thornton_from_faber_ziman(fz, c);
    EXPECT_LT((faber_ziman_from_bhatia_thornton(bt, c) - fz).norm(), 1e-11);
    // Concentrations sum to one: their fluctuations cancel.
    EXPECT_NEAR(bt.nc.sum(), 0, 1e-12);
    EXPECT_LT(bt.cc.rowwise().sum().norm(), 1e-12);
  }
}

// The printed forms of Bhatia and Thornton (1970) for two species.
TEST(ScatteringFunctions, BhatiaThorntonOfTwoSpeciesIsThePrintedOne) {
  const VectorXd c = concentrations(2);
  const MatrixXd s = faber_ziman_from_modes(random_modes(2, 2), c);
  const BhatiaThornton bt = bhatia_thornton_from_faber_ziman(s, c);
  const double c1 = c[0];
  const double c2 = c[1];
  EXPECT_NEAR(bt.nn, c1 * c1 * s(0, 0) + c2 * c2 * s(1, 1) + 2 * c1 * c2 * s(0, 1), 1e-12);
  EXPECT_NEAR(bt.nc[0], c1 * c2 * (c1 * (s(0, 0) - s(0, 1)) - c2 * (s(1, 1) - s(0, 1))), 1e-12);
  EXPECT_NEAR(bt.cc(0, 0), c1 * c2 * (1 + c1 * c2 * (s(0, 0) + s(1, 1) - 2 * s(0, 1))), 1e-12);
}

// Scattered intensity of a sum of modes, from its definition: |Σ w ρ|²/N = i(q) + ⟨w²⟩.
TEST(ScatteringFunctions, DistinctScatteringIsTheIntensityLessTheSelfTerm) {
  const VectorXd c = concentrations(3);
  const MatrixXd modes = random_modes(3, 3);
  const VectorXd w = VectorXd::LinSpaced(3, -1.9, 5.1);
  const double intensity = w.dot(modes * w);
  const double self = scattering_norm(c, w, ScatteringNorm::squared_average);
  EXPECT_NEAR(distinct_scattering(faber_ziman_from_modes(modes, c), c, w), intensity - self, 1e-12);
  EXPECT_NEAR(scattering_norm(c, w, ScatteringNorm::average_squared), std::pow(c.dot(w), 2), 1e-12);
}

// g = 0 inside a sphere, 1 outside: S(q) − 1 = −4πρ (sin qR − qR cos qR)/q³.
TEST(ScatteringFunctions, TransformOfAHoleIsAnalytic) {
  const double width = 0.02;
  std::vector<double> g(500, 1.0);
  for (std::size_t k = 0; k < 150; ++k) g[k] = 0;  // to 3 Å
  std::vector<double> q{1e-4, 0.003, 0.5, 2, 9};
  const auto s = SineTransform(g.size(), width, Window::none, q)(g, 0.05);
  for (std::size_t k = 0; k < q.size(); ++k) {
    const double x = 3 * q[k];
    const double exact =
        x < 1e-3 ? -4 * constants::pi * 0.05 * 9
                 : -4 * constants::pi * 0.05 * (std::sin(x) - x * std::cos(x)) / std::pow(q[k], 3);
    EXPECT_NEAR(s[k], exact, 1e-7) << q[k];
  }
}

TEST(ScatteringFunctions, WindowsBeginAtOneAndEndAtZero) {
  for (const Window w : {Window::lorch, Window::cosine}) {
    EXPECT_EQ(window_value(w, 0, 8), 1);
    EXPECT_NEAR(window_value(w, 8, 8), 0, 1e-12);
  }
  EXPECT_NEAR(window_value(Window::lorch, 4, 8), 2 / constants::pi, 1e-12);
  EXPECT_NEAR(window_value(Window::cosine, 4, 8), 0.5, 1e-12);
  EXPECT_EQ(window_value(Window::none, 8, 8), 1);
}

TEST(ScatteringTables, FormFactorsBeginAtTheNumberOfElectrons) {
  for (int z = 1; z <= 60; ++z) EXPECT_NEAR((*form_factor(z))(0), z, 0.002 * z + 0.01) << z;
  for (const auto& name : ion_names()) {
    const Ion x = ion(name);
    EXPECT_NEAR(x.form(0), x.atomic_number - x.charge, 0.02) << name;
    // An ion has the core of its atom: far out they agree.
    EXPECT_NEAR(x.form(12), (*form_factor(x.atomic_number))(12), 0.06 * x.form(12) + 0.03) << name;
    for (double q = 0.5; q < 20; q += 0.5) EXPECT_LE(x.form(q), x.form(q - 0.5) + 1e-3) << name;
  }
  EXPECT_EQ(ion("Li+").form(1), ion("Li1+").form(1));
  EXPECT_FALSE(form_factor(0));
  EXPECT_FALSE(form_factor(120));
}

// The natural length is the mean over isotopes with their abundances (IUPAC: 6Li 7.6 %, 35Cl 75.8,
// 10B 19.9, 63Cu 69.2 %).
TEST(ScatteringTables, IsotopesAverageToTheElement) {
  const auto mean = [](const char* a, double part, const char* b) {
    return part * isotope(a).length_fm + (1 - part) * isotope(b).length_fm;
  };
  EXPECT_NEAR(mean("6Li", 0.076, "7Li"), *neutron_length_fm(3), 0.03);
  EXPECT_NEAR(mean("35Cl", 0.758, "37Cl"), *neutron_length_fm(17), 0.03);
  EXPECT_NEAR(mean("10B", 0.199, "11B"), *neutron_length_fm(5), 0.03);
  EXPECT_NEAR(mean("63Cu", 0.692, "65Cu"), *neutron_length_fm(29), 0.03);
  EXPECT_FALSE(neutron_length_fm(0));
  EXPECT_FALSE(neutron_length_fm(84));
}

TEST(Scatterers, TakesIsotopesIonsAndLengthsByName) {
  const Frame f = li2s(5.7);
  const PairTable table(f.structure);
  const auto plain = make_scatterers(table, {});
  EXPECT_NEAR(plain.c[0], 2.0 / 3, 1e-12);
  EXPECT_NEAR(plain.neutron_fm[0], -1.9, 1e-9);
  const auto rich = make_scatterers(table, {{"7Li"}, {{"S", 3.0}}, {"Li1+"}});
  EXPECT_NEAR(rich.neutron_fm[0], -2.22, 1e-9);
  EXPECT_NEAR(rich.neutron_fm[1], 3.0, 1e-9);
  EXPECT_NEAR(rich.form_factors(0)[0], 2, 1e-3);
  EXPECT_THAT(rich.neutron_text, HasSubstr("Li -2.22 (7Li)"));
  const auto message = [&](const ScattererSettings& s) {
    try {
      make_scatterers(table, s);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(message({{"8Li"}, {}, {}}), HasSubstr("no neutron length for the isotope \"8Li\""));
  EXPECT_THAT(message({{"35Cl"}, {}, {}}), HasSubstr("there is no Cl here: the atoms are Li, S"));
  EXPECT_THAT(message({{}, {}, {"S2-"}}), HasSubstr("no X-ray form factor for the ion \"S2-\""));
  EXPECT_THAT(message({{}, {{"Sl", 1.0}}, {}}), HasSubstr("no species \"Sl\""));
}

class MeasuredFile : public ::testing::Test {
 protected:
  std::string read_failure(const std::string& text) {
    write(text);
    try {
      read_measured_curve(file_);
    } catch (const InputError& e) {
      return e.what();
    }
    return "";
  }
  MeasuredCurve read(const std::string& text) {
    write(text);
    return read_measured_curve(file_);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::string file_ = ::testing::TempDir() + "measured-curve-" +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".dat";

 private:
  void write(const std::string& text) const { std::ofstream(file_) << text; }
};

TEST_F(MeasuredFile, ReadsCommasHeadersAndErrors) {
  const auto a = read("\xEF\xBB\xBFQ,SQ,\n0.5,-0.19,\n0.6,1.2,\n");
  EXPECT_EQ(a.x, (std::vector<double>{0.5, 0.6}));
  EXPECT_EQ(a.y, (std::vector<double>{-0.19, 1.2}));
  const auto b = read(" i(Q)\n Q i(Q) error\n# c\n 0.2E-01 1.0 0.1\r\n\n 0.4E-01 2.0 0.2\r\n");
  EXPECT_EQ(b.error, (std::vector<double>{0.1, 0.2}));
}

TEST_F(MeasuredFile, SaysWhatIsWrong) {
  EXPECT_THAT(read_failure("1 2\n2 x\n"), HasSubstr("2: \"2 x\" is not a line of two or three"));
  EXPECT_THAT(read_failure("1 2\n1 3\n"), HasSubstr("does not lie above"));
  EXPECT_THAT(read_failure("1 2\n2 3 4\n"), HasSubstr("has 3 numbers, the lines before have 2"));
  EXPECT_THAT(read_failure("1 2 3 4\n2 3 4 5\n"), HasSubstr("has 4 columns"));
  EXPECT_THAT(read_failure("nothing here\n"), HasSubstr("holds no curve"));
  EXPECT_THAT(read_failure("1 nan\n2 3\n"), HasSubstr("holds no curve"));
}

TEST(MeasuredCurve, AgreementHasBothDenominators) {
  const std::vector<double> e{1, 2, 3};
  const std::vector<double> c{1, 2, 4};
  const Agreement a = agreement(e, c);
  EXPECT_NEAR(a.wright, std::sqrt(1.0 / 14), 1e-12);
  EXPECT_NEAR(a.printed, std::sqrt(1.0 / 36), 1e-12);
  EXPECT_TRUE(std::isnan(agreement({}, {}).wright));
  const std::vector<double> x{0, 1, 3};
  EXPECT_NEAR(interpolate(x, e, 2), 2.5, 1e-12);
  EXPECT_EQ(interpolate(x, e, 3), 3);
  EXPECT_TRUE(std::isnan(interpolate(x, e, 3.1)));
}

}  // namespace
}  // namespace vitrion
