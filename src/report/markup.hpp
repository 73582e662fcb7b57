// Text on its way into HTML and SVG: escaping, and sub- and superscripts.
//
// Rich text is plain text with "_{…}" and "^{…}" (also "^2", "^-1") or Unicode's own small digits
// ("Å⁻¹", "Li₂S"); both come out as real sub- and superscripts, so no font needs the glyphs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrion::report {

/// Safe inside elements and quoted attributes; control characters and broken UTF-8 become U+FFFD.
std::string escape(std::string_view text);

/// A stretch of text on the line (0), below it (-1) or above it (+1).
struct Run {
  std::string text;
  int shift = 0;
};
std::vector<Run> rich_runs(std::string_view rich);

/// Rich text as escaped HTML with <sub> and <sup>.
std::string rich_html(std::string_view rich);
/// Rich text as escaped <tspan>s for inside an SVG <text>.
std::string rich_svg(std::string_view rich, double font_px);
/// Rich text in plain characters (Unicode's small digits where there are), not escaped: for aria
/// labels and the heads of CSV files.
std::string rich_plain(std::string_view rich);
/// Width in px of rich text in Helvetica (Adobe's metrics), good to a few per cent.
double rich_width(std::string_view rich, double font_px);

/// A JSON text that may stand inside a <script> element.
std::string json_in_script(std::string json);
/// JavaScript that may stand inside a <script> element.
std::string code_in_script(std::string code);

/// Escaped text whose DOIs ("10.…/…") have become links.
std::string with_doi_links(std::string_view text);
/// The first DOI in a text, or "".
std::string find_doi(std::string_view text);

/// A name as part of an id or a file: lower-case letters, digits and "-".
std::string slug(std::string_view text);

}  // namespace vitrion::report
