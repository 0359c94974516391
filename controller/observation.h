// Observation: everything the core learns about the node for one control period. Values only; what is not known is
// absent.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cat/geometry.h"
#include "cat/masks.h"
#include "perfmon/container_source.h"
#include "perfmon/sample.h"

namespace dcat {

// The samples of one container in one domain in this period, oldest first: one, or one per sample_interval.
struct SampleSeries {
  std::uint32_t container = 0;  // index into Observation::containers
  std::uint32_t first = 0;      // index into DomainObservation::samples
  std::uint32_t count = 0;
  bool operator==(const SampleSeries&) const = default;
};

struct DomainObservation {
  DomainId id;
  std::vector<SampleSeries> series;  // ascending by container
  std::vector<Sample> samples;
  bool operator==(const DomainObservation&) const = default;

  std::span<const Sample> samples_of(const SampleSeries& s) const {
    return std::span<const Sample>(samples).subspan(s.first, s.count);
  }
};

struct Observation {
  TimePoint at;                            // the end of the period
  Geometry geometry;                       // as read in this period
  Masks masks;                             // in force at its end
  std::vector<ContainerInfo> containers;   // ascending by id
  std::vector<DomainObservation> domains;  // ascending by id, the geometry's
  bool operator==(const Observation&) const = default;
};

}  // namespace dcat
