#include "controller/adaptive/crowd.h"

namespace dcat {

namespace {

// Streams that make less than this part of all misses take little from anybody.
constexpr double kMuch = 0.3;
// Being apart changes what both do: of what is enough to set streams apart, so much keeps them there.
constexpr double kStillEnough = 0.5;

// Who else is in the shared region moves a miss ratio a little: a stream is one until it clearly is none.
constexpr double kStillStreams = 0.8;

bool streams(const Metrics& m, bool so_far, const Parameters& p) {
  return m.miss_ratio.value_or(0) >= (so_far ? kStillStreams : 1) * p.probe_miss_ratio &&
         m.llc_refs_per_sec.value_or(0) > p.llc_idle_per_sec;
}

}  // namespace

void watch(CrowdMind& mind, const Metrics& metrics, bool confined_now, const Parameters& parameters) {
  if (!metrics.valid()) return;
  if (!streams(metrics, mind.streams >= kStreams, parameters)) {
    mind = CrowdMind{};  // whatever it was, it is something else now
    return;
  }
  if (mind.streams < kStreams) ++mind.streams;
  if (!confined_now) {
    mind.ipc_before = metrics.ipc;
  } else if (mind.ipc_before && metrics.ipc < (1 - parameters.ipc_gain_ratio) * *mind.ipc_before) {
    mind.spared = true;
  }
  mind.confined = mind.streams >= kStreams && !mind.spared;
}

bool worth_apart(double streams_misses, double others_misses, double others_refs, bool apart_now,
                 const Parameters& parameters) {
  const double enough = apart_now ? kStillEnough : 1;
  if (others_refs <= enough * parameters.llc_idle_per_sec) return false;
  return streams_misses >= enough * kMuch * (streams_misses + others_misses) && streams_misses > 0;
}

}  // namespace dcat
