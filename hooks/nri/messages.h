// NRI's protobuf messages (nri.proto) <-> plain structures, so that nobody else sees protobuf. Pure.
// A payload that is no such message gives nothing; what the message does not say is empty or 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/nri/announce.h"

namespace dcat {

inline constexpr std::string_view kNriPluginService = "nri.pkg.api.v1alpha1.Plugin";
inline constexpr std::string_view kNriRuntimeService = "nri.pkg.api.v1alpha1.Runtime";

enum class NriEvent {
  run_pod_sandbox = 1,
  stop_pod_sandbox,
  remove_pod_sandbox,
  create_container,
  post_create_container,
  start_container,
  post_start_container,
  update_container,
  post_update_container,
  stop_container,
  remove_container,
  update_pod_sandbox,
  post_update_pod_sandbox,
};
// The event whose call of its own has this name ("RunPodSandbox").
std::optional<NriEvent> nri_event_of_method(std::string_view method);

struct NriConfigure {
  std::string runtime_name;
  std::string runtime_version;
  std::int64_t request_timeout_ms = 0;
};
struct NriSynchronize {
  std::vector<NriPod> pods;
  std::vector<NriContainer> containers;
  bool more = false;
};
struct NriChange {
  std::optional<NriEvent> event;  // StateChange's; nothing: one that we do not know
  std::optional<NriPod> pod;
  std::optional<NriContainer> container;
};

std::optional<NriConfigure> parse_nri_configure(std::string_view payload);
std::optional<NriSynchronize> parse_nri_synchronize(std::string_view payload);
std::optional<NriChange> parse_nri_state_change(std::string_view payload);
// Of an event's own call: `event` is left open.
std::optional<NriChange> parse_nri_event(std::string_view payload);

std::string format_nri_register(const std::string& name, const std::string& index);
std::string format_nri_events(const std::vector<NriEvent>& events);  // the answer to Configure
std::string format_nri_synchronized(bool more);
// The answer to CreateContainer; an empty class asks for nothing.
std::string format_nri_class(const std::string& rdt_class);

}  // namespace dcat
