// Who else allocates cache here, and what an earlier dCat has left.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "cat/foreign.h"
#include "cli/doctor_checks.h"

namespace dcat::cli::doctor {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

bool only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_uuid(std::string_view name) {
  if (name.size() != 36) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? name[i] != '-' : kHex.find(name[i]) == std::string_view::npos) return false;
  }
  return true;
}

// What runs beside us, by the name of the process: the kernel keeps 15 characters of it.
struct Manager {
  std::string_view command;
  bool allocates;  // by itself; else only where it was told to
  std::string_view what;
};
constexpr std::array<Manager, 10> kManagers{{
    {"pqos", true, "writes masks and moves tasks"},
    {"rdtset", true, "writes masks and moves tasks"},
    {"rmd", true, "the Resource Management Daemon gives out ways"},
    {"koordlet", true, "Koordinator's agent keeps the groups LSR, LS and BE"},
    {"cri-resmgr", true, "the CRI Resource Manager has RDT classes"},
    {"libvirtd", false, "allocates for guests with <cachetune>"},
    {"virtqemud", false, "allocates for guests with <cachetune>"},
    {"cadvisor", false, "may keep monitoring groups"},
    {"telegraf", false, "its intel_rdt plugin runs pqos"},
    {"nri-resctrl-mon", false, "keeps a monitoring group a pod"},
}};

std::string shown_group(const ForeignGroup& group) {
  const std::string owner = guess_owner(group.path.substr(group.path.rfind('/') + 1));
  return group.path + (owner.empty() ? "" : " (" + owner + ")") + (group.exclusive ? " [exclusive]" : "");
}

// The fewest ways that foreign masks leave in any domain, in one run.
Ways ways_left(const std::vector<ForeignGroup>& foreign, const ResctrlInfo& info) {
  Ways least = info.cbm_mask.size();
  for (const DomainId domain : info.domains) {
    std::vector<Cbm> masks;
    for (const ForeignGroup& group : foreign)
      for (const auto& [id, mask] : group.masks)
        if (id == domain) masks.push_back(mask & info.cbm_mask);
    const Cbm free = info.cbm_mask - held_ways(info.cbm_mask, masks);
    least = std::min(least, choose_run(free, info.shareable, {}).size());
  }
  return least;
}

std::string old_journal(const Leftovers& left, const JournalEntry& entry) {
  return fmt::format("the journal of pid {}{}", entry.pid,
                     left.age ? fmt::format(", alive {:.0f} s ago", seconds(*left.age)) : "");
}

}  // namespace

std::string guess_owner(std::string_view directory) {
  if (directory.starts_with("COS") && directory.size() > 3 && only(directory.substr(3), "0123456789"))
    return "pqos or libpqos";
  if (directory.starts_with("pqos-")) return "pqos, monitoring";
  if (directory.starts_with("qemu-") || directory.starts_with("machine-")) return "libvirt";
  if (directory.starts_with("cadvisor-")) return "cAdvisor";
  if (directory.starts_with("cri-resmgr.")) return "CRI Resource Manager";
  if (directory == "LSR" || directory == "LS" || directory == "BE") return "Koordinator";
  if (directory.size() == 64 && only(directory, kHex)) return "runc or containerd";
  if (is_uuid(directory)) return "an NRI plugin";
  return "";
}

Check check_groups(const std::vector<ForeignGroup>& foreign, const ResctrlInfo& info) {
  if (foreign.empty()) return {"groups", Verdict::good, "resctrl has no foreign groups", ""};
  int closids = 0;
  bool exclusive = false;
  std::vector<std::string> shown;
  for (const ForeignGroup& group : foreign) {
    closids += group.monitoring ? 0 : 1;
    exclusive = exclusive || group.exclusive;
    shown.push_back(shown_group(group));
  }
  const int left = info.closids - 1 - closids;
  const Ways ways = ways_left(foreign, info);
  Check check{"groups", Verdict::warning,
              fmt::format("{} foreign: {}; {} CLOSIDs and {} of {} ways are left for dCat", foreign.size(),
                          listed(shown), std::max(left, 0), ways.count, info.cbm_mask.size().count),
              "dCat works around them and never touches them; remove those whose owner is gone (rmdir)"};
  if (left < 1 || ways.count < 2) {
    check.verdict = Verdict::bad;
    check.todo = "nothing is left to give out: stop their owner, or remove its groups if it is gone (rmdir)";
  } else if (exclusive) {
    check.todo = "dCat works around them; the ways of an exclusive group can be given to nobody else";
  }
  return check;
}

Check check_managers(const std::vector<std::string>& commands) {
  std::map<std::string_view, int> running;
  for (const std::string& command : commands) {
    const std::string_view name = std::string_view(command).substr(0, command.find('\n'));
    const auto known = std::ranges::find(kManagers, name, &Manager::command);
    if (known != kManagers.end()) ++running[known->command];
  }
  if (running.empty()) return {"managers", Verdict::good, "no other cache manager runs", ""};
  Check check{"managers", Verdict::good, "", ""};
  for (const Manager& manager : kManagers) {
    if (!running.contains(manager.command)) continue;
    check.found += fmt::format("{}{}: {}", check.found.empty() ? "" : "; ", manager.command, manager.what);
    if (manager.allocates) check.verdict = Verdict::warning;
  }
  if (check.verdict == Verdict::warning)
    check.todo = "let one program decide: two that move the same tasks undo each other's work";
  return check;
}

// "1: FLOCK  ADVISORY  WRITE 4242 00:1a:77 0 EOF"; who waits for it has "->" behind the number.
std::optional<int> holder_of_lock(std::string_view locks, std::string_view file) {
  while (!locks.empty()) {
    const std::string_view line = locks.substr(0, locks.find('\n'));
    locks.remove_prefix(std::min(line.size() + 1, locks.size()));
    std::vector<std::string_view> fields;
    for (std::size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string_view::npos;) {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      fields.push_back(line.substr(at, end - at));
      at = end;
    }
    if (fields.size() < 6 || fields[1] != "FLOCK" || fields[5] != file) continue;
    int pid = 0;
    const auto [end, errc] = std::from_chars(fields[4].data(), fields[4].data() + fields[4].size(), pid);
    if (errc == std::errc{} && end == fields[4].data() + fields[4].size()) return pid;
  }
  return std::nullopt;
}

Check check_leftovers(const Leftovers& left) {
  Check check{"leftovers", Verdict::good, "none of an earlier dCat", ""};
  const std::string groups = left.groups.empty() ? ""
                                                 : fmt::format("{} group{} ({})", left.groups.size(),
                                                               left.groups.size() == 1 ? "" : "s", listed(left.groups));
  if (left.daemon) {
    check.found = fmt::format("a dCat runs (pid {}){}", *left.daemon, groups.empty() ? "" : " and has " + groups);
    return check;
  }
  if (!left.journal)
    return {"leftovers", Verdict::warning,
            left.journal.error().what + ": " + left.journal.error().why + (groups.empty() ? "" : "; " + groups),
            left.journal.error().todo};
  const std::optional<JournalEntry>& entry = *left.journal;
  const bool this_boot = entry && entry->boot_id == left.boot_id;
  if (entry && !this_boot && groups.empty()) {
    check.found = "a journal of an earlier boot, which has undone everything";
    return check;
  }
  if (!entry && groups.empty()) return check;
  check.verdict = Verdict::warning;
  check.found = groups;
  if (this_boot) check.found += (groups.empty() ? "" : " and ") + old_journal(left, *entry);
  check.todo = "`dcat reset` undoes it; so does the next start, or it takes over";
  return check;
}

}  // namespace dcat::cli::doctor
