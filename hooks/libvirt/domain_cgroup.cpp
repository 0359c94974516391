#include "hooks/libvirt/domain_cgroup.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace dcat {

namespace {

constexpr std::size_t kMostMachineName = 64;  // a host name's length
constexpr std::size_t kMostUnitName = 255;    // systemd's, UNIT_NAME_MAX; slices' path grows with its square
constexpr std::size_t kMostPartition = 4096;  // PATH_MAX of Linux
constexpr std::string_view kSlice = ".slice";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// systemd.unit(5), "string escaping", and '-' too: libvirt lets none stand, for in a slice's name it parts parents.
std::string escape_unit(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter_or_digit(c) || c == ':' || c == '_' || (c == '.' && i > 0)) {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped += "\\x";
    escaped += kHex[byte >> 4];
    escaped += kHex[byte & 15];
  }
  return escaped;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) parts.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return parts;
}

// Empty optional: systemd would take none of such a length.
std::optional<std::string> slices(const std::vector<std::string_view>& parts) {
  std::string path, name;
  for (const std::string_view part : parts) {
    name += (name.empty() ? "" : "-") + escape_unit(part);
    if (name.size() + kSlice.size() > kMostUnitName) return std::nullopt;
    path += name + std::string(kSlice) + "/";
  }
  return path;
}

std::string directories(const std::vector<std::string_view>& parts) {
  std::string path;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const bool fixed = i == 0 && (part == "machine" || part == "system" || part == "user");
    path += part;
    if (!fixed && part.find('.') == std::string_view::npos) path += ".partition";
    path += '/';
  }
  return path;
}

}  // namespace

std::string machine_name(int id, std::string_view name) {
  std::string machine = "qemu-" + std::to_string(id) + "-";
  bool skip = true;
  for (const char c : name) {
    if (machine.size() >= kMostMachineName) break;
    const bool joins = c == '.' || c == '-';
    if (joins ? skip : !is_letter_or_digit(c)) continue;
    machine += c;
    skip = joins;
  }
  while (machine.ends_with('-') || machine.ends_with('.')) machine.pop_back();
  return machine;
}

std::string domain_cgroup(int id, std::string_view name, std::string_view partition, bool systemd) {
  if (partition.size() > kMostPartition) return "";
  const std::string machine = machine_name(id, name);
  const std::vector<std::string_view> parts = parts_of(partition);
  if (std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part == "." || part == ".."; }))
    return "";
  if (systemd) {
    const std::optional<std::string> path = slices(parts);
    return path ? *path + "machine-" + escape_unit(machine) + ".scope" : "";
  }
  return directories(parts) + machine + ".libvirt-qemu";
}

}  // namespace dcat
