#include "cat/linux/pqos_msr_control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "cat/linux/cache_topology.h"
#include "cat/linux/container_cpus.h"

namespace dcat {

namespace {

Status check_node(const PqosMsrOptions& options) {
  if (Status able = check_cache_allocation(options.cpuid); !able) return able;
  if (ResctrlFiles(options.resctrl_root).mounted())
    return Error{ErrorCode::unsupported, "--backend pqos-msr",
                 options.resctrl_root + " is mounted: the kernel writes the same registers",
                 "use --backend resctrl, or umount " + options.resctrl_root};
  return {};
}

Cbm every_way(const PqosLibrary& library) {
  return Cbm::run(WayIndex(0), library.facts().ways);
}

// Counts the classes that were given back. Goes on after an error and returns the first.
Result<Undone> undo_registers(PqosLibrary& library, const JournalEntry& entry) {
  std::optional<Error> first;
  const auto keep = [&first](Status status) {
    if (!status && !first) first = std::move(status).error();
  };
  std::set<int> classes;
  for (const auto& [group, class_id] : entry.classes) classes.insert(class_id);
  Undone undone{static_cast<int>(classes.size()), false};
  for (const auto& [core, l3cat] : library.facts().l3cat_of_core) {
    const Result<int> in = library.read_class_of_core(core);
    if (!in)
      keep(in.error());
    else if (classes.contains(*in))
      keep(library.associate_core(core, 0));
  }
  classes.insert(0);
  for (const int l3cat : library.facts().l3cat_ids) {
    const Result<std::vector<Cbm>> masks = library.read_masks(l3cat);
    if (!masks) keep(masks.error());
    for (const int class_id : classes) {
      const auto index = static_cast<std::size_t>(class_id);
      if (!masks || index >= masks->size() || (*masks)[index] == every_way(library)) continue;
      keep(library.write_mask(l3cat, class_id, every_way(library)));
      if (class_id == 0) undone.default_masks = true;
    }
  }
  if (first) return *std::move(first);
  return undone;
}

}  // namespace

PqosMsrControl::PqosMsrControl(PqosMsrOptions options)
    : PqosControl(options.runtime_directory, options.root_policy), options_(std::move(options)) {
  writes_ = options_.writes;
}

Result<std::unique_ptr<PqosMsrControl>> PqosMsrControl::open(PqosMsrOptions options) {
  if (Status able = check_node(options); !able) return std::move(able).error();
  std::unique_ptr<PqosMsrControl> control(new PqosMsrControl(std::move(options)));
  // Before libpqos starts: it touches registers.
  if (control->writes_)
    if (Status locked = control->take_instance(); !locked) return std::move(locked).error();
  if (Status ready = control->init_library(); !ready) return std::move(ready).error();
  if (control->writes_)
    if (Status started = control->start(); !started) return std::move(started).error();
  return control;
}

Status PqosMsrControl::take_instance() {
  Result<InstanceLock> instance = InstanceLock::take(options_.runtime_directory);
  if (!instance) return std::move(instance).error();
  instance_.emplace(std::move(*instance));
  return {};
}

Status PqosMsrControl::begin_writing() {
  if (writes_) return {};
  if (Status locked = take_instance(); !locked) return locked;
  if (Status started = start(); !started) {
    instance_.reset();
    return started;
  }
  writes_ = true;
  return {};
}

Result<Undone> PqosMsrControl::undo(const JournalEntry& entry, const PqosMsrOptions& options) {
  if (Status able = check_node(options); !able) return std::move(able).error();
  Result<std::unique_ptr<PqosLibrary>> library = PqosLibrary::init(PqosInterface::msr, nullptr);
  if (!library) return std::move(library).error();
  return undo_registers(**library, entry);
}

Status PqosMsrControl::init_library() {
  Result<std::unique_ptr<PqosLibrary>> library = PqosLibrary::init(PqosInterface::msr, nullptr);
  if (!library) {
    if (library.error().todo.empty()) library.error().todo = "it needs root and /dev/cpu/*/msr: modprobe msr";
    return std::move(library).error();
  }
  library_ = std::move(*library);
  return name_domains();
}

// libpqos names a cache otherwise than the kernel: by a socket, or a number of its own. The cores behind it tell.
Status PqosMsrControl::name_domains() {
  const Result<CacheTopology> topology = read_cache_topology(options_.cpu_root);
  if (!topology) return topology.error();
  std::map<DomainId, int> l3cat_of;
  std::map<int, DomainId> domain_of;
  for (const auto& [core, l3cat] : library_->facts().l3cat_of_core) {
    const auto at = topology->domain_of_cpu.find(core);
    if (at == topology->domain_of_cpu.end()) continue;  // offline
    const int known = l3cat_of.emplace(at->second, l3cat).first->second;
    const DomainId named = domain_of.emplace(l3cat, at->second).first->second;
    if (known != l3cat || named != at->second)
      return Error{
          ErrorCode::unsupported, "--backend pqos-msr",
          fmt::format("libpqos' cache {} and the kernel's cache {} have different CPUs", l3cat, at->second.value),
          "use --backend resctrl"};
  }
  domains_.clear();
  for (const auto& [id, l3cat] : l3cat_of)
    domains_.push_back(
        {id, l3cat, every_way(*library_), library_->facts().contended, Ways(1), library_->facts().way_bytes});
  return {};
}

Status PqosMsrControl::start() {
  if (Status able = check_node(options_); !able) return able;
  if (Status inherited = inherit(); !inherited) return inherited;
  if (Status untouched = check_untouched(); !untouched) return untouched;
  entry_ = JournalEntry{};
  entry_.backend = name();
  entry_.boot_id = read_boot_id();
  entry_.pid = ::getpid();
  looked_ = false;
  Status written = journal_.write(entry_);
  started_ = written.ok();
  return written;
}

// Another back end's journal: resctrl's masks and groups went when it was unmounted.
Status PqosMsrControl::inherit() {
  const Result<std::optional<JournalEntry>> entry = journal_.read();
  if (!entry) return entry.error();
  if (*entry && (*entry)->backend == name() && (*entry)->boot_id == read_boot_id()) {
    const Result<Undone> undone = undo_registers(*library_, **entry);
    if (!undone) return Error(undone.error()).with_context("undo what an earlier run left");
    if (undone->groups > 0 || undone->default_masks)
      say("inherit", fmt::format("undid what an earlier run left: {} classes of service given back", undone->groups));
  }
  return journal_.remove();
}

Status PqosMsrControl::check_untouched() {
  const auto somebody = [](const std::string& why) {
    return Error{ErrorCode::unsupported, "--backend pqos-msr", "somebody else uses cache allocation: " + why,
                 "`pqos --iface=msr -R` sets everything back, if nobody needs it"};
  };
  if (Status looked = look_at_masks(); !looked) return looked;
  if (Status looked = look_at_cores(); !looked) return looked;
  for (const auto& [core, class_id] : class_of_core_)
    if (class_id != 0) return somebody(fmt::format("core {} is in class of service {}", core, class_id));
  for (const Domain& domain : domains_)
    for (std::size_t class_id = 0; class_id < masks_[domain.id].size(); ++class_id)
      if (masks_[domain.id][class_id] != domain.all)
        return somebody(fmt::format("class of service {} has the ways {} in domain {}", class_id,
                                    format_cbm(masks_[domain.id][class_id]), domain.id.value));
  return {};
}

Result<Census> PqosMsrControl::take_census(const std::vector<ContainerId>& containers) {
  containers_ = containers;
  looked_ = false;
  if (ResctrlFiles(options_.resctrl_root).mounted())
    return Error{ErrorCode::failed, name(),
                 options_.resctrl_root + " was mounted: the kernel writes the same registers",
                 "end this run, or unmount it"};
  if (Status looked = look(); !looked) return std::move(looked).error();
  std::erase_if(put_into_, [&](const auto& put) { return !std::ranges::binary_search(containers_, put.first); });
  if (started_) journal_.touch();
  Census census;
  for (const ContainerId& container : containers_)
    if (!cpus_of_.contains(container)) census.foreign.push_back(container);
  census.news = take_news();
  return census;
}

Status PqosMsrControl::look() {
  if (looked_) return {};
  if (Status looked = look_at_masks(); !looked) return looked;
  if (Status looked = look_at_cores(); !looked) return looked;
  if (Status looked = look_at_containers(); !looked) return looked;
  looked_ = true;
  return {};
}

Status PqosMsrControl::look_at_cores() {
  class_of_core_.clear();
  for (const auto& [core, l3cat] : library_->facts().l3cat_of_core) {
    const Result<int> in = library_->read_class_of_core(core);
    if (!in) return in.error();
    class_of_core_[core] = *in;
  }
  strangers_.clear();
  for (const auto& [core, class_id] : class_of_core_)
    if (class_id != 0 && !group_in(class_id)) strangers_.insert(class_id);
  return {};
}

Status PqosMsrControl::look_at_containers() {
  std::vector<int> all;
  for (const auto& [core, l3cat] : library_->facts().l3cat_of_core) all.push_back(core);
  cpus_of_.clear();
  std::map<int, int> users;  // of a core
  for (const ContainerId& container : containers_) {
    Result<std::vector<int>> cpus = read_container_cpus(options_.cgroup_of(container), all);
    if (!cpus) return std::move(cpus).error();
    for (const int cpu : *cpus) ++users[cpu];
    cpus_of_[container] = std::move(*cpus);
  }
  for (const ContainerId& container : containers_) {
    const std::vector<int>& cpus = cpus_of_[container];
    const auto shared = std::ranges::find_if(cpus, [&](int cpu) { return users[cpu] > 1; });
    std::string why;
    if (cpus.empty())
      why = "it has no threads";
    else if (cpus.size() == all.size())
      why = "it may run on every CPU";
    else if (shared != cpus.end())
      why = fmt::format("another container may run on its CPU {}", *shared);
    say("cpus " + container.value, why.empty() ? "" : container.value + " cannot be controlled by its CPUs: " + why);
    if (!why.empty()) cpus_of_.erase(container);
  }
  return {};
}

std::vector<Member> PqosMsrControl::members() const {
  std::vector<Member> members;
  for (const auto& [container, cpus] : cpus_of_) {
    const int class_id = class_of_core_.at(cpus.front());
    const bool together = std::ranges::all_of(cpus, [&](int cpu) { return class_of_core_.at(cpu) == class_id; });
    if (class_id == 0 || !together) continue;
    if (const std::optional<GroupId> group = group_in(class_id)) members.push_back({container, *group});
  }
  return members;
}

Status PqosMsrControl::put(const ContainerId& container, int class_id) {
  const auto at = cpus_of_.find(container);
  if (at == cpus_of_.end())
    return Error{ErrorCode::failed, "", "it has no CPUs of its own", "pin it to CPUs that no other container has"};
  for (const int cpu : at->second) {
    if (Status put = library_->associate_core(cpu, class_id); !put) return put;
    class_of_core_[cpu] = class_id;
  }
  return {};
}

Status PqosMsrControl::vacate(int class_id) {
  if (Status looked = look_at_cores(); !looked) return looked;
  for (auto& [core, its_class] : class_of_core_) {
    if (its_class != class_id) continue;
    if (Status moved = library_->associate_core(core, 0); !moved) return moved;
    its_class = 0;
  }
  return {};
}

// CPUs that a container has got since it was moved follow it, those that it has lost go back.
Status PqosMsrControl::gather() {
  if (!started_) return {};
  std::map<int, int> wanted;  // core -> class
  for (const auto& [container, cpus] : cpus_of_) {
    const auto put = put_into_.find(container);
    if (put == put_into_.end()) continue;
    if (const std::optional<int> class_id = class_of(put->second))
      for (const int cpu : cpus) wanted[cpu] = *class_id;
  }
  Status first;
  for (const auto& [core, class_id] : class_of_core_) {
    const auto at = wanted.find(core);
    const int target = at == wanted.end() ? 0 : at->second;
    if (class_id == target || strangers_.contains(class_id)) continue;
    Status moved = library_->associate_core(core, target);
    if (!moved && first.ok()) first = std::move(moved);
  }
  looked_ = false;
  return first;
}

Status PqosMsrControl::release() {
  if (!started_) return {};
  const Result<Undone> undone = undo_registers(*library_, entry_);
  looked_ = false;
  if (!undone) return undone.error();
  started_ = false;
  entry_ = JournalEntry();
  put_into_.clear();
  return journal_.remove();
}

}  // namespace dcat
