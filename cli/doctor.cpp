// `dcat doctor`: reads the node's files, asks every check, prints the answers.
#include "cli/doctor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cat/linux/group_names.h"
#include "cat/linux/journal.h"
#include "cat/linux/resctrl_files.h"
#include "cli/commands.h"
#include "cli/run_plan.h"
#include "cli/screen.h"
#include "core/cpu_list.h"
#include "emulator/linux/control_client.h"
#include "perfmon/linux/cgroup_containers.h"
#include "perfmon/linux/cgroup_mounts.h"

namespace dcat::cli::doctor {

namespace {

namespace fs = std::filesystem;

Text read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return std::nullopt;
  return text;
}

// The last path component of what is in `directory`, ascending.
std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> read_commands(const std::string& proc) {
  std::vector<std::string> commands;
  for (const std::string& name : names_in(proc))
    if (name.find_first_not_of("0123456789") == std::string::npos)
      if (Text command = read_text(proc + "/" + name + "/comm")) commands.push_back(std::move(*command));
  return commands;
}

bool is_kernels(const std::string& directory) {
  return directory == "info" || directory == "mon_data" || directory == "mon_groups";
}

// Everybody's groups but ours; one that goes meanwhile has no masks.
std::vector<ForeignGroup> read_foreign_groups(const ResctrlFiles& files, const ResctrlInfo& info) {
  std::vector<ForeignGroup> foreign;
  const auto add_monitors = [&](const std::string& of) {
    const std::string parent = of.empty() ? "mon_groups" : of + "/mon_groups";
    const auto monitors = files.directories(parent);
    if (!monitors) return;
    for (const std::string& name : *monitors)
      if (!parse_directory_name(name)) foreign.push_back({parent + "/" + name, true, false, {}});
  };
  add_monitors("");
  const auto groups = files.directories("");
  if (!groups) return foreign;
  for (const std::string& name : *groups) {
    if (is_kernels(name)) continue;
    if (!parse_directory_name(name)) {
      ForeignGroup group{name, false, false, {}};
      const Result<std::string> mode = files.read(name + "/mode");
      group.exclusive = mode && mode->starts_with("exclusive");
      if (auto masks = read_group_masks(files, info, name)) group.masks = std::move(*masks);
      foreign.push_back(std::move(group));
    }
    add_monitors(name);
  }
  return foreign;
}

Leftovers read_leftovers(const std::string& root, const ResctrlFiles& files) {
  Leftovers left;
  const std::string directory = root + NodeSettings{}.runtime_directory;
  const Journal journal(directory);
  left.journal = journal.read();
  left.age = journal.age();
  left.boot_id = read_text(root + "/proc/sys/kernel/random/boot_id").value_or("");
  left.boot_id = left.boot_id.substr(0, left.boot_id.find('\n'));
  // Asked of the kernel's list: taking the lock, be it for a moment, would turn a daemon away that starts just now.
  struct stat lock {};
  const Text locks = read_text(root + "/proc/locks");
  if (locks && ::stat((directory + "/lock").c_str(), &lock) == 0)
    left.daemon =
        holder_of_lock(*locks, fmt::format("{:02x}:{:02x}:{}", major(lock.st_dev), minor(lock.st_dev), lock.st_ino));
  if (const auto groups = files.directories(""))
    for (const std::string& name : *groups)
      if (parse_directory_name(name)) left.groups.push_back(name);
  return left;
}

// As the daemon's writes will be judged, but nothing is opened, for opening a file may already have an effect.
std::optional<int> errno_of_writing(const ResctrlFiles& files) {
  if (!files.mounted()) return std::nullopt;
  return ::faccessat(AT_FDCWD, (files.root() + "/schemata").c_str(), W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

std::optional<Result<std::size_t>> count_containers(const std::string& root, const Text& mountinfo) {
  const Result<CgroupMounts> mounts = parse_cgroup_mounts(mountinfo.value_or(""));
  if (!mounts) return std::nullopt;
  auto source = CgroupContainers::open({root + mounts->unified, {}, false, 0});
  if (!source) return Result<std::size_t>(std::move(source).error());
  auto found = (*source)->list();
  if (!found) return Result<std::size_t>(std::move(found).error());
  return Result<std::size_t>(found->size());
}

std::size_t count_cpus(const std::string& root) {
  const Text online = read_text(root + "/sys/devices/system/cpu/online");
  const Result<std::vector<int>> cpus = parse_cpu_list(online.value_or(""));
  return cpus ? cpus->size() : 0;
}

// What a mounted resctrl says; without one what it would say is not known, which `mount` has judged.
void examine_resctrl(const ResctrlFiles& files, const Result<ResctrlInfo>& info, std::vector<Check>& checks) {
  if (!files.mounted()) {
    for (const char* name : {"allocation", "monitoring", "groups"})
      checks.push_back({name, Verdict::warning, "not known: see mount", ""});
    return;
  }
  checks.push_back(check_allocation(info));
  checks.push_back(check_monitoring(info));
  if (info)
    checks.push_back(check_groups(read_foreign_groups(files, *info), *info));
  else
    checks.push_back({"groups", Verdict::warning, "not known: see allocation", ""});
}

void examine_counters(const Surroundings& where, const Text& cpuinfo, const std::optional<Rights>& rights,
                      std::size_t containers, std::vector<Check>& checks) {
  const Result<CpuModel> model = parse_cpuinfo(cpuinfo.value_or(""));
  const EventTable table = event_table_for(model ? *model : CpuModel{});
  if (where.simulated_node) {
    for (const char* name : {"nmi_watchdog", "perf_paranoid", "counters", "open_files"})
      checks.push_back({name, Verdict::good, "of no matter: counts are simulated", ""});
    return;
  }
  const std::string& root = where.root;
  const std::optional<CheckedEvents> checked = where.try_counters(table);
  std::vector<Event> events(kAllEvents.begin(), kAllEvents.end());
  if (checked && !checked->available.empty()) events = checked->available;
  checks.push_back(check_nmi_watchdog(read_text(root + "/proc/sys/kernel/nmi_watchdog")));
  checks.push_back(check_perf_paranoid(read_text(root + "/proc/sys/kernel/perf_event_paranoid"), rights));
  checks.push_back(check_counters(table, checked));
  checks.push_back(check_open_files(read_text(root + "/proc/self/limits"), count_cpus(root),
                                    descriptors_per_cpu(events), containers));
}

void examine_counting(const Surroundings& where, const Text& cpuinfo, const std::optional<Rights>& rights,
                      std::vector<Check>& checks) {
  const Text mountinfo = read_text(where.root + "/proc/self/mountinfo");
  const std::optional<Result<std::size_t>> containers = count_containers(where.root, mountinfo);
  examine_counters(where, cpuinfo, rights, containers && containers->ok() ? **containers : 0, checks);
  checks.push_back(check_cgroups(mountinfo));
  if (where.simulated_node)
    checks.push_back({"containers", Verdict::good, "of no matter: tenants are simulated", ""});
  else
    checks.push_back(check_containers(containers));
}

}  // namespace

std::vector<Check> examine(const Surroundings& where) {
  const std::string& root = where.root;
  const ResctrlFiles files(root + kResctrlRoot);
  const Result<ResctrlInfo> info = read_resctrl_info(files);
  const Text mounts = read_text(root + "/proc/mounts"), filesystems = read_text(root + "/proc/filesystems");
  const Text cpuinfo = read_text(root + "/proc/cpuinfo"), status = read_text(root + "/proc/self/status");
  const std::optional<Rights> rights = status ? parse_rights(*status) : std::nullopt;

  std::vector<Check> checks;
  checks.push_back(check_node(where.simulated_node, parse_resctrl_mounts(mounts.value_or(""))));
  checks.push_back(check_cpu(cpuinfo, info.ok()));
  checks.push_back(check_kernel(read_text(root + "/proc/sys/kernel/osrelease"), filesystems));
  checks.push_back(check_command_line(read_text(root + "/proc/cmdline"), info.ok()));
  checks.push_back(check_mount(mounts, knows_resctrl(filesystems)));
  checks.push_back(check_rights(rights, errno_of_writing(files)));
  examine_resctrl(files, info, checks);
  examine_counting(where, cpuinfo, rights, checks);
  checks.push_back(check_managers(read_commands(root + "/proc")));
  checks.push_back(check_leftovers(read_leftovers(root, files)));
  return checks;
}

}  // namespace dcat::cli::doctor

namespace dcat::cli {

namespace {

constexpr std::size_t kWidest = 120;  // longer lines are hard to read

doctor::Layout layout_of_screen() {
  doctor::Layout layout;
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1) return layout;
  layout.colour = std::getenv("NO_COLOR") == nullptr;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    layout.columns = std::min<std::size_t>(size.ws_col, kWidest);
  return layout;
}

}  // namespace

int doctor_command(const DoctorArguments& arguments) {
  doctor::Surroundings where;
  where.root = arguments.root;
  const char* const emulator = std::getenv(emulator::kControlVariable);
  where.simulated_node = emulator != nullptr && *emulator != '\0';
  where.try_counters = [&](const EventTable& table) -> std::optional<CheckedEvents> {
    if (!arguments.root.empty()) return std::nullopt;
    KernelPerf perf;
    return check_events(perf, table, load_flushed_lines);
  };
  const std::vector<doctor::Check> checks = doctor::examine(where);
  const std::vector<std::string> lines =
      arguments.json ? std::vector{doctor::format_json(checks)} : doctor::format_checks(checks, layout_of_screen());
  if (const Status printed = print_lines(lines); !printed) return report(printed.error());
  return doctor::possible(checks) ? 0 : exit_code(ErrorCode::unsupported);
}

}  // namespace dcat::cli
