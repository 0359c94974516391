#include "tests/hooks/nri/fake_runtime.h"

#include <cstdio>
#include <map>
#include <stdexcept>

namespace dcat::testing {

namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) value = value * 256 + static_cast<unsigned char>(bytes.at(i));
  return value;
}

std::string digits(int number, int count) {
  std::string text(static_cast<std::size_t>(count), '0');
  std::snprintf(text.data(), text.size() + 1, "%0*x", count, static_cast<unsigned>(number));
  return text;
}

}  // namespace

std::string u32_text(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 255), static_cast<char>(value >> 8 & 255),
          static_cast<char>(value & 255)};
}

std::string frame_text(std::uint32_t connection, std::string_view bytes) {
  return u32_text(connection) + u32_text(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
}

std::string message_text(std::uint32_t stream, char type, char flags, std::string_view bytes) {
  return u32_text(static_cast<std::uint32_t>(bytes.size())) + u32_text(stream) + type + flags + std::string(bytes);
}

std::string FakeRuntime::call(std::string_view method, const google::protobuf::MessageLite& payload) {
  return call_text(method, payload.SerializeAsString());
}

std::string FakeRuntime::call_text(std::string_view method, std::string_view payload, std::string_view service) {
  stream_ += 2;
  ttrpc::Request request;
  request.set_service(std::string(service));
  request.set_method(std::string(method));
  request.set_payload(std::string(payload));
  request.set_timeout_nano(2'000'000'000);
  const std::string message = message_text(stream_, 1, 0, request.SerializeAsString());
  const std::string_view text = message;
  return frame_text(1, text.substr(0, 4096)) + (text.size() > 4096 ? frame_text(1, text.substr(4096)) : "");
}

std::string FakeRuntime::registered(int code, const std::string& why, std::uint32_t stream) {
  ttrpc::Response response;
  if (code != 0) {
    response.mutable_status()->set_code(code);
    response.mutable_status()->set_message(why);
  }
  return frame_text(2, message_text(stream, 2, 0, response.SerializeAsString()));
}

std::string FakeRuntime::configure_payload(const std::string& name, const std::string& version,
                                           std::int64_t timeout_ms) {
  api::ConfigureRequest request;
  request.set_runtime_name(name);
  request.set_runtime_version(version);
  request.set_registration_timeout(5000);
  request.set_request_timeout(timeout_ms);
  return request.SerializeAsString();
}

std::vector<FakeRuntime::Sent> FakeRuntime::sent(std::string_view bytes) {
  std::map<std::uint32_t, std::string> streams;
  std::vector<Sent> messages;
  while (!bytes.empty()) {
    const std::uint32_t connection = number_at(bytes, 0);
    const std::uint32_t length = number_at(bytes, 4);
    if (length + 8 > 4096 || bytes.size() < length + 8) throw std::runtime_error("a frame too long or cut off");
    std::string& stream = streams[connection];
    stream += bytes.substr(8, length);
    bytes.remove_prefix(length + 8);
    while (stream.size() >= 10 && stream.size() >= 10 + number_at(stream, 0)) {
      const std::size_t size = number_at(stream, 0);
      messages.push_back({connection, number_at(stream, 4), stream[8], stream.substr(10, size)});
      stream.erase(0, 10 + size);
    }
  }
  for (const auto& [connection, rest] : streams)
    if (!rest.empty()) throw std::runtime_error("half a message");
  return messages;
}

ttrpc::Response FakeRuntime::answer(std::string_view bytes) const {
  for (const Sent& message : sent(bytes))
    if (message.connection == 1 && message.stream == stream_ && message.type == 2) {
      ttrpc::Response response;
      if (!response.ParseFromString(message.bytes)) throw std::runtime_error("an answer that is no protobuf");
      return response;
    }
  throw std::runtime_error("no answer to the last call");
}

std::string container_id(int number) {
  return digits(number, 64);
}

api::PodSandbox pod_named(const std::string& name, int number) {
  api::PodSandbox pod;
  pod.set_id("pod" + digits(number, 61));
  pod.set_name(name);
  pod.set_uid("00000000-0000-0000-0000-" + digits(number, 12));
  pod.set_namespace_("shop");
  pod.mutable_linux()->set_cgroup_parent(
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod00000000_0000_0000_0000_" + digits(number, 12) +
      ".slice");
  return pod;
}

void annotate(api::PodSandbox& pod, const std::string& key, const std::string& value) {
  api::Entry* entry = pod.add_annotations();
  entry->set_key(key);
  entry->set_value(value);
}

api::Container container_of(const api::PodSandbox& pod, const std::string& name, int number,
                            api::ContainerState state) {
  api::Container container;
  container.set_id(container_id(number));
  container.set_pod_sandbox_id(pod.id());
  container.set_name(name);
  container.set_state(state);
  const std::string& parent = pod.linux().cgroup_parent();
  container.mutable_linux()->set_cgroups_path(parent.substr(parent.rfind('/') + 1) +
                                              ":cri-containerd:" + container.id());
  return container;
}

std::string cgroup_of_container(int pod, int number) {
  return "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod00000000_0000_0000_0000_" + digits(pod, 12) +
         ".slice/cri-containerd-" + container_id(number) + ".scope";
}

}  // namespace dcat::testing
