#include "cat/linux/no_cache_control.h"

#include <utility>

#include "cat/linux/cache_topology.h"

namespace dcat {

namespace {

struct Describe {
  std::string operator()(const CreateGroup& c) const { return "create group \"" + c.group.value + "\""; }
  std::string operator()(const WriteMasks& c) const { return "write the masks of group \"" + c.group.value + "\""; }
  std::string operator()(const MoveContainer& c) const {
    return "move " + c.container.value + " to group \"" + c.to.value + "\"";
  }
  std::string operator()(const RemoveGroup& c) const { return "remove group \"" + c.group.value + "\""; }
};

}  // namespace

NoCacheControl::NoCacheControl(std::string cpu_root, std::string reason)
    : cpu_root_(std::move(cpu_root)), reason_(std::move(reason)) {}

Result<Geometry> NoCacheControl::read_geometry() {
  const Result<CacheTopology> topology = read_cache_topology(cpu_root_);
  if (!topology) return topology.error();
  return assumed_geometry(*topology);
}

Result<Masks> NoCacheControl::read_masks() {
  const Result<Geometry> geometry = read_geometry();
  if (!geometry) return geometry.error();
  Masks masks;
  for (const DomainGeometry& domain : geometry->domains) masks.domains.push_back({domain.id, domain.available, {}});
  return masks;
}

Status NoCacheControl::apply(const Change& change) {
  return Error{ErrorCode::unsupported, std::visit(Describe{}, change), reason_,
               "use --mode observe or --mode advise here"};
}

}  // namespace dcat
