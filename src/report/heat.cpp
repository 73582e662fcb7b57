// Heat maps: an image of the grid (viridis) and its colour bar.
//
// Viridis by S. van der Walt and N. Smith (CC0), here from nine of its colours.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/chart_parts.hpp"
#include "report/markup.hpp"
#include "report/png.hpp"

namespace vitrion::report {
namespace {

using Colour = std::array<std::uint8_t, 3>;
constexpr std::array<Colour, 9> viridis{{{68, 1, 84},
                                         {71, 44, 122},
                                         {59, 81, 139},
                                         {44, 113, 142},
                                         {33, 144, 141},
                                         {39, 173, 129},
                                         {92, 200, 99},
                                         {170, 220, 50},
                                         {253, 231, 37}}};

Colour shade(double share) {
  if (!std::isfinite(share)) return {200, 200, 200};
  const double at = std::clamp(share, 0.0, 1.0) * (viridis.size() - 1);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(at), viridis.size() - 2);
  const double f = at - static_cast<double>(i);
  Colour out{};
  for (std::size_t k = 0; k < 3; ++k)
    out[k] =
        static_cast<std::uint8_t>(std::lround(viridis[i][k] * (1 - f) + viridis[i + 1][k] * f));
  return out;
}

struct Span {
  double low = 0, high = 1;
  bool clipped = false;
};

/// The range of the colours; the top 1 % does not set it, or one spike would make all else dark.
Span colour_range(std::vector<double> data) {
  std::erase_if(data, [](double v) { return !std::isfinite(v); });
  if (data.empty()) return {};
  std::sort(data.begin(), data.end());
  Span out{data.front(), data.back(), false};
  const double upper = data[static_cast<std::size_t>(0.99 * static_cast<double>(data.size() - 1))];
  if (out.high - out.low > 3 * (upper - out.low) && upper > out.low) out = {out.low, upper, true};
  if (!(out.high > out.low)) out.high = out.low + 1;
  return out;
}

}  // namespace

void draw_heat(SvgWriter& svg, const Chart& chart, const Layout& box, const Scale& x,
               const Scale& y) {
  const ChartHeat& heat = chart.heat;
  const std::size_t nx = heat.x.size(), ny = heat.y.size();
  if (nx == 0 || ny == 0 || heat.data.size() != nx * ny) return;
  const Span range = colour_range(heat.data);
  // One image pixel a cell up to 400 each way; beyond, every k-th cell.
  const std::size_t kx = (nx + 399) / 400, ky = (ny + 399) / 400;
  const std::size_t wide = (nx + kx - 1) / kx, high = (ny + ky - 1) / ky;
  std::vector<std::uint8_t> rgb;
  rgb.reserve(3 * wide * high);
  for (std::size_t row = high; row-- > 0;)
    for (std::size_t column = 0; column < wide; ++column) {
      const double v = heat.data[column * kx * ny + row * ky];
      const Colour c = shade((v - range.low) / (range.high - range.low));
      rgb.insert(rgb.end(), c.begin(), c.end());
    }
  const double hx = nx > 1 ? 0.5 * (heat.x[1] - heat.x[0]) : 0.5,
               hy = ny > 1 ? 0.5 * (heat.y[1] - heat.y[0]) : 0.5;
  const double x0 = x(heat.x.front() - hx), x1 = x(heat.x.back() + hx);
  const double y0 = y(heat.y.back() + hy), y1 = y(heat.y.front() - hy);
  const auto image = [&](double left, double top, double w, double h, const std::string& png) {
    svg.raw(fmt::format(
        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
        "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        px(left), px(top), px(w), px(h), base64(png)));
  };
  image(x0, y0, x1 - x0, y1 - y0, encode_png(static_cast<int>(wide), static_cast<int>(high), rgb));
  std::vector<std::uint8_t> bar;
  for (int i = 255; i >= 0; --i) {
    const Colour c = shade(i / 255.0);
    bar.insert(bar.end(), c.begin(), c.end());
  }
  const double left = box.right + 14, tall = box.bottom - box.top;
  image(left, box.top, 12, tall, encode_png(1, 256, bar));
  const Ticks ticks = linear_ticks(range.low, range.high, 4, false);
  for (std::size_t i = 0; i < ticks.major.size(); ++i) {
    const double at = box.bottom - tall * (ticks.major[i] - range.low) / (range.high - range.low);
    svg.text(left + 17, at + 4.5, ticks.labels[i], {.font_px = 12});
  }
  svg.text(chart.width - 8, 0.5 * (box.top + box.bottom),
           heat.label + (range.clipped ? " (top colour: this or more)" : ""),
           {.font_px = 12, .anchor = "middle", .rotate_deg = -90});
}

}  // namespace vitrion::report
