#include <algorithm>

#include "potential/learned.hpp"
#include "potential/mlp/evaluator.hpp"
#include "potential/species.hpp"
#include "rmc/move_energy.hpp"
#include "rmc/site_grid.hpp"

namespace vitrion::rmc {
namespace {

constexpr std::size_t most_at_once = 256;  // centres of one call: bounds the memory of gradients

class LearnedEnergy final : public MoveEnergy {
 public:
  LearnedEnergy(const mlp::Model& model, const Structure& structure)
      : evaluator_(std::make_shared<mlp::Evaluator>(model, mlp::Precision::double_)),
        name_(model.name),
        grid_(model.max_cutoff_A()),
        energy_(structure.size(), 0.0),
        messages_(static_cast<std::size_t>(evaluator_->messages())),
        message_(structure.size() * messages_, 0.0),
        noted_(structure.size(), 0) {
    std::vector<int> of_species;
    for (const auto& name : species_elements(structure)) {
      of_species.push_back(static_cast<int>(
          std::find(model.elements.begin(), model.elements.end(), name) - model.elements.begin()));
    }
    for (const auto kind : structure.kind) element_.push_back(of_species[kind]);
  }

  void reset(const Cell& cell, std::span<const Site> sites) override {
    grid_.reset(cell, sites, "the potential " + name_);
    centres_.resize(energy_.size());
    for (std::uint32_t i = 0; i < centres_.size(); ++i) centres_[i] = i;
    send_messages();
    evaluate();
    total_ = 0;
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      total_ += energy_[centres_[k]] = found_[k];
    }
  }

  double propose(std::span<const AtomMove> moves) override {
    back_.clear();
    centres_.clear();
    for (const AtomMove& m : moves) {
      note(m.atom);
      back_.push_back({m.atom, grid_.site(m.atom)});
      note_near(back_.back().to);
    }
    for (const AtomMove& m : moves) grid_.place(m.atom, m.to);
    for (const AtomMove& m : moves) note_near(m.to);
    if (messages_ > 0) {
      send_messages();
      // All who hear of it.
      for (std::size_t k = 0; k < senders_.size(); ++k) note_near(grid_.site(senders_[k]));
    }
    evaluate();
    change_ = 0;
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      noted_[centres_[k]] = 0;
      change_ += found_[k] - energy_[centres_[k]];
    }
    return change_;
  }
  void accept() override {
    for (std::size_t k = 0; k < centres_.size(); ++k) energy_[centres_[k]] = found_[k];
    total_ += change_;
  }
  void reject() override {
    for (const AtomMove& m : back_) grid_.place(m.atom, m.to);
    for (std::size_t k = 0; k < senders_.size(); ++k) {
      std::copy_n(before_.data() + k * messages_, messages_,
                  message_.data() + senders_[k] * messages_);
    }
  }
  [[nodiscard]] double total_eV() const override { return total_; }
  [[nodiscard]] double reach_A() const override { return grid_.longest_A(); }
  [[nodiscard]] bool costly() const override { return true; }
  [[nodiscard]] std::unique_ptr<MoveEnergy> clone() const override {
    return std::make_unique<LearnedEnergy>(*this);
  }

 private:
  void note(std::uint32_t i) {
    if (noted_[i]) return;
    noted_[i] = 1;
    centres_.push_back(i);
  }
  void note_near(const Site& at) {
    grid_.each_near(at, evaluator_->cutoff_A(),
                    [&](std::uint32_t j, const Vec3&, double) { note(j); });
  }

  // Calls f(begin, end) for blocks of the centres, gathered. One element comes after the other, so
  // that the kernel's lanes are full.
  template <class F>
  void for_blocks(F&& f) {
    std::stable_sort(centres_.begin(), centres_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return element_[a] < element_[b]; });
    for (std::size_t begin = 0; begin < centres_.size(); begin += most_at_once) {
      const std::size_t end = std::min(centres_.size(), begin + most_at_once);
      of_centre_.clear();
      of_neighbor_.clear();
      neighbor_.clear();
      first_.assign(1, 0);
      for (auto* v : {&dx_, &dy_, &dz_}) v->clear();
      for (std::size_t k = begin; k < end; ++k) {
        const std::uint32_t i = centres_[k];
        of_centre_.push_back(element_[i]);
        const auto take = [&](std::uint32_t j, const Vec3& v, double) {
          if (j == i) return;
          of_neighbor_.push_back(element_[j]);
          neighbor_.push_back(j);
          dx_.push_back(v[0]);
          dy_.push_back(v[1]);
          dz_.push_back(v[2]);
        };
        grid_.each_near(grid_.site(i), evaluator_->cutoff_A(), take);
        first_.push_back(static_cast<std::uint32_t>(dx_.size()));
      }
      f(begin, end);
    }
  }

  // What the centres tell their neighbours as the atoms stand in the grid; what they told before is
  // kept for a move that is rejected.
  void send_messages() {
    senders_.clear();
    if (messages_ == 0) return;
    for_blocks([&](std::size_t begin, std::size_t end) {
      said_.resize((end - begin) * messages_);
      evaluator_->send_messages({of_centre_, first_, of_neighbor_, dx_, dy_, dz_}, said_);
      before_.resize((senders_.size() + end - begin) * messages_);
      for (std::size_t k = begin; k < end; ++k) {
        double* row = message_.data() + centres_[k] * messages_;
        std::copy_n(row, messages_, before_.data() + senders_.size() * messages_);
        std::copy_n(said_.data() + (k - begin) * messages_, messages_, row);
        senders_.push_back(centres_[k]);
      }
    });
  }

  // found_[k]: the energy of centre k as the atoms stand in the grid.
  void evaluate() {
    found_.resize(centres_.size());
    for_blocks([&](std::size_t begin, std::size_t end) {
      for (auto* v : {&gx_, &gy_, &gz_}) v->resize(dx_.size());
      mlp::Centres in{of_centre_, first_, of_neighbor_, dx_, dy_, dz_};
      in.neighbor = neighbor_;
      in.message = message_;
      evaluator_->evaluate(
          in, {std::span<double>(found_).subspan(begin, end - begin), gx_, gy_, gz_, {}, {}, {}});
    });
  }

  std::shared_ptr<const mlp::Evaluator> evaluator_;
  std::string name_;
  std::vector<int> element_;
  SiteGrid grid_;
  std::vector<double> energy_;  // of each centre, as accepted
  double total_ = 0;
  std::size_t messages_;
  std::vector<double> message_;  // [atom][messages], of the atoms as they stand in the grid

  std::vector<std::uint8_t> noted_;
  std::vector<std::uint32_t> centres_;
  std::vector<double> found_;
  std::vector<AtomMove> back_;
  double change_ = 0;
  std::vector<int> of_centre_, of_neighbor_;
  std::vector<std::uint32_t> first_, neighbor_, senders_;
  std::vector<double> said_, before_;
  std::vector<double> dx_, dy_, dz_, gx_, gy_, gz_;
};

}  // namespace

std::unique_ptr<MoveEnergy> make_learned_energy(const mlp::Model& model,
                                                const Structure& structure) {
  require_elements(model.name, model.elements, structure);
  return std::make_unique<LearnedEnergy>(model, structure);
}

}  // namespace vitrion::rmc
