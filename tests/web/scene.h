// A publisher with clocks that the test turns, fed by the small node of the controller's tests.
#pragma once

#include <string>
#include <vector>

#include "tests/controller/small_node.h"
#include "web/publisher.h"

namespace dcat::web::test {

struct Scene {
  Duration steady = std::chrono::hours(1);
  double unix_time = 1.8e9;
  FaultCounts faults;
  Neighbours neighbours;
  Live live;
  dcat::test::SmallNode node;
  Publisher publisher;

  explicit Scene(Mode mode = Mode::enforce) : publisher(facts(), mode, sources()) {}

  static NodeFacts facts() {
    NodeFacts facts;
    facts.version = "9.9";
    facts.node = "a node";
    facts.policy = "fair";
    facts.backend = "sim";
    facts.counters = "sim";
    facts.simulated = true;
    return facts;
  }
  Sources sources() {
    Sources s;
    s.faults = [this] { return faults; };
    s.neighbours = [this] { return neighbours; };
    s.live = [this] { return live; };
    s.explain = [](const ContainerDecision&) { return std::string("because"); };
    s.steady = [this] { return steady; };
    s.unix_seconds = [this] { return unix_time; };
    return s;
  }
  void tick() {
    steady += std::chrono::seconds(1);
    unix_time += 1;
    Masks before = node.masks();
    const Decision& decision = node.tick();
    Observation observation = node.last();
    observation.masks = std::move(before);
    REQUIRE(publisher.on_decision(observation, decision).ok());
    for (const Change& change : decision.changes) publisher.on_applied(change, Status());
    publisher.on_period(std::chrono::milliseconds(3));
    publisher.on_beat();
  }
  void ticks(int n) {
    while (n-- > 0) tick();
  }
  std::string metrics() const { return publisher.metrics(); }
};

// The lines of an exposition that begin so.
inline std::vector<std::string> lines_of(const std::string& text, const std::string& beginning) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text.compare(at, beginning.size(), beginning) == 0) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace dcat::web::test
