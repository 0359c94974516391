#include "hooks/nri/messages.h"

#include <array>
#include <limits>

#include "hooks/nri/nri.pb.h"

namespace dcat {

namespace {

namespace api = nri::pkg::api::v1alpha1;

template <class Message>
std::optional<Message> parse(std::string_view payload) {
  Message message;
  if (payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return std::nullopt;
  return message;
}

std::map<std::string, std::string> to_map(const google::protobuf::RepeatedPtrField<api::Entry>& entries) {
  std::map<std::string, std::string> map;
  for (const api::Entry& entry : entries) map[entry.key()] = entry.value();
  return map;
}

NriPod to_pod(const api::PodSandbox& pod) {
  return {pod.id(), pod.name(), pod.uid(), pod.namespace_(), pod.linux().cgroup_parent(), to_map(pod.annotations())};
}

NriContainer to_container(const api::Container& container) {
  NriContainer to;
  to.id = container.id();
  to.pod_id = container.pod_sandbox_id();
  to.name = container.name();
  to.stopped = container.state() == api::CONTAINER_STATE_STOPPED;
  if (container.pid() <= static_cast<std::uint32_t>(std::numeric_limits<int>::max()))
    to.pid = static_cast<int>(container.pid());
  to.cgroups_path = container.linux().cgroups_path();
  to.rdt_class = container.linux().rdt().clos_id().value();
  if (to.rdt_class.empty()) to.rdt_class = container.linux().resources().rdt_class().value();
  to.annotations = to_map(container.annotations());
  return to;
}

template <class Message>
NriChange to_change(const Message& message) {
  NriChange change;
  if (message.has_pod()) change.pod = to_pod(message.pod());
  if (message.has_container()) change.container = to_container(message.container());
  return change;
}

struct Method {
  std::string_view name;
  NriEvent event;
};
constexpr std::array<Method, 13> kMethods{{{"RunPodSandbox", NriEvent::run_pod_sandbox},
                                           {"StopPodSandbox", NriEvent::stop_pod_sandbox},
                                           {"RemovePodSandbox", NriEvent::remove_pod_sandbox},
                                           {"CreateContainer", NriEvent::create_container},
                                           {"PostCreateContainer", NriEvent::post_create_container},
                                           {"StartContainer", NriEvent::start_container},
                                           {"PostStartContainer", NriEvent::post_start_container},
                                           {"UpdateContainer", NriEvent::update_container},
                                           {"PostUpdateContainer", NriEvent::post_update_container},
                                           {"StopContainer", NriEvent::stop_container},
                                           {"RemoveContainer", NriEvent::remove_container},
                                           {"UpdatePodSandbox", NriEvent::update_pod_sandbox},
                                           {"PostUpdatePodSandbox", NriEvent::post_update_pod_sandbox}}};

}  // namespace

std::optional<NriEvent> nri_event_of_method(std::string_view method) {
  for (const Method& known : kMethods)
    if (known.name == method) return known.event;
  return std::nullopt;
}

std::optional<NriConfigure> parse_nri_configure(std::string_view payload) {
  const auto message = parse<api::ConfigureRequest>(payload);
  if (!message) return std::nullopt;
  return NriConfigure{message->runtime_name(), message->runtime_version(), message->request_timeout()};
}

std::optional<NriSynchronize> parse_nri_synchronize(std::string_view payload) {
  const auto message = parse<api::SynchronizeRequest>(payload);
  if (!message) return std::nullopt;
  NriSynchronize part;
  part.more = message->more();
  for (const api::PodSandbox& pod : message->pods()) part.pods.push_back(to_pod(pod));
  for (const api::Container& container : message->containers()) part.containers.push_back(to_container(container));
  return part;
}

std::optional<NriChange> parse_nri_state_change(std::string_view payload) {
  const auto message = parse<api::StateChangeEvent>(payload);
  if (!message) return std::nullopt;
  NriChange change = to_change(*message);
  const int number = message->event();
  if (number >= 1 && number <= static_cast<int>(kMethods.size())) change.event = NriEvent{number};
  return change;
}

std::optional<NriChange> parse_nri_event(std::string_view payload) {
  const auto message = parse<api::EventRequest>(payload);
  if (!message) return std::nullopt;
  return to_change(*message);
}

std::string format_nri_register(const std::string& name, const std::string& index) {
  api::RegisterPluginRequest message;
  message.set_plugin_name(name);
  message.set_plugin_idx(index);
  return message.SerializeAsString();
}

std::string format_nri_events(const std::vector<NriEvent>& events) {
  api::ConfigureResponse message;
  int mask = 0;
  for (const NriEvent event : events) mask |= 1 << (static_cast<int>(event) - 1);
  message.set_events(mask);
  return message.SerializeAsString();
}

std::string format_nri_synchronized(bool more) {
  api::SynchronizeResponse message;
  message.set_more(more);
  return message.SerializeAsString();
}

std::string format_nri_class(const std::string& rdt_class) {
  api::CreateContainerResponse message;
  if (!rdt_class.empty())
    message.mutable_adjust()->mutable_linux()->mutable_resources()->mutable_rdt_class()->set_value(rdt_class);
  return message.SerializeAsString();
}

}  // namespace dcat
