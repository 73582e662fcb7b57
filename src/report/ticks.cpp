#include "report/ticks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace vitrion::report {
namespace {

double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double m = rough / power;
  for (const double nice : {1.0, 2.0, 2.5, 5.0})
    if (m <= nice * 1.0000001) return nice * power;
  return 10.0 * power;
}

int minor_parts(double step) {
  const double m = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
  return std::abs(m - 2.0) < 0.01 ? 4 : 5;
}

void clean_range(double& low, double& high) {
  if (!std::isfinite(low) && !std::isfinite(high)) low = 0, high = 1;
  if (!std::isfinite(low)) low = high - 1;
  if (!std::isfinite(high)) high = low + 1;
  if (low > high) std::swap(low, high);
  const double tiny = 1e-12 * std::max(std::abs(low), std::abs(high));
  if (high - low <= tiny) {
    const double pad = low == 0 ? 1.0 : 0.1 * std::abs(low);
    low -= pad;
    high += pad;
  }
}

std::string decade_label(double value) {
  const int exponent = static_cast<int>(std::lround(std::floor(std::log10(value) + 1e-9)));
  const double m = value / std::pow(10.0, exponent);
  if (exponent >= -2 && exponent <= 3) return fmt::format("{:.{}f}", value, std::max(0, -exponent));
  if (std::abs(m - 1.0) < 1e-6) return fmt::format("10^{{{}}}", exponent);
  return fmt::format("{:.0f}×10^{{{}}}", m, exponent);
}

}  // namespace

std::string tick_label(double value, double step) {
  if (std::abs(value) < 1e-9 * step) return "0";
  const double size = std::max(std::abs(value), step);
  std::string text;
  if (size >= 1e5 || size < 1e-3) {
    const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
    const double scale = std::pow(10.0, exponent);
    const int digits =
        std::clamp(static_cast<int>(std::ceil(-std::log10(step / scale) - 1e-9)), 0, 6);
    text = fmt::format("{:.{}f}×10^{{{}}}", value / scale, digits, exponent);
  } else {
    int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    const double shifted = step * std::pow(10.0, digits);
    if (std::abs(shifted - std::round(shifted)) > 1e-6) ++digits;  // 2.5 and its kin
    text = fmt::format("{:.{}f}", value, digits);
  }
  if (text.starts_with('-')) text = "−" + text.substr(1);
  return text;
}

Ticks linear_ticks(double low, double high, int target, bool round_ends) {
  clean_range(low, high);
  const double step = nice_step((high - low) / std::max(1, target));
  Ticks out;
  out.low = round_ends ? std::floor(low / step + 1e-9) * step : low;
  out.high = round_ends ? std::ceil(high / step - 1e-9) * step : high;
  const auto first = static_cast<long long>(std::ceil(out.low / step - 1e-9));
  const auto last = static_cast<long long>(std::floor(out.high / step + 1e-9));
  const int parts = minor_parts(step);
  for (long long i = first - 1; i <= last; ++i) {
    const double value = static_cast<double>(i) * step;
    if (i >= first) {
      out.major.push_back(value);
      out.labels.push_back(tick_label(value, step));
    }
    for (int k = 1; k < parts; ++k) {
      const double minor = value + step * k / parts;
      if (minor > out.low && minor < out.high) out.minor.push_back(minor);
    }
  }
  return out;
}

Ticks log_ticks(double low, double high, int target, bool round_ends) {
  const auto usable = [](double v) { return std::isfinite(v) && v > 0; };
  if (!usable(low) && !usable(high)) low = 1, high = 10;
  if (!usable(low)) low = high / 10;
  if (!usable(high)) high = low * 10;
  if (low > high) std::swap(low, high);
  if (high / low < 1.0001) low /= 3, high *= 3;
  Ticks out;
  const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(high) - 1e-9));
  out.low = round_ends ? std::pow(10.0, first) : low;
  out.high = round_ends ? std::pow(10.0, last) : high;
  const double decades = std::log10(out.high / out.low);
  const int every = std::max(1, static_cast<int>(std::ceil(decades / std::max(1, target))));
  for (int e = first - 1; e <= last; ++e) {
    for (int m = 1; m < 10; ++m) {
      const double value = m * std::pow(10.0, e);
      if (value < out.low * 0.999999 || value > out.high * 1.000001) continue;
      const bool labelled = m == 1          ? (e - first) % every == 0
                            : decades < 1.0 ? m == 2 || m == 3 || m == 5 || m == 7
                            : decades < 2.5 ? m == 2 || m == 5
                                            : false;
      if (labelled) {
        out.major.push_back(value);
        out.labels.push_back(decade_label(value));
      } else if (every == 1 || m == 1) {
        out.minor.push_back(value);
      }
    }
  }
  return out;
}

}  // namespace vitrion::report
