// The protocol's field numbers, by bytes that are written here by hand.
#include "hooks/nri/messages.h"

#include "tests/support/catch.h"

using namespace dcat;
using namespace std::string_literals;

namespace {

// Fields of protobuf: a text or message, and a number below 128.
std::string text(int field, const std::string& bytes) {
  return std::string{static_cast<char>(field << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string number(int field, int value) {
  return {static_cast<char>(field << 3), static_cast<char>(value)};
}

const std::string kPod = text(1, "pod1") + text(2, "web-0") + text(3, "uid1") + text(4, "shop") +
                         text(5, text(1, "label") + text(2, "x")) + text(6, text(1, "a") + text(2, "b")) +
                         text(7, "runc") + text(8, text(3, "/kubepods/burstable/poduid1")) + number(9, 3);
const std::string kContainer = text(1, "c1") + text(2, "pod1") + text(3, "web") + number(4, 3) +
                               text(6, text(1, "k") + text(2, "v")) + text(7, "/bin/sh") + text(8, "PATH=/bin") +
                               text(11, text(3, text(5, text(1, "gold"))) + text(5, "s.slice:cri-containerd:c1")) +
                               number(12, 77) + number(14, 5);

void require_pod(const NriPod& pod) {
  REQUIRE(pod.id == "pod1");
  REQUIRE(pod.name == "web-0");
  REQUIRE(pod.uid == "uid1");
  REQUIRE(pod.name_space == "shop");
  REQUIRE(pod.cgroup_parent == "/kubepods/burstable/poduid1");
  REQUIRE(pod.annotations == std::map<std::string, std::string>{{"a", "b"}});
}

void require_container(const NriContainer& container) {
  REQUIRE(container.id == "c1");
  REQUIRE(container.pod_id == "pod1");
  REQUIRE(container.name == "web");
  REQUIRE_FALSE(container.stopped);
  REQUIRE(container.pid == 77);
  REQUIRE(container.cgroups_path == "s.slice:cri-containerd:c1");
  REQUIRE(container.rdt_class == "gold");
  REQUIRE(container.annotations == std::map<std::string, std::string>{{"k", "v"}});
}

}  // namespace

TEST_CASE("Registering tells the name and the two digits of the index") {
  REQUIRE(format_nri_register("dcat", "50") == "\x0a\4dcat\x12\00250"s);
}

TEST_CASE("Configure tells the runtime and how long it waits") {
  const auto read = parse_nri_configure(text(1, "config") + text(2, "containerd") + text(3, "1.7.24") + number(4, 9) +
                                        number(5, 8) + text(6, "0.6.1"));
  REQUIRE(read);
  REQUIRE(read->runtime_name == "containerd");
  REQUIRE(read->runtime_version == "1.7.24");
  REQUIRE(read->request_timeout_ms == 8);
}

TEST_CASE("The events that are asked for are a mask in field 2, bit number - 1") {
  // RunPodSandbox 1, StopContainer 10: 1 + 512 = 0x201, a varint of 7 bits a byte: 0x81 0x04.
  REQUIRE(format_nri_events({NriEvent::run_pod_sandbox, NriEvent::stop_container}) == "\x10\x81\x04");
}

TEST_CASE("Synchronize has pods, containers and whether there is more") {
  const auto read = parse_nri_synchronize(text(1, kPod) + text(2, kContainer) + number(3, 1));
  REQUIRE(read);
  REQUIRE(read->pods.size() == 1);
  REQUIRE(read->containers.size() == 1);
  require_pod(read->pods[0]);
  require_container(read->containers[0]);
  REQUIRE(read->more);
  REQUIRE_FALSE(parse_nri_synchronize("")->more);
  REQUIRE(format_nri_synchronized(true) == "\x10\x01");
  REQUIRE(format_nri_synchronized(false).empty());
}

TEST_CASE("An event's own call has its pod first and its container second") {
  const auto read = parse_nri_event(text(1, kPod) + text(2, kContainer));
  REQUIRE(read);
  require_pod(*read->pod);
  require_container(*read->container);
  REQUIRE_FALSE(read->event);
  REQUIRE_FALSE(parse_nri_event(text(1, kPod))->container);
}

TEST_CASE("StateChange has the event's number, its pod and its container") {
  const auto read = parse_nri_state_change(number(1, 6) + text(2, kPod) + text(3, kContainer));
  REQUIRE(read);
  REQUIRE(read->event == NriEvent::start_container);
  require_pod(*read->pod);
  require_container(*read->container);
  REQUIRE_FALSE(parse_nri_state_change(number(1, 14))->event);  // of a newer protocol
  REQUIRE_FALSE(parse_nri_state_change("")->event);
}

TEST_CASE("A class that a newer runtime tells goes before the older field") {
  const std::string both = text(3, text(5, text(1, "gold"))) + text(12, text(1, text(1, "silver")));
  REQUIRE(parse_nri_event(text(2, text(11, both)))->container->rdt_class == "silver");
}

TEST_CASE("A container's state 4 is stopped and the others are not") {
  for (int state = 0; state < 6; ++state)
    REQUIRE(parse_nri_event(text(2, number(4, state)))->container->stopped == (state == 4));
}

TEST_CASE("A pid that no kernel gives is none") {
  const std::string huge = "\x60\xff\xff\xff\xff\x0f";  // field 12, 2^32 - 1
  REQUIRE(parse_nri_event(text(2, huge))->container->pid == 0);
}

TEST_CASE("A class is asked for in the resources of the adjustment") {
  // adjust 1 { linux 6 { resources 2 { rdt_class 5 { value 1 }}}}
  REQUIRE(format_nri_class("dcat.web") == text(1, text(6, text(2, text(5, text(1, "dcat.web"))))));
  REQUIRE(format_nri_class("").empty());
}

TEST_CASE("Every event has its method and its number") {
  const std::vector<std::string> methods{
      "RunPodSandbox",   "StopPodSandbox",     "RemovePodSandbox",    "CreateContainer",     "PostCreateContainer",
      "StartContainer",  "PostStartContainer", "UpdateContainer",     "PostUpdateContainer", "StopContainer",
      "RemoveContainer", "UpdatePodSandbox",   "PostUpdatePodSandbox"};
  for (std::size_t i = 0; i < methods.size(); ++i)
    REQUIRE(static_cast<std::size_t>(nri_event_of_method(methods[i]).value()) == i + 1);
  REQUIRE_FALSE(nri_event_of_method("ValidateContainerAdjustment"));
  REQUIRE_FALSE(nri_event_of_method(""));
}

TEST_CASE("A text that is no UTF-8 costs nothing but itself") {
  REQUIRE(parse_nri_event(text(2, text(1, "c1") + text(3, "\xff\xfe")))->container->name == "\xff\xfe");
}

TEST_CASE("What is no message is nothing") {
  const std::string cut = "\x0a\x20half";
  REQUIRE_FALSE(parse_nri_configure("\x12\x20half"));
  REQUIRE_FALSE(parse_nri_synchronize(cut));
  REQUIRE_FALSE(parse_nri_state_change("\x12\x20half"));
  REQUIRE_FALSE(parse_nri_event(cut));
}
