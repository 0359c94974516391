#include "emulator/linux/control_service.h"

#include <algorithm>
#include <set>
#include <utility>

namespace dcat::emulator {
namespace {

using namespace std::chrono_literals;

constexpr Duration kMostAdvance = 1h;  // in one request: who asks for more has mistaken the unit

Error bad(std::string why) {
  return {ErrorCode::bad_input, "ask the emulated node", std::move(why), "", 0};
}

bool known(std::uint16_t operation) {
  return operation >= static_cast<std::uint16_t>(Operation::hello) &&
         operation <= static_cast<std::uint16_t>(Operation::cgroup_of);
}

std::int64_t ns_of(TimePoint time) {
  return time.time_since_epoch().count();
}

}  // namespace

ControlService::Reply ControlService::answer(Client client, const MessageHeader& header, std::string_view arguments) {
  MessageWriter out;
  const auto operation = static_cast<Operation>(header.operation);
  const auto refuse = [&](const Error& error, bool last) {
    out.restart();
    out.error(error);
    return Reply{out.finish(operation, 1), last};
  };
  if (!known(header.operation)) return refuse(bad("there is no operation " + std::to_string(header.operation)), true);
  MessageReader in(arguments);
  const std::lock_guard<std::mutex> hold(lock_);
  simulation_.follow(tree_);
  const Status done = respond(client, operation, in, out);
  if (!in.at_end())
    return refuse(bad("the arguments of operation " + std::to_string(header.operation) + " are malformed"), true);
  if (!done) return refuse(done.error(), operation == Operation::hello);
  return {out.finish(operation, 0), false};
}

void ControlService::forget(Client client) {
  const std::lock_guard<std::mutex> hold(lock_);
  if (watched_.erase(client) > 0) watch_all();
}

Status ControlService::respond(Client client, Operation operation, MessageReader& arguments, MessageWriter& out) {
  switch (operation) {
    case Operation::hello: return hello(arguments, out);
    case Operation::now: out.number(ns_of(simulation_.now())); return {};
    case Operation::advance_to: return advance_to(arguments, out);
    case Operation::watch: return watch(client, arguments, out);
    case Operation::read: return arguments.at_end() ? read(client, out) : Status();
    case Operation::list: return list(out);
    case Operation::truth: {
      const std::vector<sim::TruthRow> rows = simulation_.truth();
      out.number(static_cast<std::uint32_t>(rows.size()));
      for (const sim::TruthRow& row : rows) out.truth(row);
      return {};
    }
    case Operation::cgroup_of: out.text(simulation_.cgroup_of(ContainerId{arguments.text()})); return {};
  }
  return {};
}

Status ControlService::hello(MessageReader& arguments, MessageWriter& out) {
  const auto version = arguments.number<std::uint32_t>();
  if (version != kControlVersion)
    return bad("it speaks version " + std::to_string(kControlVersion) + ", the client " + std::to_string(version));
  out.number(kControlVersion);
  out.text(simulation_.scenario().name);
  out.number(static_cast<std::int32_t>(simulation_.scenario().periods));
  const std::vector<EventChoice> events = simulation_.events();
  out.number(static_cast<std::uint32_t>(events.size()));
  for (const EventChoice& choice : events) out.event(choice);
  return {};
}

Status ControlService::advance_to(MessageReader& arguments, MessageWriter& out) {
  const TimePoint until(Duration(arguments.number<std::int64_t>()));
  if (!arguments.at_end()) return {};
  if (until > simulation_.now() + kMostAdvance) return bad("time moves by at most an hour at once");
  const auto second = [this] { return std::chrono::floor<std::chrono::seconds>(simulation_.now()); };
  const auto before = second();
  const Status advanced = simulation_.advance_to(until);
  // As often as the kernel looks, in the time that the caches live in.
  if (second() != before) tree_.check_limbo();
  // Who arrived has brought threads, who left has taken them along.
  simulation_.follow(tree_);
  if (!advanced) return advanced;
  out.number(ns_of(simulation_.now()));
  return {};
}

Status ControlService::watch(Client client, MessageReader& arguments, MessageWriter& out) {
  std::vector<ContainerId> wanted(arguments.count(sizeof(std::uint32_t)));
  for (ContainerId& id : wanted) id.value = arguments.text();
  if (!arguments.at_end()) return {};
  if (std::adjacent_find(wanted.begin(), wanted.end(), std::greater_equal<>()) != wanted.end())
    return bad("the containers to watch are not in ascending order");
  Result<std::vector<ContainerInfo>> present = simulation_.list();
  if (!present) return std::move(present).error();
  std::vector<Error> errors;
  std::size_t at = 0;  // both are ascending
  for (const ContainerId& id : wanted) {
    while (at < present->size() && (*present)[at].id < id) ++at;
    if (at < present->size() && (*present)[at].id == id) continue;
    errors.push_back({ErrorCode::failed, "count " + id.value, "no such tenant on the emulated node", "", 0});
  }
  watched_[client] = std::move(wanted);
  watch_all();
  out.number(static_cast<std::uint32_t>(errors.size()));
  for (const Error& error : errors) out.error(error);
  return {};
}

// Who is not there is told to the client that asks for it, not here.
void ControlService::watch_all() {
  std::set<ContainerId> all;
  for (const auto& [client, ids] : watched_) all.insert(ids.begin(), ids.end());
  simulation_.watch({all.begin(), all.end()});
}

Status ControlService::read(Client client, MessageWriter& out) {
  Result<std::vector<ContainerSample>> samples = simulation_.read();
  if (!samples) return std::move(samples).error();
  const std::vector<ContainerId>& mine = watched_[client];
  std::vector<SampleRecord> records;
  records.reserve(samples->size());
  std::size_t at = 0;  // both are ascending
  for (const ContainerSample& sample : *samples) {
    while (at < mine.size() && mine[at] < sample.container) ++at;
    if (at == mine.size()) break;
    if (mine[at] == sample.container) records.push_back(record_of(sample, static_cast<std::uint32_t>(at)));
  }
  out.number(static_cast<std::uint32_t>(records.size()));
  for (const SampleRecord& record : records) out.number(record);
  return {};
}

Status ControlService::list(MessageWriter& out) {
  Result<std::vector<ContainerInfo>> containers = simulation_.list();
  if (!containers) return std::move(containers).error();
  out.number(static_cast<std::uint32_t>(containers->size()));
  for (const ContainerInfo& info : *containers) {
    out.container(info);
    out.text(simulation_.cgroup_of(info.id));
  }
  return {};
}

}  // namespace dcat::emulator
