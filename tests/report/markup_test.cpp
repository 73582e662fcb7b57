#include "report/markup.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "report/png.hpp"
#include "report/wording.hpp"

namespace vitrion::report {
namespace {

TEST(Escape, LeavesNothingThatMarkupCouldRead) {
  EXPECT_EQ(escape("<b a=\"1\" c='2'>&</b>"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&lt;/b&gt;");
  EXPECT_EQ(escape(std::string("a\0b\x01", 4)), "a\uFFFDb\uFFFD");
}

TEST(Escape, BrokenUtf8BecomesTheReplacementSign) {
  EXPECT_EQ(escape("Å⁻¹"), "Å⁻¹");
  EXPECT_EQ(escape("a\xC3"), "a\uFFFD");                    // cut short
  EXPECT_EQ(escape("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(escape("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

TEST(Rich, SmallDigitsBecomeRealSubAndSuperscripts) {
  EXPECT_EQ(rich_html("Li₂S"), "Li<sub>2</sub>S");
  EXPECT_EQ(rich_html("q (Å⁻¹)"), "q (Å<sup>−1</sup>)");
  EXPECT_EQ(rich_html("E_{a} in 10^-3"), "E<sub>a</sub> in 10<sup>−3</sup>");
  EXPECT_EQ(rich_html("a_b ^x {"), "a_b ^x {");
  EXPECT_EQ(rich_html("<_{<}"), "&lt;<sub>&lt;</sub>");
  EXPECT_EQ(rich_plain("cm^{2}/s, Li_{2}S"), "cm²/s, Li₂S");
}

TEST(Rich, SvgReturnsToTheLine) {
  const std::string s = rich_svg("Å⁻¹ x", 10);
  EXPECT_NE(s.find("dy=\"-3.60\""), std::string::npos);
  EXPECT_NE(s.find("dy=\"3.60\""), std::string::npos);
}

TEST(Rich, WidthIsThatOfHelvetica) {
  EXPECT_DOUBLE_EQ(rich_width("AV", 1000), 667 + 667);
  EXPECT_LT(rich_width("i", 10), rich_width("W", 10));
}

TEST(Links, DoisAndNothingElse) {
  EXPECT_EQ(find_doi("see 10.1103/PhysRevB.1.2)."), "10.1103/PhysRevB.1.2");
  EXPECT_EQ(find_doi("https://doi.org/10.1016/0166-1280(88)80151-5."),
            "10.1016/0166-1280(88)80151-5");
  EXPECT_EQ(find_doi("a density of 10.5 g/cm3"), "");
  EXPECT_EQ(with_doi_links("x<y DOI 10.1063/1.457480."),
            "x&lt;y DOI <a href=\"https://doi.org/10.1063/1.457480\" rel=\"noopener "
            "noreferrer\">10.1063/1.457480</a>.");
  EXPECT_EQ(with_doi_links("10.1234/a\"onclick=\"x"),
            "<a href=\"https://doi.org/10.1234/a\" rel=\"noopener "
            "noreferrer\">10.1234/a</a>&quot;onclick=&quot;x");
}

TEST(Scripts, CannotBeEndedFromInside) {
  EXPECT_EQ(json_in_script("{\"a\":\"</script><!--\"}").find('<'), std::string::npos);
  EXPECT_EQ(code_in_script("'</script>'"), "'<\\/script>'");
}

TEST(Wording, UnitsAndKeys) {
  EXPECT_EQ(rich_plain(pretty_unit("g/cm3")), "g/cm³");
  EXPECT_EQ(rich_plain(pretty_unit("1/A")), "Å⁻¹");
  EXPECT_EQ(rich_plain(pretty_unit("A^2")), "Å²");
  EXPECT_EQ(pretty_unit("mS/cm"), "mS/cm");
  EXPECT_EQ(pretty_key("r_chi"), "R_{χ}");
  EXPECT_EQ(pretty_key("D_Li"), "D_{Li}");
  EXPECT_EQ(pretty_key("sigma_300K"), "σ_{300 K}");
  EXPECT_EQ(pretty_key("first_peak_P-S"), "First peak P–S");
  EXPECT_EQ(pretty_key("fraction_P2S7"), "Fraction of P_{2}S_{7}");
  EXPECT_EQ(pretty_name("Li>S"), "Li→S");
}

TEST(Wording, ValuesWithErrors) {
  EXPECT_EQ(pretty_value(1.3e-7, 5e-8), "1.3(5)×10^{-7}");
  EXPECT_EQ(value_and_error(1.838, 0.011),
            (std::pair<std::string, std::string>("1.838", "± 0.011")));
  EXPECT_EQ(value_and_error(1.3e-7, 5e-8),
            (std::pair<std::string, std::string>("1.3×10^{-7}", "± 0.5×10^{-7}")));
  EXPECT_EQ(value_and_error(NAN, 1), (std::pair<std::string, std::string>("–", "")));
  EXPECT_EQ(pretty_number(-1.5e-9), "−1.5×10^{-9}");
}

TEST(Png, Base64OfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace vitrion::report
