#include "cli/status_board.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cat/linux/group_names.h"
#include "cli/explain.h"
#include "controller/trace_writer.h"

namespace dcat::cli {

namespace {

using trace::Writer;

void write_contract(Writer& w, const ContainerInfo& info) {
  w.key("contract");
  w.open('{');
  switch (info.contract_kind) {
    case ContainerInfo::ContractKind::given:
      w.word("kind", "ways");
      w.field("ways", info.contract);
      break;
    case ContainerInfo::ContractKind::cpu_share:
      w.word("kind", "cpu-share");
      if (info.cpu_share > 0) w.field("share", info.cpu_share);
      break;
    case ContainerInfo::ContractKind::none: w.word("kind", "none"); break;
  }
  w.close('}');
}

void write_metrics(Writer& w, const ContainerStatus::Place& place) {
  w.open("metrics", '{');
  if (place.measured) {
    const Metrics& m = place.measured->metrics;
    w.field("period", place.measured->period);
    if (m.ipc > 0) w.field("cpi", m.cpi());
    w.field("ipc", m.ipc);
    w.field("mpki", m.mpki);
    w.field("miss_ratio", m.miss_ratio);
    w.field("llc_references_per_sec", m.llc_refs_per_sec);
  }
  if (place.llc_occupancy_bytes) w.field("llc_occupancy_bytes", *place.llc_occupancy_bytes);
  w.field("memory_bandwidth_bytes_per_sec", place.memory_bytes_per_sec);
  w.close('}');
}

void write_advice(Writer& w, const Advice& advice, Ways planned) {
  w.open("advice", '{');
  w.word("source", name_of(advice.source));
  w.name("text", advice_text(advice, planned));
  if (advice.source != AdviceSource::unknown) {
    if (advice.source == AdviceSource::curve) w.name("curve", advice.curve);
    w.field("wants", advice.wants);
    w.field("gain", advice.gain);
    w.field("planned_gain", advice.planned_gain);
    w.word("against", advice.against_contract ? "contract" : "now");
    w.field("seen_least", advice.seen_least);
    w.field("seen_most", advice.seen_most);
  }
  w.close('}');
}

void write_place(Writer& w, const ContainerStatus::Place& place) {
  w.open('{');
  w.field("id", place.domain);
  w.word("state", name_of(place.state));
  w.field("contract", place.contract);
  w.field("ways", place.ways);
  w.truth("dedicated", place.dedicated);
  w.name("reason", place.reason);
  if (place.phase > 0) w.field("phase", place.phase);
  if (!place.mask.empty()) w.field("mask", place.mask);
  if (place.baseline_ipc) {
    w.open("baseline", '{');
    w.field("ipc", *place.baseline_ipc);
    if (place.measured) w.field("normalised_ipc", place.measured->normalised_ipc);
    w.close('}');
  }
  if (place.measured || place.llc_occupancy_bytes || place.memory_bytes_per_sec) write_metrics(w, place);
  if (place.advice) write_advice(w, *place.advice, place.ways);
  w.close('}');
}

// What its group may fill: in force once the decision is carried out, or as it is where none is.
Cbm mask_of(const Masks& masks, const GroupId& group, DomainId domain) {
  const DomainMasks* const there = find_domain(masks, domain);
  if (there == nullptr) return {};
  const Cbm* const mask = find_mask(*there, group);
  return mask != nullptr ? *mask : Cbm();
}

ContainerStatus::Place place_of(const ContainerDecision& row, DomainId domain, std::uint64_t tick, Cbm mask) {
  ContainerStatus::Place place;
  place.domain = domain;
  place.state = row.after;
  place.contract = row.contract;
  place.ways = row.ways_after;
  place.dedicated = row.dedicated;
  place.reason = explain(row);
  place.phase = row.phase;
  place.mask = mask;
  place.llc_occupancy_bytes = row.metrics.llc_occupancy_bytes;
  place.memory_bytes_per_sec = row.metrics.memory_bytes_per_sec;
  if (!row.metrics.valid()) return place;
  place.measured = {tick, row.metrics, row.reason.normalised_ipc};
  if (row.reason.code == ReasonCode::baseline_stored) place.measured->normalised_ipc = 1;  // it is the baseline
  const std::optional<double> normalised = place.measured->normalised_ipc;
  if (normalised && *normalised > 0) place.baseline_ipc = row.metrics.ipc / *normalised;
  return place;
}

void carry_over(const ContainerStatus::Place& before, ContainerStatus::Place& now) {
  const bool same_phase = now.phase == before.phase;
  if (!now.baseline_ipc && same_phase) now.baseline_ipc = before.baseline_ipc;
  if (!now.measured) {
    now.measured = before.measured;
    if (now.measured && !same_phase) now.measured->normalised_ipc.reset();
  } else if (!now.measured->normalised_ipc && now.baseline_ipc) {
    now.measured->normalised_ipc = now.measured->metrics.ipc / *now.baseline_ipc;
  }
}

}  // namespace

void write_container(Writer& w, const ContainerStatus& c, const ThreadsOf& threads_of) {
  w.open('{');
  w.field("id", c.info.id);
  w.name("name", c.identity.name);
  w.word("runtime", name_of(c.identity.runtime));
  w.word("kind", name_of(c.identity.kind));
  if (!c.identity.container_id.empty()) w.name("container_id", c.identity.container_id);
  if (!c.pod.empty()) w.name("pod", c.pod);
  if (!c.identity.name_space.empty()) w.name("namespace", c.identity.name_space);
  if (!c.identity.pod_uid.empty()) w.name("pod_uid", c.identity.pod_uid);
  if (c.identity.qos) w.word("qos", name_of(*c.identity.qos));
  write_contract(w, c.info);
  w.field("priority", c.info.priority);
  w.word("mode", c.info.managed ? "manage" : "observe");
  w.word("isolation", c.info.isolated ? "strict" : "none");
  if (!c.foreign.empty()) w.name("foreign", c.foreign);
  if (!c.places.empty()) w.word("state", name_of(c.places.front().state));
  // Its directory, which has no byte that needs escaping.
  w.word("group", c.group.is_shared_region() ? std::string() : directory_name(c.group.value));
  w.open("domains", '[');
  for (const ContainerStatus::Place& place : c.places) write_place(w, place);
  w.close(']');
  if (threads_of) {
    w.open("threads", '[');
    for (const int tid : threads_of(c.info.id)) w.number(tid);
    w.close(']');
  }
  w.close('}');
}

NodeStatus status_of(const Observation& o, const Decision& d, const Announcements& announcements, Mode mode) {
  NodeStatus status;
  status.mode = mode;
  const Masks& masks = mode == Mode::enforce ? d.masks : o.masks;
  const std::vector<Member>& members = masks.members;
  status.period = d.tick;
  status.node_time = o.at;
  status.containers.reserve(o.containers.size());
  for (const ContainerInfo& info : o.containers) {
    const Announcement* const announced = announcements.of(info.id);
    ContainerStatus row{info, identity_of(info.id, announced), "", "", group_of(members, info.id), {}};
    if (announced != nullptr) {
      row.pod = announced->pod;
      row.foreign = announced->wishes.foreign;
    }
    status.containers.push_back(std::move(row));
  }
  for (const DomainDecision& domain : d.domains) {
    const DomainGeometry* const geometry = o.geometry.find(domain.id);
    status.domains.push_back({domain.id, geometry != nullptr ? geometry->ways() : Ways(0), domain.shared, domain.free,
                              geometry != nullptr ? geometry->available : Cbm(), mask_of(masks, GroupId{}, domain.id),
                              geometry != nullptr ? geometry->way_bytes : 0});
    for (const ContainerDecision& row : domain.containers) {
      if (row.container == kSharedRegion) continue;
      ContainerStatus& container = status.containers[row.container];
      container.places.push_back(place_of(row, domain.id, d.tick, mask_of(masks, container.group, domain.id)));
    }
  }
  return status;
}

void carry_over(const NodeStatus& before, NodeStatus& now) {
  auto old = before.containers.begin();
  for (ContainerStatus& container : now.containers) {
    while (old != before.containers.end() && old->info.id < container.info.id) ++old;
    if (old == before.containers.end()) return;
    if (old->info.id != container.info.id) continue;
    for (ContainerStatus::Place& place : container.places) {
      const auto there = std::ranges::find(old->places, place.domain, &ContainerStatus::Place::domain);
      if (there != old->places.end()) carry_over(*there, place);
    }
  }
}

void add_advice(const AdviceRows& advice, const NodeStatus& before, NodeStatus& now) {
  auto container = now.containers.begin();
  for (const AdviceRow& row : advice.rows) {
    const ContainerId& id = before.containers[row.container].info.id;
    // Ascending within a domain: the next one begins at the front again.
    if (container == now.containers.end() || id < container->info.id) container = now.containers.begin();
    while (container != now.containers.end() && container->info.id < id) ++container;
    if (container == now.containers.end() || container->info.id != id) continue;
    const auto place = std::ranges::find(container->places, row.domain, &ContainerStatus::Place::domain);
    if (place != container->places.end()) place->advice = row.advice;
  }
}

std::string format_status(const NodeStatus& status, const ThreadsOf& threads_of) {
  Writer w;
  w.open('{');
  w.word("mode", name_of(status.mode));
  if (!status.mode_reason.empty()) w.name("mode_reason", status.mode_reason);
  if (status.mode_since) w.word("mode_since", format_utc(*status.mode_since));
  w.truth("simulated", status.simulated);
  w.name("node", status.node);
  w.name("policy", status.policy);
  w.field("period", status.period);
  w.field("interval_ms", std::chrono::round<std::chrono::milliseconds>(status.interval).count());
  w.word("at", format_utc(status.decided));
  if (status.simulated) w.field("t", seconds(status.node_time.time_since_epoch()));
  w.open("domains", '[');
  for (const NodeStatus::Domain& domain : status.domains) {
    w.open('{');
    w.field("id", domain.id);
    w.field("ways", domain.ways);
    w.field("shared", domain.shared);
    w.field("free", domain.free);
    if (!domain.mask.empty()) w.field("mask", domain.mask);
    if (!domain.shared_mask.empty()) w.field("shared_mask", domain.shared_mask);
    if (domain.way_bytes > 0) w.field("way_bytes", domain.way_bytes);
    w.close('}');
  }
  w.close(']');
  w.open("containers", '[');
  for (const ContainerStatus& container : status.containers) write_container(w, container, threads_of);
  w.close(']');
  w.close('}');
  return std::move(w).take();
}

Result<const ContainerStatus*> find_container(const NodeStatus& status, const std::string& word) {
  constexpr std::size_t kFewestDigits = 4;
  std::vector<const ContainerStatus*> found;
  for (const ContainerStatus& c : status.containers) {
    if (c.info.id.value == word) return &c;
    const bool by_digits = word.size() >= kFewestDigits && c.identity.container_id.starts_with(word);
    if (c.identity.name == word || by_digits) found.push_back(&c);
  }
  if (found.size() == 1) return found.front();
  const std::string what = "look for container " + printable(word);
  if (found.empty())
    return Error{ErrorCode::bad_input, what, "there is none with that id or name", "`dcat status` lists them"};
  std::string ids;
  for (std::size_t i = 0; i < found.size() && i < 4; ++i)
    ids += (i == 0 ? "" : ", ") + printable(found[i]->info.id.value);
  return Error{ErrorCode::bad_input, what,
               std::to_string(found.size()) + " have it: " + ids + (found.size() > 4 ? ", ..." : ""),
               "name it by its id"};
}

std::shared_ptr<const NodeStatus> StatusBoard::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

Status StatusBoard::on_decision(const Observation& observation, const Decision& decision) {
  auto status = std::make_shared<NodeStatus>(status_of(observation, decision, announcements_, general_.mode));
  status->simulated = general_.simulated;
  status->node = general_.node;
  status->policy = general_.policy;
  status->mode_reason = general_.mode_reason;
  status->mode_since = general_.mode_since;
  status->interval = general_.interval;
  status->decided = clock_();
  if (const std::shared_ptr<const NodeStatus> before = latest()) {
    carry_over(*before, *status);
    const auto advice = advice_ == nullptr ? nullptr : advice_->latest();
    if (advice && advice->tick == before->period) add_advice(*advice, *before, *status);
  }
  {
    const std::lock_guard lock(mutex_);
    latest_ = status;
  }
  door_.publish([status = std::move(status), threads_of = threads_of_] { return format_status(*status, threads_of); });
  return {};
}

void StatusBoard::on_mode(Mode mode, const std::string& why) {
  general_.mode = mode;
  general_.mode_reason = why;
  general_.mode_since = clock_();
}

void StatusBoard::on_settings(const DaemonOptions& options) {
  general_.policy = name_of(options.parameters.policy);
  general_.interval = options.interval;
}

}  // namespace dcat::cli
