#include "engine/lammps/worker/pair_mlp.hpp"

#include <lammps/atom.h>
#include <lammps/comm.h>
#include <lammps/force.h>
#include <lammps/lammps.h>
#include <lammps/memory.h>
#include <lammps/neigh_list.h>
#include <lammps/neighbor.h>
#include <lammps/pair.h>
#include <lammps/update.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "potential/mlp/evaluator.hpp"

namespace LAMMPS_NS {

// The beginning of LAMMPS' class of 2021-09-29, whose header Debian leaves out. What is read here
// is compared with its known defaults before anything is written.
class NeighRequest : protected Pointers {
 public:
  int index;
  void* requestor;
  int requestor_instance;
  int id;
  int pair, fix, compute, command, neigh;
  int half, full;

  [[nodiscard]] bool is_fresh(const void* whose) const {
    return requestor == whose && id == 0 && pair == 1 && fix == 0 && compute == 0 && command == 0 &&
           neigh == 0 && half == 1 && full == 0;
  }
};

}  // namespace LAMMPS_NS

namespace vitrion::worker {
namespace {

constexpr std::size_t block_atoms = 32;

class PairMlp : public LAMMPS_NS::Pair {
 public:
  explicit PairMlp(LAMMPS_NS::LAMMPS* lammps) : Pair(lammps) {
    single_enable = 0;
    restartinfo = 0;  // the commands are given again after a restart
    one_coeff = 1;
    manybody_flag = 1;
    centroidstressflag = LAMMPS_NS::CENTROID_AVAIL;
  }
  ~PairMlp() override {
    if (allocated == 0) return;
    memory->destroy(setflag);
    memory->destroy(cutsq);
  }

  void settings(int count, char** words) override {
    for (int i = 0; i < count; ++i) {
      const std::string_view word = words[i];
      if (word == "double") {
        precision_ = mlp::Precision::double_;
      } else if (word == "uncertainty_every" && i + 1 < count) {
        every_ = std::atol(words[++i]);
        if (every_ < 1)
          throw InputError("pair_style vitrion/mlp: uncertainty_every needs a number");
      } else {
        throw InputError("pair_style vitrion/mlp does not know \"" + std::string(word) + "\"");
      }
    }
  }

  void coeff(int count, char** words) override {
    const int types = atom->ntypes;
    if (count != 3 + types || std::strcmp(words[0], "*") != 0 || std::strcmp(words[1], "*") != 0) {
      throw InputError("pair_coeff of vitrion/mlp is: * * FILE and an element for each type");
    }
    model_ = mlp::read_model(words[2]);
    kind_.assign(1, -1);  // types count from 1
    for (int t = 0; t < types; ++t) kind_.push_back(element_of(words[3 + t]));
    evaluator_ = std::make_unique<mlp::Evaluator>(model_, precision_);
    require_grades();
    messages_ = index(evaluator_->messages());
    comm_forward = comm_reverse = static_cast<int>(messages_);
    if (allocated == 0) allocate();
    for (int i = 1; i <= types; ++i) {
      for (int j = i; j <= types; ++j) setflag[i][j] = 1;
    }
  }

  void init_style() override {
    if (force->newton_pair == 0) throw InputError("vitrion/mlp needs \"newton on\"");
    if (std::strcmp(update->unit_style, "metal") != 0) {
      throw InputError("vitrion/mlp needs \"units metal\"");
    }
    const int place = neighbor->request(this, instance_me);  // may move the array of requests
    auto* request = neighbor->requests[place];
    if (!request->is_fresh(this)) {
      throw WorkError(
          "this build of LAMMPS is not the one that vitrion knows: learned potentials need that of "
          "2021-09-29");
    }
    request->half = 0;
    request->full = 1;
  }

  double init_one(int i, int j) override {
    return model_.pair(kind_[index(i)], kind_[index(j)]).cutoff_A;
  }

  void compute(int eflag, int vflag) override {
    ev_init(eflag, vflag);
    if (neighbor->ago == 0 || order_.size() != index(list->inum)) sort_centres();
    const bool watched = every_ > 0 && update->ntimestep % every_ == 0;
    if (watched) {
      worst_ = {};
      worst_step_ = update->ntimestep;
    }
    if (messages_ > 0) send_messages();
    for_blocks([&](std::span<const int> centres) {
      evaluate(watched);
      add_energies(centres);
      spread(centres);
      if (messages_ > 0) add_adjoints();
      if (watched) find_worst(centres);
    });
    if (messages_ > 0) pull_messages();
    if (vflag_fdotr != 0) virial_fdotr_compute();
  }

  // Messages of the ranks' own atoms go to their ghosts; what ghosts were told comes back.
  int pack_forward_comm(int n, int* atoms, double* to, int /*pbc*/, int* /*image*/) override {
    for (int k = 0; k < n; ++k) to = std::copy_n(row_of(message_, atoms[k]), messages_, to);
    return n * static_cast<int>(messages_);
  }
  void unpack_forward_comm(int n, int first, double* from) override {
    std::copy_n(from, index(n) * messages_, row_of(message_, first));
  }
  int pack_reverse_comm(int n, int first, double* to) override {
    std::copy_n(row_of(adjoint_, first), index(n) * messages_, to);
    return n * static_cast<int>(messages_);
  }
  void unpack_reverse_comm(int n, int* atoms, double* from) override {
    for (int k = 0; k < n; ++k) {
      double* to = row_of(adjoint_, atoms[k]);
      for (std::size_t h = 0; h < messages_; ++h) to[h] += *from++;
    }
  }

  /// Of this rank's atoms, where it belongs to the present step.
  [[nodiscard]] bool is_watched_now() const {
    return every_ > 0 && worst_step_ == update->ntimestep;
  }
  [[nodiscard]] const Extrapolation& worst() const { return worst_; }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }

  int element_of(const std::string& name) const {
    const auto at = std::find(model_.elements.begin(), model_.elements.end(), name);
    if (at == model_.elements.end()) {
      throw InputError("the potential " + model_.name + " has no parameters for " + name);
    }
    return static_cast<int>(at - model_.elements.begin());
  }

  // An uncertainty that is silently always 0 is worse than none.
  void require_grades() const {
    if (every_ == 0) return;
    for (std::size_t t = 1; t < kind_.size(); ++t) {
      const auto z = index(kind_[t]);
      if (model_.uncertainty.empty() || model_.uncertainty[z].active_inverse.empty()) {
        throw InputError("the potential " + model_.name + " has no extrapolation grade for " +
                         model_.elements[z] + ": train it with one, or do not watch it");
      }
    }
  }

  void allocate() {
    const int n = atom->ntypes + 1;
    memory->create(setflag, n, n, "pair:setflag");
    memory->create(cutsq, n, n, "pair:cutsq");
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) setflag[i][j] = 0;
    }
    allocated = 1;
  }

  // Centres of one element together fill the lanes of the evaluator.
  void sort_centres() {
    order_.assign(list->ilist, list->ilist + list->inum);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](int a, int b) { return kind_of(a) < kind_of(b); });
  }
  [[nodiscard]] int kind_of(int i) const { return kind_[index(atom->type[i])]; }

  void gather(std::span<const int> centres) {
    std::size_t pairs = 0;
    for (const int i : centres) pairs += index(list->numneigh[i]);
    for (auto* v : {&dx_, &dy_, &dz_, &gx_, &gy_, &gz_}) v->resize(pairs);
    neighbor_.resize(pairs);
    neighbor_kind_.resize(pairs);
    element_.clear();
    first_.assign(1, 0);
    double** const x = atom->x;
    std::size_t at = 0;
    for (const int i : centres) {
      element_.push_back(kind_of(i));
      const int* const neighbors = list->firstneigh[i];
      const double xi = x[i][0], yi = x[i][1], zi = x[i][2];
      for (int k = 0; k < list->numneigh[i]; ++k, ++at) {
        const int j = neighbors[k] & NEIGHMASK;
        neighbor_[at] = j;
        neighbor_kind_[at] = kind_of(j);
        dx_[at] = x[j][0] - xi;
        dy_[at] = x[j][1] - yi;
        dz_[at] = x[j][2] - zi;
      }
      first_.push_back(static_cast<std::uint32_t>(at));
    }
  }

  // Calls f(centres) for every block of them, gathered.
  template <class F>
  void for_blocks(F&& f) {
    for (std::size_t begin = 0; begin < order_.size(); begin += block_atoms) {
      const auto centres =
          std::span(order_).subspan(begin, std::min(block_atoms, order_.size() - begin));
      gather(centres);
      f(centres);
    }
  }

  [[nodiscard]] double* row_of(std::vector<double>& rows, int i) const {
    return rows.data() + index(i) * messages_;
  }
  [[nodiscard]] mlp::Centres centres_of_block() const {
    return {element_, first_, neighbor_kind_, dx_, dy_, dz_};
  }

  void send_messages() {
    const std::size_t atoms = index(atom->nlocal) + index(atom->nghost);
    message_.resize(atoms * messages_);
    adjoint_.assign(atoms * messages_, 0.0);
    for_blocks([&](std::span<const int> centres) {
      of_centres_.resize(centres.size() * messages_);
      evaluator_->send_messages(centres_of_block(), of_centres_);
      for (std::size_t c = 0; c < centres.size(); ++c) {
        std::copy_n(of_centres_.data() + c * messages_, messages_, row_of(message_, centres[c]));
      }
    });
    comm->forward_comm_pair(this);
  }

  void add_adjoints() {
    for (std::size_t p = 0; p < neighbor_.size(); ++p) {
      double* to = row_of(adjoint_, neighbor_[p]);
      for (std::size_t h = 0; h < messages_; ++h) to[h] += message_gradient_[p * messages_ + h];
    }
  }

  void pull_messages() {
    comm->reverse_comm_pair(this);
    for_blocks([&](std::span<const int> centres) {
      of_centres_.resize(centres.size() * messages_);
      for (std::size_t c = 0; c < centres.size(); ++c) {
        std::copy_n(row_of(adjoint_, centres[c]), messages_, of_centres_.data() + c * messages_);
      }
      evaluator_->pull_messages(centres_of_block(), of_centres_, gx_, gy_, gz_);
      spread(centres);
    });
  }

  void evaluate(bool grades) {
    energy_.resize(element_.size());
    grade_.resize(grades ? element_.size() : 0);
    mlp::Centres in = centres_of_block();
    if (messages_ > 0) {
      source_.assign(neighbor_.begin(), neighbor_.end());
      message_gradient_.resize(neighbor_.size() * messages_);
      in.neighbor = source_;
      in.message = message_;
    }
    evaluator_->evaluate(in, {energy_, gx_, gy_, gz_, grade_, {}, {}, message_gradient_});
  }

  void add_energies(std::span<const int> centres) {
    for (std::size_t c = 0; c < centres.size(); ++c) {
      if (eflag_global != 0) eng_vdwl += energy_[c];
      if (eflag_atom != 0) eatom[centres[c]] += energy_[c];
    }
  }

  void spread(std::span<const int> centres) {
    double** const f = atom->f;
    const bool stresses = vflag_atom != 0 || cvflag_atom != 0;
    for (std::size_t c = 0; c < centres.size(); ++c) {
      const int i = centres[c];
      double fx = 0, fy = 0, fz = 0;
      for (std::size_t p = first_[c]; p < first_[c + 1]; ++p) {
        const int j = neighbor_[p];
        fx += gx_[p];
        fy += gy_[p];
        fz += gz_[p];
        f[j][0] -= gx_[p];
        f[j][1] -= gy_[p];
        f[j][2] -= gz_[p];
        if (stresses) add_stress(i, j, p);
      }
      f[i][0] += fx;
      f[i][1] += fy;
      f[i][2] += fz;
    }
  }

  // The force on j by centre i is −g, at d from it: W = −d g.
  void add_stress(int i, int j, std::size_t p) {
    const std::array<double, 9> w{-dx_[p] * gx_[p], -dy_[p] * gy_[p], -dz_[p] * gz_[p],
                                  -dx_[p] * gy_[p], -dx_[p] * gz_[p], -dy_[p] * gz_[p],
                                  -dy_[p] * gx_[p], -dz_[p] * gx_[p], -dz_[p] * gy_[p]};
    for (std::size_t k = 0; k < 6 && vflag_atom != 0; ++k) {
      vatom[i][k] += 0.5 * w[k];
      vatom[j][k] += 0.5 * w[k];
    }
    for (std::size_t k = 0; k < 9 && cvflag_atom != 0; ++k) cvatom[j][k] += w[k];
  }

  void find_worst(std::span<const int> centres) {
    for (std::size_t c = 0; c < centres.size(); ++c) {
      if (grade_[c] > worst_.grade) {
        worst_ = {grade_[c], atom->tag[centres[c]], model_.elements[index(element_[c])]};
      }
    }
  }

  mlp::Model model_;
  mlp::Precision precision_ = mlp::Precision::single;
  std::unique_ptr<mlp::Evaluator> evaluator_;
  std::vector<int> kind_;   // element of the model, of each type
  std::vector<int> order_;  // centres by element
  long every_ = 0;
  LAMMPS_NS::bigint worst_step_ = -1;
  Extrapolation worst_;
  std::size_t messages_ = 0;
  std::vector<double> message_, adjoint_;  // [atom, ghosts too][messages]
  // One block of centres.
  std::vector<int> element_, neighbor_, neighbor_kind_;
  std::vector<std::uint32_t> first_, source_;
  std::vector<double> of_centres_, message_gradient_;
  std::vector<double> dx_, dy_, dz_, gx_, gy_, gz_, energy_, grade_;
};

LAMMPS_NS::Pair* make_pair_mlp(LAMMPS_NS::LAMMPS* lammps) { return new PairMlp(lammps); }

}  // namespace

void register_pair_mlp(void* lammps) {
  (*static_cast<LAMMPS_NS::LAMMPS*>(lammps)->force->pair_map)["vitrion/mlp"] = &make_pair_mlp;
}

std::optional<Extrapolation> extrapolation(void* lammps, MPI_Comm ranks) {
  const auto* pair = dynamic_cast<PairMlp*>(static_cast<LAMMPS_NS::LAMMPS*>(lammps)->force->pair);
  if (pair == nullptr || !pair->is_watched_now()) return std::nullopt;
  Extrapolation worst = pair->worst();
  struct {
    double grade;
    int rank;
  } here{worst.grade, 0}, all{};
  MPI_Comm_rank(ranks, &here.rank);
  MPI_Allreduce(&here, &all, 1, MPI_DOUBLE_INT, MPI_MAXLOC, ranks);
  char element[4] = {};
  std::strncpy(element, worst.element.c_str(), sizeof element - 1);
  MPI_Bcast(&worst.atom, 1, MPI_INT64_T, all.rank, ranks);
  MPI_Bcast(element, sizeof element, MPI_CHAR, all.rank, ranks);
  return Extrapolation{all.grade, worst.atom, element};
}

}  // namespace vitrion::worker
