// Who has been announced and not been told to be gone: what hooks and the container runtime know of the containers that
// the cgroup tree shows. Pure; contracts.h applies it.
//
// A container of the tree belongs to an announcement by the runtime's id in its path, else by its cgroup: the very one
// or, where its path has no id, one that it is in; else, for a VM whose cgroup was not told, by its name. What was
// announced and shows up nowhere is forgotten after kPatience: a start that failed. Who was announced to be gone is
// left out while its cgroup lingers, kLinger at most: the tree is right in the end. Bounded: kMost, then the oldest
// that shows up nowhere goes first.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"
#include "hooks/announcement.h"
#include "perfmon/container_identity.h"

namespace dcat {

// Port: where announcements come from, while the loop waits for its next period.
class AnnouncementSource {
 public:
  virtual ~AnnouncementSource() = default;
  // In order, those since the last call.
  virtual std::vector<Announcement> take() = 0;
  // Readable while something waits to be taken.
  virtual int news_fd() const = 0;
  // What was taken is in force, or cannot be: whoever announced it may be told so.
  virtual void settled() {}
};

class Announcements {
 public:
  static constexpr Duration kPatience = std::chrono::minutes(1);
  static constexpr Duration kLinger = std::chrono::seconds(5);
  static constexpr std::size_t kMost = 1 << 14;

  // True: something is different now.
  bool take(Announcement announcement, TimePoint at);
  // These are on the node at this time, ascending. Forgets what is over.
  void look(const std::vector<ContainerId>& there, TimePoint at);

  // Null: nobody has announced it.
  const Announcement* of(const ContainerId& container) const;
  // It was announced to be gone, and its cgroup is still there.
  bool leaving(const ContainerId& container) const { return leaving_.contains(container); }
  // Of all that are known, ascending.
  std::vector<std::string> cgroups() const;
  std::size_t size() const { return known_.size(); }
  // Greater after each change of what of() and leaving() answer.
  std::uint64_t generation() const { return generation_; }

  // A line each (hooks/wire.h), to be read again by a daemon that starts anew.
  std::string save() const;
  // Lines that cannot be read are left out, and told.
  void load(std::string_view text, TimePoint at, std::vector<std::string>& mistakes);

 private:
  struct Known {
    Announcement announcement;
    TimePoint since;             // announced, or last seen
    std::set<ContainerId> seen;  // which containers of the last look it is
  };
  using ById = std::map<std::string, Known>;

  const Known* find(const ContainerId& container) const;
  void index(const std::string& id, const Announcement& announcement);
  void forget(ById::iterator at);
  void make_room();
  void match(const std::vector<ContainerId>& there);
  void evict_namesakes(const Announcement& announcement);

  ById known_;
  std::map<std::string, std::string> by_cgroup_;   // -> id
  std::multimap<std::string, std::string> by_vm_;  // a VM's name -> id
  std::map<ContainerId, TimePoint> leaving_;       // since
  std::vector<ContainerId> there_;                 // of the last look
  std::uint64_t generation_ = 0;
  std::uint64_t looked_at_ = ~std::uint64_t{0};  // the generation that was matched with `there_`
};

// `holds` for one of the cgroups above this one, asked from the nearest on.
template <class Condition>
bool any_above(const std::string& cgroup, const Condition& holds) {
  for (std::size_t slash = cgroup.rfind('/'); slash != std::string::npos && slash > 0;
       slash = cgroup.rfind('/', slash - 1))
    if (holds(cgroup.substr(0, slash))) return true;
  return false;
}

// What a container's path tells, and what was announced of it.
ContainerIdentity identity_of(const ContainerId& container, const Announcement* announcement);

}  // namespace dcat
