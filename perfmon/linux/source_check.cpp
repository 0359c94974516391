#include "perfmon/linux/source_check.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

namespace dcat {

namespace {

using Totals = std::array<std::uint64_t, kEventCount>;

Error not_counted(const CounterSource& source, std::string why) {
  return {ErrorCode::unsupported, "check counters " + source.name(), std::move(why),
          "choose another with --counters; `dcat doctor` tells more"};
}

// Over all domains: nobody says which CPU we ran on.
Result<Totals> totals_of(CounterSource& source) {
  Totals totals{};
  Result<std::vector<ContainerSample>> read = source.read();
  if (!read) return std::move(read).error();
  for (const ContainerSample& row : *read)
    for (std::size_t i = 0; i < kEventCount; ++i)
      if (row.sample.readings[i]) totals[i] += row.sample.readings[i]->value;
  return totals;
}

bool in_hardware(const EventTable& table, Event event) {
  return row_of(table, event).code.type != kPerfTypeSoftware;
}

Status compare(const CounterSource& source, const EventTable& table, const Totals& counted, const LeastCounts& least) {
  for (const EventChoice& choice : source.events()) {
    const auto index = static_cast<std::size_t>(choice.event);
    if (!choice.available || !in_hardware(table, choice.event) || counted[index] >= least[index]) continue;
    return not_counted(source, "it counted " + std::to_string(counted[index]) + " " +
                                   std::string(name_of(choice.event)) + " of ours where at least " +
                                   std::to_string(least[index]) + " were due");
  }
  return {};
}

Status count_work(CounterSource& source, const EventTable& table, const ContainerId& own, const KnownWork& work) {
  for (const Error& error : source.watch({own})) return not_counted(source, error.to_string());
  Result<Totals> before = totals_of(source);
  if (!before) return std::move(before).error();
  LeastCounts least{};
  for (std::size_t turn = 0; turn < source.turns(); ++turn) {
    if (turn > 0) source.change_turns();
    least = work();
  }
  Result<Totals> after = totals_of(source);
  if (!after) return std::move(after).error();
  for (std::size_t i = 0; i < kEventCount; ++i) (*after)[i] -= (*before)[i];
  return compare(source, table, *after, least);
}

}  // namespace

ContainerId own_container(std::string_view proc_self_cgroup, std::string_view controller) {
  for (std::size_t begin = 0; begin < proc_self_cgroup.size();) {
    const std::size_t end = std::min(proc_self_cgroup.find('\n', begin), proc_self_cgroup.size());
    const std::string_view line = proc_self_cgroup.substr(begin, end - begin);
    begin = end + 1;
    // "4:cpu,cpuacct:/path"; the cgroup2 tree's line names no controller.
    const std::size_t first = line.find(':'), second = line.find(":/", first == line.npos ? first : first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string names = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const bool meant =
        controller.empty() ? line.starts_with("0::") : names.find("," + std::string(controller) + ",") != names.npos;
    if (meant) return ContainerId{std::string(line.substr(second + 2))};
  }
  return {};
}

Status check_source(CounterSource& source, const EventTable& table, const ContainerId& own, const KnownWork& work) {
  if (own.value.empty()) return {};
  Status counted = count_work(source, table, own, work);
  (void)source.watch({});
  return counted;
}

}  // namespace dcat
