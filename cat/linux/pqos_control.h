// PqosControl: what both libpqos back ends have in common: groups are classes of service that the journal names, masks
// go through pqos_l3ca_set.
//
// Properties: the default group is class 0. A new group takes the lowest free class, after the journal has it on the
// disk and with every way, as a new resctrl group has; a removed one's class is empty and full again before it leaves
// the journal. A write to several domains is put back where one of them refuses. Masks are read back: what the machine
// made of them is a fact of the geometry from then on. libpqos takes its own locks for each call, so enter() has
// nothing to do: a lock that is not to be had (PQOS_RETVAL_ERROR after 100 ms) is an error of that call. Not thread
// safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cat/cache_control.h"
#include "cat/linux/journal.h"
#include "cat/linux/pqos_library.h"
#include "cat/linux/resctrl_control.h"

namespace dcat {

class PqosControl : public CacheControl {
 public:
  Result<Geometry> read_geometry() override;
  Result<Masks> read_masks() override;
  Status apply(const Change& change) override;

 protected:
  using DomainMask = std::pair<DomainId, Cbm>;
  struct Domain {
    DomainId id;
    int l3cat_id = 0;  // libpqos' name of it
    Cbm all;
    Cbm shareable;
    Ways min_cbm_bits{1};
    std::uint64_t way_bytes = 0;
  };

  PqosControl(std::string runtime_directory, RootPolicy root_policy)
      : journal_(std::move(runtime_directory)), root_policy_(root_policy) {}

  // library_ is there and started_ is true afterwards. Called before a change where it is not, as after a release.
  virtual Status start() = 0;
  // Reads masks_ and who is where, unless that was done since the last change.
  virtual Status look() = 0;
  virtual int class_count() const = 0;  // class 0 included
  // Ascending; REQUIRES: look() has been called.
  virtual std::vector<Member> members() const = 0;
  virtual Status put(const ContainerId& container, int class_id) = 0;
  // Whoever is in the class goes to class 0.
  virtual Status vacate(int class_id) = 0;

  // The masks of every class of every domain, through the library.
  Status look_at_masks();
  std::optional<int> class_of(const GroupId& group) const;
  std::optional<GroupId> group_in(int class_id) const;
  // All domains that have not every way.
  Status widen(int class_id);
  Status write_class(int class_id, const std::vector<DomainMask>& masks);
  const Domain* find(DomainId id) const;
  // A topic's text is news when it has changed; "" takes it back.
  void say(const std::string& topic, const std::string& text);
  std::vector<std::string> take_news() { return std::exchange(news_, {}); }

  Journal journal_;
  JournalEntry entry_;  // as it is on the disk; its classes are the groups
  bool started_ = false;
  std::unique_ptr<PqosLibrary> library_;
  std::vector<Domain> domains_;                 // ascending
  std::map<DomainId, std::vector<Cbm>> masks_;  // by class, as looked at
  std::set<int> strangers_;                     // classes that somebody else uses: left alone
  std::map<ContainerId, GroupId> put_into_;     // by the last move
  bool looked_ = false;
  bool writes_ = false;

 private:
  Status create(const CreateGroup& change);
  Status write(const WriteMasks& change);
  Status move(const MoveContainer& change);
  Status remove(const RemoveGroup& change);
  Status check_written(int class_id, const std::vector<DomainMask>& masks);

  RootPolicy root_policy_;
  std::map<DomainId, std::vector<Cbm>> tied_;  // as read back
  std::map<DomainId, Cbm> kept_default_;       // RootPolicy::keep: the shared region as it was asked for
  std::map<std::string, std::string> said_;
  std::vector<std::string> news_;
};

}  // namespace dcat
