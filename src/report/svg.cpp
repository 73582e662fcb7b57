#include "report/svg.hpp"

#include <fmt/format.h>

#include <cmath>

#include "report/markup.hpp"

namespace vitrion::report {

std::string px(double value) {
  if (!std::isfinite(value)) return "0";
  std::string s = fmt::format("{:.2f}", value);
  while (s.back() == '0') s.pop_back();
  if (s.back() == '.') s.pop_back();
  return s == "-0" ? "0" : s;
}

void SvgWriter::text(double x, double y, std::string_view rich, const TextStyle& style) {
  const std::string turn = style.rotate_deg == 0 ? ""
                                                 : fmt::format(" transform=\"rotate({} {} {})\"",
                                                               px(style.rotate_deg), px(x), px(y));
  out_ += fmt::format(
      "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\" fill=\"{}\" class=\"{}\"{}{}>{}"
      "</text>\n",
      px(x), px(y), px(style.font_px), style.anchor, style.colour, style.cls,
      style.bold ? " font-weight=\"600\"" : "", turn, rich_svg(rich, style.font_px));
}

void SvgWriter::line(double x1, double y1, double x2, double y2, std::string_view attributes) {
  out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n", px(x1), px(y1),
                      px(x2), px(y2), attributes);
}

void SvgWriter::rect(double x, double y, double w, double h, std::string_view attributes) {
  out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n", px(x), px(y),
                      px(w), px(h), attributes);
}

void SvgWriter::path(const std::vector<double>& x, const std::vector<double>& y,
                     std::string_view attributes) {
  std::string d;
  bool down = false;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) {
      down = false;
      continue;
    }
    d += fmt::format("{}{} {}", down ? "L" : "M", px(x[i]), px(y[i]));
    down = true;
  }
  if (!d.empty()) out_ += fmt::format("<path d=\"{}\" {}/>\n", d, attributes);
}

void SvgWriter::symbol(double x, double y, double r, int kind, std::string_view attributes) {
  if (!std::isfinite(x) || !std::isfinite(y)) return;
  switch (kind % 4) {
    case 0:
      out_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}/>\n", px(x), px(y), px(r),
                          attributes);
      return;
    case 1: rect(x - 0.88 * r, y - 0.88 * r, 1.76 * r, 1.76 * r, attributes); return;
    case 2:
      out_ += fmt::format("<path d=\"M{} {}L{} {}L{} {}Z\" {}/>\n", px(x), px(y - 1.2 * r),
                          px(x + 1.1 * r), px(y + 0.8 * r), px(x - 1.1 * r), px(y + 0.8 * r),
                          attributes);
      return;
    default:
      out_ += fmt::format("<path d=\"M{} {}L{} {}L{} {}L{} {}Z\" {}/>\n", px(x), px(y - 1.25 * r),
                          px(x + 1.25 * r), px(y), px(x), px(y + 1.25 * r), px(x - 1.25 * r), px(y),
                          attributes);
  }
}

}  // namespace vitrion::report
