#include "web/history.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace dcat::web {

namespace {

// More names than fit on any cache at a time, and few enough to look through.
constexpr std::size_t kMostOwners = 4096;

std::uint16_t scaled(std::optional<double> value, double factor) {
  if (!value || !(*value >= 0)) return Point::kNone;
  return static_cast<std::uint16_t>(std::min(std::round(*value * factor), Point::kNone - 1.0));
}

Point point_of(const Row& row) {
  Point point;
  point.ipc_permille = scaled(row.decided.reason.normalised_ipc, 1000);
  point.mpki_tenths = scaled(row.decided.metrics.valid() ? row.decided.metrics.mpki : std::nullopt, 10);
  point.ways = static_cast<std::uint8_t>(std::clamp(row.decided.ways_after.count, 0, 255));
  point.state = static_cast<std::uint8_t>(row.decided.after);
  return point;
}

// Of each group with members: a container's name, or how many there are.
std::map<std::string, std::string> names_of_groups(const Snapshot& snapshot) {
  std::map<std::string, std::pair<std::string, int>> found;
  std::uint32_t before = 0xffffffff;
  for (const Row& row : snapshot.rows) {
    if (row.group.empty() || row.workload == before) continue;
    before = row.workload;
    auto& [name, count] = found[row.group];
    const Workload& w = *snapshot.workloads[row.workload];
    if (count++ == 0) name = w.pod.empty() ? w.name : w.pod + "/" + w.name;
  }
  std::map<std::string, std::string> names;
  for (auto& [group, entry] : found)
    names[group] = entry.second == 1 ? entry.first : std::to_string(entry.second) + " containers: " + entry.first + "…";
  return names;
}

}  // namespace

void History::add(const Snapshot& snapshot, const Masks& masks) {
  const std::lock_guard lock(mutex_);
  next_slot(snapshot.at);
  add_ways(snapshot, masks);
  add_points(snapshot);
}

void History::set_interval(Duration interval) {
  const std::lock_guard lock(mutex_);
  if (step_of(interval) == step_) return;
  step_ = step_of(interval);
  slot_ = 0;
  series_.clear();
  series_count_ = 0;
  domains_.clear();
  owners_.clear();
  names_.clear();
}

void History::next_slot(TimePoint at) {
  // A period that ends a little early is still a new one; a quarter of a step is more than any jitter.
  if (slot_ != 0 && at - slot_at_ < step_ - step_ / 4) return;
  ++slot_;
  slot_at_ = at;
  for (DomainRing& domain : domains_) domain.ring[slot_ % kSlots].fill(kNobody);
}

void History::add_ways(const Snapshot& snapshot, const Masks& masks) {
  const std::map<std::string, std::string> names = names_of_groups(snapshot);
  for (const DomainMasks& domain : masks.domains) {
    auto ring = std::ranges::find(domains_, domain.id, &DomainRing::id);
    if (ring == domains_.end()) {
      constexpr std::size_t kMostDomains = 256;  // of one machine; 20 MB
      if (domains_.size() == kMostDomains) continue;
      ring = domains_.insert(ring, DomainRing{domain.id, {}, slot_, 0});
      ring->ring.resize(kSlots);
      for (auto& column : ring->ring) column.fill(kNobody);
    }
    std::array<std::uint16_t, 64>& column = ring->ring[slot_ % kSlots];
    column.fill(kNobody);
    const auto lay = [&](Cbm mask, std::uint16_t owner) {
      for (int way = 0; way < 64; ++way) {
        if (!mask.overlaps(Cbm::run(WayIndex(way), Ways(1)))) continue;
        std::uint16_t& there = column[static_cast<std::size_t>(way)];
        there = there == kNobody || there == owner ? owner : std::uint16_t{kSeveral};
        ring->ways = std::max(ring->ways, way + 1);
      }
    };
    lay(domain.shared, kSharedOwner);
    for (const GroupMask& group : domain.groups) {
      // Without ways of its own it fills the shared region.
      if (group.mask == domain.shared) continue;
      const auto name = names.find(group.group.value);
      lay(group.mask, owner_of(group.group, name != names.end() ? name->second : group.group.value));
    }
  }
}

std::uint16_t History::owner_of(const GroupId& group, const std::string& name) {
  const auto found = owners_.find(group.value);
  if (found != owners_.end()) {
    std::string& known = names_[found->second];
    if (known != name) known = name;
    return found->second;
  }
  if (owners_.size() >= kMostOwners) forget_owners();
  if (owners_.size() >= kMostOwners) return kOther;
  do {
    if (++next_owner_ < kFirstOwner) next_owner_ = kFirstOwner;
  } while (names_.contains(next_owner_));
  owners_[group.value] = next_owner_;
  names_[next_owner_] = name;
  return next_owner_;
}

// Keeps those that are still to be seen.
void History::forget_owners() {
  std::set<std::uint16_t> seen;
  for (const DomainRing& domain : domains_)
    for (const auto& column : domain.ring) seen.insert(column.begin(), column.end());
  std::erase_if(owners_, [&](const auto& owner) { return !seen.contains(owner.second); });
  std::erase_if(names_, [&](const auto& name) { return !seen.contains(name.first); });
}

History::Series& History::series_of(const std::string& id, DomainId domain) {
  std::vector<Series>& places = series_[id];
  const auto place = std::ranges::find(places, domain, &Series::domain);
  if (place != places.end()) return *place;
  ++series_count_;
  Series& fresh = places.emplace_back(Series{domain, {}, slot_, slot_});
  fresh.ring.resize(kSlots);
  return fresh;
}

void History::add_points(const Snapshot& snapshot) {
  for (const Row& row : snapshot.rows) {
    const std::string& id = snapshot.workloads[row.workload]->id;
    if (series_count_ >= kMostSeries && !series_.contains(id)) continue;
    Series& series = series_of(id, row.domain);
    for (std::uint64_t gap = std::max(series.last + 1, oldest()); gap < slot_; ++gap) series.ring[gap % kSlots] = {};
    series.ring[slot_ % kSlots] = point_of(row);
    series.last = slot_;
  }
  // Who has no row is gone, or does not run there any more.
  for (auto entry = series_.begin(); entry != series_.end();) {
    series_count_ -= std::erase_if(entry->second, [this](const Series& s) { return s.last != slot_; });
    entry = entry->second.empty() ? series_.erase(entry) : std::next(entry);
  }
}

WaysView History::ways() const {
  const std::lock_guard lock(mutex_);
  WaysView view;
  view.step = step_;
  if (slot_ == 0) return view;
  view.slots = static_cast<std::size_t>(slot_ - oldest() + 1);
  for (const DomainRing& domain : domains_) {
    WaysView::Domain out{domain.id, domain.ways, {}};
    out.owners.resize(static_cast<std::size_t>(domain.ways));
    for (std::size_t way = 0; way < out.owners.size(); ++way) {
      out.owners[way].reserve(view.slots);
      for (std::uint64_t slot = oldest(); slot <= slot_; ++slot) {
        const std::uint16_t owner = slot < domain.first ? std::uint16_t{kNobody} : domain.ring[slot % kSlots][way];
        out.owners[way].push_back(owner);
      }
    }
    view.domains.push_back(std::move(out));
  }
  view.names = names_;
  return view;
}

std::vector<std::vector<Point>> History::points(const std::vector<Key>& keys) const {
  std::vector<std::vector<Point>> all;
  all.reserve(keys.size());
  const std::lock_guard lock(mutex_);
  for (const auto& [id, domain] : keys) {
    std::vector<Point>& out = all.emplace_back();
    const auto found = series_.find(id);
    if (found == series_.end()) continue;
    const auto place = std::ranges::find(found->second, domain, &Series::domain);
    if (place == found->second.end()) continue;
    for (std::uint64_t slot = std::max(oldest(), place->first); slot <= place->last; ++slot)
      out.push_back(place->ring[slot % kSlots]);
  }
  return all;
}

}  // namespace dcat::web
