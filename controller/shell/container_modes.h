// How far the controller goes with single containers, as ordered while it runs (docs/api.md, `mode`): over what the
// container's owner and the configuration say, within the node's mode. Thread-safe: asked for in the socket's thread,
// applied by ContractedContainers in the loop's.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "core/ids.h"
#include "core/mode.h"

namespace dcat {

class ContainerModes {
 public:
  using Map = std::map<ContainerId, Mode>;

  // Absent: what its owner and the configuration say.
  void set(const ContainerId& container, std::optional<Mode> mode) {
    const std::lock_guard lock(mutex_);
    if (mode)
      modes_[container] = *mode;
    else
      modes_.erase(container);
  }
  void set_all(Map modes) {
    const std::lock_guard lock(mutex_);
    modes_ = std::move(modes);
  }
  Map all() const {
    const std::lock_guard lock(mutex_);
    return modes_;
  }
  // What is kept of containers for which `gone` holds is forgotten.
  template <class Gone>
  void forget(const Gone& gone) {
    const std::lock_guard lock(mutex_);
    std::erase_if(modes_, [&gone](const auto& entry) { return gone(entry.first); });
  }

 private:
  mutable std::mutex mutex_;
  Map modes_;
};

}  // namespace dcat
