#include "cat/cache_control.h"

#include <utility>

#include "cat/diff.h"

namespace dcat {

Masks unmanaged(const Geometry& geometry) {
  Masks masks;
  for (const DomainGeometry& domain : geometry.domains) masks.domains.push_back({domain.id, domain.available, {}});
  return masks;
}

Status CacheControl::release() {
  Result<Geometry> geometry = read_geometry();
  if (!geometry) return std::move(geometry).error();
  Result<Masks> masks = read_masks();
  if (!masks) return std::move(masks).error();
  Result<Changes> changes = diff(*masks, unmanaged(*geometry), *geometry);
  if (!changes) return std::move(changes).error();
  for (const Change& change : *changes)
    if (Status applied = apply(change); !applied) return applied;
  return {};
}

}  // namespace dcat
