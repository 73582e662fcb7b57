// Writes the sample reports into a folder, for the browser test and for looking at them.
#include <cstdio>

#include "base/error.hpp"
#include "base/files.hpp"
#include "report/sample.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_report_samples FOLDER\n", stderr);
    return 2;
  }
  using namespace vitrion;
  try {
    const std::filesystem::path folder = argv[1];
    make_directory(folder);
    write_file_atomically(folder / "full.html", render_report(sample::full_report()));
    write_file_atomically(folder / "small.html", render_report(sample::small_report()));
    ReportInput nothing;
    nothing.complete = false;
    write_file_atomically(folder / "empty.html", render_report(nothing));
    ReportInput full = sample::full_report();
    for (const ReportState& state : full.states)
      for (const Result& r : state.results)
        for (const Plot& p : r.plots)
          write_file_atomically(folder / (state.id + "-" + r.name + "-" + p.table + ".svg"),
                                render_plot_svg(r, p));
  } catch (const Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
