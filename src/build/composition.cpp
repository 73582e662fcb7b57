#include "build/composition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.hpp"
#include "build/unit.hpp"
#include "core/element.hpp"

namespace vitrion {
namespace {

// One character of the text as the parser sees it: subscripts are digits, all dashes are '-', all
// dots between components are '*', anything else outside ASCII is kept to be complained about.
struct Glyph {
  char ascii;        // 0 where there is none
  std::string text;  // as written
};

const std::map<std::string, char>& look_alikes() {
  static const std::map<std::string, char> table{
      {"₀", '0'}, {"₁", '1'}, {"₂", '2'}, {"₃", '3'},      {"₄", '4'},      {"₅", '5'},
      {"₆", '6'}, {"₇", '7'}, {"₈", '8'}, {"₉", '9'},      {"–", '-'},      {"—", '-'},
      {"−", '-'}, {"‐", '-'}, {"‑", '-'}, {"·", '*'},      {"•", '*'},      {"⋅", '*'},
      {"∙", '*'}, {"×", '*'}, {"․", '*'}, {"\u00a0", ' '}, {"\u2009", ' '}, {"\u202f", ' '},
      {"⁺", '^'}, {"⁻", '^'}, {"⁰", '^'}, {"¹", '^'},      {"²", '^'},      {"³", '^'},
      {"⁴", '^'}, {"⁵", '^'}, {"⁶", '^'}, {"⁷", '^'},      {"⁸", '^'}};
  return table;
}

std::vector<Glyph> read_glyphs(std::string_view text) {
  std::vector<Glyph> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    std::string piece(text.substr(i, length));
    i += length;
    char ascii = 0;
    if (lead < 0x80) {
      ascii = std::isspace(lead) != 0 ? ' ' : static_cast<char>(lead);
    } else if (const auto it = look_alikes().find(piece); it != look_alikes().end()) {
      ascii = it->second;
    }
    out.push_back({ascii, std::move(piece)});
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_separator(char c) { return c == '-' || c == '+' || c == '*'; }

using Amounts = std::map<std::string, Rational>;

void add_scaled(Amounts& to, const Amounts& what, const Rational& factor) {
  for (const auto& [symbol, amount] : what) to[symbol] += amount * factor;
}

const std::vector<std::string>& all_symbols() {
  static const std::vector<std::string> list = [] {
    std::vector<std::string> out;
    for (int z = 1; z <= 103; ++z) out.push_back(element::symbol(z));
    return out;
  }();
  return list;
}

class Parser {
 public:
  Parser(std::string_view text, const Location& where) : glyphs_(read_glyphs(text)), where_(where) {
    if (where_.line == 0) where_ = {"composition", 1, 1};
  }

  std::vector<Piece> parse() {
    skip_spaces();
    if (at_end()) fail("the composition is empty: write, for example, \"0.75Li2S-0.25P2S5\"");
    component();
    while (skip_spaces(), !at_end()) {
      if (!is_separator(peek())) unexpected();
      const std::string separator = glyphs_[at_].text;
      ++at_;
      skip_spaces();
      if (at_end()) {
        fail(
            fmt::format("nothing follows \"{}\": write a component, or leave the sign out "
                        "(charges are not part of a composition)",
                        separator));
      }
      component();
    }
    return std::move(pieces_);
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= glyphs_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < glyphs_.size() ? glyphs_[at_ + ahead].ascii : '\0';
  }
  void skip_spaces() {
    while (!at_end() && peek() == ' ') ++at_;
  }
  [[noreturn]] void fail_at(std::size_t glyph, const std::string& message) const {
    throw InputError({where_.file, where_.line, where_.column + static_cast<int>(glyph)}, message);
  }
  [[noreturn]] void fail(const std::string& message) const { fail_at(at_, message); }

  [[noreturn]] void unexpected() const {
    const std::string& text = glyphs_[at_].text;
    const char c = peek();
    if (c == ')' || c == ']' || c == '}') {
      fail(fmt::format("\"{}\" closes a bracket that was never opened: remove it", text));
    }
    if (c == '^') fail("charges are not part of a composition: leave the superscripts out");
    if (is_digit(c)) {
      fail("a number stands where \"-\", \"+\" or \"·\" between two components should be");
    }
    if (c == '.' || c == ',' || c == ':' || c == ';' || c == '/' || c == '=') {
      fail(
          fmt::format("\"{}\" does not separate components: write \"-\", \"+\" or \"·\", with the "
                      "amounts in front, as in \"0.75Li2S-0.25P2S5\"",
                      text));
    }
    if (is_lower(c)) {
      fail(
          fmt::format("\"{}\" does not begin an element: symbols start with a capital letter, and "
                      "amounts are numbers",
                      text));
    }
    fail(fmt::format("\"{}\" has no meaning in a composition: remove it", text));
  }

  // Digits with at most one point; the amount must be more than nothing.
  Rational number() {
    const std::size_t start = at_;
    std::int64_t n = 0;
    std::int64_t d = 1;
    int digits = 0;
    bool point = false;
    while (is_digit(peek()) || (peek() == '.' && !point && is_digit(peek(1)))) {
      if (peek() == '.') {
        point = true;
      } else {
        n = n * 10 + (peek() - '0');
        if (point) d *= 10;
        if (n > 0 && ++digits > 12)
          fail_at(start, "this number has too many digits: round it to six");
      }
      ++at_;
    }
    if (peek() == '.' && point) fail("this number has two points: remove one");
    if (n == 0) fail_at(start, "an amount of 0 is not allowed: leave this part out");
    return {n, d};
  }

  // "%" and "mol%" behind a coefficient change nothing; weight per cent would.
  void percent() {
    const std::size_t start = at_;
    std::string word;
    while (is_lower(peek()) || peek() == '%' || peek() == '.') word += glyphs_[at_++].ascii;
    if (word.empty() || word == "%" || word == "mol%" || word == "at%" || word == "mol") return;
    if (word.find("wt") == 0) {
      fail_at(start, "weight per cent is not understood: give the amounts in mol");
    }
    fail_at(start, fmt::format("\"{}\" is neither a number nor an element: give the amount as a "
                               "number",
                               word));
  }

  void component() {
    Rational coefficient(1);
    if (is_digit(peek())) {
      coefficient = number();
      skip_spaces();
      percent();
      skip_spaces();
      if (peek() == '*') {  // "3·Li2S": a dot after the coefficient multiplies
        ++at_;
        skip_spaces();
      }
      if (at_end() || is_separator(peek())) fail("a formula is missing after this number");
    }
    if (const std::size_t end = chain_end(); end > at_) {
      chain(coefficient, end);
      return;
    }
    const std::size_t start = at_;
    std::vector<Piece> parts = formula(0);
    if (parts.empty()) unexpected();
    const bool grouped = std::any_of(parts.begin(), parts.end(),
                                     [](const Piece& p) { return p.elements.size() > 1; });
    if (grouped) {
      for (Piece& part : parts) {
        part.amount = part.amount * coefficient;
        pieces_.push_back(std::move(part));
      }
      return;
    }
    Piece whole{written(start, at_), coefficient, {}, static_cast<int>(start) + 1};
    for (const Piece& part : parts) add_scaled(whole.elements, part.elements, part.amount);
    if (parts.size() == 1) {  // "Li3": three of Li
      whole.name = parts[0].name;
      whole.amount = coefficient * parts[0].amount;
      whole.elements = parts[0].elements;
    }
    pieces_.push_back(std::move(whole));
  }

  // Past the closing brace of "PS3{4}" that starts here; here where none does.
  [[nodiscard]] std::size_t chain_end() const {
    std::size_t k = 0;
    while (is_upper(peek(k)) || is_lower(peek(k)) || is_digit(peek(k))) ++k;
    if (k == 0 || peek(k) != '{') return at_;
    std::size_t digits = k + 1;
    while (is_digit(peek(digits))) ++digits;
    return digits > k + 1 && peek(digits) == '}' ? at_ + digits + 1 : at_;
  }

  // A chain of so many links; the library of units knows what it is made of.
  void chain(const Rational& coefficient, std::size_t end) {
    const std::size_t start = at_;
    Piece piece{written(start, end), coefficient, {}, static_cast<int>(start) + 1};
    const UnitLibrary library = UnitLibrary::standard();
    try {
      for (const auto& [symbol, n] : library.get(piece.name).counts())
        piece.elements[symbol] = Rational(n);
    } catch (const InputError& e) {
      fail_at(start, std::string(e.what()) +
                         (library.has(piece.name)
                              ? ""
                              : " (a chain is a component of its own, as in \"2 Li + S{6}\")"));
    }
    at_ = end;
    pieces_.push_back(std::move(piece));
  }

  // Elements and bracketed groups up to the end of the component or the bracket.
  std::vector<Piece> formula(int depth) {
    if (depth > 8) fail("brackets are nested too deeply: write the groups out");
    std::vector<Piece> parts;
    while (!at_end()) {
      const std::size_t start = at_;
      if (peek() == ' ') {
        // "Li96 P32 S128": a space inside a formula, only where an element follows.
        std::size_t next = 0;
        while (peek(next) == ' ') ++next;
        if (!is_upper(peek(next)) && peek(next) != '(') break;
        at_ += next;
      } else if (is_upper(peek())) {
        const std::string symbol = element_symbol();
        const Rational amount = is_digit(peek()) ? number() : Rational(1);
        parts.push_back({symbol, amount, {{symbol, Rational(1)}}, static_cast<int>(start) + 1});
      } else if (peek() == '(' || peek() == '[' || peek() == '{') {
        parts.push_back(bracket(depth));
      } else if (is_separator(peek()) || peek() == ')' || peek() == ']' || peek() == '}') {
        break;
      } else {
        unexpected();
      }
    }
    return parts;
  }

  Piece bracket(int depth) {
    const std::size_t start = at_;
    const char close = peek() == '(' ? ')' : peek() == '[' ? ']' : '}';
    ++at_;
    const std::vector<Piece> inner = formula(depth + 1);
    if (peek() != close) {
      if (at_end()) fail_at(start, "this bracket is never closed: add the closing one");
      unexpected();
    }
    if (inner.empty()) fail_at(start, "these brackets are empty: remove them");
    Piece group{written(start + 1, at_), Rational(1), {}, static_cast<int>(start) + 2};
    ++at_;
    for (const Piece& part : inner) add_scaled(group.elements, part.elements, part.amount);
    if (is_digit(peek())) group.amount = number();
    return group;
  }

  std::string element_symbol() {
    const std::size_t start = at_;
    std::string letters(1, glyphs_[at_++].ascii);
    while (is_lower(peek())) letters += glyphs_[at_++].ascii;
    if (letters.size() <= 2 && element::atomic_number(letters) > 0 &&
        element::symbol(element::atomic_number(letters)) == letters) {
      return letters;
    }
    fail_at(start, fmt::format("\"{}\" is not a chemical element{}", letters,
                               did_you_mean(letters, all_symbols())));
  }

  [[nodiscard]] std::string written(std::size_t from, std::size_t to) const {
    std::string out;
    for (std::size_t i = from; i < to; ++i) {
      if (glyphs_[i].ascii != ' ') out += glyphs_[i].ascii;
    }
    return out;
  }

  std::vector<Glyph> glyphs_;
  Location where_;
  std::size_t at_ = 0;
  std::vector<Piece> pieces_;
};

// Pauling electronegativities, only for the order of elements in formulas.
int rank(const std::string& symbol) {
  static const std::array order{"Cs", "Rb", "K",  "Ba", "Na", "Sr", "Li", "Ca", "La", "Y",  "Mg",
                                "Sc", "Zr", "Nb", "Ta", "Ti", "Al", "Zn", "Cd", "In", "Ga", "Cu",
                                "Ag", "Sn", "Si", "Ge", "Sb", "B",  "As", "P",  "H",  "Te", "C",
                                "Se", "S",  "N",  "O",  "I",  "Br", "Cl", "F"};
  const auto it = std::find(order.begin(), order.end(), symbol);
  if (it != order.end()) return static_cast<int>(it - order.begin());
  return 1000 + element::atomic_number(symbol);
}

}  // namespace

Composition parse_composition(std::string_view text, const Location& where) {
  Composition out;
  out.text = std::string(text);
  out.pieces = Parser(text, where).parse();
  for (const Piece& piece : out.pieces) add_scaled(out.elements, piece.elements, piece.amount);
  return out;
}

std::vector<std::string> order_by_electropositivity(std::vector<std::string> symbols) {
  std::sort(symbols.begin(), symbols.end(), [](const std::string& a, const std::string& b) {
    return std::pair(rank(a), a) < std::pair(rank(b), b);
  });
  return symbols;
}

std::string reduced_formula(const std::map<std::string, long>& atoms) {
  long divisor = 0;
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : atoms) {
    divisor = std::gcd(divisor, n);
    symbols.push_back(symbol);
  }
  std::string out;
  for (const auto& symbol : order_by_electropositivity(symbols)) {
    const long n = divisor > 0 ? atoms.at(symbol) / divisor : 0;
    if (n > 0) out += n == 1 ? symbol : fmt::format("{}{}", symbol, n);
  }
  return out;
}

std::string full_formula(const std::map<std::string, long>& atoms) {
  std::vector<std::string> symbols;
  for (const auto& [symbol, n] : atoms) {
    if (n > 0) symbols.push_back(symbol);
  }
  std::vector<std::string> pieces;
  for (const auto& symbol : order_by_electropositivity(symbols)) {
    pieces.push_back(fmt::format("{}{}", symbol, atoms.at(symbol)));
  }
  return join(pieces, " ");
}

}  // namespace vitrion
