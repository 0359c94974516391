#include "controller/adaptive/crowd.h"

namespace dcat {

namespace {

// Streams that make less than this part of all misses take little from anybody.
constexpr double kMuch = 0.3;

bool streams(const Metrics& m, const Parameters& p) {
  return m.miss_ratio.value_or(0) >= p.probe_miss_ratio && m.llc_refs_per_sec.value_or(0) > p.llc_idle_per_sec;
}

}  // namespace

void watch(CrowdMind& mind, const Metrics& metrics, bool confined_now, const Parameters& parameters) {
  if (!metrics.valid()) return;
  if (!streams(metrics, parameters)) {
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

bool worth_apart(double streams_misses, double others_misses, double others_refs, const Parameters& parameters) {
  if (others_refs <= parameters.llc_idle_per_sec) return false;
  return streams_misses >= kMuch * (streams_misses + others_misses) && streams_misses > 0;
}

}  // namespace dcat
