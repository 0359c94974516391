#include "perfmon/event_table.h"

#include <charconv>
#include <optional>
#include <utility>

#include "perfmon/event_rows.h"

namespace dcat {

namespace {

constexpr std::string_view kIntelVendor = "GenuineIntel";
constexpr std::string_view kAmdVendor = "AuthenticAMD";
constexpr std::string_view kHygonVendor = "HygonGenuine";

std::string_view trim(std::string_view s) {
  const std::size_t first = s.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

Result<int> parse_number(std::string_view key, std::string_view value) {
  int number = 0;
  const auto [end, errc] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (errc != std::errc{} || end != value.data() + value.size() || number < 0)
    return Error{ErrorCode::bad_input, "parse cpuinfo",
                 "\"" + std::string(key) + "\" is \"" + std::string(value) + "\", not a number", ""};
  return number;
}

// Takes in one "key : value" line.
Status take_line(std::string_view line, std::optional<CpuModel>& cpu, bool& has_family, bool& has_model) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
  if (key == "CPU implementer" && !cpu) {
    cpu.emplace().vendor = kArmVendor;
    return {};
  }
  if (key == "vendor_id") {
    if (!cpu) cpu.emplace();
    cpu->vendor = std::string(value);
    return {};
  }
  if (!cpu || (key != "cpu family" && key != "model")) return {};
  Result<int> number = parse_number(key, value);
  if (!number) return std::move(number).error();
  if (key == "model") {
    cpu->model = *number;
    has_model = true;
  } else {
    cpu->family = *number;
    has_family = true;
  }
  return {};
}

}  // namespace

std::string_view name_of(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::exact: return "exact";
    case Fidelity::stand_in: return "stand_in";
    case Fidelity::guess: return "guess";
  }
  return "";
}

Result<CpuModel> parse_cpuinfo(std::string_view text) {
  std::optional<CpuModel> cpu;
  bool has_family = false, has_model = false;
  while (!text.empty() && !(has_family && has_model)) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (trim(line).empty() && cpu) break;  // the end of the first processor that names a vendor
    if (Status taken = take_line(line, cpu, has_family, has_model); !taken) return std::move(taken).error();
  }
  if (cpu && cpu->vendor == kArmVendor) return CpuModel{kArmVendor, 0, 0};
  if (!cpu || !has_family || !has_model) return CpuModel{};
  return *cpu;
}

EventTable event_table_for(const CpuModel& cpu) {
  // P6 and all that came of it; the Xeons of 2026 have family 19.
  if (cpu.vendor == kIntelVendor && (cpu.family == 6 || cpu.family == 18 || cpu.family == 19))
    return intel_events(cpu.family, cpu.model);
  if (cpu.vendor == kAmdVendor)
    if (std::optional<EventTable> table = amd_events(cpu.family, cpu.model)) return *std::move(table);
  if (cpu.vendor == kHygonVendor && cpu.family == 0x18) return hygon_events();
  return generic_events(cpu);
}

}  // namespace dcat
