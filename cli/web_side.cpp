#include "cli/web_side.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "cli/explain.h"

namespace dcat::cli {

namespace {

web::NodeFacts facts_of(Node& node, const RunPlan& plan) {
  web::NodeFacts facts;
  facts.version = DCAT_VERSION;
  facts.node = node.name();
  facts.policy = name_of(plan.config.parameters.policy);
  facts.backend = node.ports().cache.name();
  facts.counters = node.ports().counters.name();
  facts.simulated = plan.simulated;
  facts.interval = plan.config.interval;
  return facts;
}

web::Sources sources_of(Node& node, const Announcers* announcers) {
  web::Sources sources;
  sources.faults = [&counters = node.ports().counters] { return counters.faults(); };
  sources.neighbours = [&cache = node.ports().cache] { return cache.neighbours(); };
  if (announcers != nullptr) sources.live = [announcers] { return announcers->heard(); };
  sources.explain = explain;
  // Real time, also where the node's own is simulated: the page and Prometheus live in it.
  sources.steady = [] { return Duration(std::chrono::steady_clock::now().time_since_epoch()); };
  sources.unix_seconds = [] {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  return sources;
}

const Announcements* announcements_of(Node& node) {
  return node.contracted() != nullptr ? &node.contracted()->announcements() : nullptr;
}

}  // namespace

WebSide::WebSide(Node& node, const RunPlan& plan, const Announcers* announcers)
    : listen_(plan.config.web.listen),
      publisher_(facts_of(node, plan), plan.mode, sources_of(node, announcers), announcements_of(node)) {}

Status WebSide::open() {
  const Result<Endpoint> endpoint = parse_endpoint(listen_);
  if (!endpoint) return endpoint.error();
  auto server = web::Server::open(*endpoint, publisher_);
  if (!server) return std::move(server).error();
  server_ = std::move(*server);
  const std::string where = format_endpoint(server_->endpoint());
  spdlog::info("web: http://{}/ and http://{}/metrics", where, where);
  if (!endpoint->loopback)
    spdlog::warn(
        "web: {} is not loopback: whoever reaches it can read the names of containers and what they do, in clear text; "
        "keep it behind a firewall or a proxy that asks who it is",
        where);
  return {};
}

}  // namespace dcat::cli
