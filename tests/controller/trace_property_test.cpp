// Properties of the trace: what was written reads back, the same value gives the same bytes, and no bytes
// whatever crash the readers; what they let through satisfies what the core requires.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "controller/trace.h"
#include "controller/trace_difference.h"
#include "controller/trace_parameters.h"
#include "controller/trace_words.h"
#include "controller/trace_writer.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

constexpr std::int64_t kMostTicks = INT64_MAX;

// Random values from one number of rapidcheck's, so that its seed repeats them.
class Random {
 public:
  static Random from_rapidcheck() {
    return Random(*rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>())));
  }
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  int below(int n) { return static_cast<int>(between(0, n - 1)); }
  bool one_in(int n) { return below(n) == 0; }
  // Of any magnitude: small numbers are as likely as large ones.
  std::uint64_t count() { return one_in(8) ? ~std::uint64_t{0} : bits() >> below(64); }
  std::int64_t up_to(std::int64_t most) {
    if (one_in(8)) return most;
    return static_cast<std::int64_t>(count() % (static_cast<std::uint64_t>(most) + 1));
  }
  // Any finite double but negative ones.
  double number() {
    for (;;) {
      const double x = std::bit_cast<double>(bits() & (~std::uint64_t{0} >> 1));
      if (std::isfinite(x)) return one_in(3) ? std::round(std::fmod(x, 1e6)) : x;
    }
  }
  std::string name() {
    static const std::vector<std::string> parts{
        "a",    "/",    "%",        "%41",          "\"",           "\\x2d",
        "\xff", "\xc3", "\xc3\xbc", "\xed\xa0\x80", "\xe2\x82\xac", "\xf0\x9f\x90\xb1",
        "\x01", "\x7f", "\n"};
    std::string out;
    for (int n = 1 + below(6); n > 0; --n) {
      if (one_in(4))
        out += static_cast<char>(1 + below(255));
      else
        out += parts[static_cast<std::size_t>(below(static_cast<int>(parts.size())))];
    }
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

struct Randomize {
  Random& r;
  void operator()(std::string_view, double& x) const { x = r.number(); }
  void operator()(std::string_view, bool& x) const { x = r.one_in(2); }
  void operator()(std::string_view, int& x) const { x = 1 + static_cast<int>(r.up_to(trace::kMostCount - 1)); }
  void operator()(std::string_view, std::uint64_t& x) const { x = r.count(); }
  void operator()(std::string_view, Ways& x) const { x = Ways(1 + static_cast<int>(r.up_to(trace::kMostCount - 1))); }
  void operator()(std::string_view, Duration& x) const { x = Duration(r.up_to(trace::kMostNanoseconds)); }
  void operator()(std::string_view, PolicyKind& x) const {
    x = kPolicyKinds[static_cast<std::size_t>(r.below(static_cast<int>(kPolicyKinds.size())))];
  }
  void operator()(std::string_view, AdaptiveGoal& x) const {
    x = kAdaptiveGoals[static_cast<std::size_t>(r.below(static_cast<int>(kAdaptiveGoals.size())))];
  }
};

TraceHeader random_header(Random& r) {
  TraceHeader h;
  h.dcat_version = r.name();
  h.simulated = r.one_in(2);
  h.mode = std::array{Mode::observe, Mode::advise, Mode::enforce}[static_cast<std::size_t>(r.below(3))];
  h.backend = r.one_in(4) ? "" : r.name();
  h.counters = r.name();
  h.interval = Duration(r.up_to(trace::kMostNanoseconds));
  trace::visit_parameters(h.parameters, Randomize{r});
  return h;
}

std::vector<std::string> random_names(Random& r, int most) {
  std::vector<std::string> names;
  for (int n = r.below(most + 1); n > 0; --n) names.push_back(r.name());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<DomainId> random_domains(Random& r, int most) {
  std::vector<DomainId> ids;
  for (int id = r.below(3), n = r.below(most + 1); n > 0; --n, id += 1 + r.below(20)) ids.push_back(DomainId{id});
  if (!ids.empty() && r.one_in(20)) ids.back().value = INT32_MAX;
  return ids;
}

DomainGeometry random_geometry(Random& r, DomainId id) {
  DomainGeometry d;
  d.id = id;
  const int size = r.below(65);
  d.available = Cbm::run(WayIndex(size == 64 ? 0 : r.below(64 - size)), Ways(size));
  d.shareable = r.one_in(2) ? Cbm() : Cbm(r.bits());
  d.min_cbm_bits = Ways(1 + r.below(64));
  for (int n = r.below(3); n > 0; --n) d.tied.emplace_back(r.bits());
  d.shared_may_be_empty = r.one_in(2);
  d.way_bytes = r.one_in(2) ? 0 : r.count();
  return d;
}

Masks random_masks(Random& r) {
  Masks masks;
  for (const DomainId id : random_domains(r, 3)) {
    DomainMasks d{id, Cbm(r.count()), {}};
    for (const std::string& name : random_names(r, 4)) d.groups.push_back({GroupId{name}, Cbm(r.count() / 3)});
    masks.domains.push_back(std::move(d));
  }
  for (const std::string& name : random_names(r, 6))
    masks.members.push_back({ContainerId{name}, GroupId{r.one_in(3) ? "" : r.name()}});
  return masks;
}

Sample random_sample(Random& r) {
  Sample s;
  s.at = TimePoint(Duration(r.between(-trace::kMostNanoseconds, trace::kMostNanoseconds)));
  s.enabled = Duration(r.one_in(4) ? 0 : r.up_to(kMostTicks));
  for (const Event e : kAllEvents)
    if (!r.one_in(4)) s[e] = Reading{r.count(), r.one_in(2) ? s.enabled : Duration(r.up_to(kMostTicks))};
  if (r.one_in(3)) s.counting = Duration(r.up_to(kMostTicks));
  if (r.one_in(3)) s.llc_occupancy_bytes = r.count();
  if (r.one_in(3)) s.memory_bytes = r.count();
  return s;
}

DomainObservation random_domain(Random& r, DomainId id, std::size_t containers) {
  DomainObservation d{id, {}, {}};
  for (std::uint32_t c = 0; c < containers; ++c) {
    if (r.one_in(3)) continue;
    const auto first = static_cast<std::uint32_t>(d.samples.size());
    const auto count = static_cast<std::uint32_t>(r.below(4));
    d.series.push_back({c, first, count});
    for (std::uint32_t n = 0; n < count; ++n) d.samples.push_back(random_sample(r));
  }
  return d;
}

Observation random_observation(Random& r) {
  Observation o;
  o.at = TimePoint(Duration(r.between(-trace::kMostNanoseconds, trace::kMostNanoseconds)));
  o.geometry.closids = 1 + static_cast<int>(r.up_to(trace::kMostCount - 1));
  for (const DomainId id : random_domains(r, 3)) o.geometry.domains.push_back(random_geometry(r, id));
  if (!r.one_in(4)) o.masks = random_masks(r);
  for (const std::string& name : random_names(r, 6))
    o.containers.push_back({ContainerId{name}, trace::kContractKinds[static_cast<std::size_t>(r.below(3))],
                            Ways(static_cast<int>(r.up_to(trace::kMostCount))), r.one_in(3) ? 0 : 1 / (1 + r.number()),
                            static_cast<int>(r.between(INT32_MIN, INT32_MAX)), !r.one_in(4), !r.one_in(4), r.one_in(4),
                            r.one_in(4)});
  for (const DomainGeometry& g : o.geometry.domains)
    if (!r.one_in(5)) o.domains.push_back(random_domain(r, g.id, o.containers.size()));
  return o;
}

// What the headers REQUIRE of an observation, checked again without the reader's code.
bool well_formed(const Observation& o) {
  const auto ascending = [](const auto& list, auto key) {
    for (std::size_t i = 1; i < list.size(); ++i)
      if (!(key(list[i - 1]) < key(list[i]))) return false;
    return true;
  };
  bool ok = ascending(o.containers, [](const auto& x) { return x.id; }) &&
            ascending(o.geometry.domains, [](const auto& x) { return x.id; }) &&
            ascending(o.masks.domains, [](const auto& x) { return x.id; }) &&
            ascending(o.masks.members, [](const auto& x) { return x.container; }) &&
            ascending(o.domains, [](const auto& x) { return x.id; }) && o.geometry.closids >= 1;
  for (const ContainerInfo& c : o.containers) ok = ok && !c.id.value.empty() && c.cpu_share >= 0 && c.cpu_share <= 1;
  for (const DomainMasks& d : o.masks.domains) ok = ok && ascending(d.groups, [](const auto& x) { return x.group; });
  for (const DomainObservation& d : o.domains) {
    ok = ok && o.geometry.find(d.id) != nullptr && ascending(d.series, [](const auto& x) { return x.container; });
    for (const SampleSeries& s : d.series)
      ok = ok && s.container < o.containers.size() && std::size_t{s.first} + s.count <= d.samples.size();
  }
  return ok;
}

// A few bytes changed, put in, taken out or moved: near enough to a line to get past the first checks.
std::string damaged(Random& r, std::string line) {
  static const std::string kLikely = "{}[],:\"0123456789-+.eE%\\untf\xff";
  for (int n = 1 + r.below(3); n > 0 && !line.empty(); --n) {
    const auto at = static_cast<std::size_t>(r.below(static_cast<int>(line.size())));
    const char c = r.one_in(4) ? static_cast<char>(r.bits())
                               : kLikely[static_cast<std::size_t>(r.below(static_cast<int>(kLikely.size())))];
    switch (r.below(5)) {
      case 0: line[at] = c; break;
      case 1: line.insert(at, 1, c); break;
      case 2: line.erase(at, 1 + static_cast<std::size_t>(r.below(20))); break;
      case 3: line.insert(at, line.substr(static_cast<std::size_t>(r.below(static_cast<int>(line.size()))), 12)); break;
      case 4: line.resize(at); break;
    }
  }
  return line;
}

}  // namespace

TEST_CASE("every observation reads back as it was written, and gives the same bytes again") {
  testing::require_for_all("observation: parse(format(x)) == x", [] {
    Random r = Random::from_rapidcheck();
    const Observation o = random_observation(r);
    const bool simulated = r.one_in(2);
    const std::string line = format_observation(o, simulated);
    const auto back = parse_observation(line, simulated);
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == o);
    RC_ASSERT(well_formed(*back));
    RC_ASSERT(format_observation(*back, simulated) == line);
    RC_ASSERT(line.find('\n') == std::string::npos);
    RC_ASSERT(kind_of(line) == TraceLine::observation);
  });
}

TEST_CASE("every header reads back as it was written") {
  testing::require_for_all("header: parse(format(x)) == x", [] {
    Random r = Random::from_rapidcheck();
    const TraceHeader h = random_header(r);
    const std::string line = format_trace_header(h);
    const auto back = parse_trace_header(line);
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == h);
    RC_ASSERT(format_trace_header(*back) == line);
  });
}

TEST_CASE("a damaged observation is refused or well formed, and what is read of it is written again") {
  testing::require_for_all("observation: damaged bytes", [] {
    Random r = Random::from_rapidcheck();
    const std::string line = damaged(r, format_observation(random_observation(r), false));
    const auto back = parse_observation(line, false);
    if (!back) {
      RC_ASSERT(back.error().code == ErrorCode::bad_input);
      RC_ASSERT(!back.error().why.empty());
      return;
    }
    RC_ASSERT(well_formed(*back));
    const auto again = parse_observation(format_observation(*back, false), false);
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == *back);
  });
}

TEST_CASE("a damaged header is refused, or reads back") {
  testing::require_for_all("header: damaged bytes", [] {
    Random r = Random::from_rapidcheck();
    const auto back = parse_trace_header(damaged(r, format_trace_header(random_header(r))));
    if (back)
      RC_ASSERT(*parse_trace_header(format_trace_header(*back)) == *back);
    else
      RC_ASSERT(back.error().code == ErrorCode::bad_input);
  });
}

TEST_CASE("any bytes at all are refused") {
  testing::require_for_all("random bytes", [] {
    const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    RC_ASSERT(!parse_observation(bytes, false).ok());
    RC_ASSERT(!parse_trace_header(bytes).ok());
  });
}

TEST_CASE("every name without a NUL is written as JSON and read back") {
  testing::require_for_all("names", [] {
    Random r = Random::from_rapidcheck();
    const std::string name = r.name();
    std::string json;
    trace::append_name(json, name);
    RC_ASSERT(nlohmann::json::accept(json));
    RC_ASSERT(trace::unescape_name(nlohmann::json::parse(json).get<std::string>()) == name);
  });
}

TEST_CASE("every double is written as a number that reads back as the same bits") {
  testing::require_for_all("doubles", [] {
    Random r = Random::from_rapidcheck();
    const double x = r.one_in(2) ? r.number() : -r.number();
    trace::Writer w;
    w.open('{');
    w.field("x", x);
    w.close('}');
    const auto back = nlohmann::json::parse(std::move(w).take()).at("x").get<double>();
    RC_ASSERT(std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(x));
  });
}

TEST_CASE("the first difference of two lines is where they part, whatever they hold") {
  testing::require_for_all("differences", [] {
    Random r = Random::from_rapidcheck();
    const std::string line = format_observation(random_observation(r), false);
    const std::string other = damaged(r, line);
    for (const auto& [recorded, replayed] : {std::pair(line, other), std::pair(other, line)}) {
      const auto difference = trace::first_difference(recorded, replayed);
      RC_ASSERT(difference.has_value() == (recorded != replayed));
      if (!difference) continue;
      RC_ASSERT(recorded.substr(0, difference->byte) == replayed.substr(0, difference->byte));
      RC_ASSERT(recorded.substr(difference->byte, 1) != replayed.substr(difference->byte, 1));
    }
  });
}

}  // namespace dcat
