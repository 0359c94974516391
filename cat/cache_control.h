// Port: the cache's ways. Implementations: simulated; none (reads, refuses to write); resctrl and libpqos.
#pragma once

#include <string>

#include "cat/changes.h"
#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/result.h"

namespace dcat {

class CacheControl {
 public:
  virtual ~CacheControl() = default;
  virtual std::string name() const = 0;          // for logs: "sim", "none", "resctrl"
  virtual Result<Geometry> read_geometry() = 0;  // read again every tick: foreign groups come and go
  // The masks in force, for all of our groups, and our groups' members.
  virtual Result<Masks> read_masks() = 0;
  // Applies one change or none of it. bad_input never comes from here; `unsupported` where nothing can be enforced.
  virtual Status apply(const Change& change) = 0;
};

}  // namespace dcat
