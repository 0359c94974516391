// Changes: the ordered steps from observed to desired masks. Empty means: do nothing.
//
// Properties (guarded by tests at every step, not just at the end): a mask is contiguous and at least min_cbm_bits
// wide; two dedicated partitions never overlap, not even between two writes, unless the observed masks did already;
// nor does any mask come to overlap an isolated partition (cat/diff.h).
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "cat/cbm.h"
#include "cat/throttle.h"
#include "core/ids.h"

namespace dcat {

struct CreateGroup {
  GroupId group;
  bool operator==(const CreateGroup&) const = default;
};
// One schemata write: all lines of one group at once. Domains that are not listed stay as they are.
struct WriteMasks {
  GroupId group;                                           // the empty id is the default group
  std::vector<std::pair<DomainId, Cbm>> masks;             // ascending by domain
  std::vector<std::pair<DomainId, Throttle>> throttles{};  // ascending by domain; of the default group none
  bool operator==(const WriteMasks&) const = default;
};
struct MoveContainer {
  ContainerId container;
  GroupId to;  // the empty id is the default group
  bool operator==(const MoveContainer&) const = default;
};
struct RemoveGroup {
  GroupId group;
  bool operator==(const RemoveGroup&) const = default;
};

using Change = std::variant<CreateGroup, WriteMasks, MoveContainer, RemoveGroup>;
using Changes = std::vector<Change>;

}  // namespace dcat
