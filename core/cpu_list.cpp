#include "core/cpu_list.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace dcat {

namespace {

constexpr int kMostCpus = 8192;  // CONFIG_NR_CPUS with MAXSMP on x86

std::optional<int> parse_cpu(std::string_view text) {
  int cpu = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), cpu);
  if (errc != std::errc{} || end != text.data() + text.size() || cpu < 0 || cpu >= kMostCpus) return std::nullopt;
  return cpu;
}

}  // namespace

Result<std::vector<int>> parse_cpu_list(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  const Error not_a_list{ErrorCode::bad_input, "parse CPU list", "\"" + std::string(text) + "\" is no CPU list", ""};
  std::vector<int> cpus;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view range = text.substr(0, comma);
    const std::size_t dash = range.find('-');
    const std::optional<int> first = parse_cpu(range.substr(0, dash));
    const std::optional<int> last = dash == std::string_view::npos ? first : parse_cpu(range.substr(dash + 1));
    if (!first || !last || *last < *first) return not_a_list;
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return not_a_list;
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

}  // namespace dcat
