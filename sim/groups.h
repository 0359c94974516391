// Groups: the node's classes of service, their masks and members, with the kernel's rules and words.
// Source: Linux Documentation/arch/x86/resctrl.rst; fs/resctrl's ctrlmondata.c for the order of checks on a
// mask.
#pragma once

#include <functional>
#include <map>

#include "cat/changes.h"
#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/result.h"
#include "sim/spec.h"

namespace dcat::sim {

class Groups {
 public:
  explicit Groups(const Scenario& scenario);

  const Geometry& geometry() const { return geometry_; }
  Masks masks() const;
  Cbm mask_of(const ContainerId& container, DomainId domain) const;
  Throttle throttle_of(const ContainerId& container, DomainId domain) const;

  // All of the change or none. Errors (failed, with the errno that resctrl gives): no CLOSID left, a group
  // that is there already or is not there, an illegal mask or throttle, a container that `exists` denies.
  Status apply(const Change& change, const std::function<bool(const ContainerId&)>& exists);
  // Another's groups, masks and members in place of these, taken as they are: the other one has refused what is
  // illegal. A domain that is not listed has every way in every group, a group that a domain does not list has every
  // way there.
  void replace(const Masks& masks);
  // The container ended: its tasks are in no group any more.
  void forget(const ContainerId& container);

 private:
  struct Setting {
    Cbm mask;
    Throttle throttle;
  };
  using Settings = std::map<DomainId, Setting>;

  Status create(const CreateGroup& change);
  Status write(const WriteMasks& change);
  Status move(const MoveContainer& change, const std::function<bool(const ContainerId&)>& exists);
  Status remove(const RemoveGroup& change);

  const Setting& setting_of(const ContainerId& container, DomainId domain) const;

  Geometry geometry_;
  std::map<GroupId, Settings> settings_;    // the default group's under GroupId{}
  std::map<ContainerId, GroupId> members_;  // not listed: default group
};

}  // namespace dcat::sim
