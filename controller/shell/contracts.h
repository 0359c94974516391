// The configuration's rules and what owners ask for, applied to the containers that a source finds.
//
// The first rule that is for a container gives its contract, its priority and whether it is counted; what was announced
// of it (announcements.h) adds name, pod and annotations to whom a rule can be for. What its owner asks for goes over
// the rule, within what the configuration allows (HookSettings). Somebody else's decision makes it observed only. An
// announced cgroup that no pattern of the source finds is listed too, unless the configuration says which containers to
// control; one that was announced to be gone is not listed while its cgroup lingers.
//
// Prepared groups of the configuration are containers that nobody is in: they hold their contract, and have a group
// that a container can be created in.
//
// Whom a rule is for is asked once in a container's life, after each announcement and where the rules have changed;
// what is remembered is of the containers of the last list only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/config/config.h"
#include "controller/shell/announcements.h"
#include "controller/shell/container_modes.h"
#include "core/clock.h"
#include "perfmon/container_source.h"

namespace dcat {

// No cgroup has this name: it has a ':' and no '/'.
ContainerId prepared_id(const std::string& name);

class ContractedContainers : public ContainerSource {
 public:
  // What announcements need beside the source.
  struct Hooks {
    AnnouncementSource& source;
    Clock& clock;
    std::function<bool(const std::string& cgroup)> exists;  // a cgroup with processes
    std::function<void(const std::string&)> note;           // a line for the log
  };

  // REQUIRES: `source` and `config` outlive this. A configuration that becomes another one is told (rules_changed).
  ContractedContainers(ContainerSource& source, const Config& config) : source_(source), config_(config) {}
  // From now on. REQUIRES: what it refers to outlives this.
  void listen(Hooks hooks) { hooks_ = std::make_unique<Hooks>(std::move(hooks)); }
  // The configuration has other rules than at the last list: nobody keeps what a rule of before gave.
  void rules_changed() { known_.clear(); }
  // Modes of single containers, from now on. Those of who is gone are forgotten.
  ContainerModes& modes() { return modes_; }

  std::string name() const override { return source_.name(); }
  Result<std::vector<ContainerInfo>> list() override;
  bool has_news() const override;
  int news_fd() const override { return hooks_ ? hooks_->source.news_fd() : -1; }
  void settled() override {
    if (hooks_) hooks_->source.settled();
  }

  // For status and for what a restarted daemon has to know.
  Announcements& announcements() { return announcements_; }
  const Announcements& announcements() const { return announcements_; }

 private:
  struct Ruled {
    ContainerId id;
    const TenantConfig* tenant = nullptr;  // null: no rule
    Wishes wishes;
  };

  void take_announcements();
  void add_prepared(std::vector<ContainerInfo>& found) const;
  void add_announced(std::vector<ContainerInfo>& found) const;
  Ruled rule_for(const ContainerId& id);
  void apply(const Ruled& ruled, ContainerInfo& info) const;
  void apply_modes(std::vector<ContainerInfo>& found);

  ContainerSource& source_;
  const Config& config_;
  std::unique_ptr<Hooks> hooks_;
  ContainerModes modes_;
  Announcements announcements_;
  std::vector<Ruled> known_;  // of the last list, ascending
  std::uint64_t known_generation_ = 0;
};

}  // namespace dcat
