// Headers and observations from lines. A reader a type; the order of lists is checked where they are read.
#include <limits>

#include "controller/trace.h"
#include "controller/trace_json.h"
#include "controller/trace_parameters.h"
#include "controller/trace_words.h"

namespace dcat {

namespace trace {

// Not in an unnamed namespace: Fields finds them by their arguments, which does not look into one.

constexpr double kMostNumber = std::numeric_limits<double>::max();
constexpr std::int64_t kMostTicks = std::numeric_limits<std::int64_t>::max();

static void read(const Node& n, double& out) {
  out = n.number(0, kMostNumber);
}
static void read(const Node& n, bool& out) {
  out = n.truth();
}
static void read(const Node& n, int& out) {
  out = static_cast<int>(n.integer(1, kMostCount));
}
static void read(const Node& n, std::uint64_t& out) {
  out = n.count();
}
static void read(const Node& n, Ways& out) {
  out = Ways(static_cast<int>(n.integer(0, kMostCount)));
}
static void read(const Node& n, TimePoint& out) {
  out = TimePoint(Duration(n.integer(-kMostNanoseconds, kMostNanoseconds)));
}
static void read(const Node& n, Duration& out) {
  out = Duration(n.integer(0, kMostNanoseconds));
}
static void read(const Node& n, Cbm& out) {
  out = Cbm(n.mask());
}
static void read(const Node& n, DomainId& out) {
  out.value = static_cast<int>(n.integer(0, std::numeric_limits<int>::max()));
}
static void read(const Node& n, std::string& out) {
  out = n.name();
}
static void read(const Node& n, ContainerId& out) {
  out.value = n.name();
  if (out.value.empty()) n.expected("a container");
}

template <class T, std::size_t N>
static void read_word(const Node& n, const std::array<T, N>& all, T& out) {
  const std::string_view text = n.text();
  std::string want;
  for (const T one : all) {
    if (word_for(one) == text) return static_cast<void>(out = one);
    want += (want.empty() ? "" : ", ") + std::string(word_for(one));
  }
  n.expected("one of " + want);
}
static void read(const Node& n, AdaptiveGoal& out) {
  read_word(n, kAdaptiveGoals, out);
}
static void read(const Node& n, PolicyKind& out) {
  read_word(n, kPolicyKinds, out);
}
static void read(const Node& n, ContainerInfo::ContractKind& out) {
  read_word(n, kContractKinds, out);
}
static void read(const Node& n, Mode& out) {
  const auto mode = parse_mode(n.text());
  if (!mode) return n.expected("one of observe, advise, enforce");
  out = *mode;
}

// What has no default must be there: an empty group is the default group.
static void read_group(const Node& n, GroupId& out) {
  out.value = n.name();
  if (out.value.empty()) n.expected("a group");
}

// A list, strictly ascending by `key`.
template <class T, class Key>
static void read_ascending(const Node& n, std::vector<T>& out, Key key) {
  n.each([&](const Node& one) {
    T value;
    read(one, value);
    if (!one.failed() && !out.empty() && !(std::invoke(key, out.back()) < std::invoke(key, value)))
      one.fail("is not after the one before it: the list is to be in order, each once");
    out.push_back(std::move(value));
  });
}

static int read_percent(const Node& n) {
  return static_cast<int>(n.integer(1, 100));
}

static void read(const Node& n, ThrottleSteps& out) {
  Fields f(n);
  f.need_with("least_percent", [&out](const Node& p) { out.least = Throttle(read_percent(p)); });
  f.need_with("step_percent", [&out](const Node& p) { out.step = read_percent(p); });
  f.done();
}

static void read(const Node& n, DomainGeometry& out) {
  Fields f(n);
  f.need("id", out.id);
  f.need("available", out.available);
  f.may("shareable", out.shareable);
  f.may_with("min_cbm_bits", [&out](const Node& bits) { out.min_cbm_bits = Ways(int(bits.integer(1, 64))); });
  f.may_with("tied",
             [&out](const Node& tied) { tied.each([&out](const Node& one) { out.tied.emplace_back(one.mask()); }); });
  f.may("shared_may_be_empty", out.shared_may_be_empty);
  f.may("way_bytes", out.way_bytes);
  f.may_with("throttles", [&out](const Node& t) { read(t, out.throttles.emplace()); });
  f.done();
  if (!n.failed() && !out.available.empty() && !out.available.contiguous())
    n.fail("available ways " + format_cbm(out.available) + " are not one run");
}

static void read(const Node& n, Geometry& out) {
  Fields f(n);
  f.need("closids", out.closids);
  f.need_with("domains", [&out](const Node& d) { read_ascending(d, out.domains, &DomainGeometry::id); });
  f.done();
}

static void read(const Node& n, GroupMask& out) {
  Fields f(n);
  f.need_with("group", [&out](const Node& group) { read_group(group, out.group); });
  f.may("mask", out.mask);
  f.may_with("throttle_percent", [&out](const Node& p) { out.throttle = Throttle(read_percent(p)); });
  f.done();
}

static void read(const Node& n, DomainMasks& out) {
  Fields f(n);
  f.need("id", out.id);
  f.may("shared", out.shared);
  f.may_with("groups", [&out](const Node& g) { read_ascending(g, out.groups, &GroupMask::group); });
  f.done();
}

static void read(const Node& n, Member& out) {
  Fields f(n);
  f.need("container", out.container);
  f.may("group", out.group.value);
  f.done();
}

// Domains and members that the geometry and the containers do not know are right: they came or went between
// two reads.
static void read(const Node& n, Masks& out) {
  Fields f(n);
  f.may_with("domains", [&out](const Node& d) { read_ascending(d, out.domains, &DomainMasks::id); });
  f.may_with("members", [&out](const Node& m) { read_ascending(m, out.members, &Member::container); });
  f.done();
}

static void read(const Node& n, ContainerInfo& out) {
  Fields f(n);
  f.need("id", out.id);
  f.may("contract_kind", out.contract_kind);
  f.may("contract", out.contract);
  f.may_with("cpu_share", [&out](const Node& share) { out.cpu_share = share.number(0, 1); });
  f.may_with("priority", [&out](const Node& p) { out.priority = static_cast<int>(p.integer(INT32_MIN, INT32_MAX)); });
  bool uncounted = false, unmanaged = false;
  f.may("uncounted", uncounted);
  f.may("unmanaged", unmanaged);
  f.may("isolated", out.isolated);
  f.may("starting", out.starting);
  out.counted = !uncounted;
  out.managed = !unmanaged;
  f.done();
}

// A number was counted all the time that its container ran; a pair says how long it was.
static void read_reading(const Node& n, Duration enabled, Reading& out) {
  out.running = enabled;
  if (!n.value().is_array()) return read(n, out.value);
  if (n.value().size() != 2) return n.expected("a number, or a number and running_ns");
  n.each([&out, first = true](const Node& one) mutable {
    if (first)
      read(one, out.value);
    else
      out.running = Duration(one.integer(0, kMostTicks));
    first = false;
  });
}

static void read(const Node& n, Sample& out) {
  Fields f(n);
  f.need("at_ns", out.at);
  // Summed over CPUs: grows faster than time does.
  f.may_with("enabled_ns", [&out](const Node& e) { out.enabled = Duration(e.integer(0, kMostTicks)); });
  for (const Event event : kAllEvents)
    f.may_with(name_of(event), [&](const Node& e) { read_reading(e, out.enabled, out[event].emplace()); });
  f.may_with("counting_ns", [&out](const Node& c) { out.counting = Duration(c.integer(0, kMostTicks)); });
  f.may_with("llc_occupancy_bytes", [&out](const Node& b) { read(b, out.llc_occupancy_bytes.emplace()); });
  f.may_with("memory_bytes", [&out](const Node& b) { read(b, out.memory_bytes.emplace()); });
  f.done();
}

static void read_series(const Node& n, std::size_t containers, DomainObservation& out) {
  SampleSeries series;
  Fields f(n);
  f.need_with("container", [&](const Node& c) {
    const auto most = static_cast<std::int64_t>(containers) - 1;
    if (most < 0) return c.fail("there are no containers");
    series.container = static_cast<std::uint32_t>(c.integer(0, most));
    if (!c.failed() && !out.series.empty() && out.series.back().container >= series.container)
      c.fail("is not after the one before it: the list is to be in order, each once");
  });
  series.first = static_cast<std::uint32_t>(out.samples.size());
  f.need_with("samples", [&](const Node& samples) {
    samples.each([&](const Node& one) { read(one, out.samples.emplace_back()); });
  });
  f.done();
  series.count = static_cast<std::uint32_t>(out.samples.size()) - series.first;
  out.series.push_back(series);
}

static void read_domain(const Node& n, const Observation& o, DomainObservation& out) {
  Fields f(n);
  f.need_with("id", [&](const Node& id) {
    read(id, out.id);
    if (!id.failed() && o.geometry.find(out.id) == nullptr) id.fail("is not a domain of the geometry");
  });
  f.may_with("series", [&](const Node& list) {
    list.each([&](const Node& one) { read_series(one, o.containers.size(), out); });
  });
  f.done();
}

static void read_domains(const Node& n, Observation& o) {
  n.each([&o](const Node& one) {
    DomainObservation domain;
    read_domain(one, o, domain);
    if (!one.failed() && !o.domains.empty() && o.domains.back().id >= domain.id)
      one.fail("is not after the one before it: the list is to be in order, each once");
    o.domains.push_back(std::move(domain));
  });
}

static void read_kind(Fields& f, TraceLine kind) {
  f.need_with("kind", [kind](const Node& n) {
    if (n.text() != name_of(kind)) n.expected(std::string(name_of(kind)));
  });
}

namespace {

struct ReadParameter {
  Fields& f;
  int version;
  template <class T>
  void operator()(std::string_view key, T& out) const {
    if (in_version(version, key)) f.need(key, out);
  }
  // A partition of no ways is none; the other sizes may be 0.
  void operator()(std::string_view key, Ways& out) const {
    const int least = key == "min_ways" ? 1 : 0;
    f.need_with(key, [&](const Node& n) { out = Ways(static_cast<int>(n.integer(least, kMostCount))); });
  }
};

// Before anything else: what a newer program wrote is not for this one to understand.
void read_version(Fields& f, int& out) {
  f.need_with("version", [&out](const Node& n) {
    out = static_cast<int>(n.integer(1, kMostCount));
    if (!n.failed() && out > kTraceVersion)
      n.fail("trace format " + std::to_string(out) + " is newer than this program's, " + std::to_string(kTraceVersion),
             "read it with the dcat that recorded it, or a newer one");
  });
}

}  // namespace

}  // namespace trace

Result<TraceHeader> parse_trace_header(std::string_view line) {
  const Result<trace::Json> json = trace::parse_json(line, "trace header");
  if (!json) return json.error();
  trace::Fault fault("trace header");
  const trace::Node node(*json, fault);
  TraceHeader header;
  trace::Fields f(node);
  trace::read_kind(f, TraceLine::header);
  trace::read_version(f, header.version);
  f.may("simulated", header.simulated);
  f.need("dcat_version", header.dcat_version);
  f.need("mode", header.mode);
  f.need("backend", header.backend);
  f.need("counters", header.counters);
  f.need("interval_ns", header.interval);
  f.need_with("parameters", [&header](const trace::Node& n) {
    trace::Fields parameters(n);
    trace::visit_parameters(header.parameters, trace::ReadParameter{parameters, header.version});
    parameters.done();
  });
  f.done();
  if (fault.any()) return fault.error();
  return header;
}

Result<Observation> parse_observation(std::string_view line, bool simulated) {
  const Result<trace::Json> json = trace::parse_json(line, "trace observation");
  if (!json) return json.error();
  trace::Fault fault("trace observation");
  const trace::Node node(*json, fault);
  Observation o;
  trace::Fields f(node);
  trace::read_kind(f, TraceLine::observation);
  bool line_simulated = false;
  f.may("simulated", line_simulated);
  if (!node.failed() && line_simulated != simulated)
    node.fail(simulated ? "was measured, but the header says simulated" : "is simulated, but the header says measured");
  f.need("at_ns", o.at);
  f.need("geometry", o.geometry);
  f.may("masks", o.masks);
  f.may_with("containers", [&o](const trace::Node& n) { trace::read_ascending(n, o.containers, &ContainerInfo::id); });
  f.may_with("domains", [&o](const trace::Node& n) { trace::read_domains(n, o); });
  f.done();
  if (fault.any()) return fault.error();
  return o;
}

}  // namespace dcat
