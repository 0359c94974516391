#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "emulator/linux/emulate.h"
#include "emulator/linux/faces.h"

namespace dcat::emulator {

namespace {

constexpr int kMostWays = 32;      // of a capacity mask's register
constexpr int kMostClosids = 128;  // registers that CPUs have
constexpr int kMostRmids = 1024;
constexpr int kMostDomains = 64;
constexpr int kMostCpus = 1024;
constexpr std::uint64_t kMostWayBytes = std::uint64_t{1} << 30;  // more than any cache has

Error bad(const std::string& option, const std::string& why) {
  return {ErrorCode::bad_input, "--" + option, why, ""};
}

Status check_range(const char* option, std::optional<int> value, int least, int most) {
  if (value && (*value < least || *value > most))
    return bad(option, fmt::format("got {}, want {}..{}", *value, least, most));
  return {};
}

Status check_numbers(const NodeOptions& o) {
  if (Status s = check_range("ways", o.ways, 1, kMostWays); !s) return s;
  if (Status s = check_range("closids", o.closids, o.cdp ? 2 : 1, kMostClosids); !s) return s;
  if (Status s = check_range("mb-closids", o.mb_closids, 1, kMostClosids); !s) return s;
  if (Status s = check_range("rmids", o.rmids, 1, kMostRmids); !s) return s;
  if (Status s = check_range("domains", o.domains, 1, kMostDomains); !s) return s;
  if (o.way_bytes && (*o.way_bytes % 1024 != 0 || *o.way_bytes < 1024 || *o.way_bytes > kMostWayBytes))
    return bad("way-bytes", fmt::format("got {}, want a multiple of 1024 up to {}", *o.way_bytes, kMostWayBytes));
  if (o.domains && !o.domain_ids.empty()) return bad("domain-ids", "--domains says how many; give one of the two");
  if (o.domain_ids.size() > static_cast<std::size_t>(kMostDomains))
    return bad("domain-ids", fmt::format("want at most {}", kMostDomains));
  for (std::size_t i = 0; i < o.domain_ids.size(); ++i)
    if (o.domain_ids[i] < 0 || (i > 0 && o.domain_ids[i] <= o.domain_ids[i - 1]))
      return bad("domain-ids", "want numbers from 0 on, ascending");
  return {};
}

Result<Cbm> parse_shareable(const std::string& text, Ways ways) {
  std::uint64_t bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  const Cbm mask(bits);
  if (error != std::errc() || end != text.data() + text.size())
    return bad("shareable-bits", fmt::format("got \"{}\", want a hexadecimal mask without 0x", text));
  if (!Cbm::run(WayIndex(0), ways).contains(mask))
    return bad("shareable-bits", fmt::format("{} is beyond the {} ways", text, ways.count));
  return mask;
}

Status take_scenario(Machine& machine, const NodeOptions& o, const sim::Scenario& scenario) {
  const char* const theirs = "the scenario says what the caches are; leave it out";
  if (o.ways) return bad("ways", theirs);
  if (o.way_bytes) return bad("way-bytes", theirs);
  if (o.domains) return bad("domains", theirs);
  if (!o.domain_ids.empty()) return bad("domain-ids", theirs);
  if (o.shareable_bits) return bad("shareable-bits", theirs);
  if (o.closids) return bad("closids", theirs);
  if (o.tied_ways) return bad("tied-ways", theirs);
  const sim::DomainSpec& first = scenario.domains.front();
  bool may_be_empty = true;
  for (const sim::DomainSpec& d : scenario.domains) {
    if (d.ways != first.ways || d.way_bytes != first.way_bytes || d.min_cbm_bits != first.min_cbm_bits ||
        d.shareable != first.shareable || d.tied != first.tied || d.throttles != first.throttles)
      return bad("scenario", "its domains differ, and resctrl's L3 domains are all alike");
    may_be_empty = may_be_empty && d.shared_may_be_empty && d.min_cbm_bits == Ways(1);
  }
  const Cbm top = first.ways.count >= 2 ? Cbm::run(WayIndex(first.ways.count - 2), Ways(2)) : Cbm();
  if (!first.tied.empty() && first.tied != std::vector<Cbm>{top})
    return bad("scenario", "the emulated node can tie the top two ways together, and no others");
  machine.ways = first.ways;
  machine.way_bytes = first.way_bytes;
  machine.min_cbm_bits = may_be_empty ? 0 : first.min_cbm_bits.count;
  machine.shareable = first.shareable;
  machine.tied = !first.tied.empty();
  machine.closids = scenario.closids;
  machine.mba = first.throttles.has_value();
  machine.throttles = first.throttles.value_or(machine.throttles);
  return {};
}

std::vector<DomainId> domain_ids(const NodeOptions& o, const sim::Scenario* scenario) {
  std::vector<DomainId> ids;
  if (scenario != nullptr) {
    for (const sim::DomainSpec& d : scenario->domains) ids.push_back(d.id);
  } else if (!o.domain_ids.empty()) {
    for (const int id : o.domain_ids) ids.push_back(DomainId{id});
  } else {
    for (int id = 0; id < o.domains.value_or(1); ++id) ids.push_back(DomainId{id});
  }
  return ids;
}

}  // namespace

Result<Machine> plan_machine(const NodeOptions& o, const sim::Scenario* scenario, int cpus) {
  if (Status fits = check_numbers(o); !fits) return std::move(fits).error();
  Machine machine;
  machine.ways = Ways(o.ways.value_or(machine.ways.count));
  machine.way_bytes = o.way_bytes.value_or(machine.way_bytes);
  machine.closids = o.closids.value_or(machine.closids);
  if (scenario != nullptr)
    if (Status taken = take_scenario(machine, o, *scenario); !taken) return std::move(taken).error();
  machine.mba = machine.mba || o.mba;
  if (o.mb_closids && !machine.mba) return bad("mb-closids", "there is no MB without --mba");
  machine.mb_closids = o.mb_closids.value_or(machine.closids);
  machine.rmids = o.rmids.value_or(machine.rmids);
  machine.min_cbm_bits = o.min_cbm_bits.value_or(machine.min_cbm_bits);
  if (machine.min_cbm_bits < 0 || machine.min_cbm_bits > machine.ways.count)
    return bad("min-cbm-bits", fmt::format("got {}, want 0..{}", machine.min_cbm_bits, machine.ways.count));
  if (o.shareable_bits) {
    Result<Cbm> mask = parse_shareable(*o.shareable_bits, machine.ways);
    if (!mask) return std::move(mask).error();
    machine.shareable = *mask;
  }
  machine.sparse = o.sparse;
  machine.cdp = o.cdp;
  machine.tied = machine.tied || o.tied_ways;
  if (machine.tied && machine.ways < Ways(2)) return bad("tied-ways", "want at least two ways");
  if (o.kernel != "6.1" && o.kernel != "6.12") return bad("kernel", fmt::format("got {}, want 6.1 or 6.12", o.kernel));
  machine.kernel = o.kernel == "6.1" ? Kernel::linux_6_1 : Kernel::linux_6_12;
  const std::vector<DomainId> ids = domain_ids(o, scenario);
  const int least = static_cast<int>(ids.size());
  if (Status s = check_range("cpus", o.cpus, least, kMostCpus); !s) return std::move(s).error();
  machine.domains = spread_cpus(ids, o.cpus.value_or(cpus));
  return machine;
}

}  // namespace dcat::emulator
