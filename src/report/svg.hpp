// Writing SVG: elements with few digits, and text that is rich and escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrion::report {

inline constexpr const char* ink = "#1b1f24";
inline constexpr const char* faint_ink = "#5c6570";

/// A coordinate with two decimals at most, "12.5" not "12.50".
std::string px(double value);

/// What text looks like; `anchor` is start, middle or end.
struct TextStyle {
  double font_px = 14;
  const char* anchor = "start";
  const char* colour = ink;
  const char* cls = "ink";
  bool bold = false;
  double rotate_deg = 0;
};

class SvgWriter {
 public:
  void raw(std::string_view text) { out_ += text; }
  void text(double x, double y, std::string_view rich, const TextStyle& style);
  void line(double x1, double y1, double x2, double y2, std::string_view attributes);
  void rect(double x, double y, double w, double h, std::string_view attributes);
  /// Joined points; a NaN lifts the pen.
  void path(const std::vector<double>& x, const std::vector<double>& y,
            std::string_view attributes);
  void symbol(double x, double y, double r, int kind, std::string_view attributes);
  [[nodiscard]] const std::string& str() const { return out_; }

 private:
  std::string out_;
};

}  // namespace vitrion::report
