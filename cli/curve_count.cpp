#include "cli/curve_count.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "sim/address_trace/trace.h"
#include "sim/llc/private_levels.h"
#include "sim/llc/stack_distance.h"
#include "sim/llc/way_stacks.h"

namespace dcat::cli {
namespace {

using address_trace::Access;
using llc::LineAddress;

constexpr std::size_t kBatch = 1 << 14;  // accesses

// What a trace asks the LLC for, a batch at a time.
class References {
 public:
  static Result<References> open(const CurvePlan& plan, const CurvePlan::Trace& trace) {
    Result<std::unique_ptr<address_trace::Reader>> reader = address_trace::open_trace(trace.path, plan.fetches);
    if (!reader) return std::move(reader).error();
    return References(plan, trace, std::move(*reader));
  }

  // False at the end of the trace. A batch may be empty before.
  Result<bool> next() {
    lines_.clear();
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBatch, left_));
    if (wanted == 0) return false;
    Result<std::size_t> n = reader_->read(std::span(accesses_).first(wanted));
    if (!n) return std::move(n).error();
    left_ -= *n;
    count_ += *n;
    for (std::size_t i = 0; i < *n; ++i) append(accesses_[i]);
    lines_.resize(levels_.filter(lines_));
    references_ += lines_.size();
    return *n > 0;
  }
  std::vector<LineAddress>& lines() { return lines_; }
  std::uint64_t accesses() const { return count_; }
  std::uint64_t references() const { return references_; }
  std::optional<std::uint64_t> instructions() const { return given_ ? given_ : reader_->instructions(); }
  std::string format() const { return reader_->format(); }

  Error nothing_there() const {
    if (count_ == 0) return {ErrorCode::bad_input, "read " + path_, "there is no access in it", "record it again", 0};
    return {ErrorCode::bad_input, "read " + path_, "all its accesses hit in the private levels",
            "give a longer trace or smaller levels (--filter)", 0};
  }

 private:
  References(const CurvePlan& plan, const CurvePlan::Trace& trace, std::unique_ptr<address_trace::Reader> reader)
      : reader_(std::move(reader)),
        levels_(plan.filter),
        path_(trace.path),
        given_(trace.instructions),
        shift_(std::countr_zero(plan.geometry.line_bytes)),
        left_(plan.limit),
        accesses_(kBatch) {}

  // Every line that the access touches.
  void append(const Access& access) {
    const std::uint64_t last = access.address + std::min<std::uint64_t>(access.size - 1, ~access.address);
    for (LineAddress line = access.address >> shift_; line <= last >> shift_; ++line) lines_.push_back(line);
  }

  std::unique_ptr<address_trace::Reader> reader_;
  llc::PrivateLevels levels_;
  std::string path_;
  std::optional<std::uint64_t> given_;
  int shift_;
  std::uint64_t left_;
  std::uint64_t count_ = 0;
  std::uint64_t references_ = 0;
  std::vector<Access> accesses_;
  std::vector<LineAddress> lines_;
};

// All that is counted of one trace.
class CurveModels {
 public:
  explicit CurveModels(const CurvePlan& plan) : plan_(plan) {
    if (plan.exact) exact_.emplace();
    if (plan.shards_rate) shards_.emplace(*plan.shards_rate);
    if (!plan.one_by_one) {
      stacks_.emplace(plan.geometry);
      return;
    }
    for (int ways = 1; ways <= plan.geometry.ways; ++ways) {
      caches_.emplace_back(plan.geometry, plan.replacement);
      caches_.back().set_mask(0, Cbm::run(WayIndex(0), Ways(ways)));
    }
  }

  void access(const std::vector<LineAddress>& lines) {
    if (exact_) exact_->access(lines);
    if (shards_) shards_->access(lines);
    if (stacks_) stacks_->access(lines);
    for (llc::Cache& cache : caches_) cache.access(0, lines);
  }

  void report(CurveCounts& counts) const {
    if (exact_) counts.lines = exact_->lines();
    if (shards_) counts.sampled_lines = shards_->sampled_lines();
    for (int ways = 1; ways <= plan_.geometry.ways; ++ways) {
      CurveRow row;
      row.ways = ways;
      const auto index = static_cast<std::size_t>(ways - 1);
      row.misses = stacks_ ? stacks_->misses(ways) : caches_[index].counts(0).misses;
      const std::uint64_t lines = std::uint64_t{plan_.geometry.sets} * static_cast<std::uint64_t>(ways);
      if (exact_) row.exact = exact_->miss_ratio(lines);
      if (shards_) row.shards = shards_->estimate(lines);
      counts.rows.push_back(row);
    }
  }

 private:
  const CurvePlan& plan_;
  std::optional<llc::StackDistances> exact_;
  std::optional<llc::Shards> shards_;
  std::optional<llc::WayStacks> stacks_;
  std::vector<llc::Cache> caches_;  // [i]: filling i + 1 ways, as a mask of so many would
};

Result<CurveCounts> count_curve(const CurvePlan& plan, const CurvePlan::Trace& trace) {
  Result<References> references = References::open(plan, trace);
  if (!references) return std::move(references).error();
  CurveModels models(plan);
  for (;;) {
    Result<bool> more = references->next();
    if (!more) return std::move(more).error();
    if (!*more) break;
    models.access(references->lines());
  }
  if (references->references() == 0) return references->nothing_there();
  CurveCounts counts;
  counts.name = trace.name;
  counts.format = references->format();
  counts.accesses = references->accesses();
  counts.references = references->references();
  counts.instructions = references->instructions();
  if (counts.instructions == std::uint64_t{0}) counts.instructions.reset();
  models.report(counts);
  return counts;
}

// Traces of several programs name different memory by the same addresses. Bits above those of a user's address (47 on
// x86-64) keep them apart without making tags longer; where an address has such bits, it is marked and kept apart by
// still higher ones.
LineAddress tell_apart(LineAddress line, std::size_t tenant) {
  constexpr int kUserBits = 42;
  if (line >> kUserBits == 0) return line | std::uint64_t{tenant} << kUserBits;
  return line | std::uint64_t{tenant} << 58 | std::uint64_t{1} << 63;
}

// Each trace's batch is used up before the next is read.
Status run_in_turn(std::vector<References>& traces, const std::vector<std::string>& names, llc::Cache& cache,
                   std::string& ended) {
  std::vector<std::size_t> at(traces.size());
  std::vector<llc::Tenant> tenants;
  std::vector<LineAddress> lines;
  for (;;) {
    for (std::size_t t = 0; t < traces.size(); ++t) {
      while (at[t] == traces[t].lines().size()) {
        Result<bool> more = traces[t].next();
        if (!more) return std::move(more).error();
        if (!*more) return ended = names[t], Status();
        at[t] = 0;
      }
    }
    std::size_t rounds = kBatch;
    for (std::size_t t = 0; t < traces.size(); ++t) rounds = std::min(rounds, traces[t].lines().size() - at[t]);
    tenants.clear();
    lines.clear();
    for (std::size_t i = 0; i < rounds; ++i) {
      for (std::size_t t = 0; t < traces.size(); ++t) {
        tenants.push_back(static_cast<llc::Tenant>(t));
        lines.push_back(tell_apart(traces[t].lines()[at[t]++], t));
      }
    }
    cache.access(tenants, lines);
  }
}

}  // namespace

Result<std::vector<CurveCounts>> count_curves(const CurvePlan& plan) {
  std::vector<CurveCounts> curves;
  for (const CurvePlan::Trace& trace : plan.traces) {
    Result<CurveCounts> counts = count_curve(plan, trace);
    if (!counts) return std::move(counts).error();
    curves.push_back(std::move(*counts));
  }
  return curves;
}

Result<SharedCounts> count_shared(const CurvePlan& plan) {
  std::vector<References> traces;
  std::vector<std::string> names;
  // One tenant too many where there is one: a cache with several keeps who holds and evicts what.
  llc::Cache cache(plan.geometry, plan.replacement, std::max<std::size_t>(2, plan.traces.size()));
  for (std::size_t t = 0; t < plan.traces.size(); ++t) {
    Result<References> references = References::open(plan, plan.traces[t]);
    if (!references) return std::move(references).error();
    traces.push_back(std::move(*references));
    names.push_back(plan.traces[t].name);
    cache.set_mask(static_cast<llc::Tenant>(t), plan.masks[t]);
  }
  SharedCounts shared;
  if (Status ran = run_in_turn(traces, names, cache, shared.ended); !ran) return std::move(ran).error();
  for (std::size_t t = 0; t < traces.size(); ++t) {
    if (traces[t].references() == 0) return traces[t].nothing_there();
    const auto tenant = static_cast<llc::Tenant>(t);
    SharedCounts::Row row{names[t], plan.masks[t], cache.counts(tenant), 0};
    for (std::size_t by = 0; by < traces.size(); ++by)
      if (by != t) row.evicted_by_others += cache.evictions(static_cast<llc::Tenant>(by), tenant);
    shared.rows.push_back(std::move(row));
  }
  return shared;
}

}  // namespace dcat::cli
