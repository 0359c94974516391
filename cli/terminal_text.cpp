#include "cli/terminal_text.h"

#include <clocale>
#include <cwchar>
#include <vector>

namespace dcat::cli {

namespace {

// The C library knows UTF-8 and widths by the thread's locale; ours is the same whatever the environment says. glibc
// has C.UTF-8 built in.
class Utf8 {
 public:
  Utf8() : before_(uselocale(locale())) {}
  ~Utf8() { uselocale(before_); }
  Utf8(const Utf8&) = delete;
  Utf8& operator=(const Utf8&) = delete;

 private:
  static locale_t locale() {
    static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return utf8;  // where there is none, nothing is UTF-8 and every byte beyond ASCII becomes a '?'
  }
  locale_t before_;
};

struct Sign {
  std::string_view bytes;
  int columns = 0;  // -1: not to be shown
};

bool turns_or_hides(wchar_t c) {
  const auto code = static_cast<unsigned>(c);
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0x061c || code == 0xfeff || code == 0x00ad;
}

std::vector<Sign> signs_of(std::string_view text) {
  const Utf8 utf8;
  std::vector<Sign> signs;
  signs.reserve(text.size());
  while (!text.empty()) {
    wchar_t c = 0;
    std::mbstate_t state{};
    const std::size_t got = std::mbrtowc(&c, text.data(), text.size(), &state);
    const bool whole = got != 0 && got <= text.size();
    const std::size_t length = whole ? got : 1;
    const int columns = whole && !turns_or_hides(c) ? ::wcwidth(c) : -1;
    signs.push_back({text.substr(0, length), columns});
    text.remove_prefix(length);
  }
  return signs;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const Sign& sign : signs_of(text))
    if (sign.columns < 0)
      out += '?';
    else
      out += sign.bytes;
  return out;
}

std::string ascii_only(std::string_view text) {
  std::string out;
  for (const Sign& sign : signs_of(text))
    if (sign.bytes.size() > 1)
      out.append(static_cast<std::size_t>(sign.columns > 0 ? sign.columns : 0), '?');
    else
      out += sign.bytes;
  return out;
}

int columns_of(std::string_view text) {
  int columns = 0;
  for (const Sign& sign : signs_of(text)) columns += sign.columns > 0 ? sign.columns : 0;
  return columns;
}

std::string cut(std::string_view text, int columns) {
  if (columns <= 0) return {};
  std::string out, before_last;
  int used = 0;
  for (const Sign& sign : signs_of(text)) {
    const int wide = sign.columns > 0 ? sign.columns : 0;
    if (used + wide > columns) return before_last + '>';
    out += sign.bytes;
    used += wide;
    if (used < columns) before_last = out;
  }
  return out;
}

std::string fit(std::string_view text, int columns) {
  std::string out = cut(text, columns);
  const int used = columns_of(out);
  if (used < columns) out.append(static_cast<std::size_t>(columns - used), ' ');
  return out;
}

std::string fit_end(std::string_view text, int columns) {
  if (columns < 4 || columns_of(text) <= columns) return fit(text, columns);
  const std::vector<Sign> signs = signs_of(text);
  std::size_t first = signs.size();
  int used = 2;
  while (first > 0) {
    const int wide = signs[first - 1].columns > 0 ? signs[first - 1].columns : 0;
    if (used + wide > columns) break;
    used += wide;
    --first;
  }
  std::string out = "..";
  for (std::size_t i = first; i < signs.size(); ++i) out += signs[i].bytes;
  return fit(out, columns);
}

}  // namespace dcat::cli
