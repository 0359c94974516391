#include "controller/shell/announcements.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "hooks/libvirt/domain_cgroup.h"
#include "hooks/wire.h"

namespace dcat {

namespace {

// What libvirt leaves of a VM's name in the machine's, which is cut: the longer the number, the less.
std::string name_in_machine(int number, std::string_view name) {
  const std::size_t before = std::string_view("qemu--").size() + std::to_string(number).size();
  const std::string machine = machine_name(number, name);
  return machine.substr(std::min(before, machine.size()));
}

// What every machine of this name has of it.
std::string vm_key(std::string_view name) {
  return name_in_machine(std::numeric_limits<int>::max(), name);
}

// "7" of machine-qemu\\x2d7\\x2dweb.scope and of qemu-7-web.libvirt-qemu; empty: none.
std::string machine_number(const std::string& cgroup) {
  const std::string leaf = unescape_unit(cgroup.substr(cgroup.rfind('/') + 1));
  constexpr std::string_view kName = "qemu-";
  const std::size_t at = leaf.find(kName);
  if (at == std::string::npos) return {};
  const std::size_t from = at + kName.size();
  return leaf.substr(from, leaf.find_first_not_of("0123456789", from) - from);
}

// `name`: as the machine of this number has it. Without a number it is taken for a short one.
bool has_name(const Announcement& announcement, std::string_view name, std::string_view number) {
  int value = 1;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return name_in_machine(value, announcement.name) == name;
}

bool is_vm(const Announcement& announcement) {
  return announcement.runtime == Runtime::libvirt;
}

}  // namespace

bool Announcements::take(Announcement announcement, TimePoint at) {
  const auto known = known_.find(announcement.id);
  if (announcement.event == Announcement::Event::gone) {
    std::set<ContainerId> members;
    const bool was_known = known != known_.end();
    if (was_known) {
      members = std::move(known->second.seen);
      forget(known);
    } else {
      for (const ContainerId& container : there_)
        if (!announcement.cgroup.empty() ? container.value == announcement.cgroup
                                         : identify(container).container_id == announcement.id)
          members.insert(container);
    }
    if (!was_known && members.empty()) return false;
    for (const ContainerId& container : members) leaving_.insert_or_assign(container, at);
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
  evict_namesakes(announcement);
  make_room();
  const std::string id = announcement.id;
  index(id, announcement);
  known_.insert_or_assign(id, Known{std::move(announcement), at, {}});
  std::erase_if(leaving_, [&](const auto& entry) {
    const Known* const found = find(entry.first);
    return found != nullptr && found->announcement.id == id;
  });
  ++generation_;
  return true;
}

// There is one VM of a name at a time.
void Announcements::evict_namesakes(const Announcement& announcement) {
  if (!is_vm(announcement) || announcement.name.empty()) return;
  const auto [first, last] = by_vm_.equal_range(vm_key(announcement.name));
  std::vector<std::string> ids;
  for (auto at = first; at != last; ++at)
    if (known_.at(at->second).announcement.name == announcement.name) ids.push_back(at->second);
  for (const std::string& id : ids) forget(known_.find(id));
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
  if (there != there_ || looked_at_ != generation_) match(there);
  for (auto& [id, known] : known_)
    if (!known.seen.empty()) known.since = at;
  for (auto known = known_.begin(); known != known_.end();) {
    const auto next = std::next(known);
    if (at - known->second.since > kPatience) forget(known);
    known = next;
  }
  const std::size_t before = leaving_.size();
  std::erase_if(leaving_, [&](const auto& entry) {
    return at - entry.second > kLinger || !std::ranges::binary_search(there, entry.first);
  });
  if (leaving_.size() != before) ++generation_;
  there_ = there;
  looked_at_ = generation_;
}

void Announcements::match(const std::vector<ContainerId>& there) {
  for (auto& [id, known] : known_) known.seen.clear();
  for (const ContainerId& container : there)
    if (const Known* const found = find(container)) known_.at(found->announcement.id).seen.insert(container);
}

const Announcements::Known* Announcements::find(const ContainerId& container) const {
  if (known_.empty()) return nullptr;
  const auto known = [this](const std::string& id) { return &known_.at(id); };
  const ContainerIdentity identity = identify(container);
  if (!identity.container_id.empty())
    if (const auto at = known_.find(identity.container_id); at != known_.end()) return &at->second;
  const Known* in = nullptr;
  const auto is_announced = [&](const std::string& cgroup) {
    const auto at = by_cgroup_.find(cgroup);
    if (at != by_cgroup_.end()) in = known(at->second);
    return in != nullptr;
  };
  if (is_announced(container.value)) return in;
  // A part of what was announced; one that bears an id of its own is somebody else in the same cgroup.
  if (identity.container_id.empty() && any_above(container.value, is_announced)) return in;
  if (identity.kind != ContainerKind::vm) return nullptr;
  const std::string number = machine_number(container.value);
  const auto [first, last] = by_vm_.equal_range(vm_key(identity.name));
  for (auto at = first; at != last; ++at) {
    const Announcement& announcement = known(at->second)->announcement;
    // A cgroup that was told names the machine, too: another one is another life of the VM.
    const bool other_life = !announcement.cgroup.empty() && machine_number(announcement.cgroup) != number;
    if (!other_life && has_name(announcement, identity.name, number)) return known(at->second);
  }
  return nullptr;
}

const Announcement* Announcements::of(const ContainerId& container) const {
  const Known* const known = find(container);
  return known == nullptr ? nullptr : &known->announcement;
}

std::vector<std::string> Announcements::cgroups() const {
  std::vector<std::string> cgroups;
  cgroups.reserve(by_cgroup_.size());
  for (const auto& [cgroup, id] : by_cgroup_) cgroups.push_back(cgroup);
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
