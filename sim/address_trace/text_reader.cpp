#include "sim/address_trace/readers.h"

namespace dcat::address_trace {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<Access> parse(std::string_view text) {
  unsigned base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  const std::optional<std::uint64_t> address = take_number(text, base);
  if (!address) return std::nullopt;
  Access access;
  access.address = *address;
  if (text.empty()) return access;
  if (kBlank.find(text.front()) == std::string_view::npos) return std::nullopt;
  const std::string_view letter = without_blanks(text);
  if (letter == "W" || letter == "w")
    access.kind = Kind::store;
  else if (letter != "R" && letter != "r")
    return std::nullopt;
  return access;
}

class TextReader : public Reader {
 public:
  explicit TextReader(Input input) : input_(std::move(input)) {}

  Result<std::size_t> read(std::span<Access> accesses) override {
    std::size_t n = 0;
    while (n < accesses.size()) {
      const Result<std::optional<std::string_view>> line = input_.next_line();
      if (!line) return line.error();
      if (!*line) break;
      const std::string_view text = without_blanks((*line)->substr(0, (*line)->find('#')));
      if (text.empty()) continue;
      const std::optional<Access> access = parse(text);
      if (!access)
        return input_.wrong_line("got " + shown(**line), "want an address (0x1f40 or 8000) and perhaps R or W");
      accesses[n++] = *access;
    }
    return n;
  }
  std::optional<std::uint64_t> instructions() const override { return std::nullopt; }
  bool has_fetches() const override { return false; }
  std::string format() const override { return "plain text"; }

 private:
  Input input_;
};

}  // namespace

std::optional<std::uint64_t> take_number(std::string_view& text, unsigned base) {
  std::uint64_t value = 0;
  std::size_t n = 0;
  for (; n < text.size(); ++n) {
    const char c = text[n];
    unsigned digit = 99;
    if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit >= base) break;
    if (value > (~std::uint64_t{0} - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

std::unique_ptr<Reader> make_text_reader(Input input) {
  return std::make_unique<TextReader>(std::move(input));
}

}  // namespace dcat::address_trace
