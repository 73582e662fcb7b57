#include "structure/voronoi.hpp"

#include <Eigen/LU>

#include "base/constants.hpp"
#include "structure/helpers.hpp"

namespace vitrion {
namespace {

using namespace testing_structure;
using ::testing::HasSubstr;

Frame lattice(const Mat3& vectors, const std::vector<Vec3>& basis, int repeat) {
  Frame f;
  f.structure.cell = Cell(vectors * repeat);
  for (int i = 0; i < repeat; ++i) {
    for (int j = 0; j < repeat; ++j) {
      for (int k = 0; k < repeat; ++k) {
        for (const auto& b : basis) f.structure.add("S", vectors * (Vec3(i, j, k) + b));
      }
    }
  }
  return f;
}

Frame cubic_lattice(const std::vector<Vec3>& basis, int repeat = 3) {
  return lattice(4 * Mat3::Identity(), basis, repeat);
}

void shake(Frame& f, double by, std::uint64_t seed) {
  RandomStream random(seed, "shake");
  for (auto& r : f.structure.position) {
    r += by * Vec3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1));
  }
}

double share(const Result& r, const std::string& index, const std::string& centre) {
  const Table* t = r.find_table("indices");
  for (std::size_t k = 0; k < t->columns[0].text.size(); ++k) {
    if (t->columns[0].text[k] == index && t->columns[1].text[k] == centre) {
      return t->columns[2].data[k];
    }
  }
  return 0;
}

const std::vector<Vec3> bcc{{0, 0, 0}, {.5, .5, .5}};
const std::vector<Vec3> fcc{{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};

TEST(Voronoi, IndicesOfLatticesPerfectAndShaken) {
  const double root3 = std::sqrt(3.0);
  Mat3 hexagonal;
  hexagonal << 3, -1.5, 0, 0, 1.5 * root3, 0, 0, 0, 3 * std::sqrt(8.0 / 3.0);
  const std::vector<std::pair<Frame, std::string>> cases{
      {cubic_lattice({{0, 0, 0}}), "0 6 0 0"},
      {cubic_lattice(bcc), "0 6 0 8"},
      {cubic_lattice(fcc), "0 12 0 0"},
      {lattice(hexagonal, {{0, 0, 0}, {2. / 3, 1. / 3, .5}}, 3), "0 12 0 0"}};
  for (const auto& [perfect, index] : cases) {
    for (const double by : {0.0, 0.02}) {
      Frame f = perfect;
      shake(f, by, 5);
      const Result r = analyse("voronoi", {f});
      // The filters bear a shake of 1 % of the distance in fcc and hcp, where vertices split.
      EXPECT_GT(share(r, index, "S"), by == 0.0 ? 1 - 1e-9 : 0.9) << index << " by " << by;
      EXPECT_NEAR(value(r, "volume_S") * static_cast<double>(f.size()), f.structure.cell.volume(),
                  1e-6);
    }
  }
  // Without filters the split vertices show.
  Frame f = cubic_lattice(fcc);
  shake(f, 0.02, 5);
  const Result r = analyse("voronoi", {f}, {{"min_face", "0"}, {"min_edge", "0"}});
  EXPECT_LT(share(r, "0 12 0 0", "S"), 0.01);
}

TEST(Voronoi, MeasuresOfTheTruncatedOctahedron) {
  const Result r = analyse("voronoi", {cubic_lattice(bcc)});
  const double edge = 4 * std::sqrt(2.0) / 4;
  EXPECT_NEAR(value(r, "volume_S"), 8 * std::sqrt(2.0) * std::pow(edge, 3), 1e-8);
  EXPECT_NEAR(value(r, "area_S"), (6 + 12 * std::sqrt(3.0)) * edge * edge, 1e-8);
  EXPECT_NEAR(value(r, "faces_S"), 14, 1e-9);
  EXPECT_NEAR(value(r, "volume_sd_S"), 0, 1e-5);
}

// Volumes fill space, faces are mutual, V = Σ area · d/6, solid angles close: in a cell that is
// skewed and small, where atoms meet their own images.
TEST(Voronoi, FacesAreMutualAndFillSkewedCells) {
  for (const int atoms : {1, 2, 7, 60}) {
    const Frame f = random_frame(skewed(), {{"S", atoms}}, 40 + static_cast<std::uint64_t>(atoms));
    const Structure& s = f.structure;
    const VoronoiChoice all{std::vector<bool>(s.size(), true), std::vector<bool>(s.size(), true)};
    std::vector<VoronoiCell> cells(s.size());
    double volume = 0;
    each_voronoi_cell(s, all, {}, "test", [&](std::size_t i, const VoronoiCell& cell) {
      cells[i] = cell;
      volume += cell.volume;
    });
    EXPECT_NEAR(volume, s.cell.volume(), 1e-7);
    VoronoiChoice quick = all;
    quick.solid_angles = false;  // the rest is the same
    each_voronoi_cell(s, quick, {}, "test", [&](std::size_t i, const VoronoiCell& cell) {
      EXPECT_EQ(cell.volume, cells[i].volume);
      ASSERT_EQ(cell.faces.size(), cells[i].faces.size());
      for (std::size_t k = 0; k < cell.faces.size(); ++k) {
        EXPECT_EQ(cell.faces[k].area, cells[i].faces[k].area);
        EXPECT_EQ(cell.faces[k].edges, cells[i].faces[k].edges);
        EXPECT_EQ(cell.faces[k].solid_angle, 0);
      }
    });
    for (std::size_t i = 0; i < cells.size(); ++i) {
      double pyramids = 0;
      double angle = 0;
      for (const auto& face : cells[i].faces) {
        pyramids += face.area * face.distance / 6;
        angle += face.solid_angle;
        int mirrors = 0;
        for (const auto& other : cells[face.atom].faces) {
          if ((other.vector + face.vector).norm() > 1e-6) continue;
          ++mirrors;
          EXPECT_EQ(other.atom, i);
          EXPECT_NEAR(other.area, face.area, 1e-6);
        }
        EXPECT_EQ(mirrors, 1) << atoms;
        const Vec3 images =
            s.cell.inverse() * (face.vector + s.position[i] - s.position[face.atom]);
        EXPECT_NEAR((images - Vec3(images.array().round())).norm(), 0, 1e-9);
      }
      EXPECT_NEAR(pyramids, cells[i].volume, 1e-7);
      EXPECT_NEAR(angle, 4 * constants::pi, 1e-7);
    }
  }
}

// The volume is that of the points nearest to an atom.
TEST(Voronoi, VolumesAgreeWithCountingPoints) {
  const Frame f = random_frame(skewed(), {{"S", 5}}, 3);
  const Structure& s = f.structure;
  const VoronoiChoice all{std::vector<bool>(5, true), std::vector<bool>(5, true)};
  std::vector<double> volume(5);
  each_voronoi_cell(s, all, {}, "test",
                    [&](std::size_t i, const VoronoiCell& cell) { volume[i] = cell.volume; });
  RandomStream random(9, "points");
  std::vector<double> hits(5, 0.0);
  const int points = 40000;
  for (int k = 0; k < points; ++k) {
    const Vec3 r = s.cell.to_cartesian({random.uniform(), random.uniform(), random.uniform()});
    std::size_t nearest = 0;
    double best = 1e9;
    for (std::size_t i = 0; i < 5; ++i) {
      const double d = s.cell.minimum_image(s.position[i] - r).norm();
      if (d < best) {
        best = d;
        nearest = i;
      }
    }
    hits[nearest] += 1;
  }
  for (std::size_t i = 0; i < 5; ++i) {
    const double p = volume[i] / s.cell.volume();
    EXPECT_NEAR(hits[i] / points, p, 5 * std::sqrt(p * (1 - p) / points));
  }
}

TEST(Voronoi, TheSameLatticeInALongSkewedBasis) {
  Frame f = random_frame(skewed(), {{"Li", 12}, {"P", 4}, {"S", 16}}, 8);
  const Result straight = analyse("voronoi", {f});
  Mat3 h = f.structure.cell.vectors();
  h.col(1) += 4 * h.col(0);
  h.col(2) += 3 * h.col(1) - 7 * h.col(0);
  f.structure.cell = Cell(h);
  const Result skew = analyse("voronoi", {f});
  for (const auto& s : straight.scalars) EXPECT_NEAR(value(skew, s.key), s.value, 1e-7) << s.key;
  // A slab, 40 times as long as wide.
  Frame slab;
  slab.structure.cell = Cell::orthorhombic(3, 3, 120);
  for (int k = 0; k < 40; ++k) slab.structure.add("S", {1, 1, 3.0 * k});
  EXPECT_NEAR(share(analyse("voronoi", {slab}), "0 6 0 0", "S"), 1, 1e-12);
}

// A tetrahedron of S around P: a cell of four triangles with the P–S midpoints as its inner sphere.
TEST(Voronoi, PolyhedraOfAnionsAround) {
  Frame f;
  f.structure.cell = Cell::cubic(14);
  const Vec3 at(1, 13, 2);
  f.structure.add("P", at);
  const double bond = 2.05 / std::sqrt(3);
  for (const Vec3& c : {Vec3(1, 1, 1), Vec3(1, -1, -1), Vec3(-1, 1, -1), Vec3(-1, -1, 1)}) {
    f.structure.add("S", at + bond * c);
  }
  f.structure.add("Li", at + Vec3(0, 0, 1.5));
  const Result r = analyse("voronoi", {f, f, f}, {{"centres", "P"}, {"around", "S"}});
  EXPECT_NEAR(share(r, "4 0 0 0", "P"), 1, 1e-12);
  EXPECT_NEAR(value(r, "volume_P"), 8 * std::sqrt(3.0) * std::pow(2.05 / 2, 3), 1e-8);
  EXPECT_EQ(r.find_scalar("volume_P")->error, 0);
  EXPECT_EQ(r.find_scalar("volume_S"), nullptr);
  const Table* n = r.find_table("neighbours");
  ASSERT_EQ(n->columns[0].text, std::vector<std::string>{"P>S"});
  EXPECT_NEAR(n->columns[1].data[0], 4, 1e-12);
}

// By faces, Li in antifluorite has its four S, and S its eight Li.
TEST(Voronoi, CoordinationByFaces) {
  const Frame f = li2s(5.71, 2);
  const Result r = analyse("coordination", {f}, {{"mode", "voronoi"}});
  EXPECT_NEAR(value(r, "cn_Li>S"), 4, 1e-12);
  EXPECT_NEAR(value(r, "cn_S>Li"), 8, 1e-12);
  EXPECT_NEAR(data(r, "cn_distribution", "Li>S")[4], 1, 1e-12);
  // The nearest S alone, whatever the angle, in a frame that is not shaken.
  const Result tight = analyse("coordination", {f}, {{"mode", "voronoi"}, {"distance", "1"}});
  EXPECT_NEAR(value(tight, "cn_Li>S"), 4, 1e-12);
  Frame open = f;
  open.structure.cell = Cell();
  EXPECT_THAT(failure("coordination", {open}, {{"mode", "voronoi"}}), HasSubstr("periodic"));
}

TEST(Voronoi, SaysWhatItNeeds) {
  Frame open = random_frame(Cell::cubic(9), {{"S", 5}}, 1);
  open.structure.cell = Cell();
  EXPECT_THAT(failure("voronoi", {open}), HasSubstr("needs a cell that is periodic"));
  Frame twice = random_frame(Cell::cubic(9), {{"S", 5}}, 1);
  twice.structure.position[3] = twice.structure.position[1] + Vec3(9, 0, 0);
  EXPECT_THAT(failure("voronoi", {twice}), HasSubstr("atoms 2 and 4 stand in the same place"));
  EXPECT_THAT(failure("voronoi", {random_frame(Cell::cubic(9), {{"S", 5}}, 1)}, {{"around", "Q"}}),
              HasSubstr("Q"));
}

}  // namespace
}  // namespace vitrion
