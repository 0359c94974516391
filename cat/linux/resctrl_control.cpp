#include "cat/linux/resctrl_control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "cat/foreign.h"
#include "cat/linux/group_names.h"
#include "cat/linux/undo.h"
#include "cat/schemata.h"

namespace dcat {

namespace {

// How long the groups there are have to do when the kernel has no RMID for another: lines leave the cache in seconds.
constexpr int kPeriodsWithoutRmids = 5;
constexpr auto kReleasePatience = std::chrono::seconds(3);
// Topics of news, before a name.
constexpr std::string_view kOfGroup = "group ";
constexpr std::string_view kOfThreads = "threads ";

std::optional<Cbm> mask_in(const std::vector<std::pair<DomainId, Cbm>>& masks, DomainId domain) {
  const auto at = std::ranges::lower_bound(masks, domain, {}, [](const auto& m) { return m.first; });
  if (at == masks.end() || at->first != domain) return std::nullopt;
  return at->second;
}

Error not_looked() {
  return {ErrorCode::failed, "read resctrl", "nobody has looked yet", ""};
}

// The kernel's words, for EBUSY and ENOSPC say other things too.
bool is_out_of_rmids(const Status& made) {
  return !made && (made.error().sys_errno == ENOSPC || made.error().sys_errno == EBUSY) &&
         made.error().why.find("RMID") != std::string::npos;
}

std::string list_masks(const std::vector<std::pair<DomainId, Cbm>>& masks) {
  return format_schemata("L3", masks);
}

}  // namespace

ResctrlControl::ResctrlControl(ResctrlOptions options)
    : options_(std::move(options)),
      files_(options_.root),
      journal_(options_.runtime_directory),
      monitor_(files_, options_.priority_of),
      mover_(files_, monitor_) {}

Result<std::unique_ptr<ResctrlControl>> ResctrlControl::open(ResctrlOptions options) {
  std::unique_ptr<ResctrlControl> control(new ResctrlControl(std::move(options)));
  if (!control->files_.mounted())
    return Error{ErrorCode::unsupported, control->options_.root, "no resctrl file system is mounted there",
                 "mount it: mount -t resctrl resctrl " + control->options_.root + "; `dcat doctor` tells more"};
  if (Status loaded = control->load_info(); !loaded) return std::move(loaded).error();
  if (!control->options_.writes) return control;
  if (Status begun = control->begin_writing(); !begun) return std::move(begun).error();
  return control;
}

Status ResctrlControl::begin_writing() {
  if (instance_) return {};
  Result<InstanceLock> instance = InstanceLock::take(options_.runtime_directory);
  if (!instance) return std::move(instance).error();
  if (Status inherited = inherit(); !inherited) return inherited;
  instance_.emplace(std::move(*instance));
  options_.writes = true;
  return {};
}

// What an earlier run left is either ours to go on with or to be undone before anything else.
Status ResctrlControl::inherit() {
  if (Status entered = files_.lock(kReleasePatience); !entered) return entered;
  Result<std::optional<JournalEntry>> entry = journal_.read();
  if (!entry) return std::move(entry).error();
  const std::optional<Duration> age = journal_.age();
  const bool same_node = *entry && (*entry)->backend == "resctrl" && (*entry)->boot_id == read_boot_id() &&
                         (*entry)->root == options_.root;
  if (same_node && age && *age <= options_.adopt_within) {
    inherited_ = std::move(**entry);
    const auto directories = files_.directories("");
    if (directories) {
      std::vector<std::string> ours{""};
      for (const std::string& d : *directories)
        if (parse_directory_name(d)) ours.push_back(d);
      monitor_.adopt(ours);
    }
    say("inherit",
        fmt::format("adopted what an earlier run (pid {}) left {:.1f} s ago", inherited_->pid, seconds(*age)));
    files_.unlock();
    return {};
  }
  const bool rebooted = *entry && (*entry)->boot_id != read_boot_id();
  Result<Undone> undone = undo_node(files_, rebooted ? std::optional<JournalEntry>() : std::move(*entry));
  files_.unlock();
  if (!undone) return std::move(undone).error().with_context("undo what an earlier run left");
  if (undone->groups > 0 || undone->default_masks)
    say("inherit", fmt::format("undid what an earlier run left: {} groups removed{}", undone->groups,
                               undone->default_masks ? ", the default group has its ways again" : ""));
  return journal_.remove();
}

Status ResctrlControl::load_info() {
  Result<ResctrlInfo> info = read_resctrl_info(files_);
  if (!info) return std::move(info).error();
  info_ = std::move(*info);
  return {};
}

Status ResctrlControl::enter(Duration patience) {
  return files_.lock(patience);
}
void ResctrlControl::leave() {
  files_.unlock();
}

// A topic's text is told when it is new; the same again is not news.
void ResctrlControl::say(const std::string& topic, const std::string& text) {
  std::string& known = said_[topic];
  if (known == text) return;
  known = text;
  if (!text.empty()) news_.push_back(text);
}

Result<Census> ResctrlControl::take_census(const std::vector<ContainerId>& containers) {
  containers_ = containers;
  census_.reset();
  if (!files_.mounted()) {
    info_.reset();
    return Error{ErrorCode::failed, options_.root, "the resctrl file system is not mounted any more",
                 "mount it again: mount -t resctrl resctrl " + options_.root};
  }
  if (!info_)
    if (Status loaded = load_info(); !loaded) return std::move(loaded).error();
  if (Status looked = look(); !looked) {
    info_.reset();  // it may have been mounted anew, with other options
    return std::move(looked).error();
  }
  if (options_.writes) monitor_.keep_only(containers_);
  moved_.clear();
  if (periods_without_rmids_ > 0) --periods_without_rmids_;
  std::erase_if(put_into_, [&](const auto& put) { return !std::ranges::binary_search(containers_, put.first); });
  note_news();
  if (inherited_) journal_.touch();
  Census census;
  for (std::size_t i = 0; i < containers_.size(); ++i)
    if (census_->containers[i].foreign) census.foreign.push_back(containers_[i]);
  census.news = std::exchange(news_, {});
  return census;
}

Status ResctrlControl::look() {
  if (census_ && !changed_) return {};
  if (!info_) return not_looked();
  std::vector<std::string> cgroups, last;
  for (const ContainerId& container : containers_) {
    cgroups.push_back(options_.cgroup_of(container));
    const auto put = put_into_.find(container);
    last.push_back(put == put_into_.end() ? std::string() : put->second);
  }
  Result<ResctrlCensus> census = take_resctrl_census(files_, *info_, cgroups, last, threads_);
  if (!census) return std::move(census).error();
  census_ = std::move(*census);
  changed_ = false;
  name_groups();
  // The kernel's list of domains follows the CPUs that are online.
  info_->domains.clear();
  for (const auto& [id, mask] : census_->default_masks) info_->domains.push_back(id);
  choose_ways();
  check_throttles();
  return {};
}

// A name too long for a directory cannot be read back: whoever made the group knows it, and after a restart its only
// container does.
void ResctrlControl::name_groups() {
  for (SeenGroup& group : census_->groups) {
    if (!group.ours || group.ours->value != group.directory) continue;
    if (const auto made = made_.find(group.directory); made != made_.end()) group.ours = made->second;
    for (const ContainerId& container : containers_)
      if (directory_name(container.value) == group.directory) group.ours = GroupId{container.value};
  }
}

std::string ResctrlControl::directory_in_force(const GroupId& group) const {
  if (group.is_shared_region()) return "";
  if (census_)
    for (const SeenGroup& seen : census_->groups)
      if (seen.ours == group) return seen.directory;
  return directory_name(group.value);
}

Cbm ResctrlControl::free_ways(DomainId domain) const {
  std::vector<Cbm> foreign;
  for (const SeenGroup& group : census_->groups)
    if (!group.ours)
      if (const auto mask = mask_in(group.masks, domain)) foreign.push_back(*mask);
  return info_->cbm_mask - held_ways(info_->cbm_mask, foreign);
}

void ResctrlControl::choose_ways() {
  for (const DomainId id : info_->domains) run_[id] = choose_run(free_ways(id), info_->shareable, run_[id]);
}

// A group of ours begins unlimited: where that is more than 100, these are no percentages after all.
void ResctrlControl::check_throttles() {
  if (!info_->throttles) return;
  const auto in_amounts = [](const SeenGroup& group) { return beyond_percent(group.bandwidths); };
  if (std::ranges::none_of(census_->groups, in_amounts)) return;
  info_->throttles.reset();
  info_->why_no_throttles = kNotInPercent;
}

Throttle ResctrlControl::throttle_in(const SeenGroup& group, DomainId domain) const {
  const auto at = std::ranges::find(group.bandwidths, domain, [](const auto& b) { return b.first; });
  if (!info_->throttles || at == group.bandwidths.end()) return kUnthrottled;
  const Throttle got(static_cast<int>(at->second));
  const auto rounded = rounded_.find({group.directory, domain});
  return rounded != rounded_.end() && rounded->second.second == got ? rounded->second.first : got;
}

void ResctrlControl::note_news() {
  // Of who has gone nothing is kept: should it come again, it is said again.
  std::erase_if(said_, [&](const auto& known) {
    if (known.first.starts_with(kOfGroup)) return census_->find(known.first.substr(kOfGroup.size())) == nullptr;
    return known.first.starts_with(kOfThreads) &&
           !std::ranges::binary_search(containers_, ContainerId{known.first.substr(kOfThreads.size())});
  });
  for (const SeenGroup& group : census_->groups) {
    if (group.ours) continue;
    const std::string topic = fmt::format("{}{}", kOfGroup, group.directory);
    const bool everything =
        std::ranges::all_of(group.masks, [&](const auto& m) { return m.second == info_->cbm_mask; });
    if (!everything)
      say(topic, fmt::format("foreign group {} holds {}: these ways are left to it", group.directory,
                             list_masks(group.masks)));
    else if (group.in_use)
      say(topic,
          fmt::format("foreign group {} may fill every way and has tasks or CPUs: partitions are not exclusive of them",
                      group.directory));
    else
      say(topic, fmt::format("foreign group {} takes a CLOSID", group.directory));
  }
  if (options_.root_policy == RootPolicy::keep && options_.writes)
    say("root", "root: keep: the default group's tasks reach into every partition");
  if (!info_->why_no_throttles.empty())
    say("mba", "memory bandwidth is never throttled here: " + info_->why_no_throttles);
  for (const ContainerId& container : mover_.take_unsettled())
    say(fmt::format("{}{}", kOfThreads, container.value),
        fmt::format("{}: it makes threads faster than they can be moved ({} rounds); the rest follows", container.value,
                    ContainerMover::kMostRounds));
}

Result<Geometry> ResctrlControl::read_geometry() {
  if (Status looked = look(); !looked) return std::move(looked).error();
  Geometry geometry;
  const int ours = static_cast<int>(census_->groups.size()) - census_->foreign_groups();
  geometry.closids = info_->closids - census_->foreign_groups();
  if (info_->rmids > 0) {
    // Every control group takes an RMID as well; monitoring groups of ours can be given up.
    const int free = info_->rmids - 1 - static_cast<int>(census_->groups.size());
    geometry.closids = std::min(geometry.closids, 1 + ours + std::max(free, 0));
  }
  // A plan that needs a group which cannot be made would be carried out half, every period again.
  if (periods_without_rmids_ > 0) geometry.closids = std::min(geometry.closids, 1 + ours);
  geometry.closids = std::max(geometry.closids, 1);
  for (const DomainId id : info_->domains) {
    DomainGeometry domain{id,
                          run_[id],
                          info_->shareable & run_[id],
                          info_->min_cbm_bits,
                          tied_[id],
                          info_->empty_masks,
                          info_->way_bytes,
                          info_->throttles};
    domain.available = leave_out_inner_ties(domain.available, domain.tied);
    domain.shareable = domain.shareable & domain.available;
    if (domain.available.empty()) continue;  // foreign groups hold all of it
    geometry.domains.push_back(std::move(domain));
  }
  return geometry;
}

Neighbours ResctrlControl::neighbours() const {
  if (!info_ || !census_) return {};
  return {info_->closids, census_->foreign_groups()};
}

Result<Masks> ResctrlControl::read_masks() {
  if (Status looked = look(); !looked) return std::move(looked).error();
  Masks masks;
  for (const DomainId id : info_->domains) {
    if (run_[id].empty()) continue;
    DomainMasks domain{id, Cbm(), {}};
    const Cbm held = mask_in(census_->default_masks, id).value_or(Cbm());
    domain.shared = held & run_[id];
    if (options_.root_policy == RootPolicy::keep) {
      const auto asked = kept_default_.find(id);
      domain.shared = asked == kept_default_.end() ? run_[id] : asked->second;
    }
    for (const SeenGroup& group : census_->groups)
      if (group.ours)
        domain.groups.push_back({*group.ours, mask_in(group.masks, id).value_or(Cbm()), throttle_in(group, id)});
    std::ranges::sort(domain.groups, {}, &GroupMask::group);
    masks.domains.push_back(std::move(domain));
  }
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    const int group = census_->containers[i].group;
    if (group < 0) continue;
    if (const auto& ours = census_->groups[static_cast<std::size_t>(group)].ours)
      masks.members.push_back({containers_[i], *ours});
  }
  return masks;
}

// From here on a crash leaves something behind: the journal says what.
Status ResctrlControl::begin_changes() {
  if (!options_.writes)
    return Error{ErrorCode::unsupported, "change cache ways", "this run may not", "use --mode enforce"};
  if (changing_) return {};
  JournalEntry entry;
  if (inherited_) entry = *inherited_;
  // An earlier run that kept the default group's masks has noted none.
  if (options_.root_policy == RootPolicy::shared && entry.default_schemata.empty()) {
    Result<std::string> before = read_default_schemata(files_);
    if (!before) return std::move(before).error();
    entry.default_schemata = std::move(*before);
  }
  entry.backend = "resctrl";
  entry.root = options_.root;
  entry.boot_id = read_boot_id();
  entry.pid = ::getpid();
  if (Status written = journal_.write(entry); !written) return written;
  inherited_ = std::move(entry);  // should somebody remove the journal
  changing_ = true;
  return {};
}

Status ResctrlControl::apply(const Change& change) {
  if (Status begun = begin_changes(); !begun) return begun;
  // What was seen before the first change of a period serves for all of them.
  if (!census_)
    if (Status looked = look(); !looked) return looked;
  changed_ = true;
  struct Visitor {
    ResctrlControl& control;
    Status operator()(const CreateGroup& c) const { return control.create(c); }
    Status operator()(const WriteMasks& c) const { return control.write(c); }
    Status operator()(const MoveContainer& c) const { return control.move(c); }
    Status operator()(const RemoveGroup& c) const { return control.remove(c); }
  };
  return std::visit(Visitor{*this}, change);
}

Status ResctrlControl::create(const CreateGroup& change) {
  const std::string directory = directory_name(change.group.value);
  Status made = files_.make_group(directory);
  // An earlier run's, whose name is too long to be read back and was not known.
  if (!made && made.error().sys_errno == EEXIST && files_.remove_group(directory)) made = files_.make_group(directory);
  // A monitoring group of ours has an RMID to give. EBUSY says that there are free ones which the kernel does not hand
  // out before their lines have left the cache: the next period asks again.
  if (is_out_of_rmids(made) && made.error().sys_errno == ENOSPC && monitor_.give_up_one())
    made = files_.make_group(directory);
  if (is_out_of_rmids(made)) periods_without_rmids_ = kPeriodsWithoutRmids;
  if (made) made_[directory] = change.group;
  return made;
}

Status ResctrlControl::write(const WriteMasks& change) {
  const bool is_default = change.group.is_shared_region();
  if (is_default && options_.root_policy == RootPolicy::keep) {
    for (const auto& [id, mask] : change.masks) kept_default_[id] = mask;
    return {};
  }
  const std::string directory = directory_in_force(change.group);
  std::string text;
  if (!change.masks.empty())
    for (const std::string& resource : info_->lines) text += format_schemata(resource, change.masks) + '\n';
  if (!change.throttles.empty()) text += format_throttles(change.throttles) + '\n';
  if (Status written = files_.write(path_in(directory, "schemata"), text); !written) return written;
  return check_written(change, directory);
}

// What the machine made of it is a fact of the geometry from now on.
Status ResctrlControl::check_written(const WriteMasks& change, const std::string& directory) {
  const auto now = read_group_schemata(files_, *info_, directory);
  if (!now) return now.error();
  note_rounded(change, directory, *now);
  for (const auto& [id, wanted] : change.masks) {
    const Cbm got = mask_in(now->masks, id).value_or(Cbm());
    // On the way to masks that cut no tied ways, a step may: that it reads back wider is known and passes.
    if (got == wanted || got == with_ties(wanted, tied_[id])) continue;
    std::string sets;
    for (const Cbm set : tied_sets(wanted, got)) {
      if (std::ranges::find(tied_[id], set) == tied_[id].end()) tied_[id].push_back(set);
      sets += " " + format_cbm(set);
    }
    return Error{ErrorCode::failed, "write " + list_masks(change.masks) + " to " + path_in(directory, "schemata"),
                 fmt::format("domain {} reads back {}{}", id.value, format_cbm(got),
                             sets.empty() ? std::string() : ": the machine takes these ways only together:" + sets),
                 "the next period plans with that"};
  }
  return {};
}

// What the machine made of a throttle holds, and is taken for what was asked for: nobody writes it again and again.
void ResctrlControl::note_rounded(const WriteMasks& change, const std::string& directory, const GroupSchemata& now) {
  for (const auto& [id, wanted] : change.throttles) {
    rounded_.erase({directory, id});
    const auto got = std::ranges::find(now.bandwidths, id, [](const auto& b) { return b.first; });
    if (got != now.bandwidths.end() && got->second <= 100 && Throttle(static_cast<int>(got->second)) != wanted)
      rounded_[{directory, id}] = {wanted, Throttle(static_cast<int>(got->second))};
  }
}

int ResctrlControl::spare_rmids() const {
  // An RMID is kept for each control group that may still come.
  const int groups = static_cast<int>(census_->groups.size()) + 1;
  return info_->rmids - std::max(info_->closids, groups) - static_cast<int>(monitor_.size());
}

Status ResctrlControl::move(const MoveContainer& change) {
  const std::string directory = directory_in_force(change.to);
  put_into_[change.container] = directory;
  moved_.insert(change.container);
  const auto known = std::ranges::lower_bound(containers_, change.container);
  if (known != containers_.end() && *known == change.container) {
    const SeenContainer& seen = census_->containers[static_cast<std::size_t>(known - containers_.begin())];
    if (seen.foreign) return move_what_is_ours(change.container, seen, directory);
  }
  Status moved = mover_.move(change.container, options_.cgroup_of(change.container), directory, spare_rmids() > 0);
  // Its threads were seen elsewhere: whoever gathers stragglers must not act on that.
  const auto at = std::ranges::lower_bound(containers_, change.container);
  if (moved && at != containers_.end() && *at == change.container)
    census_->containers[static_cast<std::size_t>(at - containers_.begin())].together = true;
  return moved;
}

// Threads that somebody else has put somewhere stay there.
Status ResctrlControl::move_what_is_ours(const ContainerId& container, const SeenContainer& seen,
                                         const std::string& directory) {
  std::vector<int> tids;
  std::ranges::copy_if(seen.tids, std::back_inserter(tids),
                       [this](int tid) { return !census_->in_foreign_group(tid); });
  return mover_.move_threads(container, tids, directory);
}

Status ResctrlControl::remove(const RemoveGroup& change) {
  const std::string directory = directory_in_force(change.group);
  monitor_.forget_in(directory);
  std::erase_if(rounded_, [&](const auto& r) { return r.first.first == directory; });
  return files_.remove_group(directory);
}

std::vector<CacheUsage> ResctrlControl::read_usage() {
  return info_ ? monitor_.read(*info_) : std::vector<CacheUsage>();
}

Status ResctrlControl::gather() {
  if (!census_ || !options_.writes) return {};
  Status first;
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    const SeenContainer& seen = census_->containers[i];
    if (seen.together) continue;
    const SeenGroup* group = seen.group < 0 ? nullptr : &census_->groups[static_cast<std::size_t>(seen.group)];
    if (group != nullptr && !group->ours) continue;
    std::vector<int> stragglers;
    for (const int tid : seen.tids) {
      const auto at = census_->group_of.find(tid);
      const int in = at == census_->group_of.end() ? -1 : at->second;
      if (in != seen.group && !census_->in_foreign_group(tid)) stragglers.push_back(tid);
    }
    if (stragglers.empty()) continue;
    if (Status begun = begin_changes(); !begun) return begun;
    Status moved = mover_.move_threads(containers_[i], stragglers, group == nullptr ? "" : group->directory);
    if (!moved && first.ok()) first = std::move(moved);
  }
  Status covered = cover();
  return first.ok() ? covered : first;
}

// What rests where the census saw it; who was moved in this period has been looked after then.
Status ResctrlControl::cover() {
  if (info_->rmids == 0) return {};
  std::vector<RestingContainer> resting;
  for (std::size_t i = 0; i < containers_.size(); ++i) {
    const SeenContainer& seen = census_->containers[i];
    const SeenGroup* group = seen.group < 0 ? nullptr : &census_->groups[static_cast<std::size_t>(seen.group)];
    if (moved_.contains(containers_[i]) || !seen.together || (group != nullptr && !group->ours)) continue;
    resting.push_back({containers_[i], group == nullptr ? std::string() : group->directory, &seen.tids});
  }
  if (!monitor_.has_work(resting)) return {};
  if (Status begun = begin_changes(); !begun) return begun;
  monitor_.cover(resting, spare_rmids());
  return {};
}

Status ResctrlControl::release() {
  leave();
  Status locked = files_.lock(kReleasePatience);  // without the lock it is done all the same: we must not stay
  const Result<std::optional<JournalEntry>> entry = journal_.read();
  Result<Undone> undone = Undone{};
  // Unmounting has undone everything.
  if (files_.mounted()) undone = undo_resctrl(files_, entry && *entry ? *entry : inherited_);
  leave();
  census_.reset();
  if (!undone) return std::move(undone).error();
  changing_ = false;
  inherited_.reset();
  return journal_.remove();
}

}  // namespace dcat
