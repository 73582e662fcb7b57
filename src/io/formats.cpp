#include "io/formats.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "io/text_format.hpp"

namespace vitrion {
namespace io {

// Formats that are told from their first bytes with certainty come before those that are guessed.
const std::vector<FormatEntry>& format_table() {
  static const std::vector<FormatEntry> table{
      nc_format(),     rmc6f_format(),  lammps_dump_format(), cif_format(),    vasprun_format(),
      outcar_format(), ml_ab_format(),  xdatcar_format(),     extxyz_format(), poscar_format(),
      cp2k_format(),   deepmd_format(), lammps_data_format()};
  return table;
}

namespace {

const FormatEntry& format_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : format_table()) {
    if (entry.info.name == name) return entry;
    names.push_back(entry.info.name);
  }
  throw InputError(fmt::format("there is no format \"{}\"{}: the formats are {}", name,
                               did_you_mean(name, names), join(names, ", ")));
}

bool is_folder(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::is_directory(file, error);
}

const FormatEntry* format_by_name(const std::filesystem::path& file) {
  if (is_folder(file)) {
    std::error_code error;
    return std::filesystem::exists(file / "type.raw", error) ? &deepmd_format() : nullptr;
  }
  const std::string name = without_packing(file.filename().string());
  for (const auto& entry : format_table()) {
    for (const auto& pattern : entry.info.patterns) {
      if (::fnmatch(pattern.c_str(), name.c_str(), FNM_CASEFOLD) == 0) return &entry;
    }
  }
  return nullptr;
}

const FormatEntry& format_of_content(std::string_view head, const std::filesystem::path& file) {
  if (head.empty()) throw InputError(fmt::format("{}: the file is empty", file.string()));
  for (const auto& entry : format_table()) {
    if (entry.recognises(head)) return entry;
  }
  throw InputError(fmt::format(
      "{}: the format cannot be told from the name or the content: say which it is with --format",
      file.string()));
}

// Writes through the unfinished file; without a frame no file comes of it.
class TextSink : public FrameSink {
 public:
  TextSink(std::filesystem::path file, const FormatEntry& entry, WriteOptions options)
      : path_(std::move(file)),
        entry_(entry),
        options_(std::move(options)),
        out_(std::make_unique<OutputFile>(path_)) {}

  void write(const Frame& frame) override {
    if (!out_) throw WorkError(fmt::format("{}: is closed already", path_.string()));
    if (frames_ > 0 && !entry_.info.many_frames) {
      throw InputError(
          fmt::format("{}: the format {} holds one frame: take one of many frames, such as extxyz",
                      path_.string(), entry_.info.name));
    }
    try {
      if (frame.size() == 0) throw InputError("there are no atoms to write");
      check_frame(frame);
      buffer_.clear();
      entry_.write_text(frame, frames_, options_, buffer_);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", path_.string(), error.what()));
    }
    out_->write({buffer_.data(), buffer_.size()});
    ++frames_;
  }
  void flush() override {
    if (out_) out_->flush();
  }
  void close() override {
    if (out_ && frames_ > 0) out_->commit();
    out_.reset();
  }

 private:
  std::filesystem::path path_;
  const FormatEntry& entry_;
  WriteOptions options_;
  std::unique_ptr<OutputFile> out_;
  TextBuffer buffer_;
  std::size_t frames_ = 0;
};

}  // namespace
}  // namespace io

const std::vector<FormatInfo>& all_formats() {
  static const std::vector<FormatInfo> infos = [] {
    std::vector<FormatInfo> out;
    for (const auto& entry : io::format_table()) out.push_back(entry.info);
    return out;
  }();
  return infos;
}

std::string format_of_name(const std::filesystem::path& file) {
  const auto* entry = io::format_by_name(file);
  return entry == nullptr ? "" : entry->info.name;
}

std::unique_ptr<FrameSource> open_source(const std::filesystem::path& file,
                                         const ReadOptions& options) {
  const io::FormatEntry* entry = nullptr;
  if (!options.format.empty()) entry = &io::format_named(options.format);
  if (entry == nullptr && io::is_folder(file)) entry = io::format_by_name(file);
  if (entry == &io::deepmd_format()) return entry->read_file(file, options);
  io::LineReader reader(io::open_bytes(file), file.string());
  if (entry == nullptr) entry = io::format_by_name(file);
  if (entry == nullptr) entry = &io::format_of_content(reader.peek(), file);
  if (entry->read_file != nullptr) return entry->read_file(file, options);
  return entry->read_text(std::move(reader), options);
}

std::unique_ptr<FrameSink> open_sink(const std::filesystem::path& file,
                                     const WriteOptions& options) {
  const io::FormatEntry* entry =
      options.format.empty() ? io::format_by_name(file) : &io::format_named(options.format);
  if (entry == nullptr) {
    throw InputError(
        fmt::format("{}: the name does not tell the format: end it in .extxyz, .nc, .dump, .data, "
                    ".vasp or .xdatcar, or say it with --format",
                    file.string()));
  }
  if (!entry->info.writes)
    throw InputError(fmt::format("{}: {} is read and not written: take extxyz or deepmd",
                                 file.string(), entry->info.name));
  if (entry->write_file != nullptr) return entry->write_file(file, options);
  if (options.resume_after_frames) {
    throw InputError(
        fmt::format("{}: only nc files can be resumed, not {}", file.string(), entry->info.name));
  }
  return std::make_unique<io::TextSink>(file, *entry, options);
}

Frame read_first_frame(const std::filesystem::path& file, const ReadOptions& options) {
  Frame frame;
  if (!open_source(file, options)->next(frame))
    throw InputError(fmt::format("{}: has no frames", file.string()));
  return frame;
}

Frame read_last_frame(const std::filesystem::path& file, const ReadOptions& options) {
  const auto source = open_source(file, options);
  if (auto* jump = dynamic_cast<io::LastFrame*>(source.get())) jump->go_to_last();
  Frame frame;
  if (!source->next(frame)) throw InputError(fmt::format("{}: has no frames", file.string()));
  while (source->next(frame)) {
  }
  return frame;
}

void write_frame(const std::filesystem::path& file, const Frame& frame,
                 const WriteOptions& options) {
  const auto sink = open_sink(file, options);
  sink->write(frame);
  sink->close();
}

}  // namespace vitrion
