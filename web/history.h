// History: the last kSlots slots of the node, for the page. A slot is a control period, or a second where periods are
// shorter: ten minutes in all at the usual period.
//
// Per L3 who holds each way, per container its ways, state, IPC against baseline and misses. Bounded, whatever runs:
// kSlots x 6 bytes = 3,600 bytes a container and L3, of kMostSeries at most (29.5 MB; 2,500 containers: 9 MB), and
// 2 bytes a way and slot. Who is gone is forgotten, but for the name on the ways that it held.
// Thread safety: any thread. add() holds the lock while it writes one slot; views are copied under it, a few hundred
// KiB at most, so that the loop waits for microseconds at worst.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cat/masks.h"
#include "web/snapshot.h"

namespace dcat::web {

inline constexpr std::size_t kSlots = 600;
inline constexpr std::size_t kMostSeries = 8192;

// One container in one L3 in one slot.
struct Point {
  static constexpr std::uint16_t kNone = 0xffff;
  static constexpr std::uint8_t kAway = 0xff;  // in `state`: it was not there

  std::uint16_t ipc_permille = kNone;  // of the baseline's
  std::uint16_t mpki_tenths = kNone;
  std::uint8_t ways = 0;
  std::uint8_t state = kAway;
  bool operator==(const Point&) const = default;
};
static_assert(sizeof(Point) == 6);

// Who holds a way: one of these, or a number that `owners` has a name for.
enum : std::uint16_t { kSharedOwner, kNobody, kSeveral, kOther, kFirstOwner };

struct WaysView {
  struct Domain {
    DomainId id;
    int ways = 0;
    // [way][slot], oldest slot first; `slots` long each.
    std::vector<std::vector<std::uint16_t>> owners;
  };
  std::size_t slots = 0;
  Duration step{};
  std::vector<Domain> domains;
  std::map<std::uint16_t, std::string> names;  // of the owners that occur
};

class History {
 public:
  // `interval`: the control period.
  explicit History(Duration interval) : step_(step_of(interval)) {}

  // Another control period. Where slots become longer or shorter, what was is forgotten.
  void set_interval(Duration interval);

  // Decisions within one slot: the last one stands. `masks`: in force, or about to be.
  void add(const Snapshot& snapshot, const Masks& masks);

  WaysView ways() const;
  // Oldest slot first, as many as there are; empty: not known. In the order of `keys`.
  using Key = std::pair<std::string, DomainId>;  // the workload's id
  std::vector<std::vector<Point>> points(const std::vector<Key>& keys) const;

 private:
  struct Series {
    DomainId domain;
    std::vector<Point> ring;  // kSlots, by slot number
    std::uint64_t last = 0;   // the slot that it was written in last
    std::uint64_t first = 0;
  };
  struct DomainRing {
    DomainId id;
    std::vector<std::array<std::uint16_t, 64>> ring;  // by slot number
    std::uint64_t first = 0;
    int ways = 0;
  };

  static Duration step_of(Duration interval) { return std::max<Duration>(interval, std::chrono::seconds(1)); }
  void next_slot(TimePoint at);
  void add_ways(const Snapshot& snapshot, const Masks& masks);
  void add_points(const Snapshot& snapshot);
  Series& series_of(const std::string& id, DomainId domain);
  std::uint16_t owner_of(const GroupId& group, const std::string& name);
  void forget_owners();
  std::uint64_t oldest() const { return slot_ < kSlots ? 1 : slot_ - kSlots + 1; }

  mutable std::mutex mutex_;
  Duration step_;
  std::uint64_t slot_ = 0;  // of the last entry; 0: none yet
  TimePoint slot_at_;       // when it began
  std::unordered_map<std::string, std::vector<Series>> series_;
  std::size_t series_count_ = 0;
  std::vector<DomainRing> domains_;
  std::map<std::string, std::uint16_t> owners_;  // by group
  std::map<std::uint16_t, std::string> names_;
  std::uint16_t next_owner_ = kFirstOwner;
};

}  // namespace dcat::web
