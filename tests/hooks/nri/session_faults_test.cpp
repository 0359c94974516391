// What goes wrong on an NRI connection: unknown and unreadable calls, garbage, too much, runtimes that go and come
// back.
#include <algorithm>

#include "hooks/nri/session.h"
#include "tests/hooks/nri/session_steps.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

constexpr int kUnimplemented = 12;
constexpr int kInvalidArgument = 3;

struct Running {
  FakeRuntime runtime;
  NriSession session;
  Running() { synchronize(session, runtime); }
};

api::SynchronizeRequest all_of(const std::vector<std::pair<std::string, int>>& containers) {
  api::SynchronizeRequest all;
  const api::PodSandbox pod = pod_named("web-0", 1);
  *all.add_pods() = pod;
  for (const auto& [name, number] : containers) *all.add_containers() = container_of(pod, name, number);
  return all;
}

}  // namespace

TEST_CASE("A method that nobody knows is unimplemented and the connection goes on") {
  Running to;
  for (const char* method : {"ValidateContainerAdjustment", "Unheard", ""}) {
    const NriNews news = to.session.feed(to.runtime.call_text(method, ""));
    REQUIRE(news.status.ok());
    REQUIRE(to.runtime.answer(news.bytes).status().code() == kUnimplemented);
  }
  const NriNews other = to.session.feed(to.runtime.call_text("Configure", "", "some.other.Service"));
  REQUIRE(to.runtime.answer(other.bytes).status().code() == kUnimplemented);
  REQUIRE(to.session.stage() == NriSession::Stage::running);
}

TEST_CASE("An event that cannot be read is answered well, for an error would keep the container from starting") {
  Running to;
  for (const char* method : {"CreateContainer", "StartContainer", "StateChange", "RunPodSandbox"}) {
    const NriNews news = to.session.feed(to.runtime.call_text(method, "\x0a\x7fhalf"));
    REQUIRE(news.status.ok());
    REQUIRE(to.runtime.answer(news.bytes).status().code() == 0);
    REQUIRE(news.notes.size() == 1);
    REQUIRE(news.announcements.empty());
  }
}

TEST_CASE("A container with an id that cannot be announced is refused and noted, and its runtime is answered") {
  Running to;
  const api::PodSandbox pod = pod_named("web-0", 1);
  api::Container container = container_of(pod, "web", 1);
  container.set_id(std::string(5000, 'i'));
  const NriNews news = to.session.feed(event(to.runtime, "StartContainer", pod, container));
  REQUIRE(news.status.ok());
  REQUIRE(to.runtime.answer(news.bytes).status().code() == 0);
  REQUIRE(news.announcements.empty());
  REQUIRE(news.notes.size() == 1);
  REQUIRE(news.notes[0].starts_with("NRI: container refused: id: got 5000 bytes"));
}

TEST_CASE("An event without the pod or container that it is about says nothing") {
  Running to;
  for (const char* method :
       {"CreateContainer", "StartContainer", "StopContainer", "RemoveContainer", "RunPodSandbox", "RemovePodSandbox"}) {
    const NriNews news = to.session.feed(to.runtime.call_text(method, ""));
    REQUIRE(to.runtime.answer(news.bytes).status().code() == 0);
    REQUIRE(news.announcements.empty());
  }
  // A container without an id is nobody.
  const NriNews news = to.session.feed(event(to.runtime, "CreateContainer", pod_named("web-0", 1), api::Container()));
  REQUIRE(news.announcements.empty());
  REQUIRE(to.session.known_containers() == 0);
}

TEST_CASE("A request that is no ttrpc request, of a stream that is none or not unary is refused") {
  Running to;
  const auto code_of = [&](std::uint32_t stream, char flags, const std::string& bytes) {
    const NriNews news = to.session.feed(frame_text(1, message_text(stream, 1, flags, bytes)));
    REQUIRE(news.status.ok());
    const auto sent = FakeRuntime::sent(news.bytes);
    REQUIRE(sent.size() == 1);
    REQUIRE(sent[0].stream == stream);
    ttrpc::Response response;
    REQUIRE(response.ParseFromString(sent[0].bytes));
    return response.status().code();
  };
  REQUIRE(code_of(101, 0, "\x0a\x7fhalf") == kInvalidArgument);
  REQUIRE(code_of(102, 0, "") == kInvalidArgument);
  REQUIRE(code_of(103, 2, "") == kUnimplemented);
  REQUIRE(code_of(105, 0, "") == kUnimplemented);  // no service, no method
}

TEST_CASE("Data, answers on the calls' connection and connections of the future are passed over") {
  Running to;
  const std::string bytes = frame_text(1, message_text(1, 3, 0, "data")) + frame_text(1, message_text(1, 2, 0, "")) +
                            frame_text(2, message_text(1, 1, 0, "")) + frame_text(9, "garbage");
  const NriNews news = to.session.feed(bytes);
  REQUIRE(news.status.ok());
  REQUIRE(news.bytes.empty());
  REQUIRE(to.session
              .feed(event(to.runtime, "StartContainer", pod_named("web-0", 1),
                          container_of(pod_named("web-0", 1), "web", 1)))
              .announcements.size() == 1);
}

TEST_CASE("Garbage ends the connection and what was understood before it counts") {
  const std::string garbage = GENERATE(frame_text(1, u32_text(0xffffffff) + "xxxxxx"), std::string(16, '\x7f'));
  Running to;
  const api::PodSandbox pod = pod_named("web-0", 1);
  const NriNews news = to.session.feed(event(to.runtime, "StartContainer", pod, container_of(pod, "web", 1)) + garbage);
  REQUIRE(names(news) == std::vector<std::string>{"came web"});
  REQUIRE_FALSE(news.status.ok());
  REQUIRE(news.status.error().why.find("want at most") != std::string::npos);
  REQUIRE(to.session.stage() == NriSession::Stage::closed);
  const NriNews after = to.session.feed(to.runtime.configure());
  REQUIRE(after.bytes.empty());
}

TEST_CASE("A Synchronize that cannot be read ends the connection, so that nobody is taken for gone") {
  Running to;
  const api::PodSandbox pod = pod_named("web-0", 1);
  to.session.feed(event(to.runtime, "StartContainer", pod, container_of(pod, "web", 1)));
  const NriNews news = to.session.feed(to.runtime.call_text("Synchronize", "\x0a\x7fhalf"));
  REQUIRE_FALSE(news.status.ok());
  REQUIRE(to.runtime.answer(news.bytes).status().code() == kInvalidArgument);
  REQUIRE(news.announcements.empty());
  REQUIRE(to.session.known_containers() == 1);
}

TEST_CASE("A Synchronize without an end is given up") {
  FakeRuntime runtime;
  NriSession session;
  begin(session, runtime);
  api::SynchronizeRequest part;
  part.set_more(true);
  const std::string big(3 << 20, 'x');
  api::PodSandbox* pod = part.add_pods();
  *pod = pod_named("web-0", 1);
  annotate(*pod, "note", big);
  int parts = 0;
  Status status;
  // 64 MiB in parts of 3 MiB: the 22nd is too much.
  while (status.ok() && parts < 100) {
    ++parts;
    status = session.feed(runtime.synchronize(part)).status;
  }
  REQUIRE(parts == 22);
  REQUIRE(status.error().what == "NRI: synchronize");
}

TEST_CASE("More containers than can be known are told and not remembered") {
  Running to;
  const api::PodSandbox pod = pod_named("web-0", 1);
  api::SynchronizeRequest all;
  *all.add_pods() = pod;
  // Small ones, so that 65,536 of them fit.
  for (std::size_t i = 0; i < NriSession::kMostKnown / 2; ++i) {
    api::Container* container = all.add_containers();
    container->set_id(std::to_string(i));
    container->set_pod_sandbox_id(pod.id());
  }
  api::SynchronizeRequest more = all;
  more.clear_pods();
  more.clear_containers();
  for (std::size_t i = NriSession::kMostKnown / 2; i < NriSession::kMostKnown; ++i)
    more.add_containers()->set_id(std::to_string(i));
  all.set_more(true);
  to.session.feed(to.runtime.synchronize(all));
  REQUIRE(to.session.feed(to.runtime.synchronize(more)).announcements.size() == NriSession::kMostKnown);
  REQUIRE(to.session.known_containers() == NriSession::kMostKnown);
  const NriNews news = to.session.feed(event(to.runtime, "StartContainer", pod, container_of(pod, "web", 1)));
  REQUIRE(names(news) == std::vector<std::string>{"came web"});
  REQUIRE(to.session.known_containers() == NriSession::kMostKnown);
}

TEST_CASE("After a reconnect those that the runtime does not know any more are gone and the others come again") {
  FakeRuntime runtime;
  NriSession session;
  begin(session, runtime);
  session.feed(runtime.synchronize(all_of({{"web", 1}, {"db", 2}, {"log", 3}})));
  session.stop();
  REQUIRE(session.known_containers() == 3);

  FakeRuntime restarted;
  begin(session, restarted);
  const NriNews news = session.feed(restarted.synchronize(all_of({{"new", 4}, {"db", 2}})));
  REQUIRE(names(news) == std::vector<std::string>{"gone web", "gone log", "came new", "came db"});
  REQUIRE(session.known_containers() == 2);
}

TEST_CASE("A connection that ends within a Synchronize or a frame leaves nothing for the next") {
  FakeRuntime runtime;
  NriSession session;
  begin(session, runtime);
  api::SynchronizeRequest part = all_of({{"web", 1}});
  part.set_more(true);
  session.feed(runtime.synchronize(part));
  const std::string cut = runtime.synchronize(all_of({{"cut", 9}}));
  session.feed(std::string_view(cut).substr(0, 20));
  session.stop();

  FakeRuntime restarted;
  begin(session, restarted);
  const NriNews news = session.feed(restarted.synchronize(all_of({{"db", 2}})));
  REQUIRE(names(news) == std::vector<std::string>{"came db"});
}

TEST_CASE("Good-bye is answered and ends the connection without an error") {
  Running to;
  const NriNews news = to.session.feed(to.runtime.call_text("Shutdown", ""));
  REQUIRE(news.ended);
  REQUIRE(news.status.ok());
  REQUIRE(to.runtime.answer(news.bytes).status().code() == 0);
  REQUIRE(to.session.stage() == NriSession::Stage::closed);
}
