// Steps that tests of an NRI session and of its client share.
#pragma once

#include <string>
#include <vector>

#include "hooks/nri/session.h"
#include "tests/hooks/nri/fake_runtime.h"

namespace dcat::testing {

// Up to Synchronize.
inline void begin(NriSession& session, FakeRuntime& runtime) {
  session.start();
  session.feed(FakeRuntime::registered());
  session.feed(runtime.configure());
}

// Up to the first event, with nothing running.
inline void synchronize(NriSession& session, FakeRuntime& runtime) {
  begin(session, runtime);
  session.feed(runtime.synchronize({}));
}

inline std::string event(FakeRuntime& runtime, const std::string& method, const api::PodSandbox& pod) {
  api::EventRequest request;
  *request.mutable_pod() = pod;
  return runtime.call(method, request);
}
inline std::string event(FakeRuntime& runtime, const std::string& method, const api::PodSandbox& pod,
                         const api::Container& container) {
  api::EventRequest request;
  *request.mutable_pod() = pod;
  *request.mutable_container() = container;
  return runtime.call(method, request);
}

// "came web", "gone web".
inline std::vector<std::string> names(const std::vector<Announcement>& announcements) {
  std::vector<std::string> names;
  for (const Announcement& told : announcements)
    names.push_back((told.event == Announcement::Event::came ? "came " : "gone ") + told.name);
  return names;
}
inline std::vector<std::string> names(const NriNews& news) {
  return names(news.announcements);
}

}  // namespace dcat::testing
