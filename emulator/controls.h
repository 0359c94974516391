// The machine's controls: which CLOSID is taken, by a group of which mode, and what each CLOSID may use in each domain:
// ways of L3 (twice with CDP: for data and for code), memory bandwidth in percent or, with mba_MBps, in MB/s.
//
// Properties: a mask in force was accepted by legal() or is a default of the machine; a way of an exclusive group is in
// no other taken CLOSID's mask. Masks change only through set_mask, start and what CPUs that go and come bring.
// Source: Linux arch/x86/kernel/cpu/resctrl/{rdtgroup,ctrlmondata}.c; Intel SDM vol. 3B, "Cache Allocation Technology".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cat/cbm.h"
#include "core/ids.h"
#include "emulator/machine.h"

namespace dcat::emulator {

enum class GroupMode { shareable, exclusive };  // pseudo-locking: the emulated machine cannot do it

inline constexpr unsigned kFullBandwidthPercent = 100;
inline constexpr std::uint32_t kUnlimitedMBps = std::numeric_limits<std::uint32_t>::max();

// One line of a schemata file.
struct Schema {
  std::string name;  // MB, L3, L3DATA, L3CODE
  bool bandwidth = false;
  std::size_t column = 0;  // of ControlDomain::masks; 1 = code
  int closids = 0;         // of this resource
};

struct ControlDomain {
  DomainId id;
  std::array<std::vector<std::uint64_t>, 2> masks;  // [column][closid]
  std::vector<std::uint32_t> percent;               // [closid]
  std::vector<std::uint32_t> mbps;                  // [closid]
};

class Controls {
 public:
  explicit Controls(const Machine& machine);

  // A new mount: only CLOSID 0 is taken, all controls are open.
  void mount(bool cdp, bool mba_mbps);
  bool cdp() const { return cdp_; }
  bool mba_mbps() const { return mba_mbps_; }
  const ThrottleSteps& throttles() const { return machine_.throttles; }
  // In the order of the schemata file: the youngest resource first.
  const std::vector<Schema>& schemas() const { return schemas_; }
  const std::vector<ControlDomain>& domains() const { return domains_; }
  ControlDomain* domain(std::uint64_t id);
  std::vector<DomainId> domain_ids() const;
  // It comes with open controls.
  void add_domain(DomainId id);
  void remove_domain(DomainId id);

  int closids() const { return static_cast<int>(taken_.size()); }
  std::optional<int> take_closid();  // the lowest that is free
  void free_closid(int closid) { taken_[index(closid)].reset(); }
  int closids_taken() const;
  GroupMode mode(int closid) const { return *taken_[index(closid)]; }  // REQUIRES: taken
  void set_mode(int closid, GroupMode mode) { taken_[index(closid)] = mode; }
  // Whether its masks are its own in all domains, I/O's ways included.
  bool may_be_exclusive(int closid) const;

  // Whether the machine takes the mask; if not, the kernel's words are in `why`.
  bool legal(std::uint64_t mask, std::string& why) const;
  // With another CLOSID's mask in this column, with CDP in both; with I/O's ways too unless `exclusive_only`.
  bool overlaps(const ControlDomain& domain, std::uint64_t mask, int closid, bool exclusive_only) const;
  void set_mask(ControlDomain& domain, const Schema& schema, int closid, std::uint64_t mask);
  // Gives a new CLOSID what nobody has for himself. Returns the place that has no room ("L3:0"), "" = done.
  std::string start(int closid);

  std::string show_schemata(int closid) const;
  std::string show_sizes(int closid) const;
  std::string show_bit_usage(const Schema& schema) const;
  std::uint64_t full_mask() const { return full_; }

 private:
  static std::size_t index(int closid) { return static_cast<std::size_t>(closid); }
  ControlDomain open_domain(DomainId id) const;
  std::uint64_t default_mask(const ControlDomain& domain, const Schema& schema, int closid) const;
  // What the machine makes of a mask.
  std::uint64_t tied(std::uint64_t mask) const;
  std::uint32_t bandwidth(const ControlDomain& domain, int closid) const;
  unsigned digits() const;

  const Machine& machine_;
  std::uint64_t full_;
  bool cdp_ = false;
  bool mba_mbps_ = false;
  std::vector<Schema> schemas_;
  std::vector<ControlDomain> domains_;           // ascending by id
  std::vector<std::optional<GroupMode>> taken_;  // [closid]
};

}  // namespace dcat::emulator
