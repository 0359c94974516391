// What `dcat doctor` asks of a node: functions from the texts of its files to verdicts. A text that is nullopt could
// not be read; a damaged one never fails, it makes a warning.
//
// bad means that `dcat run --mode enforce` cannot work here; a warning costs something, or is not known. Sources: Linux
// Documentation/arch/x86/resctrl.rst, Documentation/admin-guide/kernel-parameters.txt (rdt=, clearcpuid=),
// Documentation/admin-guide/sysctl/kernel.rst (nmi_watchdog, perf_event_paranoid), proc(5), capabilities(7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cat/linux/journal.h"
#include "cat/linux/resctrl_info.h"
#include "core/result.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/self_check.h"

namespace dcat::cli::doctor {

enum class Verdict : std::uint8_t { good, warning, bad };
std::string_view name_of(Verdict verdict);

struct Check {
  std::string name;  // stable: scripts know it
  Verdict verdict = Verdict::good;
  std::string found;
  std::string todo;  // empty where nothing is to be done
  bool operator==(const Check&) const = default;
};

using Text = std::optional<std::string>;

// ---- The machine (doctor_machine.cpp)

// A mount of /proc/mounts, of resctrl or of something that stands in for it.
struct ResctrlMount {
  std::string point;
  std::string options;
  bool emulated = false;  // a FUSE file system named resctrl
  bool has_option(std::string_view option) const;
  bool operator==(const ResctrlMount&) const = default;
};
std::vector<ResctrlMount> parse_resctrl_mounts(std::string_view mounts);

Check check_node(bool simulated_node, const std::vector<ResctrlMount>& mounts);

// `offers_l3`: a mounted resctrl allocates L3 ways, whatever else is missing: then nothing here is worse than a
// warning.
Check check_cpu(const Text& cpuinfo, bool offers_l3);
Check check_command_line(const Text& command_line, bool offers_l3);

bool knows_resctrl(const Text& filesystems);
Check check_kernel(const Text& release, const Text& filesystems);
Check check_mount(const Text& mounts, bool kernel_knows_it);

// REQUIRES: resctrl is mounted, as for all that take a ResctrlInfo.
Check check_allocation(const Result<ResctrlInfo>& info);
Check check_monitoring(const Result<ResctrlInfo>& info);

// ---- Who may do what (doctor_machine.cpp)

struct Rights {
  std::uint32_t uid = 0;  // effective
  std::uint64_t capabilities = 0;
  bool has(int capability) const { return (capabilities >> capability & 1) != 0; }
  bool may_count() const;
  bool operator==(const Rights&) const = default;
};
// Of /proc/self/status.
std::optional<Rights> parse_rights(std::string_view status);

// `write_errno`: of an attempt to open the default group's schemata for writing; 0 = granted, nullopt = not mounted.
Check check_rights(const std::optional<Rights>& rights, std::optional<int> write_errno);

// ---- Counting (doctor_counting.cpp)

Check check_nmi_watchdog(const Text& watchdog);
Check check_perf_paranoid(const Text& paranoid, const std::optional<Rights>& rights);
// `checked` is absent where nothing was tried.
Check check_counters(const EventTable& table, const std::optional<CheckedEvents>& checked);

// Descriptors that one container needs on one CPU, with these events.
std::size_t descriptors_per_cpu(const std::vector<Event>& events);
// Limits are of /proc/self/limits.
Check check_open_files(const Text& limits, std::size_t cpus, std::size_t per_cpu, std::size_t containers);

Check check_cgroups(const Text& mountinfo);
// nullopt: there is no tree to look at.
Check check_containers(const std::optional<Result<std::size_t>>& found);

// ---- Who else is here (doctor_neighbours.cpp)

struct ForeignGroup {
  std::string path;         // below the root: "COS1", "mon_groups/cadvisor-x"
  bool monitoring = false;  // takes an RMID, no CLOSID
  bool exclusive = false;   // nobody may share its ways
  std::vector<std::pair<DomainId, Cbm>> masks;
  bool operator==(const ForeignGroup&) const = default;
};
// Whose a name looks like; "" = nobody's that is known.
std::string guess_owner(std::string_view directory);
Check check_groups(const std::vector<ForeignGroup>& foreign, const ResctrlInfo& info);

// `commands` are the texts of /proc/PID/comm.
Check check_managers(const std::vector<std::string>& commands);

// The pid that holds flock on a file, by /proc/locks. `file` is written as there: device and inode, "00:1a:77".
std::optional<int> holder_of_lock(std::string_view locks, std::string_view file);

struct Leftovers {
  std::optional<int> daemon;        // a dCat that is alive
  std::vector<std::string> groups;  // dcat.*
  Result<std::optional<JournalEntry>> journal = std::optional<JournalEntry>();
  std::optional<Duration> age;  // of the journal
  std::string boot_id;
};
Check check_leftovers(const Leftovers& left);

// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& names);

}  // namespace dcat::cli::doctor
