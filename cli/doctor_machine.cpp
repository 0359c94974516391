// The machine: processor, kernel, its command line, the mount, what resctrl offers, and our rights to it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <set>

#include "cli/doctor_checks.h"
#include "cli/run_plan.h"

namespace dcat::cli::doctor {

namespace {

constexpr int kCapDacOverride = 1, kCapSysAdmin = 21, kCapPerfmon = 38;  // <linux/capability.h>

constexpr const char* kHowToMount =
    "`mount -t resctrl resctrl /sys/fs/resctrl`; at every boot by a unit sys-fs-resctrl.mount with [Mount] "
    "What=resctrl Where=/sys/fs/resctrl Type=resctrl";

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return parts;
    text.remove_prefix(begin);
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end);
  }
}

template <class T>
std::optional<T> number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, errc] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || errc != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(separator)) + part;
  return text;
}

// Of the first processor; nullopt: it names none, as on other machines than x86.
std::optional<std::set<std::string, std::less<>>> cpu_flags(std::string_view cpuinfo) {
  for (const std::string_view line : split(cpuinfo, "\n")) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        split(line.substr(0, colon), " \t") != std::vector<std::string_view>{"flags"})
      continue;
    std::set<std::string, std::less<>> flags;
    for (const std::string_view flag : split(line.substr(colon + 1), " \t")) flags.emplace(flag);
    return flags;
  }
  return std::nullopt;
}

std::string cpu_name(std::string_view cpuinfo) {
  const Result<CpuModel> model = parse_cpuinfo(cpuinfo);
  if (!model) return "a processor whose model is damaged in /proc/cpuinfo";
  if (model->vendor.empty()) return "a processor that is not x86";
  return fmt::format("{} family {} model {}", model->vendor, model->family, model->model);
}

}  // namespace

bool ResctrlMount::has_option(std::string_view option) const {
  const std::vector<std::string_view> all = split(options, ",");
  return std::ranges::find(all, option) != all.end();
}

// device point type options dump pass; blanks in names are \040, which no name of ours has.
std::vector<ResctrlMount> parse_resctrl_mounts(std::string_view mounts) {
  std::vector<ResctrlMount> found;
  for (const std::string_view line : split(mounts, "\n")) {
    const std::vector<std::string_view> fields = split(line, " ");
    if (fields.size() < 4) continue;
    const std::string_view type = fields[2];
    const bool emulated = type == "fuse.resctrl" || (type.starts_with("fuse") && fields[0] == "resctrl");
    if (type == "resctrl" || emulated) found.push_back({std::string(fields[1]), std::string(fields[3]), emulated});
  }
  return found;
}

Check check_node(bool simulated_node, const std::vector<ResctrlMount>& mounts) {
  if (simulated_node)
    return {"node", Verdict::good, "emulated, with simulated tenants: nothing here is this machine's cache", ""};
  if (std::ranges::any_of(mounts, &ResctrlMount::emulated))
    return {"node", Verdict::good, "emulated: resctrl is `dcat emulate`'s, and no cache is partitioned", ""};
  return {"node", Verdict::good, "this machine", ""};
}

Check check_cpu(const Text& cpuinfo, bool offers_l3) {
  Check check{"cpu", Verdict::good, "", ""};
  if (!cpuinfo) return {"cpu", Verdict::warning, "/proc/cpuinfo cannot be read", "mount /proc"};
  check.found = cpu_name(*cpuinfo);
  const auto flags = cpu_flags(*cpuinfo);
  const Verdict without = offers_l3 ? Verdict::warning : Verdict::bad;
  if (!flags) {
    check.verdict = without;
    check.found += ": it lists no flags" + std::string(offers_l3 ? ", but resctrl offers L3 ways" : "");
    if (!offers_l3) check.todo = "use a processor whose kernel offers L3 ways through resctrl";
    return check;
  }
  std::vector<std::string> seen;
  for (const char* flag : {"rdt_a", "cat_l3", "cdp_l3", "mba"})
    if (flags->contains(flag)) seen.emplace_back(flag);
  for (const std::string& flag : *flags)
    if (flag.starts_with("cqm")) seen.push_back(flag);
  check.found += seen.empty() ? ", no RDT at all" : ": " + joined(seen, " ");
  const bool allocates = flags->contains("cat_l3"), guest = flags->contains("hypervisor");
  if (!allocates) {
    check.verdict = without;
    if (!seen.empty()) check.found += "; cat_l3 is missing";
    if (offers_l3) check.found += ", but resctrl offers L3 ways";
  }
  if (guest) {
    check.found += "; a virtual machine";
    if (allocates) check.verdict = Verdict::warning;
  }
  if (guest && !allocates && !offers_l3)
    check.todo = "RDT is not passed through to virtual machines: run dCat on the host";
  else if (guest && allocates)
    check.todo = "see that the flags are true: a guest that shares its L3 with others cannot partition it alone";
  else if (check.verdict == Verdict::bad)
    check.todo = "use a processor with L3 CAT (Intel Xeon since Broadwell, AMD EPYC since Rome), and see its firmware";
  return check;
}

bool knows_resctrl(const Text& filesystems) {
  if (!filesystems) return false;
  const std::vector<std::string_view> words = split(*filesystems, " \t\n");
  return std::ranges::find(words, "resctrl") != words.end();
}

Check check_kernel(const Text& release, const Text& filesystems) {
  Check check{"kernel", Verdict::good, "Linux ", ""};
  const std::vector<std::string_view> parts = release ? split(*release, ".-+ \n") : std::vector<std::string_view>{};
  const auto major = parts.size() > 1 ? number<int>(parts[0]) : std::nullopt;
  const auto minor = parts.size() > 1 ? number<int>(parts[1]) : std::nullopt;
  if (release) check.found += release->substr(0, release->find('\n'));
  if (!major || !minor) {
    check.verdict = Verdict::warning;
    check.found = "its version is not known";
  } else if (std::pair(*major, *minor) >= std::pair(6, 7)) {
    check.found += ": moves monitoring groups by rename, and takes lists of tasks";
  } else {
    check.found += ": moves containers thread by thread (since 6.7: whole monitoring groups)";
  }
  if (!filesystems) {
    check.verdict = Verdict::warning;
    check.found += "; /proc/filesystems cannot be read";
    check.todo = "mount /proc";
  } else if (!knows_resctrl(filesystems)) {
    check.verdict = Verdict::bad;
    check.found += "; it does not know the resctrl file system";
    check.todo =
        "boot a kernel with CONFIG_X86_CPU_RESCTRL; one that has it leaves resctrl out where the processor has no RDT "
        "(see cpu) or the command line switches it off";
  }
  return check;
}

Check check_mount(const Text& mounts, bool kernel_knows_it) {
  if (!mounts) return {"mount", Verdict::warning, "/proc/mounts cannot be read", "mount /proc"};
  const std::vector<ResctrlMount> found = parse_resctrl_mounts(*mounts);
  const auto here = std::ranges::find(found, kResctrlRoot, &ResctrlMount::point);
  if (found.empty())
    return {"mount", Verdict::bad, "resctrl is not mounted",
            kernel_knows_it ? kHowToMount : "first see kernel: it has no resctrl to mount"};
  if (here == found.end())
    return {"mount", Verdict::bad, fmt::format("resctrl is mounted at {}, not at {}", found[0].point, kResctrlRoot),
            fmt::format("`mount --bind {} {}`: there can be only one, and unmounting it removes everybody's groups",
                        found[0].point, kResctrlRoot)};
  std::vector<std::string> options;
  for (const std::string_view option : split(here->options, ",")) options.emplace_back(option);
  Check check{"mount", Verdict::good, fmt::format("{} ({})", here->point, joined(options, ", ")), ""};
  if (here->has_option("ro")) {
    check.verdict = Verdict::bad;
    check.todo = fmt::format("it is read-only: `mount -o remount,rw {}`", kResctrlRoot);
  } else if (here->has_option("cdp")) {
    check.verdict = Verdict::warning;
    check.todo =
        "cdp halves the CLOSIDs, and dCat gives code and data the same ways: mount without it for twice the groups";
  }
  if (here->has_option("mba_MBps")) check.found += "; MB is in MBps, which dCat leaves alone";
  return check;
}

Check check_allocation(const Result<ResctrlInfo>& info) {
  if (!info)
    return {"allocation", Verdict::bad, info.error().what + ": " + info.error().why,
            info.error().code == ErrorCode::unsupported ? "see cpu and command_line"
            : info.error().todo.empty() ? "dCat cannot use what it cannot read: see the kernel's log (dmesg)"
                                        : info.error().todo};
  std::vector<std::string> domains;
  for (const DomainId id : info->domains) domains.push_back(std::to_string(id.value));
  Check check{"allocation", Verdict::good, "", ""};
  check.found =
      fmt::format("{} ways, {} CLOSIDs, masks of {} or more bits{}, {} L3 domain{} (id {}){}{}",
                  info->cbm_mask.size().count, info->closids, info->empty_masks ? 0 : info->min_cbm_bits.count,
                  info->sparse ? " with gaps if need be" : "", domains.size(), domains.size() == 1 ? "" : "s",
                  listed(domains), info->shareable.empty() ? "" : ", I/O shares ways " + format_cbm(info->shareable),
                  info->cdp ? ", code and data apart" : "");
  if (info->throttles)
    check.found += fmt::format("; memory bandwidth from {} % in steps of {} %, through resctrl alone",
                               info->throttles->least.percent, info->throttles->step);
  else if (!info->why_no_throttles.empty())
    check.found += "; memory bandwidth is never throttled: " + info->why_no_throttles;
  if (info->closids < 2 || info->cbm_mask.size().count < 2 || info->domains.empty()) {
    check.verdict = Verdict::bad;
    check.todo = "nothing is left to give to a container: it takes two CLOSIDs, two ways and an L3 domain";
  } else if (info->closids < 4) {
    check.verdict = Verdict::warning;
    check.todo = fmt::format("only {} container{} can have ways of {} own; others share", info->closids - 1,
                             info->closids == 2 ? "" : "s", info->closids == 2 ? "its" : "their");
  }
  return check;
}

Check check_monitoring(const Result<ResctrlInfo>& info) {
  if (!info || info->rmids == 0)
    return {"monitoring", Verdict::warning, "resctrl measures neither occupancy nor bandwidth",
            "dCat decides without them; see cpu (cqm_llc) and command_line (rdt=!cmt) if the machine should"};
  Check check{"monitoring", Verdict::good,
              fmt::format("{} RMIDs: {}{}{}", info->rmids, info->occupancy ? "occupancy" : "",
                          info->occupancy && info->bandwidth ? ", " : "", info->bandwidth ? "bandwidth" : ""),
              ""};
  if (!info->occupancy || !info->bandwidth) {
    check.verdict = Verdict::warning;
    check.todo = fmt::format("the {} of containers is not shown", info->occupancy ? "bandwidth" : "occupancy");
  } else if (info->rmids <= info->closids) {
    check.verdict = Verdict::warning;
    check.todo = "every group takes an RMID: none is left to measure the containers of a shared group apart";
  }
  return check;
}

bool Rights::may_count() const {
  return has(kCapPerfmon) || has(kCapSysAdmin);
}

std::optional<Rights> parse_rights(std::string_view status) {
  std::optional<std::uint32_t> uid;
  std::optional<std::uint64_t> capabilities;
  for (const std::string_view line : split(status, "\n")) {
    const std::vector<std::string_view> fields = split(line, " \t");
    if (fields.size() > 2 && fields[0] == "Uid:") uid = number<std::uint32_t>(fields[2]);  // real, effective, ...
    if (fields.size() > 1 && fields[0] == "CapEff:") capabilities = number<std::uint64_t>(fields[1], 16);
  }
  if (!uid || !capabilities) return std::nullopt;
  return Rights{*uid, *capabilities};
}

Check check_rights(const std::optional<Rights>& rights, std::optional<int> write_errno) {
  if (!rights) return {"rights", Verdict::warning, "/proc/self/status does not tell", "run as root"};
  std::vector<std::string> capabilities;
  for (const auto& [bit, name] : {std::pair(kCapSysAdmin, "CAP_SYS_ADMIN"), std::pair(kCapPerfmon, "CAP_PERFMON"),
                                  std::pair(kCapDacOverride, "CAP_DAC_OVERRIDE")})
    if (rights->has(bit)) capabilities.emplace_back(name);
  Check check{"rights", Verdict::good,
              fmt::format("{}, {}", rights->uid == 0 ? "root" : fmt::format("uid {}", rights->uid),
                          capabilities.empty() ? "no capability that helps" : joined(capabilities, " ")),
              ""};
  if (write_errno)
    check.found += *write_errno == 0 ? "; resctrl can be written"
                                     : fmt::format("; resctrl cannot be written ({})", errno_text(*write_errno));
  // The kernel lets others than root move only their own tasks, whatever capabilities they have.
  if (rights->uid != 0) {
    check.verdict = Verdict::bad;
    check.todo = "run as root: resctrl lets nobody else move other users' tasks";
  } else if (write_errno.value_or(0) != 0) {
    check.verdict = Verdict::bad;
    check.todo = *write_errno == EROFS ? "let the container or the unit see /sys/fs/resctrl read-write"
                                       : "see who keeps root from it: a container, a sandbox, a security module";
  }
  return check;
}

}  // namespace dcat::cli::doctor
