#include "cli/status_board.h"

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
  for (const ContainerStatus::Place& place : c.places) {
    w.open('{');
    w.field("id", place.domain);
    w.word("state", name_of(place.state));
    w.field("contract", place.contract);
    w.field("ways", place.ways);
    w.truth("dedicated", place.dedicated);
    w.name("reason", place.reason);
    w.close('}');
  }
  w.close(']');
  if (threads_of) {
    w.open("threads", '[');
    for (const int tid : threads_of(c.info.id)) w.number(tid);
    w.close(']');
  }
  w.close('}');
}

}  // namespace

NodeStatus status_of(const Observation& o, const Decision& d, const Announcements& announcements, Mode mode) {
  NodeStatus status;
  status.mode = mode;
  const std::vector<Member>& members = mode == Mode::enforce ? d.masks.members : o.masks.members;
  status.period = d.tick;
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
    status.domains.push_back({domain.id, geometry != nullptr ? geometry->ways() : Ways(0), domain.shared, domain.free});
    for (const ContainerDecision& row : domain.containers) {
      if (row.container == kSharedRegion) continue;
      status.containers[row.container].places.push_back(
          {domain.id, row.after, row.contract, row.ways_after, row.dedicated, explain(row)});
    }
  }
  return status;
}

std::string format_status(const NodeStatus& status, const ThreadsOf& threads_of) {
  Writer w;
  w.open('{');
  w.word("mode", name_of(status.mode));
  w.truth("simulated", status.simulated);
  w.name("node", status.node);
  w.name("policy", status.policy);
  w.field("period", status.period);
  w.open("domains", '[');
  for (const NodeStatus::Domain& domain : status.domains) {
    w.open('{');
    w.field("id", domain.id);
    w.field("ways", domain.ways);
    w.field("shared", domain.shared);
    w.field("free", domain.free);
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
  for (std::size_t i = 0; i < found.size() && i < 4; ++i) ids += (i == 0 ? "" : ", ") + found[i]->info.id.value;
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
  {
    const std::lock_guard lock(mutex_);
    latest_ = status;
  }
  door_.publish([status = std::move(status), threads_of = threads_of_] { return format_status(*status, threads_of); });
  return {};
}

}  // namespace dcat::cli
