// NoCacheControl: a node whose cache cannot be partitioned, or must not be: it can be looked at and advised
// on.
//
// The geometry is what the L3 has, with the assumptions of assumed_geometry(). The masks are those of a
// machine without allocation: everybody fills all ways, and there are no groups. Nothing is ever written.
#pragma once

#include <string>

#include "cat/cache_control.h"

namespace dcat {

class NoCacheControl : public CacheControl {
 public:
  // `cpu_root` is /sys/devices/system/cpu; `reason` why nothing can be enforced, for the error of apply().
  explicit NoCacheControl(std::string cpu_root, std::string reason = "this node has no cache allocation");

  std::string name() const override { return "none"; }
  Result<Geometry> read_geometry() override;
  Result<Masks> read_masks() override;
  Status apply(const Change& change) override;  // always unsupported

 private:
  std::string cpu_root_;
  std::string reason_;
};

}  // namespace dcat
