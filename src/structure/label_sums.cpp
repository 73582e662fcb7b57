#include "structure/label_sums.hpp"

namespace vitrion {

void LabelSums::add(Block& block, const Counts& sums, double weight) {
  for (const auto& [name, count] : sums) block.sums[name] += count;
  block.weight += weight;
}

void LabelSums::append(const Counts& sums, double weight) {
  if (!blocks_.empty() && blocks_.back().stretches < per_block_) {
    add(blocks_.back(), sums, weight);
    ++blocks_.back().stretches;
    return;
  }
  if (blocks_.size() == max_blocks_) {
    std::vector<Block> joined;
    for (std::size_t i = 0; i < blocks_.size(); i += 2) {
      joined.push_back(std::move(blocks_[i]));
      if (i + 1 == blocks_.size()) break;
      add(joined.back(), blocks_[i + 1].sums, blocks_[i + 1].weight);
      joined.back().stretches += blocks_[i + 1].stretches;
    }
    blocks_ = std::move(joined);
    per_block_ *= 2;
    append(sums, weight);
    return;
  }
  blocks_.push_back({sums, weight, 1});
}

void LabelSums::merge(const LabelSums& later) {
  for (const auto& block : later.blocks_) append(block.sums, block.weight);
}

LabelSums::Counts LabelSums::total() const {
  Counts out;
  for (const auto& block : blocks_) {
    for (const auto& [name, count] : block.sums) out[name] += count;
  }
  return out;
}

double LabelSums::total_weight() const {
  double weight = 0;
  for (const auto& block : blocks_) weight += block.weight;
  return weight;
}

BlockSums LabelSums::of(const std::vector<std::string>& names) const {
  BlockSums out(max_blocks_);
  std::vector<double> sums(names.size());
  for (const auto& block : blocks_) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      const auto found = block.sums.find(names[k]);
      sums[k] = found == block.sums.end() ? 0.0 : found->second;
    }
    out.append(sums, block.weight);
  }
  return out;
}

}  // namespace vitrion
