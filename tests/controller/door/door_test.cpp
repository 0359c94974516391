// What is said at the door: announcements, the status, and what is neither.
#include "controller/door/door.h"

#include <future>

#include "tests/controller/door/clients.h"

namespace dcat {
namespace {

using test::arrival;
using test::arrival_line;
using test::kAskStatus;
using test::kPatience;
using test::OpenDoor;
using test::RawClient;

const std::string kDone = R"({"dcat":1,"ok":{}})";

Error error_in(const std::string& line) {
  INFO(line);
  const Result<std::string> answer = parse_answer(line);
  REQUIRE_FALSE(answer);
  return answer.error();
}

TEST_CASE("what is announced arrives in order and whole") {
  const OpenDoor at;
  RawClient client(at.path);
  std::vector<Announcement> said;
  for (int i = 0; i < 500; ++i) {
    said.push_back(arrival("c" + std::to_string(i)));
    if (i % 3 == 0) said.back().event = Announcement::Event::gone;
    REQUIRE(client.say(format_ask(said.back()) + "\n"));
  }
  CHECK(at.take(500) == said);
  for (int i = 0; i < 500; ++i) REQUIRE(client.hear() == kDone);
}

TEST_CASE("an answer to an announcement means that it can be taken") {
  const OpenDoor at;
  for (int i = 0; i < 20; ++i) {
    const Announcement said = arrival(std::to_string(i));
    REQUIRE(ask_daemon(at.path, said, kPatience));
    CHECK(at.door->take() == std::vector{said});
  }
}

TEST_CASE("the news can be read while something waits to be taken and not otherwise") {
  const OpenDoor at;
  CHECK_FALSE(test::is_readable(at.door->news_fd(), 0));
  REQUIRE(ask_daemon(at.path, arrival("a"), kPatience));
  REQUIRE(ask_daemon(at.path, arrival("b"), kPatience));
  CHECK(test::is_readable(at.door->news_fd(), 0));
  CHECK(at.door->take().size() == 2);
  CHECK_FALSE(test::is_readable(at.door->news_fd(), 0));
  CHECK(at.door->take().empty());
  REQUIRE(ask_daemon(at.path, arrival("c"), kPatience));
  CHECK(test::is_readable(at.door->news_fd(), 0));
}

TEST_CASE("what the door does not know itself the run answers, with an object or an error") {
  const OpenDoor at("", [](const Ask& ask, const Peer& peer) -> Result<std::string> {
    if (const auto* mode = std::get_if<AskMode>(&ask))
      return R"({"mode":")" + std::string(name_of(*mode->mode)) + "\",\"uid\":" + std::to_string(peer.uid) + "}";
    return Error{ErrorCode::unsupported, "look", "nobody kept it", "wait"};
  });
  const Result<std::string> changed = ask_daemon(at.path, AskMode{Mode::advise, ""}, kPatience);
  REQUIRE(changed);
  CHECK(*changed == R"({"mode":"advise","uid":)" + std::to_string(::getuid()) + "}");
  for (const Ask& ask : {Ask(AskExplain{"a"}), Ask(AskEvents{})}) {
    const Result<std::string> answer = ask_daemon(at.path, ask, kPatience);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::unsupported);
    CHECK(answer.error().why == "nobody kept it");
  }
}

TEST_CASE("a door that nobody answers behind says so") {
  const OpenDoor at;
  for (const Ask& ask : {Ask(AskExplain{"a"}), Ask(AskEvents{}), Ask(AskMode{Mode::advise, ""})}) {
    const Result<std::string> answer = ask_daemon(at.path, ask, kPatience);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::unsupported);
  }
}

TEST_CASE("the status is what was published last") {
  const OpenDoor at;
  at.door->publish([] { return std::string(R"({"tick":1})"); });
  at.door->publish([] { return std::string(R"({"tick":2})"); });
  for (int i = 0; i < 2; ++i) {
    const Result<std::string> status = ask_daemon(at.path, AskStatus{}, kPatience);
    REQUIRE(status);
    CHECK(*status == R"({"tick":2})");
  }
  at.door->publish([] { return std::string("{\n  \"tick\": 3\n}\n"); });
  const Result<std::string> status = ask_daemon(at.path, AskStatus{}, kPatience);
  REQUIRE(status);
  CHECK(*status == R"({"tick":3})");
}

TEST_CASE("while a status is made nobody else waits, and who asks meanwhile gets the one that was published last") {
  const OpenDoor at;
  std::promise<void> begun, go_on;
  at.door->publish([&] {
    begun.set_value();
    go_on.get_future().wait();
    return std::string(R"({"tick":1})");
  });
  const auto ask_status = [&at] { return ask_daemon(at.path, AskStatus{}, kPatience); };
  std::future<Result<std::string>> first = std::async(std::launch::async, ask_status);
  begun.get_future().wait();
  // A hook is answered.
  CHECK(ask_daemon(at.path, arrival("x"), kPatience));
  at.door->publish([] { return std::string(R"({"tick":2})"); });
  std::future<Result<std::string>> second = std::async(std::launch::async, ask_status);
  CHECK(ask_daemon(at.path, arrival("y"), kPatience));
  go_on.set_value();
  const Result<std::string> early = first.get(), late = second.get();
  REQUIRE(early);
  CHECK(*early == R"({"tick":1})");
  REQUIRE(late);
  CHECK(*late == R"({"tick":2})");
}

TEST_CASE("before anything is published the status is an error that says so") {
  const OpenDoor at;
  const Result<std::string> status = ask_daemon(at.path, AskStatus{}, kPatience);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::failed);
  CHECK(status.error().to_string() == "ask for the status: the daemon has not looked at the node yet; ask again");
}

TEST_CASE("who asks wrongly is told what is wrong and may ask again") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  RawClient client(at.path);
  const std::vector<std::string> wrong = {
      R"({"dcat":2,"status":{}})",
      R"({"dcat":1,"dance":{}})",
      R"({"dcat":1})",
      R"([1,2,3])",
      "hello",
      "",
      std::string("\0\x01\xff{{{", 6),
      R"({"dcat":1,"announce":{"event":"came"}})",
      std::string(60'000, '['),
  };
  for (const std::string& line : wrong) {
    REQUIRE(client.say(line + "\n"));
    CHECK(error_in(client.hear()).code == ErrorCode::bad_input);
  }
  REQUIRE(client.say(kAskStatus));
  CHECK(client.hear() == kDone);
  CHECK(at.door->take().empty());
}

TEST_CASE("half a line waits for its other half and keeps nobody else waiting") {
  const OpenDoor at;
  RawClient slow(at.path);
  const std::string line = arrival_line("slow");
  REQUIRE(slow.say(line.substr(0, 20)));
  REQUIRE(ask_daemon(at.path, arrival("quick"), kPatience));
  REQUIRE(slow.say(line.substr(20)));
  CHECK(slow.hear() == kDone);
  const std::vector<Announcement> all = at.take(2);
  REQUIRE(all.size() == 2);
  CHECK(all[0].id == "quick");
  CHECK(all[1].id == "slow");
}

TEST_CASE("a line may come byte by byte") {
  const OpenDoor at;
  RawClient client(at.path);
  for (const char c : arrival_line("a") + arrival_line("b")) REQUIRE(client.say(std::string(1, c)));
  CHECK(client.hear() == kDone);
  CHECK(client.hear() == kDone);
  CHECK(at.take(2).size() == 2);
}

TEST_CASE("who stops talking gets the answers to what was said") {
  const OpenDoor at;
  at.door->publish([] { return std::string("{}"); });
  RawClient client(at.path);
  REQUIRE(client.say(kAskStatus + kAskStatus + "{\"dcat\""));
  client.stop_talking();
  CHECK(client.hear() == kDone);
  CHECK(client.hear() == kDone);
  CHECK(client.ended());
}

TEST_CASE("what a client announced before it died counts and nobody else notices its death") {
  const OpenDoor at;
  {
    RawClient client(at.path);
    std::string text;
    for (int i = 0; i < 200; ++i) text += arrival_line(std::to_string(i));
    REQUIRE(client.say(text));
  }
  CHECK(at.take(200).size() == 200);
  REQUIRE(RawClient(at.path).say("{\"dcat\":1,\"ann"));
  REQUIRE(ask_daemon(at.path, arrival("after"), kPatience));
  CHECK(at.take(1).size() == 1);
}

// A door that holds its answers until what was announced is in force.
struct HoldingDoor {
  test::TempTree tree;
  std::string path = tree.root() + "/dcat.sock";
  std::unique_ptr<Door> door;

  explicit HoldingDoor(Duration hold) {
    DoorOptions options{path, ""};
    options.hold = hold;
    Result<std::unique_ptr<Door>> opened = Door::open(options);
    REQUIRE(opened);
    door = std::move(*opened);
  }
};

TEST_CASE("who announces an arrival is answered when it is settled, in the order of the asks") {
  const HoldingDoor at(std::chrono::hours(1));
  RawClient client(at.path), other(at.path);
  REQUIRE(client.say(format_ask(arrival("a")) + "\n" + kAskStatus));
  REQUIRE(test::is_readable(at.door->news_fd(), test::kPatienceMs));
  CHECK_FALSE(test::is_readable(client.fd(), 50));
  at.door->settled();  // it was not taken yet
  CHECK_FALSE(test::is_readable(client.fd(), 50));
  CHECK(at.door->take().size() == 1);
  CHECK_FALSE(test::is_readable(client.fd(), 50));
  REQUIRE(other.say(format_ask(arrival("b")) + "\n"));
  REQUIRE(test::is_readable(at.door->news_fd(), test::kPatienceMs));
  at.door->settled();
  CHECK(client.hear() == kDone);
  CHECK(parse_answer(client.hear()).error().why == "the daemon has not looked at the node yet");
  CHECK_FALSE(test::is_readable(other.fd(), 50));  // came after what was settled
  CHECK(at.door->take().size() == 1);
  at.door->settled();
  CHECK(other.hear() == kDone);
}

TEST_CASE("a departure is answered at once, and an arrival that is never settled after the door's patience") {
  const HoldingDoor at(std::chrono::milliseconds(30));
  Announcement gone = arrival("a");
  gone.event = Announcement::Event::gone;
  REQUIRE(ask_daemon(at.path, gone, kPatience));
  REQUIRE(ask_daemon(at.path, arrival("b"), kPatience));
  RawClient leaves(at.path);
  REQUIRE(leaves.say(format_ask(arrival("c")) + "\n"));
  leaves = RawClient();
  REQUIRE(ask_daemon(at.path, arrival("d"), kPatience));
  CHECK(at.door->take().size() == 4);
}

}  // namespace
}  // namespace dcat
