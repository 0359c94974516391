// A cache control that writes to an emulated resctrl tree in its own process, file by file, as a daemon does through
// the file system. Groups are directories "dcat.NAME".
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cat/cache_control.h"
#include "cat/schemata.h"
#include "emulator/resctrl_tree.h"

namespace dcat::emulator::test {

class TreeCache : public CacheControl {
 public:
  using ThreadsOf = std::function<std::vector<int>(const ContainerId&)>;
  using Tenants = std::function<std::vector<ContainerId>()>;

  // `changed` is called after every write.
  TreeCache(ResctrlTree& tree, Tasks& tasks, Geometry geometry, Tenants tenants, ThreadsOf threads_of,
            std::function<void()> changed)
      : tree_(tree),
        tasks_(tasks),
        geometry_(std::move(geometry)),
        tenants_(std::move(tenants)),
        threads_of_(std::move(threads_of)),
        changed_(std::move(changed)) {}

  std::string name() const override { return "tree"; }
  Result<Geometry> read_geometry() override { return geometry_; }

  Result<Masks> read_masks() override {
    Masks masks;
    std::map<int, GroupId> by_closid;
    for (const DomainGeometry& d : geometry_.domains) masks.domains.push_back({d.id, {}, {}});
    std::map<GroupId, GroupView> views;
    for (const GroupView& view : tree_.groups()) views[id_of(view.name)] = view;
    for (const auto& [id, view] : views) {
      by_closid[view.closid] = id;
      for (std::size_t d = 0; d < view.masks.size(); ++d) {
        if (id.is_shared_region())
          masks.domains.at(d).shared = view.masks[d].second;
        else
          masks.domains.at(d).groups.push_back({id, view.masks[d].second, throttle_of(view, d)});
      }
    }
    for (const ContainerId& tenant : tenants_()) {
      const int closid = tasks_.class_of(threads_of_(tenant).at(0)).closid;
      if (closid != 0) masks.members.push_back({tenant, by_closid.at(closid)});
    }
    return masks;
  }

  Status apply(const Change& change) override {
    Status done;
    if (const auto* create = std::get_if<CreateGroup>(&change))
      done = told("mkdir", tree_.mkdir(kRootInode, "dcat." + create->group.value));
    else if (const auto* written = std::get_if<WriteMasks>(&change))
      done = write(written->group, "schemata", schemata(*written));
    else if (const auto* moved = std::get_if<MoveContainer>(&change))
      done = move(*moved);
    else
      done = told("rmdir", tree_.rmdir(kRootInode, "dcat." + std::get<RemoveGroup>(change).group.value));
    changed_();
    return done;
  }

  // "" is the default group.
  Status write(const GroupId& group, const std::string& file, const std::string& text) {
    const std::string path = group.is_shared_region() ? file : "dcat." + group.value + "/" + file;
    const auto node = tree_.walk(path);
    return node ? told("write " + path, tree_.write(node->inode, text, {})) : told("open " + path, 2);
  }

 private:
  static GroupId id_of(const std::string& directory) {
    constexpr std::string_view kOurs = "dcat.";
    return GroupId{directory.empty() ? "" : directory.substr(kOurs.size())};
  }
  static Status told(const std::string& what, int error) {
    if (error == 0) return {};
    return Error{ErrorCode::failed, what, "errno " + std::to_string(error), "", error};
  }
  static std::string schemata(const WriteMasks& change) { return format_schemata(change) + "\n"; }
  static Throttle throttle_of(const GroupView& view, std::size_t domain) {
    if (view.bandwidth_percent.empty()) return kUnthrottled;
    return Throttle(static_cast<int>(view.bandwidth_percent.at(domain).second));
  }
  Status move(const MoveContainer& change) {
    for (const int tid : threads_of_(change.container))
      if (Status done = write(change.to, "tasks", std::to_string(tid) + "\n"); !done) return done;
    return {};
  }

  ResctrlTree& tree_;
  Tasks& tasks_;
  Geometry geometry_;
  Tenants tenants_;
  ThreadsOf threads_of_;
  std::function<void()> changed_;
};

}  // namespace dcat::emulator::test
