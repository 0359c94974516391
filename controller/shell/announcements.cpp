#include "controller/shell/announcements.h"

#include <algorithm>
#include <utility>

#include "hooks/libvirt/domain_cgroup.h"
#include "hooks/wire.h"

namespace dcat {

namespace {

// libvirt's own shortening of a name: what a scope's name can be compared with.
std::string vm_key(std::string_view name) {
  std::string key = machine_name(1, name);
  key.erase(0, key.find('-', key.find('-') + 1) + 1);
  return key;
}

// What stands in a cgroup's path: the first twelve digits of an id are told in the identity's name only.
bool is_vm(const Announcement& announcement) {
  return announcement.runtime == Runtime::libvirt;
}

}  // namespace

bool Announcements::take(Announcement announcement, TimePoint at) {
  const auto known = known_.find(announcement.id);
  if (announcement.event == Announcement::Event::gone) {
    std::set<ContainerId> members;
    if (known != known_.end()) {
      members = std::move(known->second.seen);
      forget(known);
    } else {
      for (const ContainerId& container : there_)
        if (!announcement.cgroup.empty() ? container.value == announcement.cgroup
                                         : identify(container).container_id == announcement.id)
          members.insert(container);
    }
    if (known == known_.end() && members.empty()) return false;
    leaving_.merge(members);
    ++generation_;
    return true;
  }
  if (known != known_.end()) {
    // Said again: what is not told now stays as it was told before (a start knows the process, not the cgroup).
    Announcement& before = known->second.announcement;
    if (announcement.cgroup.empty()) announcement.cgroup = before.cgroup;
    if (announcement.pid == 0) announcement.pid = before.pid;
    known->second.since = at;
    if (announcement == before) return false;
    forget(known);
  }
  make_room();
  const std::string id = announcement.id;
  for (const ContainerId& container : there_)
    if (container.value == announcement.cgroup) leaving_.erase(container);
  index(id, announcement);
  known_.insert_or_assign(id, Known{std::move(announcement), at, {}});
  ++generation_;
  return true;
}

void Announcements::index(const std::string& id, const Announcement& announcement) {
  if (!announcement.cgroup.empty()) by_cgroup_.insert_or_assign(announcement.cgroup, id);
  if (is_vm(announcement) && !announcement.name.empty()) by_vm_.emplace(vm_key(announcement.name), id);
}

void Announcements::forget(ById::iterator at) {
  const std::string& id = at->first;
  const Announcement& announcement = at->second.announcement;
  const auto cgroup = by_cgroup_.find(announcement.cgroup);
  if (cgroup != by_cgroup_.end() && cgroup->second == id) by_cgroup_.erase(cgroup);
  if (is_vm(announcement)) {
    const auto [first, last] = by_vm_.equal_range(vm_key(announcement.name));
    for (auto name = first; name != last;) name = name->second == id ? by_vm_.erase(name) : std::next(name);
  }
  known_.erase(at);
  ++generation_;
}

void Announcements::make_room() {
  if (known_.size() < kMost) return;
  const auto oldest = std::ranges::min_element(
      known_, {}, [](const auto& entry) { return std::pair(!entry.second.seen.empty(), entry.second.since); });
  forget(known_.find(oldest->first));
}

void Announcements::look(const std::vector<ContainerId>& there, TimePoint at) {
  for (auto& [id, known] : known_) known.seen.clear();
  for (const ContainerId& container : there)
    if (const Known* found = find(container)) {
      Known& known = known_.at(found->announcement.id);
      known.seen.insert(container);
      known.since = at;
    }
  for (auto known = known_.begin(); known != known_.end();) {
    const auto next = std::next(known);
    if (at - known->second.since > kPatience) forget(known);
    known = next;
  }
  const std::size_t before = leaving_.size();
  std::erase_if(leaving_, [&](const ContainerId& id) { return !std::ranges::binary_search(there, id); });
  if (leaving_.size() != before) ++generation_;
  there_ = there;
}

const Announcements::Known* Announcements::find(const ContainerId& container) const {
  if (known_.empty()) return nullptr;
  const auto known = [this](const std::string& id) { return &known_.at(id); };
  // The very cgroup or one above it: a runtime's sub-cgroup may be what is listed.
  for (std::string_view path = container.value; !path.empty();) {
    if (const auto at = by_cgroup_.find(std::string(path)); at != by_cgroup_.end()) return known(at->second);
    const std::size_t slash = path.rfind('/');
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
  const auto below = by_cgroup_.lower_bound(container.value + "/");
  if (below != by_cgroup_.end() && below->first.starts_with(container.value + "/")) return known(below->second);
  const ContainerIdentity identity = identify(container);
  if (!identity.container_id.empty())
    if (const auto at = known_.find(identity.container_id); at != known_.end()) return &at->second;
  if (identity.kind == ContainerKind::vm)
    if (const auto at = by_vm_.find(vm_key(identity.name)); at != by_vm_.end()) return known(at->second);
  return nullptr;
}

const Announcement* Announcements::of(const ContainerId& container) const {
  const Known* const known = find(container);
  return known == nullptr ? nullptr : &known->announcement;
}

std::vector<std::string> Announcements::unseen() const {
  std::vector<std::string> cgroups;
  for (const auto& [cgroup, id] : by_cgroup_)
    if (known_.at(id).seen.empty()) cgroups.push_back(cgroup);
  return cgroups;
}

std::string Announcements::save() const {
  std::string text;
  for (const auto& [id, known] : known_) text += format_ask(known.announcement) + "\n";
  return text;
}

void Announcements::load(std::string_view text, TimePoint at, std::vector<std::string>& mistakes) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Result<Ask> ask = parse_ask(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    auto* const announcement = ask ? std::get_if<Announcement>(&*ask) : nullptr;
    if (announcement != nullptr)
      take(std::move(*announcement), at);
    else
      mistakes.push_back("line " + std::to_string(line) + ": " + (ask ? "no announcement" : ask.error().why));
  }
}

ContainerIdentity identity_of(const ContainerId& container, const Announcement* announcement) {
  ContainerIdentity identity = identify(container);
  if (announcement == nullptr) return identity;
  if (announcement->runtime != Runtime::unknown) identity.runtime = announcement->runtime;
  if (!announcement->name.empty()) {
    identity.name = announcement->name;
    identity.name_cut = false;
  }
  if (identity.container_id.empty() && announcement->runtime != Runtime::libvirt)
    identity.container_id = announcement->id;
  if (!announcement->pod_uid.empty()) identity.pod_uid = announcement->pod_uid;
  if (!announcement->name_space.empty()) identity.name_space = announcement->name_space;
  if (announcement->qos) identity.qos = announcement->qos;
  identity.annotations = announcement->annotations;
  return identity;
}

}  // namespace dcat
