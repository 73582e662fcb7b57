#include "coupling/event_film.hpp"

#include <gtest/gtest.h>

#include "coupling/rotors.hpp"

namespace vitrion {
namespace {

using namespace testing_rotors;

// Two units and an ion that hops beside the first at frame 100, while that turns by 90° (fifteen
// frames), and beside the second, which does not turn, at frame 200. All across the cell's faces.
struct Scene {
  EventFilm film{{10}, 20, 4.5};
  std::vector<RotorUnit> units;
};

Scene scene(FilmChoice choice = {}) {
  Scene out;
  out.film = EventFilm({10}, 20, 4.5, choice);
  RandomStream random(1, "film");
  const Cell cell = Cell::orthorhombic(20, 12, 14);
  const Vec3 centre[2] = {Vec3(0.2, 0.1, 0.3), Vec3(10.2, 0.1, 0.3)};
  for (std::uint32_t u = 0; u < 2; ++u) {
    RotorUnit unit;
    unit.centre = 5 * u;
    for (std::uint32_t k = 1; k < 5; ++k) unit.ligands.push_back(5 * u + k);
    out.units.push_back(unit);
  }
  for (int t = 0; t < 300; ++t) {
    const double turned = std::clamp((t - 92) / 15.0, 0.0, 1.0) * 90 * degree;
    const std::vector<Quaternion> q{turn_by(Vec3(0, 0, turned)) * turn_by(0.05 * gauss(random)),
                                    turn_by(0.05 * gauss(random))};
    std::vector<Vec3> r;
    for (std::size_t u = 0; u < 2; ++u) {
      r.push_back(cell.wrap(centre[u]));
      for (const auto& s : tetrahedron()) r.push_back(cell.wrap(centre[u] + 2.05 * (q[u] * s)));
    }
    const Vec3 ion = t < 150 ? Vec3(3.2, t < 100 ? -1.0 : 1.2, 0) : Vec3(7.5, t < 200 ? -1 : 1, 0);
    r.push_back(cell.wrap(ion));
    out.film.append(cell, r, q, out.units);
    if (t == 140) out.film.see({0, 100, Vec3(3.2, -1, 0), Vec3(3.2, 1.2, 0)}, out.units);
    if (t == 240) out.film.see({0, 200, Vec3(7.5, -1, 0), Vec3(7.5, 1, 0)}, out.units);
  }
  return out;
}

TEST(EventFilm, IsOfTheHopBesideWhichAUnitTurns) {
  const Scene s = scene();
  const Film& film = s.film.film();
  EXPECT_EQ(film.frame, 100);
  EXPECT_EQ(film.unit, 0U);
  EXPECT_NEAR(film.angle_rad / degree, 90, 25);  // windows hold a part of the turn
  EXPECT_NEAR(film.length_A, 2.2, 1e-9);
  ASSERT_EQ(film.atoms.front(), 10U);
  ASSERT_EQ(film.positions.size(), 40U);
  EXPECT_EQ(film.atoms.size(), 6U);  // the ion and one unit
  for (const auto& frame : film.positions) {
    for (std::size_t k = 2; k < 6; ++k) EXPECT_NEAR((frame[k] - frame[1]).norm(), 2.05, 1e-4);
    EXPECT_LT((frame[0] - frame[1]).norm(), 4);  // whole across the faces
  }
  EXPECT_NEAR((film.positions.back()[0] - film.positions.front()[0]).norm(), 2.2, 1e-4);
}

TEST(EventFilm, IsOfTheHopThatWasAskedFor) {
  EXPECT_EQ(scene({.ion = 10, .frame = {}}).film.film().frame, 100);
  EXPECT_EQ(scene({.ion = {}, .frame = 190}).film.film().frame, 200);
  EXPECT_EQ(scene({.ion = {}, .frame = 20}).film.film().frame, 100);
  EXPECT_TRUE(scene({.ion = 3, .frame = {}}).film.film().positions.empty());
}

TEST(EventFilm, AnglesBesideHopsAreCountedApart) {
  const Scene s = scene();
  const auto beside = s.film.beside_hops().total();
  const auto always = s.film.at_all_times().total();
  double far = 0;
  double all = 0;
  for (std::size_t k = 0; k < beside.size(); ++k) {
    all += beside[k];
    if (k >= 6) far += beside[k];
  }
  EXPECT_EQ(all, 2 * 20.0);  // one unit beside each hop, a window's frames each
  EXPECT_GT(far / all, 0.15);
  double far_always = 0;
  double all_always = 0;
  for (std::size_t k = 0; k < always.size(); ++k) {
    all_always += always[k];
    if (k >= 6) far_always += always[k];
  }
  EXPECT_EQ(all_always, 14 * 2 * 20.0);
  EXPECT_LT(far_always / all_always, 0.06);
}

TEST(EventFilm, AHopThatIsNoLongerHeldIsLeftOut) {
  Scene s = scene();
  EventFilm film = s.film;
  film.see({0, 5, Vec3::Zero(), Vec3(2, 0, 0)}, s.units);
  EXPECT_EQ(film.film().frame, 100);
}

}  // namespace
}  // namespace vitrion
