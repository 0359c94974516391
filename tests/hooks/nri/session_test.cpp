#include "hooks/nri/session.h"

#include <algorithm>

#include "tests/hooks/nri/session_steps.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;
using Event = Announcement::Event;

TEST_CASE("A plugin registers, is configured and synchronized") {
  FakeRuntime runtime;
  NriSession session;
  REQUIRE(session.stage() == NriSession::Stage::closed);
  const auto first = FakeRuntime::sent(session.start().bytes);
  REQUIRE(first.size() == 1);
  REQUIRE(first[0].connection == 2);
  REQUIRE(first[0].stream == 1);
  REQUIRE(first[0].type == 1);
  ttrpc::Request request;
  REQUIRE(request.ParseFromString(first[0].bytes));
  REQUIRE(request.service() == "nri.pkg.api.v1alpha1.Runtime");
  REQUIRE(request.method() == "RegisterPlugin");
  api::RegisterPluginRequest plugin;
  REQUIRE(plugin.ParseFromString(request.payload()));
  REQUIRE(plugin.plugin_name() == "dcat");
  REQUIRE(plugin.plugin_idx() == "50");
  REQUIRE(session.stage() == NriSession::Stage::registering);

  REQUIRE(session.feed(FakeRuntime::registered()).bytes.empty());
  REQUIRE(session.stage() == NriSession::Stage::configuring);
  api::ConfigureResponse configured;
  REQUIRE(configured.ParseFromString(runtime.answer(session.feed(runtime.configure()).bytes).payload()));
  // Events 1, 3, 4, 6, 10 and 11: all of them below 12, which older runtimes refuse.
  REQUIRE(configured.events() == (1 | 4 | 8 | 32 | 512 | 1024));
  REQUIRE(session.stage() == NriSession::Stage::synchronizing);
  REQUIRE(session.runtime() == "containerd 1.7.24");

  const NriNews synchronized = session.feed(runtime.synchronize({}));
  REQUIRE(runtime.answer(synchronized.bytes).status().code() == 0);
  REQUIRE(synchronized.announcements.empty());
  REQUIRE(session.stage() == NriSession::Stage::running);
}

TEST_CASE("Configure may overtake the answer to registering, which is then late and harmless") {
  FakeRuntime runtime;
  NriSession session;
  session.start();
  session.feed(runtime.configure());
  REQUIRE(session.stage() == NriSession::Stage::synchronizing);
  REQUIRE(session.feed(FakeRuntime::registered()).status.ok());
  REQUIRE(session.stage() == NriSession::Stage::synchronizing);
  session.feed(runtime.synchronize({}));
  REQUIRE(session.feed(FakeRuntime::registered()).status.ok());
  REQUIRE(session.stage() == NriSession::Stage::running);
}

TEST_CASE("A runtime that refuses the plugin ends the connection with its reason") {
  NriSession session;
  session.start();
  const NriNews news = session.feed(FakeRuntime::registered(3, "invalid plugin index"));
  REQUIRE(news.status.error().to_string() ==
          "NRI: register the plugin 50-dcat: the runtime refuses it: invalid plugin index (code 3)");
  REQUIRE(session.stage() == NriSession::Stage::closed);
}

TEST_CASE("An answer to a call that nobody made is passed over") {
  NriSession session;
  session.start();
  REQUIRE(session.feed(FakeRuntime::registered(3, "late", 7)).status.ok());
  REQUIRE(session.stage() == NriSession::Stage::registering);
}

TEST_CASE("200 pods are synchronized in three parts that do not match and told when all are there") {
  FakeRuntime runtime;
  NriSession session;
  begin(session, runtime);
  // All pods but the last ten are in the first part, containers are behind.
  std::vector<api::SynchronizeRequest> parts(3);
  for (int i = 0; i < 200; ++i) {
    const api::PodSandbox pod = pod_named("pod-" + std::to_string(i), i);
    *parts[i < 190 ? 0 : 2].add_pods() = pod;
    *parts[i < 20 ? 0 : i < 100 ? 1 : 2].add_containers() = container_of(pod, "main", 1000 + i);
  }
  for (int i = 0; i < 2; ++i) {
    parts[i].set_more(true);
    const std::string bytes = runtime.synchronize(parts[i]);
    REQUIRE(bytes.size() > 4096);
    const NriNews news = session.feed(bytes);
    api::SynchronizeResponse answer;
    REQUIRE(answer.ParseFromString(runtime.answer(news.bytes).payload()));
    REQUIRE(answer.more());
    REQUIRE(news.announcements.empty());
    REQUIRE(session.stage() == NriSession::Stage::synchronizing);
  }
  const NriNews news = session.feed(runtime.synchronize(parts[2]));
  api::SynchronizeResponse answer;
  REQUIRE(answer.ParseFromString(runtime.answer(news.bytes).payload()));
  REQUIRE_FALSE(answer.more());
  REQUIRE(news.announcements.size() == 200);
  for (int i = 0; i < 200; ++i) {
    const Announcement& told = news.announcements[static_cast<std::size_t>(i)];
    REQUIRE(told.event == Event::came);
    REQUIRE(told.id == container_id(1000 + i));
    REQUIRE(told.pod == "pod-" + std::to_string(i));
    REQUIRE(told.name == "main");
    REQUIRE(told.name_space == "shop");
    REQUIRE(told.qos == QosClass::burstable);
    REQUIRE(told.runtime == Runtime::containerd);
    REQUIRE(told.cgroup == cgroup_of_container(i, 1000 + i));
  }
  REQUIRE(session.stage() == NriSession::Stage::running);
  REQUIRE(session.known_containers() == 200);
}

TEST_CASE("A container that has stopped before is not told") {
  FakeRuntime runtime;
  NriSession session;
  begin(session, runtime);
  api::SynchronizeRequest all;
  const api::PodSandbox pod = pod_named("web-0", 1);
  *all.add_pods() = pod;
  *all.add_containers() = container_of(pod, "init", 1, api::CONTAINER_STATE_STOPPED);
  *all.add_containers() = container_of(pod, "created", 2, api::CONTAINER_STATE_CREATED);
  *all.add_containers() = container_of(pod, "paused", 3, api::CONTAINER_STATE_PAUSED);
  const NriNews news = session.feed(runtime.synchronize(all));
  REQUIRE(names(news) == std::vector<std::string>{"came created", "came paused"});
}

TEST_CASE("A start waits only for a container that the daemon may move") {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  const auto held = [&](const std::string& key, const std::string& value) {
    api::PodSandbox pod = pod_named("web-0", 1);
    annotate(pod, key, value);
    const NriNews news = session.feed(event(runtime, "StartContainer", pod, container_of(pod, "web", 5)));
    REQUIRE(runtime.answer(news.bytes + news.held).status().code() == 0);
    return !news.held.empty();
  };
  CHECK(held("dcat.dev/contract-ways", "3"));
  CHECK(held("else", "1"));
  CHECK(held("dcat.dev/mode", "manage"));
  CHECK_FALSE(held("dcat.dev/mode", "observe"));
  CHECK_FALSE(held("rdt.resources.beta.kubernetes.io/pod", "gold"));
  // Nobody is announced.
  const NriNews nobody = session.feed(event(runtime, "StartContainer", pod_named("web-0", 1)));
  CHECK(nobody.held.empty());
  CHECK(runtime.answer(nobody.bytes).status().code() == 0);
}

TEST_CASE("A container's life is told in either style of events") {
  const bool state_changes = GENERATE(false, true);
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  const api::PodSandbox pod = pod_named("web-0", 1);
  api::Container container = container_of(pod, "web", 5);
  const auto tell = [&](const std::string& method, api::Event event, bool with_container) {
    api::StateChangeEvent change;
    api::EventRequest request;
    *change.mutable_pod() = *request.mutable_pod() = pod;
    if (with_container) *change.mutable_container() = *request.mutable_container() = container;
    change.set_event(event);
    const NriNews news =
        session.feed(state_changes ? runtime.call("StateChange", change) : runtime.call(method, request));
    // The answer to its start is given apart, and only that.
    REQUIRE((method == "StartContainer" ? news.bytes : news.held).empty());
    REQUIRE(runtime.answer(news.bytes + news.held).status().code() == 0);
    REQUIRE(news.status.ok());
    return news;
  };
  REQUIRE(tell("RunPodSandbox", api::EVENT_RUN_POD_SANDBOX, false).announcements.empty());
  const NriNews created = tell("CreateContainer", api::EVENT_CREATE_CONTAINER, true);
  REQUIRE(names(created) == std::vector<std::string>{"came web"});
  REQUIRE(created.announcements[0].pid == 0);
  REQUIRE(created.announcements[0].cgroup == cgroup_of_container(1, 5));
  container.set_pid(4711);
  REQUIRE(tell("PostCreateContainer", api::EVENT_POST_CREATE_CONTAINER, true).announcements.empty());
  const NriNews started = tell("StartContainer", api::EVENT_START_CONTAINER, true);
  REQUIRE(names(started) == std::vector<std::string>{"came web"});
  REQUIRE(started.announcements[0].pid == 4711);
  REQUIRE(started.announcements[0].pod == "web-0");
  REQUIRE(tell("PostStartContainer", api::EVENT_POST_START_CONTAINER, true).announcements.empty());
  REQUIRE(tell("UpdateContainer", api::EVENT_UPDATE_CONTAINER, true).announcements.empty());
  const NriNews stopped = tell("StopContainer", api::EVENT_STOP_CONTAINER, true);
  REQUIRE(names(stopped) == std::vector<std::string>{"gone web"});
  REQUIRE(stopped.announcements[0].id == container_id(5));
  REQUIRE(stopped.announcements[0].pid == 0);
  REQUIRE(stopped.announcements[0].cgroup == cgroup_of_container(1, 5));
  REQUIRE(tell("RemoveContainer", api::EVENT_REMOVE_CONTAINER, true).announcements.empty());
  REQUIRE(tell("StopPodSandbox", api::EVENT_STOP_POD_SANDBOX, false).announcements.empty());
  REQUIRE(tell("RemovePodSandbox", api::EVENT_REMOVE_POD_SANDBOX, false).announcements.empty());
  REQUIRE(session.known_containers() == 0);
}

TEST_CASE("A container that was created and never stopped is gone with its removal or its pod's") {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  const api::PodSandbox pod = pod_named("web-0", 1);
  const api::PodSandbox other = pod_named("web-1", 2);
  for (int i = 1; i <= 3; ++i)
    session.feed(event(runtime, "CreateContainer", pod, container_of(pod, "c" + std::to_string(i), i)));
  session.feed(event(runtime, "CreateContainer", other, container_of(other, "other", 4)));
  REQUIRE(names(session.feed(event(runtime, "RemoveContainer", pod, container_of(pod, "c2", 2)))) ==
          std::vector<std::string>{"gone c2"});
  REQUIRE(names(session.feed(event(runtime, "RemovePodSandbox", pod))) ==
          std::vector<std::string>{"gone c1", "gone c3"});
  REQUIRE(session.known_containers() == 1);
}

TEST_CASE("An event without its pod finds the one that was told before") {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  api::PodSandbox pod = pod_named("web-0", 1);
  annotate(pod, "dcat.dev/contract-ways", "4");
  session.feed(event(runtime, "RunPodSandbox", pod));
  api::EventRequest request;
  *request.mutable_container() = container_of(pod, "web", 5);
  const NriNews news = session.feed(runtime.call("StartContainer", request));
  REQUIRE(news.announcements.size() == 1);
  REQUIRE(news.announcements[0].pod == "web-0");
  REQUIRE(news.announcements[0].wishes.ways == Ways{4});
}

TEST_CASE("CreateContainer is answered with the class that is prepared") {
  std::vector<std::string> asked;
  NriSessionOptions options;
  options.class_of = [&](const Announcement& told) {
    asked.push_back(told.name);
    return told.name == "web" ? "dcat.web" : "";
  };
  FakeRuntime runtime;
  NriSession session(options);
  synchronize(session, runtime);
  api::PodSandbox pod = pod_named("web-0", 1);
  const auto class_for = [&](const std::string& name, int number) {
    const NriNews news = session.feed(event(runtime, "CreateContainer", pod, container_of(pod, name, number)));
    api::CreateContainerResponse answer;
    REQUIRE(answer.ParseFromString(runtime.answer(news.bytes).payload()));
    REQUIRE(answer.has_adjust() == !answer.adjust().linux().resources().rdt_class().value().empty());
    return answer.adjust().linux().resources().rdt_class().value();
  };
  REQUIRE(class_for("web", 1) == "dcat.web");
  REQUIRE(class_for("db", 2).empty());
  annotate(pod, "rdt.resources.beta.kubernetes.io/pod", "gold");
  REQUIRE(class_for("web", 3).empty());
  REQUIRE(asked == std::vector<std::string>{"web", "db"});
  // Nobody is asked again when it starts.
  session.feed(event(runtime, "StartContainer", pod_named("web-0", 1), container_of(pod, "web", 1)));
  REQUIRE(asked.size() == 2);
}

TEST_CASE("Mistakes in annotations are noted once for a container and not with each event") {
  FakeRuntime runtime;
  NriSession session;
  synchronize(session, runtime);
  api::PodSandbox pod = pod_named("web-0", 1);
  annotate(pod, "dcat.dev/priority", "high");
  const NriNews created = session.feed(event(runtime, "CreateContainer", pod, container_of(pod, "web", 1)));
  REQUIRE(created.notes.size() == 1);
  REQUIRE(created.notes[0].starts_with("NRI: container shop/web-0/web: dcat.dev/priority"));
  REQUIRE(created.announcements.size() == 1);
  REQUIRE(session.feed(event(runtime, "StartContainer", pod, container_of(pod, "web", 1))).notes.empty());
}
