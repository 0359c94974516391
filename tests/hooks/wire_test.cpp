#include "hooks/wire.h"

#include <optional>

#include "tests/support/catch.h"

using namespace dcat;

namespace {

Announcement minimal() {
  Announcement announcement;
  announcement.id = "a1";
  return announcement;
}

Announcement full() {
  Announcement announcement;
  announcement.event = Announcement::Event::gone;
  announcement.runtime = Runtime::cri_o;
  announcement.id = "0123";
  announcement.name = "web";
  announcement.name_space = "shop";
  announcement.pod = "front-1";
  announcement.pod_uid = "0b1c";
  announcement.qos = QosClass::burstable;
  announcement.cgroup = "kubepods/burstable/pod0b1c/0123";
  announcement.pid = 42;
  announcement.wishes.contract = Wishes::Contract::ways;
  announcement.wishes.ways = 3_ways;
  announcement.wishes.priority = -5;
  announcement.wishes.managed = false;
  announcement.wishes.isolated = true;
  announcement.wishes.foreign = "rdt class gold";
  announcement.annotations = {{"app", "50%"}, {"dcat.dev/mode", "observe"}};
  return announcement;
}

std::string announce(const std::string& inside) {
  return R"({"dcat":1,"announce":{)" + inside + "}}";
}

// Why an ask is refused.
std::string refused(const std::string& line) {
  const Result<Ask> ask = parse_ask(line);
  REQUIRE_FALSE(ask.ok());
  CHECK(ask.error().code == ErrorCode::bad_input);
  CHECK_FALSE(ask.error().todo.empty());
  CHECK(ask.error().todo.find("trace") == std::string::npos);
  return ask.error().what + ": " + ask.error().why;
}

}  // namespace

TEST_CASE("an ask is one line, to the byte") {
  CHECK(format_ask(AskStatus{}) == R"({"dcat":1,"status":{}})");
  CHECK(format_ask(minimal()) == R"({"dcat":1,"announce":{"event":"came","id":"a1"}})");
  CHECK(format_ask(full()) ==
        R"({"dcat":1,"announce":{"event":"gone","runtime":"cri-o","id":"0123","name":"web","namespace":"shop",)"
        R"("pod":"front-1","pod_uid":"0b1c","qos":"burstable","cgroup":"kubepods/burstable/pod0b1c/0123","pid":42,)"
        R"("contract":3,"priority":-5,"mode":"observe","isolation":"strict","foreign":"rdt class gold",)"
        R"("annotations":{"app":"50%25","dcat.dev/mode":"observe"}}})");
}

TEST_CASE("asks for explanations, events and modes are one line, to the byte") {
  CHECK(format_ask(AskExplain{"a%\n"}) == R"({"dcat":1,"explain":{"container":"a%25\u000A"}})");
  CHECK(format_ask(AskEvents{7}) == R"({"dcat":1,"events":{"after":7}})");
  CHECK(format_ask(AskMode{Mode::advise, ""}) == R"({"dcat":1,"mode":{"mode":"advise"}})");
  CHECK(format_ask(AskMode{std::nullopt, "web"}) == R"({"dcat":1,"mode":{"mode":"default","container":"web"}})");
}

TEST_CASE("asks for explanations, events and modes that are wrong are told what is") {
  const auto says = [](const std::string& line, const std::string& part) {
    INFO(line);
    CHECK(refused(line).find(part) != std::string::npos);
  };
  says(R"({"dcat":1,"explain":{}})", "explain: key \"container\" is missing");
  says(R"({"dcat":1,"explain":{"container":""}})", "explain.container: got ''");
  says(R"({"dcat":1,"explain":{"container":"a","b":1}})", "explain: key \"b\" is unknown");
  says(R"({"dcat":1,"events":{}})", "events: key \"after\" is missing");
  says(R"({"dcat":1,"events":{"after":-1}})", "events.after: ");
  says(R"({"dcat":1,"events":{"after":9007199254740993}})", "events.after: ");
  says(R"({"dcat":1,"mode":{}})", "mode: key \"mode\" is missing");
  says(R"({"dcat":1,"mode":{"mode":"on"}})", "want one of observe, advise, enforce, default");
  says(R"({"dcat":1,"mode":{"mode":"default"}})", "which only a container has");
  says(R"({"dcat":1,"mode":{"container":"","mode":"default"}})", "mode.container: got ''");
  says(R"({"dcat":1,"status":{},"events":{"after":0}})", "2 things are asked");
  says(R"({"dcat":1})", "0 things are asked");
}

TEST_CASE("what was asked is read back") {
  for (const Ask& ask : {Ask(AskStatus{}), Ask(minimal()), Ask(full()), Ask(AskExplain{"\xff/%"}), Ask(AskEvents{}),
                         Ask(AskEvents{std::uint64_t{1} << 53}), Ask(AskMode{Mode::enforce, ""}),
                         Ask(AskMode{std::nullopt, "vm"}), Ask(AskMode{Mode::observe, "vm"})}) {
    const Result<Ask> read = parse_ask(format_ask(ask));
    REQUIRE(read.ok());
    CHECK(*read == ask);
  }
}

TEST_CASE("each contract is read back") {
  for (const auto contract : {Wishes::Contract::cpu_share, Wishes::Contract::none}) {
    Announcement announcement = minimal();
    announcement.wishes.contract = contract;
    announcement.wishes.managed = true;
    announcement.wishes.isolated = false;
    announcement.wishes.priority = 0;
    const Result<Ask> read = parse_ask(format_ask(announcement));
    REQUIRE(read.ok());
    CHECK(std::get<Announcement>(*read) == announcement);
  }
}

TEST_CASE("names keep any byte, and the line stays a line of UTF-8") {
  Announcement announcement = minimal();
  announcement.name = "a\nb\"\\%\xff\xc3\xbc";
  announcement.annotations = {{"k\n%", "\r\x01"}, {"", ""}};
  const std::string line = format_ask(announcement);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\r') == std::string::npos);
  CHECK(line.find('\xff') == std::string::npos);
  const Result<Ask> read = parse_ask(line);
  REQUIRE(read.ok());
  CHECK(std::get<Announcement>(*read) == announcement);
}

TEST_CASE("a newer version is told so, whatever else it holds") {
  CHECK(refused(R"({"dcat":2,"future":[{"x":null}]})") == "ask: dcat: got version 2, this one speaks 1");
  CHECK(parse_ask(R"({"dcat":2})").error().todo == "run the dcat of the same version on both sides");
  CHECK(refused(R"({"dcat":0,"status":{}})") == "ask: dcat: got version 0, this one speaks 1");
  CHECK(refused(R"({"dcat":"1","status":{}})") == "ask: dcat: want the version, a number");
  CHECK(refused(R"({"status":{}})") == R"(ask: key dcat is missing, want {"dcat":1,...})");
}

TEST_CASE("what is no ask is refused with the reason") {
  struct Row {
    std::string line, why;
  };
  const std::string id = R"("event":"came","id":"a1",)";
  const Row rows[] = {
      {"", "ask: the line is empty"},
      {"[]", "ask: got no object, want {\"dcat\":1,...}"},
      {"1", "ask: got no object, want {\"dcat\":1,...}"},
      {R"({"dcat":1})", "ask: 0 things are asked, want one: status, announce, explain, events or mode"},
      {R"({"dcat":1,"status":{},"announce":{"event":"came","id":"a"}})",
       "ask: 2 things are asked, want one: status, announce, explain, events or mode"},
      {R"({"dcat":1,"status":{},"x":1})", "ask: key \"x\" is unknown"},
      {R"({"dcat":1,"status":{"x":1}})", "ask: status: key \"x\" is unknown"},
      {R"({"dcat":1,"status":null})", "ask: status: got null, want an object"},
      {R"({"dcat":1,"status":{},"status":{}})",
       "ask: key \"status\" is there twice in one object (the line has 34 bytes)"},
      {announce(""), "ask: announce: key \"event\" is missing"},
      {announce(R"("event":"came")"), "ask: announce: key \"id\" is missing"},
      {announce(R"("event":"came","id":"")"), "ask: announce.id: got '', want the runtime's own id"},
      {announce(R"("event":"came","id":7)"), "ask: announce.id: got 7, want a name"},
      {announce(R"("event":"start","id":"a")"), "ask: announce.event: got 'start', want one of came, gone"},
      {announce(id + R"("color":"red")"), "ask: announce: key \"color\" is unknown"},
      {announce(id + R"("qos":"gold")"),
       "ask: announce.qos: got 'gold', want one of guaranteed, burstable, besteffort"},
      {announce(id + R"("pid":0)"), "ask: announce.pid: got 0, want an integer of 1 to 2147483647"},
      {announce(id + R"("pid":-1)"), "ask: announce.pid: got -1, want an integer of 1 to 2147483647"},
      {announce(id + R"("pid":4294967297)"), "ask: announce.pid: got 4294967297, want an integer of 1 to 2147483647"},
      {announce(id + R"("contract":0)"), "ask: announce.contract: got 0, want an integer of 1 to 64"},
      {announce(id + R"("contract":65)"), "ask: announce.contract: got 65, want an integer of 1 to 64"},
      {announce(id + R"("contract":1.5)"), "ask: announce.contract: got 1.5, want an integer of 1 to 64"},
      {announce(id + R"("contract":"3")"), "ask: announce.contract: got '3', want one of cpu-share, none"},
      {announce(id + R"("priority":1001)"), "ask: announce.priority: got 1001, want an integer of -1000 to 1000"},
      {announce(id + R"("mode":"enforce")"), "ask: announce.mode: got 'enforce', want one of manage, observe"},
      {announce(id + R"("isolation":true)"), "ask: announce.isolation: got true, want a string"},
      {announce(id + R"("annotations":[])"), "ask: announce.annotations: got a list, want an object"},
      {announce(id + R"("annotations":{"a":1})"), "ask: announce.annotations.a: got 1, want a name"},
      {announce(id + R"("annotations":{"a%":"b"})"),
       "ask: announce.annotations.a%: its key is no name: want each % followed by two of 0-9A-F"},
      {announce(id + R"("name":"%zz")"),
       "ask: announce.name: got \"%zz\", want a name without NUL, each % followed by two of 0-9A-F"},
  };
  for (const Row& row : rows) {
    INFO(row.line);
    CHECK(refused(row.line) == row.why);
  }
}

TEST_CASE("a long or odd annotation's key is told short and printable") {
  const std::string key = "\\u001b[2J" + std::string(4000, 'k');
  const std::string why = refused(announce(R"("event":"came","id":"a","annotations":{")" + key + R"(":1})"));
  CHECK(why == "ask: announce.annotations.?[2J" + std::string(196, 'k') + "...: got 1, want a name");
}

TEST_CASE("garbage, cut lines, NULs and deep nesting are refused") {
  const std::string good = format_ask(full());
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO(size);
    CHECK_FALSE(parse_ask(good.substr(0, size)).ok());
  }
  CHECK_FALSE(parse_ask(good + good).ok());
  CHECK_FALSE(parse_ask(good + std::string(1, '\0')).ok());
  CHECK_FALSE(parse_ask(announce(R"("event":"came","id":"\u0000")")).ok());
  CHECK_FALSE(parse_ask("{\"dcat\":1,\"status\":" + std::string(20'000, '[') + std::string(20'000, ']') + "}").ok());
  CHECK_FALSE(parse_ask(announce("\"event\":\"came\",\"id\":\"\xff\"")).ok());
}

TEST_CASE("a cgroup cannot lead out of the tree") {
  for (const char* const path : {"/a", "a/", "..", "a/../b", "a//b", ".", "a/.", ""}) {
    INFO(path);
    CHECK_FALSE(parse_ask(announce(R"("event":"came","id":"a","cgroup":")" + std::string(path) + "\"")).ok());
  }
  CHECK(parse_ask(announce(R"("event":"came","id":"a","cgroup":"a/..b/c.d/...")")).ok());
}

TEST_CASE("a line that is too long is refused before it is looked at") {
  const std::string longest = announce(R"("event":"came","id":")" + std::string(kMostLine - 46, 'x') + "\"");
  REQUIRE(longest.size() == kMostLine);
  CHECK(parse_ask(longest).ok());
  CHECK(refused(std::string(kMostLine + 1, '{')) == "ask: got 65537 bytes, want 65536 at most");
}

TEST_CASE("an answer carries the object that was given") {
  CHECK(format_ok("{}") == R"({"dcat":1,"ok":{}})");
  CHECK(format_ok("{\n \"a\": 1\r\n}") == "{\"dcat\":1,\"ok\":{  \"a\": 1  }}");
  CHECK(*parse_answer(format_ok(R"({"n":18446744073709551615,"list":[1,{"x":"50%"}]})")) ==
        R"({"list":[1,{"x":"50%"}],"n":18446744073709551615})");
  CHECK(*parse_answer(format_ok("{\"x\":\"" + std::string(300'000, 'x') + "\"}")) ==
        "{\"x\":\"" + std::string(300'000, 'x') + "\"}");
}

TEST_CASE("an error comes back as it was told") {
  for (const auto code : {ErrorCode::bad_input, ErrorCode::unsupported, ErrorCode::failed}) {
    const Error error{code, "announce \"\n\"", "why 100% \xff", "do it", 0};
    const std::string line = format_error(error);
    CHECK(line.find('\n') == std::string::npos);
    const Result<std::string> answer = parse_answer(line);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error() == error);
  }
  CHECK(format_error({ErrorCode::failed, "a", "", "", 5}) == R"({"dcat":1,"error":{"code":"failed","what":"a"}})");
}

TEST_CASE("an error's answer stays short whatever it quotes") {
  const std::string large(1 << 20, '\xff');
  CHECK(format_error({ErrorCode::failed, large, large, large, 0}).size() < kMostLine);
}

TEST_CASE("what is no answer is refused") {
  for (const char* const line :
       {"", "ok", "{}", R"({"dcat":1})", R"({"dcat":1,"ok":1})", R"({"dcat":1,"ok":{},"error":{"code":"failed"}})",
        R"({"dcat":2,"ok":{}})", R"({"dcat":1,"error":{"what":"x"}})", R"({"dcat":1,"error":{"code":"odd"}})",
        R"({"dcat":1,"error":"x"})", R"({"dcat":1,"ok":{},"x":1})"}) {
    INFO(line);
    const Result<std::string> answer = parse_answer(line);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code == ErrorCode::bad_input);
    CHECK(answer.error().what.starts_with("answer of the daemon"));
  }
}
