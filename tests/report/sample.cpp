#include "report/sample.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/constants.hpp"
#include "base/rng.hpp"

namespace vitrion::sample {
namespace {

double gauss(double x, double centre, double width) {
  return std::exp(-0.5 * std::pow((x - centre) / width, 2));
}

/// A liquid-like g(r): a core, one sharp shell, then decaying waves around 1.
double model_g(double r, double shell, double width, double height, double core) {
  if (r < core) return height * gauss(r, shell, width);
  const double fade = std::exp(-(r - core) / 3.2);
  return height * gauss(r, shell, width) +
         1 / (1 + std::exp(-(r - core - 0.5) / 0.15)) *
             (1 + fade * 0.7 * std::sin(2 * constants::pi * (r - core) / 2.6));
}

Result rdf() {
  Result r;
  r.name = "rdf";
  r.summary =
      "Pair correlations g(r) with exact shell volumes; running coordination numbers. DOI "
      "10.1063/1.1725432";
  Table g{"g_r",
          {{"r", "A", {}, {}},
           {"Li-Li", "", {}, {}},
           {"Li-P", "", {}, {}},
           {"Li-S", "", {}, {}},
           {"P-P", "", {}, {}},
           {"P-S", "", {}, {}},
           {"S-S", "", {}, {}},
           {"total", "", {}, {}}}};
  Table cn{"running_cn",
           {{"r", "A", {}, {}}, {"Li>S", "", {}, {}}, {"P>S", "", {}, {}}, {"S>P", "", {}, {}}}};
  double li_s = 0, p_s = 0;
  for (int i = 0; i < 400; ++i) {
    const double x = 0.0125 + 0.025 * i;
    const double row[] = {model_g(x, 3.45, 0.55, 0.9, 2.6),   model_g(x, 3.6, 0.4, 1.2, 2.8),
                          model_g(x, 2.45, 0.19, 4.1, 3.2),   model_g(x, 5.9, 0.6, 0.8, 5.0),
                          model_g(x, 2.06, 0.075, 24.0, 3.9), model_g(x, 3.37, 0.16, 2.6, 3.3)};
    g.columns[0].data.push_back(x);
    double total = 0;
    for (std::size_t k = 0; k < 6; ++k) {
      g.columns[k + 1].data.push_back(row[k]);
      total += row[k] / 6;
    }
    g.columns[7].data.push_back(total);
    const double shell = 4 * constants::pi * x * x * 0.025;
    li_s += 0.0255 * row[2] * shell;
    p_s += 0.0255 * row[4] * shell * 0.99;
    cn.columns[0].data.push_back(x);
    cn.columns[1].data.push_back(li_s);
    cn.columns[2].data.push_back(p_s);
    cn.columns[3].data.push_back(p_s / 4);
  }
  r.tables = {g, cn};
  Plot p{Plot::Kind::lines,
         "Partial g(r)",
         "g_r",
         "r",
         {"Li-Li", "Li-P", "Li-S", "P-P", "P-S", "S-S"},
         {},
         "r",
         "g(r)",
         false,
         false,
         {}};
  Plot q{Plot::Kind::lines,
         "Running coordination",
         "running_cn",
         "r",
         {"Li>S", "P>S", "S>P"},
         {},
         "r",
         "CN(r)",
         false,
         false,
         {{2.62, 2.62, "minimum of g(r) of P–S"}}};
  r.plots = {p, q};
  r.scalars = {{"first_peak_P-S", 2.058, 0.002, "A", "jackknife over 32 blocks"},
               {"first_peak_Li-S", 2.44, 0.01, "A", "jackknife over 32 blocks"},
               {"first_minimum_P-S", 2.62, 0.03, "A", "jackknife over 32 blocks"},
               {"first_peak_S-S", 3.37, 0.01, "A", "jackknife over 32 blocks"}};
  r.settings = {{"r_max", "10 A"}, {"bin", "0.025 A"}, {"frames", "2000"}};
  r.references = {"Xu & Xia, review of glassy superionic conductors"};
  return r;
}

Result angles() {
  Result r;
  r.name = "angles";
  r.summary =
      "Distribution of bond angles over neighbours inside the first minimum of g(r), ∫P dθ = 1.";
  Table t{"p_theta",
          {{"theta", "deg", {}, {}}, {"S-P-S", "1/deg", {}, {}}, {"P-S-P", "1/deg", {}, {}}}};
  for (int i = 0; i < 180; ++i) {
    t.columns[0].data.push_back(i + 0.5);
    t.columns[1].data.push_back(0.063 * gauss(i, 109.4, 6.3));
    t.columns[2].data.push_back(0.04 * gauss(i, 107, 9.9));
  }
  r.tables = {t};
  r.plots = {{Plot::Kind::lines,
              "Bond angles",
              "p_theta",
              "theta",
              {"S-P-S", "P-S-P"},
              {},
              "θ",
              "P(θ)",
              false,
              false,
              {}}};
  r.scalars = {{"mean_S-P-S", 109.42, 0.03, "deg", "jackknife over 32 blocks"},
               {"sd_S-P-S", 6.3, 0.1, "deg", "jackknife over 32 blocks"}};
  return r;
}

Result coordination() {
  Result r;
  r.name = "coordination";
  r.summary = "Share of atoms with n neighbours inside the first minimum of g(r).";
  r.tables = {{"cn_distribution",
               {{"n", "", {0, 1, 2, 3, 4, 5, 6, 7}, {}},
                {"Li>S", "", {0, 0, 0.02, 0.18, 0.61, 0.17, 0.02, 0}, {}},
                {"P>S", "", {0, 0, 0, 0.035, 0.96, 0.005, 0, 0}, {}}}}};
  r.plots = {{Plot::Kind::bars,
              "Coordination numbers",
              "cn_distribution",
              "n",
              {"Li>S", "P>S"},
              {},
              "number of neighbours",
              "share of atoms",
              false,
              false,
              {}}};
  r.scalars = {{"cn_Li>S", 3.99, 0.02, "", "jackknife over 32 blocks"},
               {"cn_P>S", 3.97, 0.005, "", "jackknife over 32 blocks"}};
  return r;
}

Result speciation() {
  Result r;
  r.name = "speciation";
  r.summary = "Share of P in each kind of unit, from the P–S and P–P bonds.";
  r.tables = {
      {"units",
       {{"unit", "", {}, {"PS4", "P2S7", "P2S6", "PS3", "S"}},
        {"count", "", {54.2, 3.1, 1.4, 0.5, 4.4}, {}},
        {"fraction", "", {0.847, 0.097, 0.044, 0.008, not_known}, {}},
        {"error", "", {0.02, 0.015, 0.01, 0.004, not_known}, {}}}},
      {"unit_examples",
       {{"unit", "", {}, {"PS4", "PS5_S-S", "S"}},
        {"kind", "", {}, {"usual", "unusual", "usual"}},
        {"fraction", "", {0.847, 0.004, 0.02}, {}},
        {"atoms", "", {}, {"P S S S S", "P S S S S S", "S"}},
        {"positions",
         "A",
         {},
         {"0 0 0 1.2 1.2 1.2 1.2 -1.2 -1.2 -1.2 1.2 -1.2 -1.2 -1.2 1.2",
          "0 0 0 1.2 1.2 1.2 1.2 -1.2 -1.2 -1.2 1.2 -1.2 -1.2 -1.2 1.2 2.9 1.9 2.1", "0 0 0"}},
        {"bonds", "", {}, {"0-1 0-2 0-3 0-4", "0-1 0-2 0-3 0-4 1-5", ""}}}}};
  r.plots = {{Plot::Kind::bars,
              "Structural units",
              "units",
              "unit",
              {"fraction"},
              {"error"},
              "",
              "share of P",
              false,
              false,
              {}}};
  r.scalars = {{"fraction_PS4", 0.847, 0.02, "", "2 replicas"},
               {"fraction_P2S7", 0.097, 0.015, "", "2 replicas"},
               {"fraction_P2S6", 0.044, 0.01, "", "2 replicas"}};
  r.warnings = {"1.2 % of the P have fewer than three S; a longer melt may heal them"};
  return r;
}

Result structure_factor() {
  Result r;
  r.name = "structure_factor";
  r.summary = "Direct S(q) over every reciprocal vector of the cell, neutron and X-ray weights.";
  Table t{"s_q", {{"q", "1/A", {}, {}}, {"neutron", "", {}, {}}, {"xray", "", {}, {}}}};
  for (int i = 0; i < 240; ++i) {
    const double q = 0.4 + 0.06 * i;
    const double wave = 0.35 * std::sin(2.05 * q - 0.9) * std::exp(-0.09 * q);
    t.columns[0].data.push_back(q);
    t.columns[1].data.push_back(1 + wave - 0.4 * gauss(q, 1.6, 0.3));
    t.columns[2].data.push_back(1 + 0.9 * gauss(q, 2.09, 0.2) + 0.45 * gauss(q, 1.28, 0.16) +
                                0.8 * wave - 0.8 * std::exp(-q));
  }
  r.tables = {t};
  r.plots = {{Plot::Kind::lines,
              "Structure factor",
              "s_q",
              "q",
              {"neutron", "xray"},
              {},
              "q",
              "S(q)",
              false,
              false,
              {}}};
  return r;
}

Result van_hove() {
  Result r;
  r.name = "van_hove";
  r.summary = "Self part of the van Hove function of Li.";
  Grid g{"g_self", {"r", "A", {}, {}}, {"t", "ps", {}, {}}, "1/A", {}};
  for (int i = 0; i < 80; ++i) g.x.data.push_back(0.05 + 0.1 * i);
  for (int k = 0; k < 60; ++k) g.y.data.push_back(0.5 + k);
  for (const double x : g.x.data)
    for (const double t : g.y.data) {
      const double s = 0.25 + 0.13 * t;
      g.data.push_back(4 * constants::pi * x * x * std::pow(2 * constants::pi * s, -1.5) *
                       std::exp(-x * x / (2 * s)));
    }
  r.grids = {g};
  r.plots = {{Plot::Kind::heat,
              "4πr²G_{s}(r, t) of Li",
              "g_self",
              "",
              {},
              {},
              "r",
              "t",
              false,
              false,
              {}}};
  return r;
}

double D_li(double T) { return 3.1e-3 * std::exp(-0.26 / (constants::boltzmann_eV_K * T)); }

Result msd(double T, RandomStream& random) {
  Result r;
  r.name = "msd";
  r.summary =
      "MSD summed over x, y, z, averaged over ions and time origins; shaded: the diffusive window "
      "of the fit.";
  Table t{"msd",
          {{"t", "ps", {}, {}},
           {"Li", "A2", {}, {}},
           {"P", "A2", {}, {}},
           {"S", "A2", {}, {}},
           {"error_Li", "A2", {}, {}}}};
  Table c{"collective_msd", {{"t", "ps", {}, {}}, {"Li", "A2", {}, {}}}};
  double walk = 0;
  for (int i = 1; i <= 250; ++i) {
    const double time = 0.8 * i;
    walk += 0.03 * random.normal();
    const double li = 6 * D_li(T) * 1e4 * time + 1.6 * (1 - std::exp(-time / 2.0));
    t.columns[0].data.push_back(time);
    t.columns[1].data.push_back(li * (1 + 0.02 * walk));
    t.columns[2].data.push_back(0.35 * (1 - std::exp(-time)) + 1e-4 * time * T / 500);
    t.columns[3].data.push_back(0.75 * (1 - std::exp(-time)) + 4e-4 * time * T / 500);
    t.columns[4].data.push_back(0.03 * li * std::sqrt(time / 200) * 2);
    c.columns[0].data.push_back(time);
    c.columns[1].data.push_back(li * 1.5 * (1 + 0.4 * walk * time / 200));
  }
  r.tables = {t, c};
  r.plots = {{Plot::Kind::lines,
              "Mean square displacement",
              "msd",
              "t",
              {"Li", "P", "S"},
              {"error_Li", "", ""},
              "t",
              "MSD",
              false,
              false,
              {{20, 100, "fitted"}}},
             {Plot::Kind::lines,
              "Collective displacement",
              "collective_msd",
              "t",
              {"Li"},
              {},
              "t",
              "|ΣΔr|²/N",
              false,
              false,
              {{20, 100, "fitted"}}}};
  r.scalars = {{"D_Li", D_li(T), 0.07 * D_li(T), "cm2/s", "2 replicas"},
               {"alpha_Li", 0.97, 0.03, "", "fit in the window"},
               {"D_S", 2.1e-8, 9e-9, "cm2/s", "2 replicas"}};
  if (T < 550)
    r.warnings = {
        "the log–log slope of P is 0.1 in the window: P does not diffuse, its D is an upper bound"};
  r.references = {"He, Zhu & Mo, npj Comput. Mater. 4, 18 (2018), DOI 10.1038/s41524-018-0074-y"};
  return r;
}

Result conductivity(double T) {
  const double sigma = 0.0166 / 8.617e-5 / T * D_li(T) * 1e4 * 16021.8;
  Result r;
  r.name = "conductivity";
  r.scalars = {{"sigma_ne", sigma, 0.08 * sigma, "mS/cm", "2 replicas"},
               {"sigma_c", 1.5 * sigma, 0.35 * sigma, "mS/cm", "2 replicas"},
               {"haven_ratio", 0.66, 0.16, "", "2 replicas"}};
  return r;
}

Result arrhenius() {
  Result r;
  r.name = "arrhenius";
  r.summary =
      "Weighted straight line through ln D against 1/T; errors from the fit and the spread of the "
      "replicas.";
  Table t{"points", {{"T", "K", {}, {}}, {"D", "cm2/s", {}, {}}, {"error", "cm2/s", {}, {}}}};
  const double wobble[] = {1.06, 0.93, 1.02};
  int i = 0;
  for (const double T : {500.0, 600.0, 700.0}) {
    t.columns[0].data.push_back(T);
    t.columns[1].data.push_back(D_li(T) * wobble[i++]);
    t.columns[2].data.push_back(0.07 * D_li(T));
  }
  r.tables = {t};
  const double sigma = 0.0166 / 8.617e-5 / 300 * D_li(300) * 1e4 * 16021.8;
  r.scalars = {{"E_a", 0.262, 0.014, "eV", "fit"},
               {"D_0", 3.1e-3, 9e-4, "cm2/s", "fit"},
               {"D_300K", D_li(300), 0.36 * D_li(300), "cm2/s", "fit, extrapolated"},
               {"sigma_300K", sigma, 0.38 * sigma, "mS/cm", "fit, extrapolated"}};
  return r;
}

Result density() {
  Result r;
  r.name = "density";
  r.summary = "Mean density of the NPT run.";
  r.scalars = {{"density", 1.838, 0.011, "g/cm3", "blocking; 2 replicas"}};
  return r;
}

ThermalHistory history(int replica) {
  ThermalHistory h;
  h.label = fmt::format("replica {}", replica);
  h.stages = {{0, "melt 1500 K"}, {60, "quench 2 K/ps"}, {660, "glass 300 K"},
              {760, "500 K"},     {960, "600 K"},        {1160, "700 K"}};
  RandomStream random(7, "history", static_cast<std::uint64_t>(replica));
  for (int i = 0; i < 2720; ++i) {
    const double t = 0.5 * i;
    const double T = t < 60     ? 1500
                     : t < 660  ? 1500 - 2 * (t - 60)
                     : t < 760  ? 300
                     : t < 960  ? 500
                     : t < 1160 ? 600
                                : 700;
    h.time_ps.push_back(t);
    h.temperature_K.push_back(T * (1 + 0.025 * random.normal()));
    h.density_g_cm3.push_back(1.9 - 2.4e-4 * (T - 300) - 0.03 * (replica == 2) +
                              0.006 * random.normal());
    h.potential_eV_atom.push_back(-4.03 + 1.45e-4 * (T - 300) + 0.004 * replica +
                                  0.001 * random.normal());
  }
  return h;
}

/// A density along two crossing channels of a skewed cell, on more points than a report keeps.
Result path_density() {
  Result r;
  r.name = "path_density";
  r.summary = "Density of Li on a grid.";
  Volume v{"density", Mat3::Zero(), {72, 40, 30}, "1/A^3", {}};
  v.cell << 18, 2, 0, 0, 12, 1, 0, 0, 10;
  for (int a = 0; a < v.size[0]; ++a)
    for (int b = 0; b < v.size[1]; ++b)
      for (int c = 0; c < v.size[2]; ++c) {
        const double x = a / 72.0, y = b / 40.0, z = c / 30.0;
        v.data.push_back(0.2 * gauss(y, 0.5 + 0.1 * std::sin(2 * constants::pi * x), 0.06) *
                             gauss(z, 0.5, 0.08) +
                         0.1 * gauss(x, 0.25, 0.04) * gauss(z, 0.1, 0.08));
      }
  r.volumes = {v};
  return r;
}

/// An ion that passes a unit which turns by 60°, in 21 frames.
Result coupling() {
  Result r;
  r.name = "coupling";
  r.summary = "Hops of Li and turns of units.";
  r.settings = {{"event", "Li 5 hops by 3.0 A at 12.5 ps; the unit around P 1 turns by 60 deg"}};
  Table film{"event_path",
             {{"t", "ps", {}, {}},
              {"atom", "", {}, {}},
              {"species", "", {}, {}},
              {"x", "A", {}, {}},
              {"y", "A", {}, {}},
              {"z", "A", {}, {}},
              {"hops", "", {}, {}}}};
  const std::array<Vec3, 4> corners{Vec3(1, 1, 1), Vec3(1, -1, -1), Vec3(-1, 1, -1),
                                    Vec3(-1, -1, 1)};
  for (int frame = 0; frame <= 20; ++frame) {
    const double angle = constants::pi / 3 * frame / 20;
    const auto add = [&](double atom, const char* species, const Vec3& at, double hops) {
      const double row[] = {0.1 * (frame - 10), atom, at.x(), at.y(), at.z(), hops};
      for (const std::size_t k : {0U, 1U}) film.columns[k].data.push_back(row[k]);
      film.columns[2].text.emplace_back(species);
      for (const std::size_t k : {2U, 3U, 4U, 5U}) film.columns[k + 1].data.push_back(row[k]);
    };
    add(1, "P", Vec3::Zero(), 0);
    for (std::size_t k = 0; k < 4; ++k) {
      const Vec3 c = 2.05 / std::sqrt(3.0) * corners[k];
      add(2 + static_cast<double>(k), "S",
          Vec3(std::cos(angle) * c.x() - std::sin(angle) * c.y(),
               std::sin(angle) * c.x() + std::cos(angle) * c.y(), c.z()),
          0);
    }
    add(6, "Li", Vec3(3.5, -1.5 + 0.15 * frame, 0.4), 1);
  }
  r.tables = {film};
  return r;
}

}  // namespace

Frame glass(int units, double tilt_A) {
  Frame f;
  Structure& s = f.structure;
  const int n = static_cast<int>(std::ceil(std::cbrt(units)));
  const double a = 5.9, edge = a * n;
  Mat3 h;
  h << edge, tilt_A, 0.3 * tilt_A, 0, edge, 0.2 * tilt_A, 0, 0, edge;
  s.cell = Cell(h);
  RandomStream random(3, "glass");
  for (const char* name : {"Li", "P", "S"}) s.species_index(name);
  for (int i = 0; i < units; ++i) {
    const Vec3 cell_at((i % n) * a, (i / n % n) * a, (i / n / n) * a);
    const Vec3 p = cell_at + Vec3(random.uniform(), random.uniform(), random.uniform()) * 0.9;
    s.add("P", p);
    // A tetrahedron turned at random: Gram–Schmidt on random vectors.
    Vec3 u(random.normal(), random.normal(), random.normal()),
        v(random.normal(), random.normal(), random.normal());
    u.normalize();
    v = (v - u.dot(v) * u).normalized();
    const Vec3 w(u.y() * v.z() - u.z() * v.y(), u.z() * v.x() - u.x() * v.z(),
                 u.x() * v.y() - u.y() * v.x());
    for (const std::array<int, 3>& c : {std::array{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}})
      s.add("S", p + (u * c[0] + v * c[1] + w * c[2]) * (2.06 / std::sqrt(3.0)));
    for (int k = 0; k < 3; ++k)
      s.add("Li", cell_at + Vec3(0.5 * a, 0.5 * a, 0.5 * a) +
                      Vec3(random.normal(), random.normal(), random.normal()) * 0.9 +
                      Vec3::Unit(k) * 1.5);
  }
  return f;
}

ReportInput full_report() {
  ReportInput in;
  in.title = "75Li₂S·25P₂S₅ glass";
  in.subtitle = "Li₁₉₂P₆₄S₂₅₆, 512 atoms, 2 replicas, melt–quench with a classical potential";
  in.facts = {{"Composition", "75Li₂S·25P₂S₅"},
              {"Atoms", "512 (Li₁₉₂P₆₄S₂₅₆)"},
              {"Replicas", "2"},
              {"Melt", "1500 K, 60 ps, NPT"},
              {"Quench", "2 K/ps to 300 K"},
              {"Production", "500, 600 and 700 K, 200 ps each, NVT"},
              {"Time step", "1 fs"},
              {"Thermostat", "Nosé–Hoover, 0.1 ps"}};
  in.potential_name = "Shell-free Buckingham + Coulomb";
  in.potential_summary = "Fixed partial charges, Buckingham pairs and harmonic S–P–S angles.";
  in.potential_provenance =
      "Parameters after a published fit, DOI 10.1000/xyz123; see the catalogue.";
  in.potential_limits = {
      "PS₄ units cannot break: P₂S₇⁴⁻ and P₂S₆⁴⁻ form only in the start structure.",
      "Fixed charges overestimate the barrier by up to 0.1 eV."};
  in.histories = {history(1), history(2)};
  in.structure = glass(64);
  in.structure_caption = "Replica 1 after the quench, 300 K. Sticks and tetrahedra: PS₄ units.";
  RandomStream random(5, "msd");
  in.states.push_back(
      {"glass-300K",
       "Glass at 300 K",
       300,
       {density(), rdf(), angles(), coordination(), speciation(), structure_factor(), van_hove()}});
  for (const double T : {500.0, 600.0, 700.0})
    in.states.push_back({fmt::format("production-{:.0f}K", T),
                         fmt::format("{:.0f} K", T),
                         T,
                         {msd(T, random), conductivity(T)}});
  in.states.back().results.push_back(path_density());
  in.states.back().results.push_back(coupling());
  in.arrhenius = arrhenius();
  in.references_table = {
      {"This work", "", "1.838(11)", "512", "200", "0.262(14)", "14(5)", true},
      {"Sadowski, AIMD, NVT Nosé", "10.1016/j.jpowsour.2020.229041", "1.73", "256", "–", "0.26",
       "10.4", false},
      {"Smith & Siegel, AIMD, NPT Langevin", "10.1038/s41467-020-15245-5", "1.56", "160", "80",
       "0.22", "19", false},
      {"Baba & Kawamura, AIMD, NPT Nosé", "", "1.80", "130", "30–40", "–", "0.088", false},
      {"Measured (milled)", "", "1.93", "", "", "", "0.28–1.1", false}};
  in.reference_points = {{"measured (milled glass)", 300, 0.28, 1.1, 0},
                         {"Smith & Siegel", 300, 19, 0, 0.22},
                         {"Sadowski", 300, 10.4, 0, 0.26},
                         {"Baba & Kawamura", 300, 0.088, 0, 0}};
  in.warnings = {
      "Two replicas are few: the spread between repeats of a glass is about 60 meV in E_{a}."};
  in.provenance = {{"vitrion", "0.1.0"},        {"Engine", "LAMMPS 20220623"},
                   {"Seed", "20240117"},        {"Host", "4 cores"},
                   {"Wall time", "3 h 12 min"}, {"Recipe", "a5f0c1d29be47733"}};
  in.citations = {
      "Xu & Xia, Progress, challenges and perspectives of computational studies on glassy "
      "superionic conductors for solid-state batteries",
      "Thompson et al., LAMMPS, Comput. Phys. Commun. 271, 108171 (2022), DOI "
      "10.1016/j.cpc.2021.108171"};
  in.resolved_recipe =
      "version: 1\nsystem:\n  composition: 0.75Li2S-0.25P2S5\n  atoms: 512\nreplicas: "
      "2\nprotocol:\n  - melt: {temperature: 1500 K, time: 60 ps}\n  - quench: {rate: 2 K/ps, to: "
      "300 K}\n";
  return in;
}

ReportInput small_report() {
  ReportInput in;
  in.title = "trajectory.extxyz";
  in.states.push_back({"all", "", 0, {rdf()}});
  return in;
}

}  // namespace vitrion::sample
