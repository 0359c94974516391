// The kernel's command line: what switches RDT features off. Source: Linux
// Documentation/admin-guide/kernel-parameters.txt, rdt= and clearcpuid=.
#include <fmt/format.h>

#include <array>
#include <set>

#include "cli/doctor_checks.h"

namespace dcat::cli::doctor {

namespace {

// A feature as rdt= names it, as /proc/cpuinfo and clearcpuid= name it, and its number there: 32 bits a word of
// arch/x86/include/asm/cpufeatures.h, the same since Linux 5.3; -1 = not asked for.
struct Feature {
  std::string_view option, flag;
  int bit;
  Verdict off;  // what it means to be without
  std::string_view loss;
};
constexpr std::array<Feature, 12> kFeatures{{
    {"l3cat", "cat_l3", 7 * 32 + 4, Verdict::bad, "no L3 way can be allocated"},
    {"", "rdt_a", 9 * 32 + 15, Verdict::bad, "nothing can be allocated"},
    {"cmt", "cqm_occup_llc", 11 * 32 + 1, Verdict::warning, "occupancy is not measured"},
    {"", "cqm", 9 * 32 + 12, Verdict::warning, "nothing is measured"},
    {"", "cqm_llc", 11 * 32 + 0, Verdict::warning, "nothing is measured"},
    {"mbmtotal", "cqm_mbm_total", 11 * 32 + 2, Verdict::warning, "bandwidth is not measured"},
    {"mbmlocal", "cqm_mbm_local", 11 * 32 + 3, Verdict::good,
     "local bandwidth is not measured, which dCat does not use"},
    {"l3cdp", "cdp_l3", 7 * 32 + 6, Verdict::good, "no code and data prioritisation, which dCat does not need"},
    {"mba", "mba", 7 * 32 + 18, Verdict::good, "no bandwidth allocation: its CLOSIDs limit the groups no more"},
    {"l2cat", "cat_l2", 7 * 32 + 5, Verdict::good, "no L2 allocation: its CLOSIDs limit the groups no more"},
    {"l2cdp", "cdp_l2", -1, Verdict::good, "no L2 code and data prioritisation"},
    {"smba", "", -1, Verdict::good, "no allocation of slow memory's bandwidth"},
}};

struct Told {
  Verdict verdict = Verdict::good;
  std::string text;
  void add(const std::string& token, Verdict worth, std::string_view meaning) {
    verdict = std::max(verdict, worth);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", token, meaning);
  }
};

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(end + 1)) {
    end = text.find(separator);
    if (end != 0 && !text.empty()) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return parts;
}

void tell_option(std::string_view option, const std::set<std::string_view>& switched_on, Told& told) {
  const bool off = option.starts_with('!');
  const std::string token = fmt::format("rdt={}", option);
  if (off) option.remove_prefix(1);
  for (const Feature& feature : kFeatures) {
    if (feature.option.empty() || feature.option != option) continue;
    if (!off) return told.add(token, Verdict::good, "switched on, even where an erratum would switch it off");
    // The kernel looks at what is switched on last.
    if (switched_on.contains(option)) return told.add(token, Verdict::good, "no effect, for it is switched on too");
    return told.add(token, feature.off, feature.loss);
  }
  told.add(token, Verdict::good, "nothing that dCat uses");
}

void tell_cleared(std::string_view cleared, Told& told) {
  for (const Feature& feature : kFeatures) {
    const bool named = !feature.flag.empty() && cleared == feature.flag;
    if (named || (feature.bit >= 0 && cleared == std::to_string(feature.bit))) {
      const std::string token =
          fmt::format("clearcpuid={}{}", cleared, named ? "" : fmt::format(" ({})", feature.flag));
      return told.add(token, feature.off, feature.loss);
    }
  }
  told.add(fmt::format("clearcpuid={}", cleared), Verdict::good, "no RDT feature");
}

}  // namespace

Check check_command_line(const Text& command_line, bool offers_l3) {
  if (!command_line) return {"command_line", Verdict::warning, "/proc/cmdline cannot be read", "mount /proc"};
  Told told;
  std::vector<std::string_view> options, cleared;
  std::string flat = *command_line;
  for (char& c : flat)
    if (c == '\n' || c == '\t') c = ' ';
  for (std::string_view word : parts_of(flat, ' ')) {
    if (word == "--") break;  // what follows is for init
    if (word.starts_with("rdt="))
      for (const std::string_view option : parts_of(word.substr(4), ',')) options.push_back(option);
    if (word.starts_with("clearcpuid="))
      for (const std::string_view flag : parts_of(word.substr(11), ',')) cleared.push_back(flag);
  }
  std::set<std::string_view> switched_on;
  for (const std::string_view option : options)
    if (!option.starts_with('!')) switched_on.insert(option);
  for (const std::string_view option : options) tell_option(option, switched_on, told);
  for (const std::string_view flag : cleared) tell_cleared(flag, told);
  Check check{"command_line", told.verdict, told.text.empty() ? "switches no RDT feature" : told.text, ""};
  if (offers_l3 && check.verdict == Verdict::bad) {
    check.verdict = Verdict::warning;
    check.found += "; yet resctrl offers L3 ways";
  } else if (check.verdict != Verdict::good) {
    check.todo = "take it off the kernel's command line (GRUB_CMDLINE_LINUX) and boot again";
  }
  return check;
}

}  // namespace dcat::cli::doctor
