#include "controller/trace_masks.h"

namespace dcat::trace {

namespace {

void write_domain(Writer& w, const DomainMasks& domain) {
  const auto& [id, shared, groups] = domain;
  w.open('{');
  w.field("id", id);
  w.unless_default("shared", shared);
  if (!groups.empty()) {
    w.open("groups", '[');
    for (const auto& [group, mask, throttle] : groups) {
      w.open('{');
      w.field("group", group);
      w.unless_default("mask", mask);
      if (throttle != kUnthrottled) w.field("throttle_percent", throttle.percent);
      w.close('}');
    }
    w.close(']');
  }
  w.close('}');
}

}  // namespace

void open_line(Writer& w, TraceLine kind, bool simulated) {
  w.open('{');
  w.word("kind", name_of(kind));
  w.flag("simulated", simulated);
}

void write_members(Writer& w, const std::vector<Member>& members) {
  w.open("members", '[');
  for (const auto& [container, group] : members) {
    w.open('{');
    w.field("container", container);
    w.unless_default("group", group);
    w.close('}');
  }
  w.close(']');
}

void write_mask_domains(Writer& w, const std::vector<DomainMasks>& domains) {
  if (domains.empty()) return;
  w.open("domains", '[');
  for (const DomainMasks& domain : domains) write_domain(w, domain);
  w.close(']');
}

}  // namespace dcat::trace
