// Properties of the memory's text: it reads back, one bit turned or one byte missing is refused, and no bytes whatever
// crash the readers.
#include <bit>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "classifier/model/curve.h"
#include "controller/memory/memory_line.h"
#include "controller/memory/memory_text.h"
#include "controller/trace_words.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

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
  double number() {
    for (;;) {
      const double x = std::bit_cast<double>(bits() & (~std::uint64_t{0} >> 1));
      if (std::isfinite(x) && x > 0) return one_in(2) ? std::fmod(x, 100) + 0.001 : x;
    }
  }
  std::optional<double> maybe() { return one_in(3) ? std::nullopt : std::optional(number()); }
  Ways ways() { return Ways(1 + below(64)); }
  std::string name() {
    static const std::vector<std::string> parts{"a", "/", "%", "%41", "\"", "\\x2d", "\xff", "\xc3\xbc", "\n", "\x01"};
    std::string out;
    for (int n = 1 + below(5); n > 0; --n)
      out += parts[static_cast<std::size_t>(below(static_cast<int>(parts.size())))];
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

// What curves can be fitted to.
Evidence random_evidence(Random& r) {
  const auto rate = [&r] { return std::pow(10, static_cast<double>(r.between(-60, 60)) / 10); };
  std::set<double> sizes;
  for (int n = 1 + r.below(static_cast<int>(kMostMeasurements)); n > 0; --n)
    sizes.insert(r.one_in(2) ? r.ways().count : 0.01 + static_cast<double>(r.below(6'000)) / 100);
  std::vector<Measurement> measured;
  for (const double ways : sizes) measured.push_back({ways, r.one_in(5) ? 0 : rate(), rate(), rate()});
  Evidence evidence;
  evidence.restore(std::move(measured), {r.maybe(), r.one_in(5) ? 0 : rate(), r.one_in(5) ? 0 : 1.5, rate()});
  return evidence;
}

Phase random_phase(Random& r, const DomainMemory& of) {
  constexpr std::array kStates{State::keeper, State::unknown, State::receiver, State::donor, State::streaming};
  Phase phase;
  phase.id = 1 + static_cast<int>(r.between(0, of.next_id - 2));
  phase.reference = r.maybe();
  phase.baseline_ipc = r.number();
  phase.baseline_mpki = r.maybe();
  if (r.one_in(2)) phase.preferred = r.ways();
  phase.keeps_contract = r.one_in(2), phase.suffered_sharing = r.one_in(2), phase.probed = r.one_in(2);
  phase.record = PhaseRecord{kStates[static_cast<std::size_t>(r.below(5))], r.one_in(2), r.ways()};
  phase.last_seen = r.one_in(4) ? of.periods : r.bits() % (of.periods + 1);
  std::set<Ways> sizes{r.ways()};
  for (int n = r.below(5); n > 0; --n) sizes.insert(r.ways());
  std::vector<TableEntry> entries;
  for (const Ways ways : sizes) entries.push_back({ways, r.number(), r.number(), r.maybe(), r.maybe()});
  phase.table.restore(std::move(entries));
  if (r.one_in(2)) phase.evidence = random_evidence(r);
  if (!phase.evidence.empty() && r.one_in(4)) phase.table.restore({});  // it only shared its ways
  return phase;
}

DomainMemory random_domain(Random& r, int id) {
  DomainMemory domain;
  domain.domain = DomainId{id};
  domain.contract = r.ways();
  domain.ways = r.ways();
  domain.way_bytes = r.one_in(2) ? 0 : r.bits();
  domain.next_id = r.one_in(5) ? INT32_MAX / 2 : 2 + r.below(100);
  domain.periods = r.bits() >> (1 + r.below(62));
  for (int n = 1 + r.below(3); n > 0; --n) domain.phases.push_back(random_phase(r, domain));
  return domain;
}

Memory random_memory(Random& r) {
  Memory memory;
  memory.most_containers = r.below(static_cast<int>(trace::kMostCount) + 1);
  memory.forget_after = Duration(r.between(0, trace::kMostNanoseconds));
  std::set<std::string> names;
  for (int n = r.below(5); n > 0; --n) names.insert(r.name());
  for (const std::string& name : names) {
    ContainerMemory one{ContainerId{name}, TimePoint(Duration(r.between(-1000, trace::kMostNanoseconds))), {}};
    for (int id = r.below(3), n = 1 + r.below(2); n > 0; --n, id += 1 + r.below(20))
      one.domains.push_back(random_domain(r, id));
    memory.containers.push_back(std::move(one));
  }
  return memory;
}

KeptMemory random_kept(Random& r) {
  return {r.name(),
          r.one_in(2),
          r.between(0, 4'000'000'000),
          TimePoint(Duration(r.between(-5, trace::kMostNanoseconds))),
          random_memory(r),
          r.one_in(2) ? "" : r.name(),
          r.one_in(2) ? "" : "{\"a\":1}\n{}\n"};
}

}  // namespace

TEST_CASE("every memory reads back as it was written, and gives the same bytes again") {
  testing::require_for_all("memory: parse(format(m)) == m", [] {
    Random r = Random::from_rapidcheck();
    const KeptMemory kept = random_kept(r);
    const MemoryText text = format_memory_text(kept);
    RC_ASSERT(text.left_out == 0u);
    const auto back = parse_memory_text(text.text);
    RC_ASSERT(back.ok());
    RC_ASSERT(*back == kept);
    RC_ASSERT(format_memory_text(*back).text == text.text);
    const std::string line = format_memory(kept.memory, kept.simulated);
    RC_ASSERT(line.find('\n') == std::string::npos);
    const auto alone = parse_memory(line, kept.simulated);
    RC_ASSERT(alone.ok());
    RC_ASSERT(*alone == kept.memory);
    RC_ASSERT(!parse_memory(line, !kept.simulated).ok());
  });
}

TEST_CASE("a text with one bit turned is refused, wherever it is, and so is one that is cut short or goes on") {
  testing::require_for_all("memory: damaged bits", [] {
    Random r = Random::from_rapidcheck();
    const std::string text = format_memory_text(random_kept(r)).text;
    for (int tries = 0; tries < 20; ++tries) {
      std::string damaged = text;
      // The first line is short and checks the rest: it is tried as often as that.
      const auto most = static_cast<std::int64_t>(r.one_in(2) ? text.find('\n') + 1 : text.size());
      const auto at = static_cast<std::size_t>(r.between(0, most - 1));
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << r.below(8)));
      RC_ASSERT(!parse_memory_text(damaged).ok());
      RC_ASSERT(!parse_memory_text(text.substr(0, at)).ok());
    }
    RC_ASSERT(!parse_memory_text(text + text.back()).ok());
  });
}

TEST_CASE("a damaged line, behind a checksum that is right, is refused or well formed") {
  testing::require_for_all("memory line: damaged bytes", [] {
    Random r = Random::from_rapidcheck();
    static const std::string kLikely = "{}[],:\"0123456789-+.eE%\\untf\xff";
    std::string line = format_memory(random_memory(r), false);
    for (int n = 1 + r.below(3); n > 0; --n) {
      const auto at = static_cast<std::size_t>(r.between(0, static_cast<std::int64_t>(line.size()) - 1));
      const char c = kLikely[static_cast<std::size_t>(r.below(static_cast<int>(kLikely.size())))];
      if (r.one_in(2))
        line[at] = c;
      else if (r.one_in(2))
        line.insert(at, 1, c);
      else
        line.erase(at, 1 + static_cast<std::size_t>(r.below(20)));
      if (line.empty()) line = "{";
    }
    const auto back = parse_memory(line, false);
    if (!back) {
      RC_ASSERT(back.error().code == ErrorCode::bad_input);
      return;
    }
    for (const ContainerMemory& one : back->containers) {
      RC_ASSERT(!one.domains.empty());
      for (const DomainMemory& domain : one.domains) {
        RC_ASSERT(!domain.phases.empty());
        for (const Phase& phase : domain.phases) {
          RC_ASSERT(phase.baseline_ipc && *phase.baseline_ipc > 0 && phase.record);
          RC_ASSERT(!phase.table.empty() || !phase.evidence.empty());
          RC_ASSERT(phase.id < domain.next_id && phase.last_seen <= domain.periods);
          if (!phase.table.empty())
            RC_ASSERT(phase.table.entries().front().ways >= Ways(1) && phase.table.largest() <= Ways(64));
          if (phase.evidence.empty()) continue;
          RC_ASSERT(phase.evidence.all().size() <= kMostMeasurements && phase.evidence.features().weight > 0);
          const Curve curve(phase.evidence, 0.01, 20);  // and a curve can be fitted to it
          for (const double ways : {0.0, 0.5, 3.0, 20.0})
            RC_ASSERT(std::isfinite(curve.mpki(ways)) && std::isfinite(curve.cpi(ways)) && curve.cpi(ways) > 0 &&
                      std::isfinite(curve.cpi_deviation(ways)));
        }
      }
    }
    RC_ASSERT(*parse_memory(format_memory(*back, false), false) == *back);
  });
}

TEST_CASE("any bytes at all are refused") {
  testing::require_for_all("random bytes", [] {
    const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    RC_ASSERT(!parse_memory_text(bytes).ok());
    RC_ASSERT(!parse_memory_text("dcat-memory 2 " + bytes).ok());
    RC_ASSERT(!parse_memory(bytes, false).ok());
  });
}

}  // namespace dcat
