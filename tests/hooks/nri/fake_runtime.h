// The runtime's end of an NRI connection: what it would write, and what the plugin wrote to it taken apart. The headers
// of both layers are written here once more, by hand, so that a mistake in ours does not cancel itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/nri/nri.pb.h"
#include "hooks/nri/ttrpc.pb.h"

namespace dcat::testing {

namespace api = nri::pkg::api::v1alpha1;

std::string u32_text(std::uint32_t value);
// One frame, whatever its length.
std::string frame_text(std::uint32_t connection, std::string_view bytes);
std::string message_text(std::uint32_t stream, char type, char flags, std::string_view bytes);

class FakeRuntime {
 public:
  struct Sent {  // by the plugin
    std::uint32_t connection = 0;
    std::uint32_t stream = 0;
    char type = 0;
    std::string bytes;
  };

  // A call to the plugin, as Go's ttrpc writes it: a frame of at most 4,096 bytes, and one with all the rest.
  std::string call(std::string_view method, const google::protobuf::MessageLite& payload);
  std::string call_text(std::string_view method, std::string_view payload,
                        std::string_view service = "nri.pkg.api.v1alpha1.Plugin");
  // The answer to the plugin's only call; code 0: taken.
  static std::string registered(int code = 0, const std::string& why = "", std::uint32_t stream = 1);
  // It waits for an answer for `timeout_ms`.
  static std::string configure_payload(const std::string& name = "containerd", const std::string& version = "1.7.24",
                                       std::int64_t timeout_ms = 2000);
  std::string configure(std::int64_t timeout_ms = 2000) {
    return call_text("Configure", configure_payload("containerd", "1.7.24", timeout_ms));
  }
  std::string synchronize(const api::SynchronizeRequest& request) { return call("Synchronize", request); }

  // All that the plugin wrote, message by message. Fails (throws std::runtime_error) on a frame of more than 4,096
  // bytes and on one that is cut off.
  static std::vector<Sent> sent(std::string_view bytes);
  // The response among them to the last call; throws if there is none.
  ttrpc::Response answer(std::string_view bytes) const;

  std::uint32_t last_stream() const { return stream_; }

 private:
  std::uint32_t stream_ = 0xffffffff;  // the first call has 1
};

// A pod NAME in the kubelet's burstable class (systemd's cgroups), and a container of it with 64 digits made of
// `number`.
api::PodSandbox pod_named(const std::string& name, int number);
void annotate(api::PodSandbox& pod, const std::string& key, const std::string& value);
api::Container container_of(const api::PodSandbox& pod, const std::string& name, int number,
                            api::ContainerState state = api::CONTAINER_STATE_RUNNING);
std::string container_id(int number);
std::string cgroup_of_container(int pod, int number);

}  // namespace dcat::testing
