// read_container: a state and the files that it names, as an announcement.
#include <map>

#include "hooks/oci/state.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kId(64, 'a');

// Files by path; what was asked for is kept.
struct Files {
  std::map<std::string, std::string> files;
  std::vector<std::string> asked;

  ReadFile reader() {
    return [this](const std::string& path, std::size_t most) -> Result<std::string> {
      asked.push_back(path);
      const auto at = files.find(path);
      if (at == files.end() || at->second.size() > most)
        return Error{ErrorCode::failed, "read " + path, "it is not there", "", 2};
      return at->second;
    };
  }
};

OciState state(const std::string& status, int pid) {
  OciState state;
  state.id = kId;
  state.status = status;
  state.pid = pid;
  state.bundle = "/run/b";
  return state;
}

}  // namespace

TEST_CASE("a podman container is told with its process's cgroup and its wishes") {
  OciState created = state("created", 77);
  created.annotations = {{"io.container.manager", "libpod"}, {"dcat.dev/contract-ways", "3"}};
  Files files;
  files.files["/proc/77/cgroup"] = "0::/machine.slice/libpod-" + kId + ".scope\n";
  const ReadContainer read = read_container(created, false, files.reader());
  Announcement want;
  want.runtime = Runtime::podman;
  want.id = kId;
  want.cgroup = "machine.slice/libpod-" + kId + ".scope";
  want.pid = 77;
  want.wishes.contract = Wishes::Contract::ways;
  want.wishes.ways = 3_ways;
  want.annotations = created.annotations;
  CHECK(read.announcement == want);
  CHECK(read.mistakes.empty());
}

TEST_CASE("at poststop no process is looked at, and the bundle tells the cgroup") {
  Files files;
  files.files["/proc/77/cgroup"] = "0::/wrong\n";
  files.files["/run/b/config.json"] = R"({"linux":{"cgroupsPath":"/libpod_parent/libpod-)" + kId + R"("}})";
  const ReadContainer read = read_container(state("stopped", 77), true, files.reader());
  CHECK(read.announcement.event == Announcement::Event::gone);
  CHECK(read.announcement.pid == 0);
  CHECK(read.announcement.cgroup == "libpod_parent/libpod-" + kId);
  CHECK(read.announcement.runtime == Runtime::podman);
  CHECK(files.asked == std::vector<std::string>{"/run/b/config.json"});
}

TEST_CASE("what cannot be read is left out") {
  Files files;
  const ReadContainer read = read_container(state("created", 77), false, files.reader());
  CHECK(read.announcement.id == kId);
  CHECK(read.announcement.cgroup.empty());
  CHECK(read.announcement.runtime == Runtime::unknown);
  CHECK(read.mistakes.empty());
  CHECK(files.asked == std::vector<std::string>{"/proc/77/cgroup", "/run/b/config.json"});
}

TEST_CASE("a bundle that is no absolute path is not read") {
  OciState odd = state("stopped", 0);
  odd.bundle = "b";
  Files files;
  read_container(odd, true, files.reader());
  CHECK(files.asked.empty());
}

TEST_CASE("the process tells before the bundle") {
  Files files;
  files.files["/proc/77/cgroup"] = "0::/true\n";
  files.files["/run/b/config.json"] = R"({"linux":{"cgroupsPath":"/said"}})";
  CHECK(read_container(state("created", 77), false, files.reader()).announcement.cgroup == "true");
  files.files["/proc/77/cgroup"] = "0::/\n";
  CHECK(read_container(state("created", 77), false, files.reader()).announcement.cgroup == "said");
}

TEST_CASE("crun's cgroup within the container's is the container's") {
  Files files;
  files.files["/proc/77/cgroup"] = "0::/machine.slice/libpod-" + kId + ".scope/container\n";
  CHECK(read_container(state("created", 77), false, files.reader()).announcement.cgroup ==
        "machine.slice/libpod-" + kId + ".scope");
  // Of another container's id it is not cut: a container in a container.
  OciState inner = state("created", 77);
  inner.id = std::string(64, 'b');
  CHECK(read_container(inner, false, files.reader()).announcement.cgroup ==
        "machine.slice/libpod-" + kId + ".scope/container");
}

TEST_CASE("a CRI-O container is told with its pod, and its own annotation goes before the pod's") {
  OciState created = state("created", 77);
  created.annotations = {{"io.container.manager", "cri-o"},       {"io.kubernetes.cri-o.ContainerType", "container"},
                         {"io.kubernetes.container.name", "web"}, {"io.kubernetes.pod.name", "front-1"},
                         {"io.kubernetes.pod.namespace", "shop"}, {"io.kubernetes.pod.uid", "0b1c2d3e"},
                         {"dcat.dev/contract-ways", "2"},         {"dcat.dev/contract-ways.container.web", "5"}};
  Files files;
  files.files["/proc/77/cgroup"] =
      "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b1c2d3e.slice/crio-" + kId + ".scope\n";
  const Announcement web = read_container(created, false, files.reader()).announcement;
  CHECK(web.runtime == Runtime::cri_o);
  CHECK(web.name == "web");
  CHECK(web.pod == "front-1");
  CHECK(web.name_space == "shop");
  CHECK(web.pod_uid == "0b1c2d3e");
  CHECK(web.qos == QosClass::burstable);
  CHECK(web.wishes.ways == 5_ways);
}

TEST_CASE("containerd's annotations tell the same, and the cgroup what they do not") {
  OciState created = state("created", 77);
  created.annotations = {{"io.kubernetes.cri.container-type", "container"},
                         {"io.kubernetes.cri.container-name", "web"},
                         {"io.kubernetes.cri.sandbox-name", "front-1"},
                         {"io.kubernetes.cri.sandbox-namespace", "shop"}};
  Files files;
  files.files["/proc/77/cgroup"] = "0::/kubepods/besteffort/pod0b-1c/" + kId + "\n";
  const Announcement web = read_container(created, false, files.reader()).announcement;
  CHECK(web.runtime == Runtime::containerd);
  CHECK(web.name == "web");
  CHECK(web.pod == "front-1");
  CHECK(web.name_space == "shop");
  CHECK(web.pod_uid == "0b-1c");
  CHECK(web.qos == QosClass::besteffort);
}

TEST_CASE("a pod's pause container asks for nothing of what its pod asks") {
  for (const char* const key : {"io.kubernetes.cri-o.ContainerType", "io.kubernetes.cri.container-type"}) {
    OciState pause = state("created", 0);
    pause.annotations = {{key, "sandbox"}, {"dcat.dev/contract-ways", "8"}, {"dcat.dev/isolation", "strict"}};
    Files files;
    Wishes want;
    want.contract = Wishes::Contract::none;
    CHECK(read_container(pause, false, files.reader()).announcement.wishes == want);
  }
}

TEST_CASE("a class that the bundle names is somebody else's, but for dCat's own") {
  const auto foreign = [](const std::string& clos, const std::string& annotation = "") {
    Files files;
    files.files["/run/b/config.json"] = R"({"linux":{"intelRdt":{"closID":")" + clos + R"("}}})";
    OciState created = state("created", 0);
    if (!annotation.empty()) created.annotations["rdt.resources.beta.kubernetes.io/pod"] = annotation;
    return read_container(created, false, files.reader()).announcement.wishes.foreign;
  };
  CHECK(foreign("gold") == "rdt class gold");
  CHECK(foreign("/") == "rdt class /");
  CHECK(foreign("dcat.web").empty());
  CHECK(foreign("").empty());
  CHECK(foreign("gold", "tin") == "rdt class tin");
}

TEST_CASE("mistakes of owner and runtime are told together, once each") {
  OciState created = state("created", 0);
  created.annotations = {{"dcat.dev/priority", "high"}};
  Files files;
  files.files["/run/b/config.json"] = "{";
  const ReadContainer read = read_container(created, false, files.reader());
  REQUIRE(read.mistakes.size() == 2);
  CHECK(read.mistakes[0] == "dcat.dev/priority: got 'high', want a whole number of -1000..1000");
  CHECK(read.mistakes[1].starts_with("config.json: not JSON"));
}
