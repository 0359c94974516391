#include "cli/outside.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "cat/linux/container_tasks.h"

namespace dcat::cli {

namespace {

std::string why_it_cannot_enforce(const RunPlan& plan) {
  if (plan.backend != Backend::none) return "";
  return "this run has no back end that allocates cache ways";
}

KeptModes modes_of_the_run_before(const RunPlan& plan) {
  Result<KeptModes> kept = read_modes(plan.config.node.runtime_directory);
  if (kept) return std::move(*kept);
  spdlog::warn("modes: {}; modes that were ordered before are not known", kept.error().to_string());
  return {};
}

std::vector<int> threads_of(const Node& node, const ContainerId& container) {
  std::vector<int> tids;
  const std::string cgroup = node.cgroup_of(container);
  if (!cgroup.empty() && !read_threads(cgroup, tids)) tids.clear();
  return tids;
}

}  // namespace

Outside::Outside(const RunPlan& plan, Node& node, Orders& orders)
    : file_(plan.config.node.runtime_directory, node.contracted()->announcements()),
      modes_(orders, node.contracted()->modes(),
             {plan.config.node.runtime_directory, plan.mode, plan.configured, why_it_cannot_enforce(plan),
              modes_of_the_run_before(plan)}) {}

Result<std::unique_ptr<Outside>> Outside::open(const RunPlan& plan, Node& node, Orders& orders, MemoryFile* memory,
                                               const std::atomic<bool>& stop) {
  if (!plan.config.hooks.enabled && !plan.config.nri.enabled) return std::unique_ptr<Outside>();
  std::unique_ptr<Outside> outside(new Outside(plan, node, orders));
  const auto answer = [&o = *outside](const Ask& ask, const Peer& peer) { return o.answer(ask, peer); };
  auto announcers = Announcers::open(plan.config, answer, stop);
  if (!announcers) return std::move(announcers).error();
  outside->announcers_ = std::move(*announcers);
  outside->begin(plan, node, memory);
  return outside;
}

void Outside::begin(const RunPlan& plan, Node& node, MemoryFile* memory) {
  ContractedContainers& containers = *node.contracted();
  Clock& clock = node.ports().clock;
  const auto exists = [&node](const std::string& cgroup) { return !threads_of(node, ContainerId{cgroup}).empty(); };
  containers.listen({*announcers_, clock, exists, [this](const std::string& text) { note_hook(text); }});
  file_.load(clock.now(), memory != nullptr ? memory->announced() : "");
  if (memory != nullptr) memory->include(containers.announcements());
  add(file_);
  add(modes_);
  if (announcers_->door() != nullptr) open_board(plan, node);
}

void Outside::open_board(const RunPlan& plan, Node& node) {
  const WallClock wall = [] { return std::chrono::system_clock::now(); };
  NodeStatus general;
  general.mode = plan.mode;
  if (modes_.kept().node == plan.mode) general.mode_reason = modes_.kept().why;
  general.simulated = plan.simulated;
  general.node = node.name();
  general.policy = name_of(plan.config.parameters.policy);
  general.interval = plan.config.interval;
  board_.emplace(
      *announcers_->door(), node.contracted()->announcements(), std::move(general),
      [&node](const ContainerId& container) { return threads_of(node, container); }, wall);
  events_.emplace(plan.mode, plan.simulated, wall);
  history_.emplace(*board_, wall);
  add(*events_);
  add(*history_);
  add(*board_);  // last: the history looks at what it said before
  ready_ = &*board_;
}

void Outside::note_hook(const std::string& text) {
  spdlog::warn("hooks: {}", text);
  if (events_) events_->add(EventKind::hook, text);
}

Status Outside::on_decision(const Observation& observation, const Decision& decision) {
  announcers_->in_force(observation.masks, decision.masks);
  return Everybody::on_decision(observation, decision);
}

Result<std::string> Outside::answer(const Ask& ask, const Peer& peer) {
  const StatusBoard* const board = ready_;
  const std::shared_ptr<const NodeStatus> status = board == nullptr ? nullptr : board->latest();
  if (const auto* mode = std::get_if<AskMode>(&ask)) return modes_.answer(*mode, peer, status.get());
  if (board == nullptr) return Error{ErrorCode::failed, "ask the daemon", "it has only just begun", "ask again"};
  if (const auto* explain = std::get_if<AskExplain>(&ask)) return history_->answer(*explain);
  if (const auto* events = std::get_if<AskEvents>(&ask)) return events_->answer(events->after);
  return Error{ErrorCode::unsupported, "ask the daemon", "nobody answers that", ""};
}

}  // namespace dcat::cli
