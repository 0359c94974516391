#include "cat/linux/pqos_os_control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>
#include <utility>

#include "cat/linux/container_tasks.h"
#include "cat/linux/pqos_foreign.h"
#include "cat/linux/pqos_undo.h"

namespace dcat {

namespace {

constexpr auto kPatience = std::chrono::seconds(3);
constexpr auto kRmidPause = std::chrono::milliseconds(200);
constexpr int kForeign = -1;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

// Where most of them are; `last` where that is not less than anywhere else.
template <class Count>
int most_common(const Count& count, int last) {
  const auto there = count.find(last);
  int found = last;
  std::size_t most = there == count.end() ? 0 : there->second;
  for (const auto& [place, threads] : count) {
    if (threads <= most) continue;
    most = threads;
    found = place;
  }
  return found;
}

}  // namespace

PqosOsControl::PqosOsControl(ResctrlOptions options)
    : PqosControl(options.runtime_directory, options.root_policy), options_(std::move(options)), files_(options_.root) {
  writes_ = options_.writes;
}

Result<std::unique_ptr<PqosOsControl>> PqosOsControl::open(ResctrlOptions options) {
  std::unique_ptr<PqosOsControl> control(new PqosOsControl(std::move(options)));
  if (!control->files_.mounted())
    return Error{ErrorCode::unsupported, control->options_.root, "no resctrl file system is mounted there",
                 "mount it: mount -t resctrl resctrl " + control->options_.root + "; `dcat doctor` tells more"};
  if (Status loaded = control->load_info(); !loaded) return std::move(loaded).error();
  if (!control->writes_) return control;
  if (Status begun = control->begin_writing(); !begun) return std::move(begun).error();
  return control;
}

Status PqosOsControl::begin_writing() {
  if (instance_) return {};
  Result<InstanceLock> instance = InstanceLock::take(options_.runtime_directory);
  if (!instance) return std::move(instance).error();
  if (Status started = start(); !started) return started;
  instance_.emplace(std::move(*instance));
  writes_ = true;
  return {};
}

Status PqosOsControl::load_info() {
  Result<ResctrlInfo> info = read_resctrl_info(files_);
  if (!info) return std::move(info).error();
  info_ = std::move(*info);
  domains_.clear();
  for (const DomainId id : info_->domains)
    domains_.push_back({id, id.value, info_->cbm_mask, info_->shareable, info_->min_cbm_bits, info_->way_bytes});
  return {};
}

int PqosOsControl::class_count() const {
  return library_ ? library_->facts().classes : info_->closids;
}

Status PqosOsControl::start() {
  if (Status locked = files_.lock(kPatience); !locked) return locked;
  Status prepared = load_info();
  if (prepared) prepared = inherit();
  files_.unlock();  // libpqos takes it itself
  if (!prepared) return prepared;
  Status started = init_library();
  if (started) return {};
  library_.reset();
  (void)files_.lock(kPatience).ok();
  (void)undo_pqos_os(files_, entry_).ok();
  files_.unlock();
  (void)journal_.remove().ok();
  return started;
}

// What an earlier run left is gone on with, or undone before anybody looks who else is there.
Status PqosOsControl::inherit() {
  Result<std::optional<JournalEntry>> entry = journal_.read();
  if (!entry) return std::move(entry).error();
  if (*entry && (*entry)->boot_id != read_boot_id()) entry->reset();  // a reboot has undone it
  const std::optional<Duration> age = journal_.age();
  if (*entry && (*entry)->backend == name() && (*entry)->root == options_.root && age &&
      *age <= options_.adopt_within) {
    std::vector<std::string> ours;
    for (int class_id = 1; class_id < info_->closids; ++class_id)
      if (std::ranges::find((*entry)->kept, class_directory(class_id)) == (*entry)->kept.end())
        ours.push_back(class_directory(class_id));
    for (const auto& [group, class_id] : (*entry)->classes) ours.push_back(class_directory(class_id));
    if (find_foreigners(files_, *info_, ours).empty()) {
      say("inherit",
          fmt::format("adopted what an earlier run (pid {}) left {:.1f} s ago", (*entry)->pid, seconds(*age)));
      return begin_journal(std::move(**entry));
    }
  }
  const Result<Undone> undone = undo_node(files_, *entry);
  if (!undone) return Error(undone.error()).with_context("undo what an earlier run left");
  if (undone->groups > 0 || undone->default_masks)
    say("inherit", fmt::format("undid what an earlier run left: {} groups removed{}", undone->groups,
                               undone->default_masks ? ", the default group has its ways again" : ""));
  if (Status removed = journal_.remove(); !removed) return removed;
  const std::vector<std::string> others = find_foreigners(files_, *info_, {});
  if (!others.empty())
    return Error{ErrorCode::unsupported, "--backend pqos-os",
                 "RDT of this node is not ours alone: " + joined(others) + " in " + options_.root,
                 "use --backend resctrl, which lives beside others, or remove them"};
  return begin_journal(std::nullopt);
}

// libpqos' start makes directories: from here on a crash leaves something behind.
Status PqosOsControl::begin_journal(std::optional<JournalEntry> adopted) {
  Result<std::vector<std::string>> directories = files_.directories("");
  if (!directories) return std::move(directories).error();
  JournalEntry entry;
  if (adopted) {
    entry = std::move(*adopted);
    // A class that is not there any more holds nobody: its group is for the next period to make.
    std::erase_if(entry.classes, [&](const auto& c) {
      return std::ranges::find(*directories, class_directory(c.second)) == directories->end();
    });
  } else {
    for (const std::string& directory : *directories)
      if (parse_class_directory(directory)) entry.kept.push_back(directory);
    Result<std::string> before = read_default_schemata(files_);
    if (!before) return std::move(before).error();
    if (options_.root_policy == RootPolicy::shared) entry.default_schemata = std::move(*before);
  }
  entry.backend = name();
  entry.root = options_.root;
  entry.boot_id = read_boot_id();
  entry.pid = ::getpid();
  entry_ = std::move(entry);
  return journal_.write(entry_);
}

// Every class takes an RMID as well. Those of groups that went a moment ago, in an undo perhaps, come free only when
// the kernel finds their lines gone from the cache, about once a second.
Status PqosOsControl::init_library() {
  Result<std::unique_ptr<PqosLibrary>> library = PqosLibrary::init(PqosInterface::os, &files_);
  for (auto left = kPatience / kRmidPause; left > 0 && !library; --left) {
    if (library.error().why.find("Out of RMIDs") == std::string::npos) break;
    std::this_thread::sleep_for(kRmidPause);
    library = PqosLibrary::init(PqosInterface::os, &files_);
  }
  if (!library) return std::move(library).error();
  library_ = std::move(*library);
  looked_ = false;
  Status checked = check_domains();
  started_ = checked.ok();
  return checked;
}

// libpqos names a cache by its socket on Intel processors and writes that where the kernel wants the cache's id.
Status PqosOsControl::check_domains() const {
  std::vector<int> kernels;
  for (const Domain& domain : domains_) kernels.push_back(domain.id.value);
  if (kernels == library_->facts().l3cat_ids) return {};
  return Error{ErrorCode::unsupported, "--backend pqos-os",
               fmt::format("libpqos numbers the caches {}, the kernel {}", fmt::join(library_->facts().l3cat_ids, ","),
                           fmt::join(kernels, ",")),
               "use --backend resctrl"};
}

Result<Census> PqosOsControl::take_census(const std::vector<ContainerId>& containers) {
  containers_ = containers;
  looked_ = false;
  if (!files_.mounted())
    return Error{ErrorCode::failed, options_.root, "the resctrl file system is not mounted any more",
                 "mount it again: mount -t resctrl resctrl " + options_.root};
  if (Status looked = look(); !looked) return std::move(looked).error();
  std::erase_if(put_into_, [&](const auto& put) { return !std::ranges::binary_search(containers_, put.first); });
  if (started_) journal_.touch();
  Census census;
  for (std::size_t i = 0; i < seen_.size(); ++i)
    if (seen_[i].class_id == kForeign || strangers_.contains(seen_[i].class_id))
      census.foreign.push_back(containers_[i]);
  census.news = take_news();
  return census;
}

Status PqosOsControl::look() {
  if (looked_) return {};
  if (!library_) return read_files_only();
  if (files_.exists("info/L3CODE") != library_->facts().cdp)
    return Error{ErrorCode::failed, options_.root, "it was mounted anew with other options, which libpqos does not see",
                 "start dcat again"};
  const Result<std::vector<std::string>> directories = files_.directories("");
  if (!directories) return directories.error();
  if (Status made = make_missing_classes(*directories); !made) return made;
  if (Status looked = look_at_masks(); !looked) return looked;
  if (Status looked = look_at_tasks(); !looked) return looked;
  if (Status looked = look_at_foreign_tasks(*directories); !looked) return looked;
  if (Status looked = look_at_containers(); !looked) return looked;
  note_strangers();
  looked_ = true;
  return {};
}

// A run that writes nothing, or has given the node back: everybody is in the default group as far as it goes.
Status PqosOsControl::read_files_only() {
  if (Status loaded = load_info(); !loaded) return loaded;
  const auto masks = read_group_masks(files_, *info_, "");
  if (!masks) return masks.error();
  masks_.clear();
  for (const auto& [id, mask] : *masks) masks_[id] = {mask};
  class_of_.clear();
  seen_.assign(containers_.size(), Seen{});
  looked_ = true;
  return {};
}

// Without them libpqos reads nothing more.
Status PqosOsControl::make_missing_classes(const std::vector<std::string>& directories) {
  std::vector<std::string> made;
  for (int class_id = 1; class_id < class_count(); ++class_id) {
    const std::string directory = class_directory(class_id);
    if (std::ranges::binary_search(directories, directory)) continue;
    if (Status again = files_.make_group(directory); !again) return again;
    std::erase_if(entry_.classes, [&](const auto& c) { return c.second == class_id; });
    std::erase(entry_.kept, directory);
    made.push_back(directory);
  }
  if (made.empty()) return {};
  say("missing", "somebody removed " + joined(made) + ": made again");
  return journal_.write(entry_);
}

Status PqosOsControl::look_at_tasks() {
  class_of_.clear();
  strangers_.clear();
  for (int class_id = 1; class_id < class_count(); ++class_id) {
    const Result<std::vector<int>> tids = library_->read_tasks(class_id);
    if (!tids) return tids.error();
    for (const int tid : *tids) class_of_[tid] = class_id;
    if (!tids->empty() && !group_in(class_id)) strangers_.insert(class_id);
  }
  return {};
}

// libpqos does not see them: a group that somebody made since the start.
Status PqosOsControl::look_at_foreign_tasks(const std::vector<std::string>& directories) {
  std::vector<std::string> foreign;
  for (const std::string& directory : directories) {
    const std::optional<int> class_id = parse_class_directory(directory);
    if (is_resctrl_furniture(directory) || (class_id && *class_id < class_count())) continue;
    const Result<std::string> tasks = files_.read(directory + "/tasks");
    if (!tasks) continue;  // it goes
    foreign.push_back(directory);
    std::istringstream tids(*tasks);
    for (int tid = 0; tids >> tid;) class_of_[tid] = kForeign;
  }
  say("foreign", foreign.empty() ? ""
                                 : "RDT of this node is not ours alone any more: somebody made " + joined(foreign) +
                                       "; its tasks are left alone, its ways are not known to libpqos");
  return {};
}

Status PqosOsControl::look_at_containers() {
  seen_.clear();
  for (const ContainerId& container : containers_) {
    Seen seen;
    if (Status read = read_threads(options_.cgroup_of(container), seen.tids); !read) return read;
    std::unordered_map<int, std::size_t> count;
    for (const int tid : seen.tids) {
      const auto at = class_of_.find(tid);
      ++count[at == class_of_.end() ? 0 : at->second];
    }
    const auto put = put_into_.find(container);
    seen.class_id = most_common(count, put == put_into_.end() ? 0 : class_of(put->second).value_or(0));
    seen.together = count.size() <= 1;
    seen_.push_back(std::move(seen));
  }
  return {};
}

void PqosOsControl::note_strangers() {
  for (int class_id = 1; class_id < class_count(); ++class_id)
    say("class " + std::to_string(class_id),
        !strangers_.contains(class_id)
            ? ""
            : fmt::format("somebody else put tasks into {}: they and the class are left alone",
                          class_directory(class_id)));
}

std::vector<Member> PqosOsControl::members() const {
  std::vector<Member> members;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i].class_id <= 0) continue;
    if (const std::optional<GroupId> group = group_in(seen_[i].class_id)) members.push_back({containers_[i], *group});
  }
  return members;
}

Status PqosOsControl::put(const ContainerId& container, int class_id) {
  const auto at = std::ranges::lower_bound(containers_, container);
  // Its threads were seen elsewhere: whoever gathers stragglers must not act on that.
  if (at != containers_.end() && *at == container && seen_.size() == containers_.size())
    seen_[static_cast<std::size_t>(at - containers_.begin())].together = true;
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<int> tids, left;
    if (Status read = read_threads(options_.cgroup_of(container), tids); !read) return read;
    const Result<std::vector<int>> there = library_->read_tasks(class_id);
    if (!there) return there.error();
    std::ranges::set_difference(tids, *there, std::back_inserter(left));
    // Everybody is there, and whoever they made since: forked tasks are in their maker's class.
    if (left.empty()) return {};
    if (Status moved = library_->associate_tasks(left, class_id); !moved) return moved;
  }
  say("unsettled " + container.value,
      fmt::format("{}: it makes threads faster than they can be moved ({} rounds); the rest follows", container.value,
                  kMostRounds));
  return {};
}

Status PqosOsControl::vacate(int class_id) {
  for (int round = 0; round < kMostRounds; ++round) {
    const Result<std::vector<int>> there = library_->read_tasks(class_id);
    if (!there) return there.error();
    if (there->empty()) return {};
    if (Status moved = library_->associate_tasks(*there, 0); !moved) return moved;
  }
  return Error{ErrorCode::failed, "empty class of service " + std::to_string(class_id),
               fmt::format("new tasks appear there after {} rounds", kMostRounds), "the next period tries again"};
}

Status PqosOsControl::gather() {
  if (!library_ || seen_.size() != containers_.size()) return {};
  Status first;
  for (const Seen& seen : seen_) {
    if (seen.together || seen.class_id == kForeign || strangers_.contains(seen.class_id)) continue;
    std::vector<int> stragglers;
    for (const int tid : seen.tids) {
      const auto at = class_of_.find(tid);
      const int in = at == class_of_.end() ? 0 : at->second;
      if (in != seen.class_id && in != kForeign) stragglers.push_back(tid);
    }
    Status moved = library_->associate_tasks(stragglers, seen.class_id);
    if (!moved && first.ok()) first = std::move(moved);
  }
  looked_ = false;
  return first;
}

Status PqosOsControl::release() {
  if (!started_) return {};
  started_ = false;
  library_.reset();
  Status locked = files_.lock(kPatience);  // without the lock it is done all the same: we must not stay
  const Result<Undone> undone = undo_pqos_os(files_, entry_);
  files_.unlock();
  looked_ = false;
  masks_.clear();
  if (!undone) return undone.error();
  entry_ = JournalEntry();
  put_into_.clear();
  strangers_.clear();
  return journal_.remove();
}

}  // namespace dcat
