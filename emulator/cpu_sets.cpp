#include "emulator/cpu_sets.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <vector>

namespace dcat::emulator {
namespace {

bool separates(char c) {
  return is_space(c) || c == ',';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads one list. The ranges are `3`, `1-5`, `0-15:2/4` (of each 4 the first 2), `all`; N is the last CPU.
class ListParser {
 public:
  ListParser(std::string_view text, unsigned cpus) : rest_(until_nul(text)), cpus_(cpus) {}

  Parsed<CpuSet> parse() {
    CpuSet set;
    while (true) {
      while (!rest_.empty() && separates(rest_.front())) rest_.remove_prefix(1);
      if (rest_.empty()) return {0, set};
      if (const int error = parse_region(); error != 0) return {error, {}};
      if (start_ > end_ || group_ == 0 || first_ > group_) return {EINVAL, {}};
      if (end_ >= cpus_) return {ERANGE, {}};
      for (std::uint64_t group = start_; group <= end_; group += group_) {
        for (std::uint64_t cpu = group; cpu < std::min(group + first_, end_ + 1); ++cpu) {
          set.insert(static_cast<int>(cpu));
        }
      }
      // A newline ends the text, whatever follows.
      if (rest_.starts_with('\n')) return {0, set};
    }
  }

 private:
  bool at_end_of_region() const { return rest_.empty() || separates(rest_.front()); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  int take_number(std::uint64_t& number) {
    if (take('N')) {
      number = cpus_ - 1;
      return 0;
    }
    std::size_t digits = 0;
    number = 0;
    bool overflow = false;
    for (; digits < rest_.size() && std::isdigit(static_cast<unsigned char>(rest_[digits])) != 0; ++digits) {
      number = number * 10 + static_cast<std::uint64_t>(rest_[digits] - '0');
      if (number > 0xffffffff) overflow = true, number = 0;
    }
    rest_.remove_prefix(digits);
    if (digits == 0) return EINVAL;
    return overflow ? EOVERFLOW : 0;
  }

  bool take_all() {
    if (rest_.size() < 3 || (rest_[0] | 0x20) != 'a' || (rest_[1] | 0x20) != 'l' || (rest_[2] | 0x20) != 'l') {
      return false;
    }
    rest_.remove_prefix(3);
    return true;
  }

  int parse_region() {
    if (take_all()) {
      start_ = 0;
      end_ = cpus_ - 1;
    } else {
      if (const int error = take_number(start_); error != 0) return error;
      end_ = start_;
      if (!at_end_of_region()) {
        if (!take('-')) return EINVAL;
        if (const int error = take_number(end_); error != 0) return error;
      } else {
        first_ = group_ = end_ + 1;
        return 0;
      }
    }
    first_ = group_ = end_ + 1;
    if (at_end_of_region()) return 0;
    if (!take(':')) return EINVAL;
    if (const int error = take_number(first_); error != 0) return error;
    if (!take('/')) return EINVAL;
    return take_number(group_);
  }

  std::string_view rest_;
  std::uint64_t cpus_;
  std::uint64_t start_ = 0, end_ = 0, first_ = 0, group_ = 0;
};

// Reads the last group of up to eight digits and takes it away.
Parsed<std::uint32_t> take_chunk(std::string_view& text) {
  std::uint32_t value = 0;
  for (unsigned bit = 0; bit < 32; bit += 4) {
    const int digit = hex_digit(text.back());
    if (digit < 0) return {EINVAL, 0};
    value |= static_cast<std::uint32_t>(digit) << bit;
    text.remove_suffix(1);
    if (text.empty() || separates(text.back())) return {0, value};
  }
  if (hex_digit(text.back()) >= 0) return {EOVERFLOW, 0};
  text.remove_suffix(1);
  return {0, value};
}

}  // namespace

Parsed<CpuSet> parse_cpu_list(std::string_view text, unsigned cpus) {
  return ListParser(text, cpus).parse();
}

Parsed<CpuSet> parse_cpu_mask(std::string_view text, unsigned cpus) {
  text = until_nul(text);
  text = text.substr(0, text.find('\n'));
  const std::size_t chunks = (cpus + 31) / 32;
  CpuSet set;
  for (std::size_t chunk = 0;; ++chunk) {
    while (!text.empty() && separates(text.back())) text.remove_suffix(1);
    if (text.empty()) break;
    if (chunk == chunks) return {EOVERFLOW, {}};
    const auto bits = take_chunk(text);
    if (bits.error != 0) return {bits.error, {}};
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((bits.value >> bit & 1) != 0) set.insert(static_cast<int>(chunk * 32 + bit));
    }
  }
  if (!set.empty() && *set.rbegin() >= static_cast<int>(cpus)) return {EOVERFLOW, {}};
  return {0, set};
}

std::string format_cpu_list(const CpuSet& set) {
  std::string text;
  for (auto it = set.begin(); it != set.end();) {
    const int first = *it;
    int last = first;
    for (++it; it != set.end() && *it == last + 1; ++it) last = *it;
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last != first) text += '-' + std::to_string(last);
  }
  return text;
}

std::string format_cpu_mask(const CpuSet& set, unsigned cpus) {
  std::vector<std::uint32_t> chunks((cpus + 31) / 32);
  for (const int cpu : set) {
    const auto bit = static_cast<unsigned>(cpu);
    if (bit < cpus) chunks[bit / 32] |= std::uint32_t{1} << bit % 32;
  }
  std::string text;
  for (std::size_t i = chunks.size(); i-- > 0;) {
    const unsigned bits = i + 1 == chunks.size() && cpus % 32 != 0 ? cpus % 32 : 32;
    if (!text.empty()) text += ',';
    text += zero_padded_hex(chunks[i], (bits + 3) / 4);
  }
  return text;
}

CpuSet operator&(const CpuSet& a, const CpuSet& b) {
  CpuSet both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

CpuSet operator|(const CpuSet& a, const CpuSet& b) {
  CpuSet either = a;
  either.insert(b.begin(), b.end());
  return either;
}

CpuSet operator-(const CpuSet& a, const CpuSet& b) {
  CpuSet rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace dcat::emulator
