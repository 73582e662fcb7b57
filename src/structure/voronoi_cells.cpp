#include "structure/voronoi_cells.hpp"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <voro++/voro++.hh>

#include "base/error.hpp"
#include "neighbor/neighbor_list.hpp"

namespace vitrion {
namespace {

constexpr double atoms_a_block = 5.0;  // where voro++ is fastest

struct Corner {
  const Vec3& at;
  double length;
};

// exp(iΩ/2) but for its length. A face, which is less than half of the sky, has the product of its
// triangles', and one arctangent is enough.
struct HalfAngle {
  double re = 1, im = 0;

  void add(const Corner& a, const Corner& b, const Corner& c) {
    const double x = a.length * b.length * c.length + a.at.dot(b.at) * c.length +
                     a.at.dot(c.at) * b.length + b.at.dot(c.at) * a.length;
    const double y = std::abs(a.at.dot(b.at.cross(c.at)));
    const double size = std::abs(x) + y;
    if (!(size > 0)) return;
    const double turned = (re * x - im * y) / size;
    im = (re * y + im * x) / size;
    re = turned;
  }
  [[nodiscard]] double solid_angle() const { return 2 * std::atan2(im, re); }
};

// The same lattice by its shortest vectors: each is replaced by its sum or difference with the
// others for as long as that shortens it.
Mat3 reduced(Mat3 h) {
  for (bool changed = true; changed;) {
    changed = false;
    for (int i = 0; i < 3; ++i) {
      const Vec3 b = h.col((i + 1) % 3);
      const Vec3 c = h.col((i + 2) % 3);
      for (const Vec3& step : {b, c, Vec3(b + c), Vec3(b - c)}) {
        const double whole = std::round(h.col(i).dot(step) / step.squaredNorm());
        const Vec3 trial = h.col(i) - whole * step;
        if (trial.squaredNorm() > h.col(i).squaredNorm() * (1 - 1e-9)) continue;
        h.col(i) = trial;
        changed = true;
      }
    }
  }
  return h;
}

void require_no_coincidence(const Structure& s) {
  const NeighborList close = build_neighbor_list(s, 1e-3);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (close.of(i).empty()) continue;
    throw InputError(
        fmt::format("atoms {} and {} stand in the same place ({:.2g} A apart): they have no "
                    "Voronoi cells; remove one",
                    i + 1, close.of(i).front().atom + 1, close.of(i).front().distance));
  }
}

// A cell as voro++ gives it, and what is made of it.
class CellReader {
 public:
  CellReader(const Structure& structure, const Mat3& rotation, const FaceFilter& filter,
             bool solid_angles)
      : structure_(structure),
        back_(rotation.transpose()),
        filter_(filter),
        solid_angles_(solid_angles) {}

  const VoronoiCell& read(std::size_t centre, voro::voronoicell_neighbor& cell) {
    cell.neighbors(behind_);
    cell.face_vertices(corners_);
    cell.vertices(flat_);
    points_.resize(flat_.size() / 3);
    for (std::size_t k = 0; k < points_.size(); ++k) {
      points_[k] = back_ * Vec3(flat_[3 * k], flat_[3 * k + 1], flat_[3 * k + 2]);
    }
    measure_faces();
    if (solid_angles_) measure_angles();
    out_.all_faces = static_cast<int>(measured_.size());
    choose_faces(centre);
    return out_;
  }

 private:
  struct Measured {
    std::size_t first;  // in corners_
    std::size_t count;
    double area = 0;
    double solid_angle = 0;
    Vec3 normal;
    bool kept = true;
  };

  void measure_faces() {
    measured_.clear();
    out_.volume = out_.area = 0;
    std::size_t at = 0;
    while (at < corners_.size()) {
      Measured face;
      face.count = static_cast<std::size_t>(corners_[at]);
      face.first = at + 1;
      const Vec3& a = corner(face, 0);
      Vec3 sum = Vec3::Zero();
      for (std::size_t k = 1; k + 1 < face.count; ++k) {
        const Vec3& b = corner(face, k);
        const Vec3& c = corner(face, k + 1);
        sum += (b - a).cross(c - a);
      }
      const double twice = sum.norm();
      face.area = 0.5 * twice;
      face.normal = twice > 0 ? Vec3(sum / twice) : Vec3::Zero();
      const double height = face.normal.dot(a);
      if (height < 0) face.normal = -face.normal;
      out_.area += face.area;
      out_.volume += face.area * std::abs(height) / 3;
      measured_.push_back(face);
      at += face.count + 1;
    }
  }

  void measure_angles() {
    length_.resize(points_.size());
    for (std::size_t k = 0; k < points_.size(); ++k) length_[k] = points_[k].norm();
    const auto at = [&](const Measured& face, std::size_t k) {
      return Corner{corner(face, k), length_[index(face, k)]};
    };
    for (Measured& face : measured_) {
      HalfAngle half;
      for (std::size_t k = 1; k + 1 < face.count; ++k) {
        half.add(at(face, 0), at(face, k), at(face, k + 1));
      }
      face.solid_angle = half.solid_angle();
    }
  }

  [[nodiscard]] std::size_t index(const Measured& face, std::size_t k) const {
    return static_cast<std::size_t>(corners_[face.first + (k < face.count ? k : 0)]);
  }
  [[nodiscard]] const Vec3& corner(const Measured& face, std::size_t k) const {
    return points_[index(face, k)];
  }

  void choose_faces(std::size_t centre) {
    for (auto& f : measured_) f.kept = f.area > 0 && f.area >= filter_.face * out_.area;
    link_edges();
    const double shortest = std::max(filter_.edge, 1e-9) * std::cbrt(out_.volume);
    out_.faces.clear();
    for (std::size_t f = 0; f < measured_.size(); ++f) {
      const Measured& face = measured_[f];
      if (!face.kept) continue;
      VoronoiFace found;
      place(centre, f, found);
      found.area = face.area;
      found.solid_angle = face.solid_angle;
      found.edges = count_edges(face, shortest);
      out_.faces.push_back(found);
    }
  }

  [[nodiscard]] double edge_length(const Measured& face, std::size_t k) const {
    return (corner(face, k) - corner(face, k + 1)).norm();
  }

  // Edges are borders with other faces that count; two faces have one at most. Across a sliver that
  // does not count, the face on its other side is the neighbour.
  int count_edges(const Measured& face, double shortest) {
    borders_.clear();
    const auto add = [&](std::size_t other, double length) {
      for (auto& [known, sum] : borders_) {
        if (known == other) {
          sum += length;
          return;
        }
      }
      borders_.emplace_back(other, length);
    };
    for (std::size_t k = 0; k < face.count; ++k) {
      const double length = edge_length(face, k);
      const std::size_t next = across(face, k);
      const Measured& other = measured_[next];
      if (other.kept) {
        add(next, length);
        continue;
      }
      if (length < 2 * std::sqrt(other.area)) continue;
      std::size_t best = other.count;
      for (std::size_t e = 0; e < other.count; ++e) {
        const std::size_t beyond = across(other, e);
        if (&measured_[beyond] == &face || !measured_[beyond].kept) continue;
        if (best == other.count || edge_length(other, e) > edge_length(other, best)) best = e;
      }
      if (best < other.count) add(across(other, best), length);
    }
    return static_cast<int>(std::count_if(borders_.begin(), borders_.end(), [&](const auto& b) {
      return &measured_[b.first] != &face && b.second >= shortest;
    }));
  }

  // Which face has the edge from one corner to the next: for each corner, where its edges go.
  void link_edges() {
    first_edge_.assign(points_.size() + 1, 0);
    for (const Measured& face : measured_) {
      for (std::size_t k = 0; k < face.count; ++k) ++first_edge_[index(face, k) + 1];
    }
    for (std::size_t k = 1; k < first_edge_.size(); ++k) first_edge_[k] += first_edge_[k - 1];
    edges_.resize(first_edge_.back());
    next_edge_.assign(first_edge_.begin(), first_edge_.end() - 1);
    for (std::size_t f = 0; f < measured_.size(); ++f) {
      const Measured& face = measured_[f];
      for (std::size_t k = 0; k < face.count; ++k) {
        edges_[next_edge_[index(face, k)]++] = {index(face, k + 1), f};
      }
    }
  }
  [[nodiscard]] std::size_t across(const Measured& face, std::size_t k) const {
    // Faces run the same way round, so the other one has the edge reversed.
    const std::size_t from = index(face, k + 1);
    const std::size_t to = index(face, k);
    for (std::size_t e = first_edge_[from]; e < first_edge_[from + 1]; ++e) {
      if (edges_[e].to == to) return edges_[e].face;
    }
    return static_cast<std::size_t>(&face - measured_.data());
  }

  // The plane says where the neighbour is; the lattice says it exactly. voro++ names no neighbour
  // where it is the centre's own image.
  void place(std::size_t centre, std::size_t f, VoronoiFace& out) const {
    const Measured& face = measured_[f];
    double height = 0;
    for (std::size_t k = 0; k < face.count; ++k) height += face.normal.dot(corner(face, k));
    const Vec3 about = 2 * height / static_cast<double>(face.count) * face.normal;
    double best = std::numeric_limits<double>::infinity();
    for (const auto atom : {static_cast<std::size_t>(std::max(0, behind_[f])), centre}) {
      const Vec3 apart = structure_.position[atom] - structure_.position[centre];
      const Vec3 images = (structure_.cell.inverse() * (about - apart)).array().round();
      const Vec3 exact = apart + structure_.cell.vectors() * images;
      if ((exact - about).norm() >= best || exact.norm() < 1e-6) continue;
      best = (exact - about).norm();
      out.atom = static_cast<std::uint32_t>(atom);
      out.vector = exact;
      if (best < 1e-6) break;
    }
    out.distance = out.vector.norm();
  }

  const Structure& structure_;
  Mat3 back_;
  FaceFilter filter_;
  bool solid_angles_;
  VoronoiCell out_;
  std::vector<int> behind_;
  std::vector<int> corners_;  // of each face: how many, then which
  std::vector<double> flat_;
  std::vector<Vec3> points_;
  std::vector<Measured> measured_;
  struct Edge {
    std::size_t to = 0;  // corner
    std::size_t face = 0;
  };
  std::vector<double> length_;                       // of points_
  std::vector<std::size_t> first_edge_, next_edge_;  // of each corner, in edges_
  std::vector<Edge> edges_;
  std::vector<std::pair<std::size_t, double>> borders_;
};

}  // namespace

void require_periodic(const Cell& cell, const std::string& who) {
  if (cell.is_defined() && cell.fully_periodic()) return;
  throw InputError(
      fmt::format("{} needs a cell that is periodic in all three directions: give a trajectory "
                  "that has one",
                  who));
}

void each_voronoi_cell(const Structure& s, const VoronoiChoice& choice, const FaceFilter& filter,
                       const std::string& who,
                       const std::function<void(std::size_t, const VoronoiCell&)>& body) {
  require_periodic(s.cell, who);
  const auto planes = std::count(choice.planes.begin(), choice.planes.end(), true);
  if (planes == 0) throw InputError(who + ": no atoms are left that could make faces");
  require_no_coincidence(s);
  Mat3 rotation;
  const Cell cell = Cell(reduced(s.cell.vectors())).standard_orientation(rotation);
  const Mat3& h = cell.vectors();
  const double per_A = std::cbrt(static_cast<double>(planes) / (atoms_a_block * cell.volume()));
  const auto blocks = [&](int k) { return static_cast<int>(h(k, k) * per_A) + 1; };
  voro::container_periodic container(h(0, 0), h(0, 1), h(1, 1), h(0, 2), h(1, 2), h(2, 2),
                                     blocks(0), blocks(1), blocks(2), 8);
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!choice.planes[i]) continue;
    const Vec3 r = rotation * s.position[i];
    container.put(static_cast<int>(i), r[0], r[1], r[2]);
  }
  CellReader reader(s, rotation, filter, choice.solid_angles);
  voro::voronoicell_neighbor cell_of_one;
  voro::c_loop_all_periodic loop(container);
  if (loop.start()) {
    do {
      const auto i = static_cast<std::size_t>(loop.pid());
      if (!choice.centres[i] || !container.compute_cell(cell_of_one, loop)) continue;
      body(i, reader.read(i, cell_of_one));
    } while (loop.inc());
  }
  // Images are made as they are needed: all of them before a guest could be taken into one.
  container.create_all_images();
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!choice.centres[i] || choice.planes[i]) continue;
    const Vec3 r = rotation * s.position[i];
    if (container.compute_ghost_cell(cell_of_one, r[0], r[1], r[2])) {
      body(i, reader.read(i, cell_of_one));
    }
  }
}

}  // namespace vitrion
