#include "cat/linux/pqos_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <variant>

#include "cat/foreign.h"

namespace dcat {

namespace {

std::string quoted(const GroupId& group) {
  return group.is_shared_region() ? std::string("the default group") : "group \"" + group.value + "\"";
}

Error no_such_group(const std::string& what) {
  return {ErrorCode::failed, what, "ENOENT: it has no class of service", "", ENOENT};
}

}  // namespace

void PqosControl::say(const std::string& topic, const std::string& text) {
  std::string& known = said_[topic];
  if (known == text) return;
  known = text;
  if (!text.empty()) news_.push_back(text);
}

const PqosControl::Domain* PqosControl::find(DomainId id) const {
  const auto at = std::ranges::find(domains_, id, &Domain::id);
  return at == domains_.end() ? nullptr : &*at;
}

std::optional<int> PqosControl::class_of(const GroupId& group) const {
  if (group.is_shared_region()) return 0;
  const auto at = entry_.classes.find(group.value);
  if (at == entry_.classes.end()) return std::nullopt;
  return at->second;
}

std::optional<GroupId> PqosControl::group_in(int class_id) const {
  for (const auto& [group, its_class] : entry_.classes)
    if (its_class == class_id) return GroupId{group};
  return std::nullopt;
}

Status PqosControl::look_at_masks() {
  std::map<DomainId, std::vector<Cbm>> masks;
  for (const Domain& domain : domains_) {
    Result<std::vector<Cbm>> read = library_->read_masks(domain.l3cat_id);
    if (!read) return std::move(read).error();
    masks[domain.id] = std::move(*read);
  }
  masks_ = std::move(masks);
  return {};
}

Result<Geometry> PqosControl::read_geometry() {
  if (Status looked = look(); !looked) return std::move(looked).error();
  Geometry geometry;
  geometry.closids = std::max(class_count() - static_cast<int>(strangers_.size()), 1);
  for (const Domain& d : domains_) {
    const auto tied = tied_.find(d.id);
    DomainGeometry domain{
        d.id,  d.all,      d.shareable, d.min_cbm_bits, tied == tied_.end() ? std::vector<Cbm>() : tied->second,
        false, d.way_bytes};
    domain.available = leave_out_inner_ties(domain.available, domain.tied);
    domain.shareable = domain.shareable & domain.available;
    geometry.domains.push_back(std::move(domain));
  }
  return geometry;
}

Result<Masks> PqosControl::read_masks() {
  if (Status looked = look(); !looked) return std::move(looked).error();
  Masks masks;
  for (const Domain& d : domains_) {
    const std::vector<Cbm>& by_class = masks_[d.id];
    const auto mask_in = [&](int class_id) {
      const auto index = static_cast<std::size_t>(class_id);
      return index < by_class.size() ? by_class[index] : Cbm();
    };
    DomainMasks domain{d.id, mask_in(0) & d.all, {}};
    if (root_policy_ == RootPolicy::keep) {
      const auto asked = kept_default_.find(d.id);
      domain.shared = asked == kept_default_.end() ? d.all : asked->second;
    }
    for (const auto& [group, class_id] : entry_.classes) domain.groups.push_back({GroupId{group}, mask_in(class_id)});
    masks.domains.push_back(std::move(domain));
  }
  masks.members = members();
  return masks;
}

Status PqosControl::apply(const Change& change) {
  if (!writes_) return Error{ErrorCode::unsupported, "change cache ways", "this run may not", "use --mode enforce"};
  if (!started_)
    if (Status started = start(); !started) return started;
  // What was seen before the first change of a period serves for all of them.
  if (masks_.empty())
    if (Status looked = look(); !looked) return looked;
  looked_ = false;
  struct Visitor {
    PqosControl& control;
    Status operator()(const CreateGroup& c) const { return control.create(c); }
    Status operator()(const WriteMasks& c) const { return control.write(c); }
    Status operator()(const MoveContainer& c) const { return control.move(c); }
    Status operator()(const RemoveGroup& c) const { return control.remove(c); }
  };
  return std::visit(Visitor{*this}, change);
}

Status PqosControl::create(const CreateGroup& change) {
  const std::string what = "create " + quoted(change.group);
  if (class_of(change.group)) return Error{ErrorCode::failed, what, "EEXIST: it is there", "", EEXIST};
  int class_id = 1;
  while (class_id < class_count() && (group_in(class_id) || strangers_.contains(class_id))) ++class_id;
  if (class_id >= class_count())
    return Error{ErrorCode::failed, what, "ENOSPC: Out of CLOSIDs",
                 fmt::format("remove a group: this node has {} CLOSIDs, the default group's included", class_count()),
                 ENOSPC};
  entry_.classes[change.group.value] = class_id;
  Status made = journal_.write(entry_);
  if (made) made = widen(class_id);
  if (made) return {};
  entry_.classes.erase(change.group.value);
  (void)journal_.write(entry_).ok();  // a class too many in it does no harm
  return std::move(made).error().with_context(what);
}

Status PqosControl::write(const WriteMasks& change) {
  if (change.group.is_shared_region() && root_policy_ == RootPolicy::keep) {
    for (const auto& [id, mask] : change.masks) kept_default_[id] = mask;
    return {};
  }
  if (!change.throttles.empty())
    return Error{ErrorCode::unsupported, "throttle " + quoted(change.group), "this back end has no memory bandwidth",
                 "use the resctrl back end"};
  const std::string what = "write the masks of " + quoted(change.group);
  const std::optional<int> class_id = class_of(change.group);
  if (!class_id) return no_such_group(what);
  if (Status written = write_class(*class_id, change.masks); !written)
    return std::move(written).error().with_context(what);
  return check_written(*class_id, change.masks);
}

Status PqosControl::write_class(int class_id, const std::vector<DomainMask>& masks) {
  std::vector<std::pair<int, Cbm>> before;  // by l3cat id, of what has been written
  Status status;
  for (const auto& [id, mask] : masks) {
    const Domain* domain = find(id);
    if (domain == nullptr) {
      status = Error{ErrorCode::failed, "", fmt::format("EINVAL: there is no domain {}", id.value), "", EINVAL};
      break;
    }
    const Result<std::vector<Cbm>> read = library_->read_masks(domain->l3cat_id);
    status = read ? library_->write_mask(domain->l3cat_id, class_id, mask) : Status(read.error());
    if (!status) break;
    before.emplace_back(domain->l3cat_id, (*read)[static_cast<std::size_t>(class_id)]);
  }
  if (!status)
    for (const auto& [l3cat_id, mask] : before) (void)library_->write_mask(l3cat_id, class_id, mask).ok();
  return status;
}

Status PqosControl::widen(int class_id) {
  std::vector<DomainMask> narrow;
  for (const Domain& domain : domains_) {
    const Result<std::vector<Cbm>> read = library_->read_masks(domain.l3cat_id);
    if (!read) return read.error();
    if ((*read)[static_cast<std::size_t>(class_id)] != domain.all) narrow.emplace_back(domain.id, domain.all);
  }
  return write_class(class_id, narrow);
}

// What the machine made of it is a fact of the geometry from now on.
Status PqosControl::check_written(int class_id, const std::vector<DomainMask>& masks) {
  for (const auto& [id, wanted] : masks) {
    const Result<std::vector<Cbm>> read = library_->read_masks(find(id)->l3cat_id);
    if (!read) return read.error();
    const Cbm got = (*read)[static_cast<std::size_t>(class_id)];
    // On the way to masks that cut no tied ways, a step may: that it reads back wider is known and passes.
    if (got == wanted || got == with_ties(wanted, tied_[id])) continue;
    std::string sets;
    for (const Cbm set : tied_sets(wanted, got)) {
      if (std::ranges::find(tied_[id], set) == tied_[id].end()) tied_[id].push_back(set);
      sets += " " + format_cbm(set);
    }
    return Error{ErrorCode::failed,
                 fmt::format("write {}={} to class of service {}", id.value, format_cbm(wanted), class_id),
                 fmt::format("it reads back {}{}", format_cbm(got),
                             sets.empty() ? std::string() : ": the machine takes these ways only together:" + sets),
                 "the next period plans with that"};
  }
  return {};
}

Status PqosControl::move(const MoveContainer& change) {
  const std::string what = "move " + change.container.value + " to " + quoted(change.to);
  const std::optional<int> class_id = class_of(change.to);
  if (!class_id) return no_such_group(what);
  put_into_[change.container] = change.to;
  Status moved = put(change.container, *class_id);
  if (!moved) return std::move(moved).error().with_context(what);
  return moved;
}

Status PqosControl::remove(const RemoveGroup& change) {
  const std::string what = "remove " + quoted(change.group);
  const std::optional<int> class_id = class_of(change.group);
  if (!class_id || change.group.is_shared_region()) return no_such_group(what);
  Status removed = vacate(*class_id);
  if (removed) removed = widen(*class_id);
  if (!removed) return std::move(removed).error().with_context(what);
  entry_.classes.erase(change.group.value);
  std::erase_if(put_into_, [&](const auto& put) { return put.second == change.group; });
  return journal_.write(entry_);
}

}  // namespace dcat
