#include "hooks/nri/session.h"

#include <iterator>
#include <set>
#include <utility>

#include "hooks/wish_values.h"

namespace dcat {

namespace {

// What we ask to be told. All are in every version of the protocol: a runtime refuses a plugin that asks for an event
// that it does not know, and what is not asked for costs no container a round trip.
const std::vector<NriEvent>& events_asked() {
  static const std::vector<NriEvent> events{NriEvent::run_pod_sandbox,  NriEvent::remove_pod_sandbox,
                                            NriEvent::create_container, NriEvent::start_container,
                                            NriEvent::stop_container,   NriEvent::remove_container};
  return events;
}

RpcResponse fine(std::string payload = {}) {
  return {0, "", std::move(payload)};
}
RpcResponse refused(RpcCode code, std::string why) {
  return {static_cast<int>(code), std::move(why), ""};
}

}  // namespace

NriSession::NriSession(NriSessionOptions options) : options_(std::move(options)) {}

NriNews NriSession::start() {
  stop();
  stage_ = Stage::registering;
  register_stream_ = 1;  // a client's first stream; we never call again
  NriNews news;
  news.bytes = frames_of(kNriRuntimeStream,
                         format_request(register_stream_, {std::string(kNriRuntimeService), "RegisterPlugin",
                                                           format_nri_register(options_.name, options_.index)}));
  return news;
}

void NriSession::stop() {
  stage_ = Stage::closed;
  frames_ = {};
  calls_ = {};
  answers_ = {};
  parts_ = {};
  parts_bytes_ = 0;
}

NriNews NriSession::feed(std::string_view bytes) {
  NriNews news;
  if (stage_ == Stage::closed) return news;
  FrameReader::Read frames = frames_.feed(bytes);
  for (const FrameReader::Piece& piece : frames.pieces) {
    // Other connections are somebody's of the future: not ours to read, and no reason to stop.
    if (piece.connection != kNriPluginStream && piece.connection != kNriRuntimeStream) continue;
    const bool is_call = piece.connection == kNriPluginStream;
    TtrpcReader::Read read = (is_call ? calls_ : answers_).feed(piece.bytes);
    for (const TtrpcMessage& message : read.messages) {
      is_call ? take_call(message, news) : take_answer(message, news);
      if (!news.status.ok() || news.ended) break;
    }
    if (news.status.ok()) news.status = std::move(read.status);
    if (!news.status.ok() || news.ended) break;
  }
  if (news.status.ok() && !news.ended) news.status = std::move(frames.status);
  if (!news.status.ok() || news.ended) stop();
  return news;
}

void NriSession::take_answer(const TtrpcMessage& message, NriNews& news) {
  // Registering is all that we ever ask: other answers are late ones to nobody.
  if (message.type != TtrpcType::response || message.stream != register_stream_) return;
  const auto response = parse_response(message.bytes);
  if (!response)
    news.status = Error{ErrorCode::failed, "NRI: register the plugin " + options_.index + "-" + options_.name,
                        "the runtime's answer cannot be read", ""};
  else if (response->code != 0)
    news.status =
        Error{ErrorCode::failed, "NRI: register the plugin " + options_.index + "-" + options_.name,
              "the runtime refuses it: " + response->why + " (code " + std::to_string(response->code) + ")", ""};
  else if (stage_ == Stage::registering)  // Configure may have overtaken it
    stage_ = Stage::configuring;
}

void NriSession::take_call(const TtrpcMessage& message, NriNews& news) {
  if (message.type != TtrpcType::request) return;
  Answer ours;
  if (message.stream % 2 == 0) {
    ours = {refused(RpcCode::invalid_argument, "a client's streams are odd")};
  } else if ((message.flags & kTtrpcRemoteOpen) != 0) {
    ours = {refused(RpcCode::unimplemented, "dcat takes unary calls only")};
  } else if (const auto request = parse_request(message.bytes)) {
    ours = answer(*request, news);
  } else {
    ours = {refused(RpcCode::invalid_argument, "the request cannot be read")};
    news.notes.push_back("NRI: a request cannot be read; it was refused");
  }
  (ours.waits ? news.held : news.bytes) += frames_of(kNriPluginStream, format_response(message.stream, ours.response));
}

NriSession::Answer NriSession::answer(const RpcRequest& request, NriNews& news) {
  const auto unknown = [&]() -> Answer {
    return {
        refused(RpcCode::unimplemented, "dcat does not know " + shown_text(request.service + "/" + request.method))};
  };
  if (request.service != kNriPluginService) return unknown();
  if (request.method == "Configure") return {configure(request, news)};
  if (request.method == "Synchronize") return {synchronize(request, news)};
  if (request.method == "Shutdown") {
    news.ended = true;
    return {fine()};
  }
  std::optional<NriChange> change;
  if (request.method == "StateChange") {
    change = parse_nri_state_change(request.payload);
  } else if (const auto method_event = nri_event_of_method(request.method)) {
    change = parse_nri_event(request.payload);
    if (change) change->event = method_event;
  } else {
    return unknown();
  }
  if (!change) {
    news.notes.push_back("NRI: a " + request.method + " cannot be read; the scan finds what it told");
    return {fine()};
  }
  return change->event ? event(*change->event, *change, news) : Answer{fine()};
}

RpcResponse NriSession::configure(const RpcRequest& request, NriNews& news) {
  if (const auto read = parse_nri_configure(request.payload)) {
    runtime_ = runtime_of_nri(read->runtime_name);
    runtime_text_ = read->runtime_name + (read->runtime_version.empty() ? "" : " " + read->runtime_version);
    request_timeout_ms_ = read->request_timeout_ms;
  } else {
    news.notes.push_back("NRI: a Configure cannot be read; going on without the runtime's name");
  }
  stage_ = Stage::synchronizing;
  return fine(format_nri_events(events_asked()));
}

RpcResponse NriSession::synchronize(const RpcRequest& request, NriNews& news) {
  auto part = parse_nri_synchronize(request.payload);
  if (!part) {
    // Half of what runs would make the other half gone: better none, and another try.
    news.status = Error{ErrorCode::failed, "NRI: synchronize", "the runtime's message cannot be read", ""};
    return refused(RpcCode::invalid_argument, "the request cannot be read");
  }
  parts_bytes_ += request.payload.size();
  parts_.pods.insert(parts_.pods.end(), std::make_move_iterator(part->pods.begin()),
                     std::make_move_iterator(part->pods.end()));
  parts_.containers.insert(parts_.containers.end(), std::make_move_iterator(part->containers.begin()),
                           std::make_move_iterator(part->containers.end()));
  if (parts_bytes_ > kMostSynchronized || parts_.pods.size() > kMostKnown || parts_.containers.size() > kMostKnown) {
    news.status = Error{ErrorCode::failed, "NRI: synchronize",
                        std::to_string(parts_.pods.size()) + " pods and " + std::to_string(parts_.containers.size()) +
                            " containers in " + std::to_string(parts_bytes_) + " bytes, want at most " +
                            std::to_string(kMostKnown) + " of each in " + std::to_string(kMostSynchronized) + " bytes",
                        ""};
    return refused(RpcCode::invalid_argument, "too much to synchronize");
  }
  if (!part->more) {
    take_synchronized(news);
    stage_ = Stage::running;
  }
  return fine(format_nri_synchronized(part->more));
}

// The runtime's whole truth: who is not in it is gone. Pods and containers come in parts that do not match, so they are
// joined when all are here.
void NriSession::take_synchronized(NriNews& news) {
  const NriSynchronize all = std::exchange(parts_, {});
  parts_bytes_ = 0;
  std::set<std::string> running;
  for (const NriContainer& container : all.containers)
    if (!container.stopped) running.insert(container.id);
  std::vector<std::string> missing;
  for (const auto& [id, known] : known_)
    if (!running.contains(id)) missing.push_back(id);
  for (const std::string& id : missing) gone(id, news);
  pods_.clear();
  for (const NriPod& pod : all.pods) take_pod(pod);
  for (const NriContainer& container : all.containers)
    if (!container.stopped) {
      const auto pod = pods_.find(container.pod_id);
      came(pod == pods_.end() ? nullptr : &pod->second, container, news);
    }
}

NriSession::Answer NriSession::event(NriEvent event, const NriChange& change, NriNews& news) {
  const NriPod* pod = change.pod ? &*change.pod : nullptr;
  if (pod == nullptr && change.container)
    if (const auto known = pods_.find(change.container->pod_id); known != pods_.end()) pod = &known->second;
  switch (event) {
    case NriEvent::run_pod_sandbox:
      if (change.pod) take_pod(*change.pod);
      break;
    case NriEvent::remove_pod_sandbox:
      if (change.pod) pod_gone(change.pod->id, news);
      break;
    case NriEvent::create_container:
      if (change.container) {
        const Announcement told = came(pod, *change.container, news);
        const bool ours = options_.class_of && !told.id.empty() && told.wishes.foreign.empty();
        return {fine(format_nri_class(ours ? options_.class_of(told) : ""))};
      }
      break;
    case NriEvent::start_container:
      if (change.container) {
        // Who is left alone has nothing to wait for.
        const Announcement told = came(pod, *change.container, news);
        return {fine(), !told.id.empty() && told.wishes.foreign.empty() && told.wishes.managed.value_or(true)};
      }
      break;
    case NriEvent::stop_container:
    case NriEvent::remove_container:
      if (change.container) gone(change.container->id, news);
      break;
    case NriEvent::stop_pod_sandbox:
    case NriEvent::post_create_container:
    case NriEvent::post_start_container:
    case NriEvent::update_container:
    case NriEvent::post_update_container:
    case NriEvent::update_pod_sandbox:
    case NriEvent::post_update_pod_sandbox: break;
  }
  return {fine()};
}

void NriSession::take_pod(const NriPod& pod) {
  if (!pod.id.empty() && (pods_.size() < kMostKnown || pods_.contains(pod.id))) pods_[pod.id] = pod;
}

// What has no id is nobody: nothing is announced, and the announcement that is given back is empty. An id that cannot
// be announced is noted.
Announcement NriSession::came(const NriPod* pod, const NriContainer& container, NriNews& news) {
  NriArrival arrival = arrival_of(pod, container, runtime_);
  const std::string& id = arrival.announcement.id;
  if (id.empty()) {
    if (!container.id.empty()) news.notes.push_back("NRI: container refused: " + arrival.mistakes.back());
    return {};
  }
  const bool is_known = known_.contains(id);
  if (!is_known)  // once for each container, not with each of its events
    for (const std::string& mistake : arrival.mistakes)
      news.notes.push_back("NRI: container " +
                           printable_text(arrival.announcement.name_space + "/" + arrival.announcement.pod + "/" +
                                          arrival.announcement.name) +
                           ": " + mistake);
  if (is_known || known_.size() < kMostKnown) {
    Known& known = known_[id];
    known = {arrival.announcement, container.pod_id};
    known.last.pid = 0;
    known.last.wishes = {};
    known.last.annotations.clear();
  }
  news.announcements.push_back(arrival.announcement);
  return std::move(arrival.announcement);
}

// Said once: what is not known was told already, or never came.
void NriSession::gone(const std::string& id, NriNews& news) {
  const auto known = known_.find(id);
  if (known == known_.end()) return;
  Announcement told = std::move(known->second.last);
  known_.erase(known);
  told.event = Announcement::Event::gone;
  news.announcements.push_back(std::move(told));
}

void NriSession::pod_gone(const std::string& id, NriNews& news) {
  std::vector<std::string> its;
  for (const auto& [container, known] : known_)
    if (known.pod_id == id) its.push_back(container);
  for (const std::string& container : its) gone(container, news);
  pods_.erase(id);
}

}  // namespace dcat
