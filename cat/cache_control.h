// Port: the cache's ways. Implementations: simulated; none (reads, refuses to write); resctrl; libpqos over resctrl
// (pqos-os) and over model-specific registers (pqos-msr).
//
// One control period is enter, take_census, read_geometry, read_masks, read_usage, apply..., gather, leave. A call that
// fails leaves the node as it is; the next period starts from what is really there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cat/changes.h"
#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/result.h"

namespace dcat {

// Who else is at the cache's ways.
struct Census {
  // Containers in a group that is not ours, ascending: never moved; they get no partition of ours.
  std::vector<ContainerId> foreign;
  // What is new since the last census, for people; each is said once.
  std::vector<std::string> news;
  bool operator==(const Census&) const = default;
};

// What a container holds of an L3 and has moved to and from memory, where the node measures that.
struct CacheUsage {
  ContainerId container;
  DomainId domain;
  std::optional<std::uint64_t> llc_occupancy_bytes;
  std::optional<std::uint64_t> memory_bytes;  // cumulative
};

// Who has CLOSIDs beside us. Absent: the back end cannot tell.
struct Neighbours {
  std::optional<int> closids;  // of the machine, the default group's included
  int foreign_groups = 0;      // each has one
};

class CacheControl {
 public:
  virtual ~CacheControl() = default;
  virtual std::string name() const = 0;  // for logs: "sim", "none", "resctrl", "pqos-os", "pqos-msr"

  // Keeps programs out that obey the node's locking rules (resctrl's flock), until leave(). Waits `patience` of real
  // time at most; failed with EWOULDBLOCK when somebody else stays inside for longer.
  virtual Status enter(Duration patience) {
    (void)patience;
    return {};
  }
  virtual void leave() {}

  // From now on these containers' membership is told by read_masks and kept up by gather; ascending.
  virtual Result<Census> take_census(const std::vector<ContainerId>& containers) {
    (void)containers;
    return Census{};
  }
  virtual Result<Geometry> read_geometry() = 0;  // read again every period: foreign groups come and go
  // The masks in force, for all of our groups, and our groups' members.
  virtual Result<Masks> read_masks() = 0;
  // Applies one change or none of it. bad_input never comes from here; `unsupported` where nothing can be enforced.
  virtual Status apply(const Change& change) = 0;
  // Ascending by container, then domain; empty where nothing is measured. Never fails: what cannot be read is absent.
  virtual std::vector<CacheUsage> read_usage() { return {}; }
  // As of the last census.
  virtual Neighbours neighbours() const { return {}; }
  // Threads that are not where the rest of their container is (a runtime's exec'd process) are brought there.
  virtual Status gather() { return {}; }

  // What has to be there before the first change: the lock of the one daemon that writes, and what an earlier run left
  // is gone on with or undone. Called when a run that only read is to enforce from now on; a failure leaves it as it
  // was. Where the run was opened to write, there is nothing to do.
  virtual Status begin_writing() { return {}; }

  // Gives everything back: the node is as it was before the first change. The default: no groups, and the shared region
  // has every way.
  virtual Status release();
};

// The node as nobody manages it: everybody in the default group, which has every way.
Masks unmanaged(const Geometry& geometry);

}  // namespace dcat
