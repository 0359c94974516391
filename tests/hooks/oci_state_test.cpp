#include "hooks/oci/state.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

std::string cgroups_path(const std::string& path) {
  return R"({"ociVersion":"1.0.2","linux":{"resources":{},"cgroupsPath":")" + path + R"("}})";
}

std::string refused_state(const std::string& json) {
  const Result<OciState> state = parse_oci_state(json);
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == ErrorCode::bad_input);
  CHECK(state.error().todo == "give the hook what a runtime gives it: the container's state on stdin");
  return state.error().what + ": " + state.error().why;
}

}  // namespace

TEST_CASE("a state tells id, status, process, bundle and annotations") {
  const Result<OciState> state =
      parse_oci_state(R"({"ociVersion":"1.0.2","id":"a1","status":"creating","pid":4422,"bundle":"/run/a1",)"
                      R"("annotations":{"dcat.dev/mode":"observe","x":"50%"},"future":[1]})");
  REQUIRE(state.ok());
  CHECK(state->id == "a1");
  CHECK(state->status == "creating");
  CHECK(state->pid == 4422);
  CHECK(state->bundle == "/run/a1");
  CHECK(state->annotations == std::map<std::string, std::string>{{"dcat.dev/mode", "observe"}, {"x", "50%"}});
}

TEST_CASE("at poststop a state has neither process nor annotations") {
  const Result<OciState> state =
      parse_oci_state(R"({"ociVersion":"1.0.2","id":"a1","status":"stopped","bundle":"/b"})");
  REQUIRE(state.ok());
  CHECK(state->pid == 0);
  CHECK(state->annotations.empty());
  CHECK(parse_oci_state(R"({"id":"a1","status":"stopped","pid":0,"annotations":null})").ok());
}

TEST_CASE("what is no state is refused with the key") {
  CHECK(refused_state("") == "OCI state: there is none");
  CHECK(refused_state("[]") == "OCI state: got a list, want an object");
  CHECK(refused_state(R"({"status":"created"})") == "OCI state: key \"id\" is missing");
  CHECK(refused_state(R"({"id":"a"})") == "OCI state: key \"status\" is missing");
  CHECK(refused_state(R"({"id":"","status":"created"})") == "OCI state: id: got '', want the container's id");
  CHECK(refused_state(R"({"id":1,"status":"created"})") == "OCI state: id: got 1, want a string");
  CHECK(refused_state(R"({"id":"a","status":"created","pid":"7"})").starts_with("OCI state: pid: got \"7\""));
  CHECK(refused_state(R"({"id":"a","status":"created","pid":-7})").starts_with("OCI state: pid: got -7"));
  CHECK(refused_state(R"({"id":"a","status":"created","annotations":{"b":7}})") ==
        "OCI state: annotations.b: got 7, want a string");
  CHECK(
      refused_state(R"({"id":"a","status":"created","annotations":["b"]})").starts_with("OCI state: annotations: got"));
  CHECK(refused_state(R"({"id":"a","id":"b","status":"created"})").find("twice") != std::string::npos);
  CHECK(refused_state(std::string(kMostStateBytes + 1, ' ')) == "OCI state: got 1048577 bytes, want 1048576 at most");
  CHECK(refused_state(std::string(100'000, '[')).find("deep") != std::string::npos);
}

TEST_CASE("a state may stand on several lines") {
  CHECK(parse_oci_state("{\n  \"id\": \"a\",\n  \"status\": \"created\"\n}\n").ok());
}

TEST_CASE("cgroupsPath is systemd's form or a path") {
  struct Row {
    std::string said, path;
  };
  const Row rows[] = {
      {"machine.slice:libpod:a1", "machine.slice/libpod-a1.scope"},
      {"kubepods-burstable-pod0b_1c.slice:cri-containerd:a1",
       "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b_1c.slice/cri-containerd-a1.scope"},
      {":docker:a1", "system.slice/docker-a1.scope"},
      {"-.slice:docker:a1", "docker-a1.scope"},
      {"a.slice::b", "a.slice/b.scope"},
      {"a.slice:x:b.slice", "a.slice/b.slice"},
      {"/kubepods/burstable/pod0b-1c/a1", "kubepods/burstable/pod0b-1c/a1"},
      {"//a/./b/", "a/b"},
      {"/", ""},
      {"/a:b:c", "a:b:c"},
      {"a/b", ""},
      {"a", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    INFO(row.said);
    const Result<std::string> path = cgroup_of_config(cgroups_path(row.said));
    REQUIRE(path.ok());
    CHECK(*path == row.path);
  }
}

TEST_CASE("a cgroupsPath that leads nowhere is refused") {
  for (const char* const said : {"/../a", "/a/../../b", "a:b", "a.slice:b", "a.slice:b:c:d", "a.slice:b:", "a:b:c",
                                 ".slice:b:c", "a--b.slice:c:d", "-a.slice:c:d", "a-.slice:c:d"}) {
    INFO(said);
    const Result<std::string> path = cgroup_of_config(cgroups_path(said));
    REQUIRE_FALSE(path.ok());
    CHECK(path.error().code == ErrorCode::bad_input);
    CHECK(path.error().what == "config.json: linux.cgroupsPath");
  }
}

TEST_CASE("a config.json without a cgroup or a class says nothing") {
  for (const char* const json :
       {"{}", R"({"linux":{}})", R"({"linux":null})", R"({"linux":[{"cgroupsPath":"/a"}]})", R"({"cgroupsPath":"/a"})",
        R"({"linux":{"x":{"cgroupsPath":"/a"}}})", R"({"linux.cgroupsPath":"/a"})",
        R"({"a":{"linux":{"cgroupsPath":"/a"}}})", R"({"":{"linux":{"cgroupsPath":"/a"}}})",
        R"({"linux":{"intelRdt":{"l3CacheSchema":"L3:0=f"}}})", R"({"list":[[{"linux":{"cgroupsPath":"/a"}}]]})"}) {
    INFO(json);
    const Result<std::string> cgroup = cgroup_of_config(json);
    REQUIRE(cgroup.ok());
    CHECK(cgroup->empty());
    const Result<std::string> clos = clos_of_config(json);
    REQUIRE(clos.ok());
    CHECK(clos->empty());
  }
}

TEST_CASE("a config.json tells its class, wherever it stands in the file") {
  CHECK(*clos_of_config(
            R"({"a":[{"b":{}},[1]],"linux":{"cgroupsPath":"/a","intelRdt":{"x":1,"closID":"gold"}},"z":0})") == "gold");
  CHECK(*cgroup_of_config(R"({"linux":{"seccomp":{"syscalls":[{"names":["a"]}]},"cgroupsPath":"/a","z":{}},"y":1})") ==
        "a");
}

TEST_CASE("a config.json that is none is refused") {
  for (const char* const json : {"", "[]", "1", "\"x\"", "null", "{", "{}{}", R"({"linux":{"cgroupsPath":7}})",
                                 R"({"linux":{"cgroupsPath":{}}})", R"({"linux":{"cgroupsPath":["/a"]}})",
                                 R"({"linux":{"cgroupsPath":null}})", "{\"a\":\"\xff\"}"}) {
    INFO(json);
    CHECK_FALSE(cgroup_of_config(json).ok());
  }
  CHECK(cgroup_of_config(R"({"linux":{"cgroupsPath":7}})")
            .error()
            .to_string()
            .starts_with("config.json: linux.cgroupsPath: got a number, want a string"));
  CHECK(cgroup_of_config("{}" + std::string(1, '\0')).error().why == "got a NUL");
  CHECK(cgroup_of_config("{\"a\":" + std::string(1 << 20, '[')).error().why == "nested more than 64 deep");
  CHECK_FALSE(cgroup_of_config(R"({"linux":{"cgroupsPath":"/a\u0000b"}})").ok());
}

TEST_CASE("a process's cgroup is cgroup2's, else perf_event's") {
  CHECK(cgroup_of_proc("0::/machine.slice/libpod-a.scope\n") == "machine.slice/libpod-a.scope");
  CHECK(cgroup_of_proc("0::/a") == "a");
  CHECK(cgroup_of_proc("12:perf_event:/p\n3:cpu,cpuacct:/c\n0::/u\n") == "u");
  CHECK(cgroup_of_proc("12:perf_event:/p\n0::/\n") == "p");
  CHECK(cgroup_of_proc("12:hugetlb,perf_event:/p\n1:name=systemd:/s\n") == "p");
  CHECK(cgroup_of_proc("0::/a:b/c\n") == "a:b/c");
  CHECK(cgroup_of_proc("3:cpu:/c\n2:my_perf_event:/x\n").empty());
  CHECK(cgroup_of_proc("0::/a (deleted)\n").empty());
  CHECK(cgroup_of_proc("0::/../a\n").empty());
  CHECK(cgroup_of_proc("").empty());
  CHECK(cgroup_of_proc("\n:\n::\n0:\n0::\ngarbage").empty());
}
