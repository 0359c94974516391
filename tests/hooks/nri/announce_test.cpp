#include "hooks/nri/announce.h"

#include "tests/hooks/nri/fake_runtime.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::testing::container_id;

namespace {

NriPod pod_of_shop() {
  return {"pod1",
          "web-0",
          "0a1b-2c",
          "shop",
          "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0a1b_2c.slice",
          {}};
}

NriContainer web() {
  NriContainer container;
  container.id = container_id(1);
  container.pod_id = "pod1";
  container.name = "web";
  container.cgroups_path = "kubepods-besteffort-pod0a1b_2c.slice:cri-containerd:" + container_id(1);
  return container;
}

}  // namespace

TEST_CASE("A container is told with its pod and the cgroup that systemd will give it") {
  const NriPod pod = pod_of_shop();
  NriContainer container = web();
  container.pid = 42;
  const NriArrival arrival = arrival_of(&pod, container, Runtime::containerd);
  const Announcement& told = arrival.announcement;
  REQUIRE(arrival.mistakes.empty());
  REQUIRE(told.event == Announcement::Event::came);
  REQUIRE(told.runtime == Runtime::containerd);
  REQUIRE(told.id == container_id(1));
  REQUIRE(told.name == "web");
  REQUIRE(told.name_space == "shop");
  REQUIRE(told.pod == "web-0");
  REQUIRE(told.pod_uid == "0a1b-2c");
  REQUIRE(told.qos == QosClass::besteffort);
  REQUIRE(told.pid == 42);
  REQUIRE(told.cgroup ==
          "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod0a1b_2c.slice/cri-containerd-" +
              container_id(1) + ".scope");
}

TEST_CASE("A kubelet with the cgroupfs driver gives a plain path") {
  NriPod pod = pod_of_shop();
  pod.cgroup_parent = "/kubepods/pod0a1b-2c";
  NriContainer container = web();
  container.cgroups_path = "/kubepods/pod0a1b-2c/" + container_id(1);
  const Announcement told = arrival_of(&pod, container, Runtime::cri_o).announcement;
  REQUIRE(told.cgroup == "kubepods/pod0a1b-2c/" + container_id(1));
  REQUIRE(told.qos == QosClass::guaranteed);
}

TEST_CASE("The QoS class is the pod's where the container's cgroup is not told") {
  struct Case {
    std::string parent;
    std::optional<QosClass> want;
  };
  const std::vector<Case> cases{
      {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice", QosClass::burstable},
      {"kubepods-burstable-pod1.slice", QosClass::burstable},
      {"kubepods-besteffort-pod1.slice", QosClass::besteffort},
      {"kubepods-pod1.slice", QosClass::guaranteed},
      {"/kubepods/besteffort/pod1", QosClass::besteffort},
      {"/kubepods/pod1", QosClass::guaranteed},
      {"/user.slice", std::nullopt},
      {"", std::nullopt}};
  for (const Case& one : cases) {
    NriPod pod = pod_of_shop();
    pod.cgroup_parent = one.parent;
    NriContainer container = web();
    container.cgroups_path.clear();
    INFO(one.parent);
    const Announcement told = arrival_of(&pod, container, Runtime::containerd).announcement;
    REQUIRE(told.cgroup.empty());
    REQUIRE(told.qos == one.want);
  }
}

TEST_CASE("A container's annotations go before its pod's and one for its name before both") {
  NriPod pod = pod_of_shop();
  pod.annotations = {{"dcat.dev/contract-ways", "3"},
                     {"dcat.dev/priority", "1"},
                     {"dcat.dev/priority.container.web", "7"},
                     {"dcat.dev/priority.container.db", "9"},
                     {"team", "shop"}};
  NriContainer container = web();
  container.annotations = {{"dcat.dev/contract-ways", "5"}, {"io.kubernetes.cri.container-name", "web"}};
  const Announcement told = arrival_of(&pod, container, Runtime::containerd).announcement;
  REQUIRE(told.wishes.contract == Wishes::Contract::ways);
  REQUIRE(told.wishes.ways == Ways{5});
  REQUIRE(told.wishes.priority == 7);
  REQUIRE(told.annotations.at("team") == "shop");
  REQUIRE(told.annotations.at("dcat.dev/contract-ways") == "5");
  REQUIRE(told.annotations.at("io.kubernetes.cri.container-name") == "web");
}

TEST_CASE("A wish that cannot be read is told and the container comes all the same") {
  NriPod pod = pod_of_shop();
  pod.annotations = {{"dcat.dev/priority", "high"}};
  const NriArrival arrival = arrival_of(&pod, web(), Runtime::containerd);
  REQUIRE(arrival.announcement.id == container_id(1));
  REQUIRE_FALSE(arrival.announcement.wishes.priority);
  REQUIRE(arrival.mistakes.size() == 1);
  REQUIRE(arrival.mistakes[0].find("dcat.dev/priority") != std::string::npos);
}

TEST_CASE("A class of somebody else's makes a container foreign and one of ours does not") {
  const NriPod pod = pod_of_shop();
  NriContainer container = web();
  container.rdt_class = "gold";
  const std::string foreign = arrival_of(&pod, container, Runtime::containerd).announcement.wishes.foreign;
  REQUIRE(foreign.starts_with("rdt class "));
  REQUIRE(foreign.find("gold") != std::string::npos);
  container.rdt_class = "dcat.web";
  REQUIRE(arrival_of(&pod, container, Runtime::containerd).announcement.wishes.foreign.empty());
  container.rdt_class.clear();
  NriPod decided = pod;
  decided.annotations = {{"rdt.resources.beta.kubernetes.io/pod", "silver"}};
  REQUIRE_FALSE(arrival_of(&decided, container, Runtime::containerd).announcement.wishes.foreign.empty());
}

TEST_CASE("A container without its pod is told by what is known") {
  const Announcement told = arrival_of(nullptr, web(), Runtime::containerd).announcement;
  REQUIRE(told.id == container_id(1));
  REQUIRE(told.pod.empty());
  REQUIRE(told.qos == QosClass::besteffort);
}

TEST_CASE("A runtime that nobody knows is told by the cgroup") {
  REQUIRE(arrival_of(nullptr, web(), Runtime::unknown).announcement.runtime == Runtime::containerd);
  REQUIRE(arrival_of(nullptr, web(), Runtime::cri_o).announcement.runtime == Runtime::cri_o);
  REQUIRE(runtime_of_nri("containerd") == Runtime::containerd);
  REQUIRE(runtime_of_nri("CRI-O") == Runtime::cri_o);
  REQUIRE(runtime_of_nri("cri-o") == Runtime::cri_o);
  REQUIRE(runtime_of_nri("crio") == Runtime::cri_o);
  REQUIRE(runtime_of_nri("") == Runtime::unknown);
}

TEST_CASE("A manifest in an annotation is left out and ours are kept") {
  NriPod pod = pod_of_shop();
  pod.annotations = {{"a-manifest", std::string(200 << 10, 'x')}, {"dcat.dev/priority", "5"}, {"z", "1"}};
  const NriArrival arrival = arrival_of(&pod, web(), Runtime::containerd);
  REQUIRE(arrival.announcement.annotations ==
          std::map<std::string, std::string>{{"dcat.dev/priority", "5"}, {"z", "1"}});
  REQUIRE(arrival.announcement.wishes.priority == 5);
  REQUIRE(arrival.mistakes.size() == 1);
}
