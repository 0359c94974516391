// States and bundles of somebody who means harm: refused with a reason or read within their bounds.
#include "hooks/oci/state.h"
#include "hooks/wire.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kId(64, 'a');

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string state_with(const std::string& rest) {
  return R"({"id":"a1","status":"created")" + rest + "}";
}
std::string path_of(const std::string& cgroups_path) {
  return R"({"linux":{"cgroupsPath":")" + cgroups_path + R"("}})";
}
bool is_refused(const std::string& state) {
  const Result<OciState> read = parse_oci_state(state);
  if (!read) CHECK(read.error().code == ErrorCode::bad_input);
  return !read;
}

ReadContainer read_with(const std::string& proc, const Result<std::string>& config, const std::string& id = kId) {
  OciState state;
  state.id = id;
  state.status = "created";
  state.pid = 7;
  state.bundle = "/run/b";
  return read_container(state, false, [&](const std::string& path, std::size_t) -> Result<std::string> {
    return path.starts_with("/proc/") ? Result<std::string>(proc) : config;
  });
}

}  // namespace

TEST_CASE("deep nesting is refused in states, bundles and asks") {
  for (const char* const open : {"[", "{\"a\":"}) {
    INFO(open);
    CHECK(is_refused(state_with(",\"x\":" + repeated(open, 100'000))));
    CHECK_FALSE(cgroup_of_config("{\"a\":" + repeated(open, 500'000)).ok());
    CHECK_FALSE(parse_ask("{\"dcat\":1,\"status\":" + repeated(open, 10'000)).ok());
    CHECK_FALSE(parse_answer("{\"dcat\":1,\"ok\":" + repeated(open, 500'000)).ok());
  }
}

TEST_CASE("a state with a key twice is refused, and of a bundle's the last one counts") {
  CHECK(is_refused(state_with(R"(,"id":"b")")));
  CHECK(is_refused(state_with(R"(,"annotations":{"a":"1","\u0061":"2"})")));
  CHECK(*cgroup_of_config(R"({"linux":{"cgroupsPath":"/a","cgroupsPath":"/b"}})") == "b");
  CHECK(*cgroup_of_config(R"({"linux":{"cgroupsPath":7},"linux":{"cgroupsPath":"/c"}})") == "c");
  CHECK_FALSE(cgroup_of_config(R"({"linux":{"cgroupsPath":"/c","cgroupsPath":7}})").ok());
}

TEST_CASE("huge numbers are refused where they matter and do not wrap") {
  for (const char* const pid :
       {"99999999999999999999", "18446744073709551615", "4294967303", "2147483648", "-1", "1e999", "7.0", "1e1"}) {
    INFO(pid);
    CHECK(is_refused(state_with(std::string(",\"pid\":") + pid)));
  }
  CHECK(parse_oci_state(state_with(",\"pid\":2147483647")).ok());
  CHECK(parse_oci_state(state_with(",\"x\":" + std::string(100'000, '9') + ".0e-100000")).ok());
  CHECK(*cgroup_of_config("{\"x\":" + std::string(300, '9') + ",\"linux\":{\"cgroupsPath\":\"/a\"}}") == "a");
  CHECK_FALSE(cgroup_of_config("{\"x\":1e999}").ok());
}

TEST_CASE("what is no UTF-8 is refused, surrogates in pairs are not") {
  for (const char* const text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\\ud800", "\\udc00",
                                 "\\udc00\\ud800", "\\u12", "\x01"}) {
    INFO(text);
    CHECK(is_refused(state_with(",\"annotations\":{\"a\":\"" + std::string(text) + "\"}")));
    CHECK_FALSE(cgroup_of_config(path_of("/" + std::string(text))).ok());
  }
  CHECK(parse_oci_state(state_with(R"(,"annotations":{"a":"\ud83d\ude00"})"))->annotations.at("a") ==
        "\xf0\x9f\x98\x80");
  CHECK(*cgroup_of_config(path_of(R"(/\ud83d\ude00)")) == "\xf0\x9f\x98\x80");
}

TEST_CASE("an id that cannot be announced is refused with the state") {
  const auto with_id = [](const std::string& id) { return R"({"id":")" + id + R"(","status":"created"})"; };
  CHECK(parse_oci_state(with_id(std::string(4094, 'i'))).ok());
  const Result<OciState> read = parse_oci_state(with_id(std::string(4095, 'i')));
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().what == "OCI state: id");
  CHECK(read.error().why == "got 4095 bytes, want 1 to 4096 in a line, and no NUL");
  CHECK(is_refused(with_id("a\\u0000b")));
  CHECK(is_refused(with_id(repeated("\\u0001", 683))));
}

TEST_CASE("an id that was not refused with its state is told and nobody is announced") {
  const ReadContainer read = read_with("0::/a\n", std::string("{}"), std::string(5000, 'i'));
  CHECK(read.announcement.id.empty());
  REQUIRE(read.mistakes.size() == 1);
  CHECK(read.mistakes[0] == "id: got 5000 bytes, want 1 to 4096 in a line, and no NUL");
}

TEST_CASE("a cgroupsPath is refused that would grow beyond any path") {
  // a-a-...-a.slice is below as many slices as it has parts: 125 of them in 255 bytes, 128 are 261.
  CHECK(cgroup_of_config(path_of(repeated("a-", 124) + "a.slice:p:n")).ok());
  CHECK_FALSE(cgroup_of_config(path_of(repeated("a-", 127) + "a.slice:p:n")).ok());
  const Result<std::string> long_slice = cgroup_of_config(path_of(repeated("a-", 1'000'000) + "a.slice:p:n"));
  REQUIRE_FALSE(long_slice.ok());
  CHECK(long_slice.error().why.ends_with("want at most 4096 bytes"));
  CHECK(cgroup_of_config(path_of("/" + std::string(4095, 'a'))).ok());
  CHECK_FALSE(cgroup_of_config(path_of("/" + std::string(4096, 'a'))).ok());
}

TEST_CASE("a process's path of thousands of parts is left out and looked at once") {
  const ReadContainer read = read_with("0::" + repeated("/a", 30'000), std::string("{}"));
  CHECK(read.announcement.cgroup.empty());
  REQUIRE(read.mistakes.size() == 1);
  CHECK(read.mistakes[0].starts_with("cgroup: left out"));
}

TEST_CASE("the container is the outermost cgroup that bears its id as a whole") {
  const std::string scope = "a/libpod-" + kId + ".scope";
  CHECK(read_with("0::/" + scope + "/" + kId + "/x", std::string("{}")).announcement.cgroup == scope);
  CHECK(read_with("0::/" + scope, std::string("{}")).announcement.cgroup == scope);
  const std::string longer = "a/" + kId + "b/" + kId;
  CHECK(read_with("0::/" + longer + "/x", std::string("{}")).announcement.cgroup == longer);
}

TEST_CASE("a bundle's file that is too long is told, one that is gone is not") {
  const Error longer{ErrorCode::bad_input, "read config.json", "it is longer than 4194304 bytes", "", 0};
  const ReadContainer read = read_with("0::/a\n", longer);
  CHECK(read.announcement.cgroup == "a");
  CHECK(read.mistakes == std::vector<std::string>{"read config.json: it is longer than 4194304 bytes"});
  CHECK(read_with("0::/a\n", Error{ErrorCode::failed, "read config.json", "No such file", "", 2}).mistakes.empty());
}

TEST_CASE("a word of a bundle that is none does not hide the other") {
  const ReadContainer clos =
      read_with("", std::string(R"({"linux":{"cgroupsPath":"/a","intelRdt":{"closID":[1,"b"]}}})"));
  CHECK(clos.announcement.cgroup == "a");
  CHECK(clos.mistakes == std::vector<std::string>{"config.json: linux.intelRdt.closID: got a list, want a string"});
  const ReadContainer cgroup =
      read_with("", std::string(R"({"linux":{"cgroupsPath":{},"intelRdt":{"closID":"gold"}}})"));
  CHECK(cgroup.announcement.wishes.foreign == "rdt class gold");
  CHECK(cgroup.mistakes == std::vector<std::string>{"config.json: linux.cgroupsPath: got an object, want a string"});
}
