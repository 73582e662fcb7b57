#include "io/atom_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "io/numbers.hpp"

namespace vitrion::io {
namespace {

// Room made before the lines are seen; a header may claim anything.
constexpr std::size_t most_reserved = std::size_t{1} << 16;

template <class T>
void reorder(std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const auto i : order) sorted.push_back(values[i]);
  values = std::move(sorted);
}

[[noreturn]] void bad_number(std::string_view word, const LineReader& reader) {
  reader.fail(not_a_number(word));
}

}  // namespace

void AtomTable::set_columns(std::vector<Column> columns, bool more_allowed) {
  columns_ = std::move(columns);
  more_allowed_ = more_allowed;
  std::fill(std::begin(has_), std::end(has_), false);
  for (const Column c : columns_) has_[static_cast<std::size_t>(c)] = true;
}

bool AtomTable::has(Column column) const { return has_[static_cast<std::size_t>(column)]; }

void AtomTable::read_line(std::string_view line, const LineReader& reader, Frame& frame) {
  Vec3* const vectors[3] = {&frame.structure.position.emplace_back(),
                            has(Column::velocity) ? &frame.velocities.emplace_back() : nullptr,
                            has(Column::force) ? &frame.forces.emplace_back() : nullptr};
  Int3* const images = has(Column::image) ? &frame.images.emplace_back() : nullptr;
  const char* at = line.data();
  const char* const end = at + line.size();
  for (const Column column : columns_) {
    at = skip_blanks(at, end);
    if (at == end) {
      reader.fail(fmt::format(
          "the line has fewer than the {} columns of an atom: are there as many atoms as the "
          "header says?",
          columns_.size()));
    }
    const char* next = at;
    if (column >= Column::position && column < Column::image) {
      const int k = static_cast<int>(column) - static_cast<int>(Column::position);
      next = read_double(at, end, (*vectors[k / 3])[k % 3]);
    } else if (column >= Column::image) {
      const int k = static_cast<int>(column) - static_cast<int>(Column::image);
      std::int64_t value = 0;
      next = read_integer(at, end, value);
      if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
        next = nullptr;
      (*images)[static_cast<std::size_t>(k)] = static_cast<int>(value);
    } else if (column == Column::charge) {
      next = read_double(at, end, frame.charges.emplace_back());
    } else if (column == Column::id) {
      next = read_integer(at, end, ids_.emplace_back());
    } else {
      next = skip_word(at, end);
      if (column == Column::species) {
        frame.structure.kind.push_back(
            names_.kind({at, static_cast<std::size_t>(next - at)}, reader));
      }
    }
    if (next == nullptr)
      bad_number({at, static_cast<std::size_t>(skip_word(at, end) - at)}, reader);
    at = next;
  }
  if (!more_allowed_ && skip_blanks(at, end) != end) {
    reader.fail(fmt::format("the line has more than the {} columns of an atom", columns_.size()));
  }
}

void AtomTable::read(LineReader& reader, std::size_t count, Frame& frame) {
  const std::size_t room = std::min(count, most_reserved);
  frame.structure.position.clear();
  frame.structure.kind.clear();
  frame.velocities.clear();
  frame.forces.clear();
  frame.images.clear();
  frame.charges.clear();
  ids_.clear();
  frame.structure.position.reserve(room);
  std::string_view line;
  for (std::size_t i = 0; i < count; ++i) {
    if (!reader.next(line)) {
      reader.fail(fmt::format("the file ends after {} of {} atoms: it is cut off", i, count));
    }
    read_line(line, reader, frame);
  }
  sort_by_id(reader, frame);
  if (has(Column::species)) names_.finish(frame.structure);
}

void AtomTable::sort_by_id(const LineReader& reader, Frame& frame) {
  if (std::adjacent_find(ids_.begin(), ids_.end(), std::greater_equal<>()) == ids_.end()) return;
  std::vector<std::size_t> order(ids_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return ids_[a] < ids_[b]; });
  reorder(ids_, order);
  const auto twin = std::adjacent_find(ids_.begin(), ids_.end());
  if (twin != ids_.end())
    reader.fail(fmt::format("two atoms of the frame above have the id {}", *twin));
  reorder(frame.structure.position, order);
  reorder(frame.structure.kind, order);
  reorder(frame.velocities, order);
  reorder(frame.forces, order);
  reorder(frame.images, order);
  reorder(frame.charges, order);
}

void clear_frame(Frame& frame) {
  frame.structure.cell = Cell();
  frame.structure.species.clear();
  frame.structure.kind.clear();
  frame.structure.position.clear();
  frame.step = 0;
  frame.time_ps.reset();
  frame.wrapping = Wrapping::unknown;
  frame.velocities.clear();
  frame.images.clear();
  frame.forces.clear();
  frame.charges.clear();
  frame.energy_eV.reset();
  frame.stress_eV_A3.reset();
  frame.temperature_K.reset();
  frame.phase.clear();
  frame.info.clear();
}

Cell make_cell(const Mat3& vectors, const Vec3& origin, const std::array<bool, 3>& periodic,
               const LineReader& reader) {
  try {
    return Cell(vectors, origin, periodic);
  } catch (const InputError& error) {
    reader.fail(error.what());
  }
}

}  // namespace vitrion::io
