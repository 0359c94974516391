#include "cat/linux/group_names.h"

#include <charconv>
#include <cstdint>

namespace dcat {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool stands_for_itself(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.~@:").find(c) != std::string_view::npos;
}

// FNV-1a, 64 bits (Fowler, Noll, Vo): the same name has the same directory in every run.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

std::string directory_name(std::string_view name) {
  std::string directory(kGroupPrefix);
  for (const char c : name) {
    if (stands_for_itself(c)) {
      directory += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    directory += '%';
    directory += kHexDigits[byte >> 4];
    directory += kHexDigits[byte & 15];
  }
  if (directory.size() <= kLongestGroupName) return directory;
  std::string digits(16, '0');
  std::uint64_t rest = hash_of(name);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest >>= 4) *digit = kHexDigits[rest & 15];
  // "%h" is no escape: a shortened name is never taken for a whole one.
  return directory.substr(0, kLongestGroupName - 18) + "%h" + digits;
}

std::optional<std::string> parse_directory_name(std::string_view directory) {
  if (!directory.starts_with(kGroupPrefix)) return std::nullopt;
  std::string name;
  for (std::size_t i = kGroupPrefix.size(); i < directory.size(); ++i) {
    unsigned byte = 0;
    const char* digits = directory.data() + i + 1;
    if (directory[i] == '%' && i + 2 < directory.size()) {
      const auto [end, errc] = std::from_chars(digits, digits + 2, byte, 16);
      if (errc == std::errc{} && end == digits + 2) {
        name += static_cast<char>(byte);
        i += 2;
        continue;
      }
    }
    name += directory[i];
  }
  if (name.empty() || directory_name(name) != directory) return std::string(directory);
  return name;
}

}  // namespace dcat
