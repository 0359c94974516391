#include "cli/status_view.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "cli/answer.h"

namespace dcat::cli {

namespace {

std::uint64_t bits_of(const std::string& hex) {
  std::uint64_t bits = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
  return error == std::errc() && end == hex.data() + hex.size() ? bits : 0;
}

int small(std::int64_t number) {
  return number < 0 || number > std::numeric_limits<int>::max() ? 0 : static_cast<int>(number);
}

PlaceView place_of(const Answer& from) {
  PlaceView place;
  place.domain = small(from.integer("id"));
  place.state = from.text("state");
  place.reason = from.text("reason");
  place.mask = from.text("mask");
  place.bits = bits_of(place.mask);
  place.contract = small(from.integer("contract"));
  place.ways = small(from.integer("ways"));
  place.phase = small(from.integer("phase"));
  place.dedicated = from.truth("dedicated");
  if (const auto metrics = from.object("metrics")) {
    place.cpi = metrics->number("cpi");
    place.mpki = metrics->number("mpki");
    place.miss_ratio = metrics->number("miss_ratio");
    place.occupancy_bytes = metrics->number("llc_occupancy_bytes");
    place.bandwidth = metrics->number("memory_bandwidth_bytes_per_sec");
  }
  if (const auto baseline = from.object("baseline")) place.normalised_ipc = baseline->number("normalised_ipc");
  return place;
}

std::string contract_of(const Answer& from) {
  const std::string kind = from.text("kind");
  if (kind == "ways") return fmt::format("{} ways", from.integer("ways"));
  if (kind != "cpu-share") return kind;
  const auto share = from.number("share");
  return share ? fmt::format("{:.0f} % of the CPUs", *share * 100) : "its share of the CPUs";
}

ContainerView container_of(const Answer& from) {
  ContainerView container;
  container.id = from.text("id");
  container.name = from.text("name");
  if (const std::string pod = from.text("pod"); !pod.empty()) container.name = pod + "/" + container.name;
  container.mode = from.text("mode");
  container.foreign = from.text("foreign");
  container.group = from.text("group");
  if (const auto contract = from.object("contract")) container.contract = contract_of(*contract);
  for (const Answer& place : from.list("domains")) container.places.push_back(place_of(place));
  return container;
}

DomainView domain_of(const Answer& from) {
  DomainView domain;
  domain.id = small(from.integer("id"));
  domain.ways = small(from.integer("ways"));
  domain.shared = small(from.integer("shared"));
  domain.free = small(from.integer("free"));
  domain.bits = bits_of(from.text("mask"));
  domain.shared_bits = bits_of(from.text("shared_mask"));
  return domain;
}

}  // namespace

Result<StatusView> parse_status(const std::string& text) {
  const auto json = parse_answer_object(text);
  if (!json) return json.error();
  const Answer from(*json);
  StatusView status;
  status.mode = from.text("mode");
  status.mode_reason = from.text("mode_reason");
  status.mode_since = from.text("mode_since");
  status.node = from.text("node");
  status.policy = from.text("policy");
  status.at = from.text("at");
  status.simulated = from.truth("simulated");
  status.period = from.integer("period");
  status.interval_ms = from.integer("interval_ms");
  status.t = from.number("t");
  for (const Answer& domain : from.list("domains")) status.domains.push_back(domain_of(domain));
  for (const Answer& container : from.list("containers")) status.containers.push_back(container_of(container));
  return status;
}

}  // namespace dcat::cli
