#include "emulator/controls.h"

#include <algorithm>

#include "emulator/kernel_text.h"

namespace dcat::emulator {
namespace {

// Names stand right-aligned under the longest one of a machine with CDP, whether CDP is on or not.
std::string line_start(const Schema& schema) {
  constexpr std::size_t kNameWidth = std::string_view("L3CODE").size();
  return std::string(kNameWidth - std::min(kNameWidth, schema.name.size()), ' ') + schema.name + ':';
}

// The lowest run of ones.
Cbm first_run(Cbm mask) {
  if (mask.empty()) return mask;
  const int from = mask.lowest().value;
  return Cbm::run(mask.lowest(), Ways(std::countr_one(mask.bits >> from)));
}

}  // namespace

Controls::Controls(const Machine& machine) : machine_(machine), full_(Cbm::run(WayIndex(0), machine.ways).bits) {}

void Controls::mount(bool cdp, bool mba_mbps) {
  cdp_ = cdp;
  mba_mbps_ = mba_mbps;
  schemas_.clear();
  if (machine_.mba) schemas_.push_back({"MB", true, 0, machine_.mb_closids});
  if (cdp) {
    schemas_.push_back({"L3DATA", false, 0, machine_.closids / 2});
    schemas_.push_back({"L3CODE", false, 1, machine_.closids / 2});
  } else {
    schemas_.push_back({"L3", false, 0, machine_.closids});
  }
  int closids = 32;  // the kernel's own limit
  for (const Schema& schema : schemas_) closids = std::min(closids, schema.closids);
  taken_.assign(static_cast<std::size_t>(std::max(closids, 1)), std::nullopt);
  taken_[0] = GroupMode::shareable;
  for (ControlDomain& domain : domains_) domain = open_domain(domain.id);
}

ControlDomain* Controls::domain(std::uint64_t id) {
  for (ControlDomain& domain : domains_) {
    if (static_cast<std::uint64_t>(domain.id.value) == id) return &domain;
  }
  return nullptr;
}

std::vector<DomainId> Controls::domain_ids() const {
  std::vector<DomainId> ids;
  for (const ControlDomain& domain : domains_) ids.push_back(domain.id);
  return ids;
}

ControlDomain Controls::open_domain(DomainId id) const {
  const std::vector<std::uint64_t> masks(taken_.size(), full_);
  return {id,
          {masks, masks},
          std::vector<std::uint32_t>(taken_.size(), kFullBandwidthPercent),
          std::vector<std::uint32_t>(taken_.size(), kUnlimitedMBps)};
}

void Controls::add_domain(DomainId id) {
  const auto at = std::find_if(domains_.begin(), domains_.end(), [id](const auto& d) { return id < d.id; });
  domains_.insert(at, open_domain(id));
}

void Controls::remove_domain(DomainId id) {
  std::erase_if(domains_, [id](const auto& d) { return d.id == id; });
}

std::optional<int> Controls::take_closid() {
  for (std::size_t closid = 0; closid < taken_.size(); ++closid) {
    if (taken_[closid]) continue;
    taken_[closid] = GroupMode::shareable;
    return static_cast<int>(closid);
  }
  return std::nullopt;
}

int Controls::closids_taken() const {
  return static_cast<int>(std::count_if(taken_.begin(), taken_.end(), [](const auto& t) { return t.has_value(); }));
}

bool Controls::may_be_exclusive(int closid) const {
  for (const Schema& schema : schemas_) {
    if (schema.bandwidth) continue;
    for (const ControlDomain& domain : domains_) {
      if (overlaps(domain, domain.masks[schema.column][index(closid)], closid, false)) return false;
    }
  }
  return true;
}

bool Controls::legal(std::uint64_t mask, std::string& why) const {
  const auto least = static_cast<unsigned>(machine_.min_cbm_bits);
  if ((least > 0 && mask == 0) || mask > full_) {
    why = "Mask out of range\n";
    return false;
  }
  if (!machine_.sparse && mask != 0 && !Cbm(mask).contiguous()) {
    why = "The mask " + zero_padded_hex(mask, 1) + " has non-consecutive 1-bits\n";
    return false;
  }
  // Of a mask with gaps the kernel counts the first run only.
  if (first_run(Cbm(mask)).size().count < machine_.min_cbm_bits) {
    why = "Need at least " + std::to_string(least) + " bits in the mask\n";
    return false;
  }
  return true;
}

bool Controls::overlaps(const ControlDomain& domain, std::uint64_t mask, int closid, bool exclusive_only) const {
  if (!exclusive_only && (mask & machine_.shareable.bits) != 0) return true;
  for (std::size_t other = 0; other < taken_.size(); ++other) {
    if (!taken_[other] || other == index(closid)) continue;
    if (exclusive_only && *taken_[other] != GroupMode::exclusive) continue;
    if ((mask & domain.masks[0][other]) != 0) return true;
    if (cdp_ && (mask & domain.masks[1][other]) != 0) return true;
  }
  return false;
}

void Controls::set_mask(ControlDomain& domain, const Schema& schema, int closid, std::uint64_t mask) {
  domain.masks[schema.column][index(closid)] = tied(mask);
}

std::uint64_t Controls::tied(std::uint64_t mask) const {
  if (!machine_.tied || machine_.ways.count < 2) return mask;
  const std::uint64_t top = Cbm::run(WayIndex(machine_.ways.count - 2), Ways(2)).bits;
  return (mask & top) != 0 ? mask | top : mask;
}

std::uint64_t Controls::default_mask(const ControlDomain& domain, const Schema& schema, int closid) const {
  std::uint64_t usable = machine_.shareable.bits;
  std::uint64_t used = usable;
  for (std::size_t other = 0; other < taken_.size(); ++other) {
    if (!taken_[other] || other == index(closid)) continue;
    std::uint64_t mask = domain.masks[schema.column][other];
    if (cdp_) mask |= domain.masks[1 - schema.column][other];
    used |= mask;
    if (*taken_[other] == GroupMode::shareable) usable |= mask;
  }
  return first_run(Cbm(usable | (full_ & ~used))).bits;
}

std::string Controls::start(int closid) {
  for (const Schema& schema : schemas_) {
    if (schema.bandwidth) {
      for (ControlDomain& domain : domains_) {
        domain.percent[index(closid)] = kFullBandwidthPercent;
        domain.mbps[index(closid)] = kUnlimitedMBps;
      }
      continue;
    }
    for (ControlDomain& domain : domains_) {
      const std::uint64_t mask = default_mask(domain, schema, closid);
      if (Cbm(mask).size().count < machine_.min_cbm_bits) {
        return schema.name + ':' + std::to_string(domain.id.value);
      }
      set_mask(domain, schema, closid, mask);
    }
  }
  return "";
}

std::uint32_t Controls::bandwidth(const ControlDomain& domain, int closid) const {
  return mba_mbps_ ? domain.mbps[index(closid)] : domain.percent[index(closid)];
}

// The widest value of any resource sets the width of all.
unsigned Controls::digits() const {
  constexpr unsigned kBandwidthDigits = 3;
  const auto mask_digits = static_cast<unsigned>(machine_.ways.count + 3) / 4;
  return machine_.mba ? std::max(kBandwidthDigits, mask_digits) : mask_digits;
}

std::string Controls::show_schemata(int closid) const {
  std::string text;
  for (const Schema& schema : schemas_) {
    text += line_start(schema);
    const char* separator = "";
    for (const ControlDomain& domain : domains_) {
      text += separator + std::to_string(domain.id.value) + '=';
      text += schema.bandwidth ? space_padded(bandwidth(domain, closid), digits())
                               : zero_padded_hex(domain.masks[schema.column][index(closid)], digits());
      separator = ";";
    }
    text += '\n';
  }
  return text;
}

std::string Controls::show_sizes(int closid) const {
  std::string text;
  for (const Schema& schema : schemas_) {
    text += line_start(schema);
    const char* separator = "";
    for (const ControlDomain& domain : domains_) {
      std::uint64_t size = bandwidth(domain, closid);
      if (!schema.bandwidth) {
        size = machine_.way_bytes *
               static_cast<std::uint64_t>(Cbm(domain.masks[schema.column][index(closid)]).size().count);
      }
      // The kernel counts bytes in 32 bits.
      text += separator + std::to_string(domain.id.value) + '=' + std::to_string(static_cast<std::uint32_t>(size));
      separator = ";";
    }
    text += '\n';
  }
  return text;
}

std::string Controls::show_bit_usage(const Schema& schema) const {
  std::string text;
  for (const ControlDomain& domain : domains_) {
    std::uint64_t shared = 0;
    std::uint64_t exclusive = 0;
    for (std::size_t closid = 0; closid < taken_.size(); ++closid) {
      if (!taken_[closid]) continue;
      (*taken_[closid] == GroupMode::exclusive ? exclusive : shared) |= domain.masks[schema.column][closid];
    }
    if (!text.empty()) text += ';';
    text += std::to_string(domain.id.value) + '=';
    for (int way = machine_.ways.count - 1; way >= 0; --way) {
      const Cbm bit = Cbm::run(WayIndex(way), Ways(1));
      if (machine_.shareable.overlaps(bit)) {
        text += (shared & bit.bits) != 0 ? 'X' : 'H';
      } else if ((shared & bit.bits) != 0) {
        text += 'S';
      } else {
        text += (exclusive & bit.bits) != 0 ? 'E' : '0';
      }
    }
  }
  return text + '\n';
}

}  // namespace dcat::emulator
