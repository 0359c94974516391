// Counting: who holds counters, whether we may have them, whether they count truly, and for how many containers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/doctor_checks.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/turns.h"

namespace dcat::cli::doctor {

namespace {

// Besides counters dCat has its log, the trace, the node's lock and a few files of resctrl open at a time.
constexpr std::size_t kOtherDescriptors = 64;

constexpr const char* kHowToGetCounters =
    "`perf stat true` shows what the machine counts; give a virtual machine a PMU (libvirt: <pmu state='on'/>)";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

std::optional<int> small_number(std::string_view text) {
  text = trimmed(text);
  int value = 0;
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Limits {
  std::uint64_t soft = 0, hard = 0;
};

// "Max open files            1024                 524288               files"
std::optional<Limits> open_files(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  const std::size_t at = limits.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  limits = limits.substr(at + kName.size());
  limits = limits.substr(0, limits.find('\n'));
  Limits found;
  for (std::uint64_t* value : {&found.soft, &found.hard}) {
    const std::size_t begin = std::min(limits.find_first_not_of(' '), limits.size());
    limits.remove_prefix(begin);
    const std::string_view word = limits.substr(0, limits.find(' '));
    const auto [end, errc] = std::from_chars(word.data(), word.data() + word.size(), *value);
    if (word == "unlimited")
      *value = UINT64_MAX;
    else if (word.empty() || errc != std::errc{} || end != word.data() + word.size())
      return std::nullopt;
    limits.remove_prefix(word.size());
  }
  return found;
}

std::string shown_limit(std::uint64_t limit) {
  return limit == UINT64_MAX ? "unlimited" : std::to_string(limit);
}

const std::string& note_of(const CheckedEvents& checked, Event event) {
  return checked.notes[static_cast<std::size_t>(event)];
}

bool counts(const CheckedEvents& checked, Event event) {
  return std::ranges::find(checked.available, event) != checked.available.end();
}

}  // namespace

Check check_nmi_watchdog(const Text& watchdog) {
  const std::optional<int> on = watchdog ? small_number(*watchdog) : std::nullopt;
  if (!watchdog) return {"nmi_watchdog", Verdict::good, "this kernel has none", ""};
  if (!on) return {"nmi_watchdog", Verdict::warning, "its file is damaged", ""};
  if (*on == 0) return {"nmi_watchdog", Verdict::good, "off: all counters are free", ""};
  return {"nmi_watchdog", Verdict::warning, "on: it holds a counter of every CPU, and events take turns",
          "`sysctl kernel.nmi_watchdog=0`, if you can do without its reports of hung CPUs"};
}

Check check_perf_paranoid(const Text& paranoid, const std::optional<Rights>& rights) {
  const std::optional<int> level = paranoid ? small_number(*paranoid) : std::nullopt;
  if (!paranoid)
    return {"perf_paranoid", Verdict::bad, "the kernel has no perf events", "boot a kernel with CONFIG_PERF_EVENTS"};
  if (!level) return {"perf_paranoid", Verdict::warning, "its file is damaged", ""};
  const std::string found = fmt::format("kernel.perf_event_paranoid is {}", *level);
  if (rights && rights->may_count()) return {"perf_paranoid", Verdict::good, found + ", and does not bind us", ""};
  // Counting a cgroup is counting whole CPUs, which 0 and less let everybody do.
  if (*level <= 0) return {"perf_paranoid", Verdict::good, found + ": everybody may count cgroups", ""};
  return {"perf_paranoid", rights ? Verdict::bad : Verdict::warning,
          found + ": cgroups are counted by root or CAP_PERFMON alone",
          "run as root or with CAP_PERFMON, or `sysctl kernel.perf_event_paranoid=0`"};
}

Check check_counters(const EventTable& table, const std::optional<CheckedEvents>& checked) {
  Check check{"counters", Verdict::good, "", ""};
  if (!checked) return {"counters", Verdict::warning, "not tried: another root", ""};
  if (checked->fatal) return {"counters", Verdict::bad, checked->fatal->why, checked->fatal->todo};
  for (const Event event : checked->available)
    check.found += (check.found.empty() ? "" : ", ") + std::string(name_of(event));
  for (const Event event : kAllEvents) {
    if (counts(*checked, event)) continue;
    const bool needed = event == Event::instructions || event == Event::cycles;
    check.verdict = std::max(check.verdict, needed ? Verdict::bad : Verdict::warning);
  }
  if (check.verdict == Verdict::good) {
    check.found = "all events count truly, by those of " + table.cpu;
  } else if (checked->available.empty()) {
    check.found = "no hardware counters; instructions: " + note_of(*checked, Event::instructions);
  } else {
    check.found += " count;";
    for (const Event event : kAllEvents)
      if (!counts(*checked, event))
        check.found += fmt::format(" {} not: {};", name_of(event), note_of(*checked, event));
    check.found.pop_back();
  }
  if (check.verdict != Verdict::good) check.todo = kHowToGetCounters;
  if (check.verdict == Verdict::good && !table.warning.empty()) {
    check.verdict = Verdict::warning;
    check.todo = table.warning;
  }
  return check;
}

std::size_t descriptors_per_cpu(const std::vector<Event>& events) {
  std::size_t descriptors = 0;
  for (const Turn& turn : plan_turns(events)) descriptors += turn.size();
  return descriptors;
}

Check check_open_files(const Text& limits, std::size_t cpus, std::size_t per_cpu, std::size_t containers) {
  const std::optional<Limits> limit = limits ? open_files(*limits) : std::nullopt;
  if (!limit || cpus == 0)
    return {"open_files", Verdict::warning, limit ? "how many CPUs there are is not known" : "the limit is not known",
            ""};
  const std::size_t each = std::max<std::size_t>(cpus * per_cpu, 1);
  const std::uint64_t fit = limit->hard <= kOtherDescriptors ? 0 : (limit->hard - kOtherDescriptors) / each;
  Check check{
      "open_files", Verdict::good,
      fmt::format("at most {}: {} a container on {} CPU{}, so {} containers at once", shown_limit(limit->hard), each,
                  cpus, cpus == 1 ? "" : "s", limit->hard == UINT64_MAX ? "any number of" : fmt::to_string(fit)),
      ""};
  if (fit >= std::max<std::size_t>(containers, 1)) return check;
  check.verdict = fit == 0 ? Verdict::bad : Verdict::warning;
  check.todo = fmt::format("set LimitNOFILE={} or more: there are {} containers",
                           kOtherDescriptors + each * std::max<std::size_t>(containers, 1), containers);
  return check;
}

Check check_cgroups(const Text& mountinfo) {
  if (!mountinfo) return {"cgroups", Verdict::warning, "/proc/self/mountinfo cannot be read", "mount /proc"};
  const Result<CgroupMounts> mounts = parse_cgroup_mounts(*mountinfo);
  if (!mounts) {
    const bool v1 = mountinfo->find(" - cgroup ") != std::string::npos;
    return {"cgroups", Verdict::bad,
            v1 ? "version 1 only: containers are found in the version 2 tree" : "no cgroup tree is mounted",
            v1 ? "`mount -t cgroup2 none /sys/fs/cgroup/unified`, or boot with systemd.unified_cgroup_hierarchy=1"
               : "`mount -t cgroup2 none /sys/fs/cgroup`"};
  }
  const bool hybrid = mountinfo->find(" - cgroup ") != std::string::npos;
  Check check{"cgroups", Verdict::good, "", ""};
  check.found = fmt::format("{}, at {}; counted {}", hybrid ? "hybrid" : "version 2", mounts->unified,
                            mounts->perf_event_v1 ? "at " + *mounts->perf_event_v1 + " (version 1)" : "there");
  return check;
}

Check check_containers(const std::optional<Result<std::size_t>>& found) {
  if (!found) return {"containers", Verdict::warning, "not known: see cgroups", ""};
  if (!found->ok())
    return {"containers", Verdict::warning, found->error().what + ": " + found->error().why, found->error().todo};
  const std::size_t count = **found;
  if (count == 0)
    return {"containers", Verdict::warning, "none that the default patterns know",
            "start some, name their cgroups under `containers:` in the configuration, or `dcat run --all-cgroups`"};
  return {"containers", Verdict::good, fmt::format("{} by the default patterns", count), ""};
}

}  // namespace dcat::cli::doctor
