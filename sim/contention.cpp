#include "sim/contention.h"

#include <algorithm>
#include <cmath>

#include "sim/insertion_table.h"
#include "sim/occupancy.h"
#include "sim/root.h"

namespace dcat::sim {
namespace {

constexpr double kMostLogStallFactor = 14;  // a million: the bus of such a node carries nothing any more

double instructions_per_sec(const Runner& runner, const WorkloadPoint& point, double stall_factor) {
  const double rate = runner.cycles_per_sec / (runner.slow_factor * point.cpi(stall_factor));
  const bool bounded = runner.most_references_per_sec > 0 && point.references_per_instruction > 0;
  return bounded ? std::min(rate, runner.most_references_per_sec / point.references_per_instruction) : rate;
}

// By runner; empty where no mask overlaps another, for then nobody asks.
std::vector<InsertionTable> tables_of(const std::vector<Runner>& runners, const LlcShape& shape) {
  std::vector<InsertionTable> tables;
  for (std::size_t i = 0; i < runners.size(); ++i)
    for (std::size_t k = i + 1; k < runners.size(); ++k) {
      if (!runners[i].mask.overlaps(runners[k].mask)) continue;
      for (const Runner& r : runners) tables.emplace_back(*r.workload, shape, r.cycles_per_sec / r.slow_factor);
      return tables;
    }
  return tables;
}

std::vector<Rates> rates_at(const std::vector<Runner>& runners, const std::vector<InsertionTable>& tables,
                            const LlcShape& shape, double stall_factor) {
  std::vector<Filler> fillers;
  fillers.reserve(runners.size());
  for (std::size_t i = 0; i < runners.size(); ++i) {
    const Runner& r = runners[i];
    Filler& filler = fillers.emplace_back();
    filler.mask = r.mask;
    filler.insertions_per_sec = [&r, &shape, stall_factor](double ways) {
      const WorkloadPoint p = evaluate(*r.workload, ways, shape);
      return instructions_per_sec(r, p, stall_factor) * p.misses_per_instruction;
    };
    // The tables know of no throttle.
    if (i < tables.size() && tables[i].known() && r.most_references_per_sec <= 0)
      filler.holds = [&table = tables[i], stall_factor](double own, double u, double most) {
        return table.holds(own, u, most, stall_factor);
      };
  }
  const std::vector<double> held = share_ways(fillers);
  std::vector<Rates> rates;
  rates.reserve(runners.size());
  for (std::size_t i = 0; i < runners.size(); ++i) {
    const WorkloadPoint p = evaluate(*runners[i].workload, held[i], shape);
    Rates r;
    r.ways_held = held[i];
    r.cycles_per_sec = runners[i].cycles_per_sec;
    r.instructions_per_sec = instructions_per_sec(runners[i], p, stall_factor);
    r.references_per_sec = r.instructions_per_sec * p.references_per_instruction;
    r.misses_per_sec = r.instructions_per_sec * p.misses_per_instruction;
    rates.push_back(r);
  }
  return rates;
}

double traffic_of(const std::vector<Rates>& rates) {
  double bytes_per_sec = 0;
  for (const Rates& r : rates) bytes_per_sec += r.misses_per_sec * kLineBytes;
  return bytes_per_sec;
}

}  // namespace

Contention contend(const std::vector<Runner>& runners, const DomainSpec& domain) {
  const LlcShape shape{domain.ways.count, domain.way_bytes};
  const double ceiling = domain.memory_bytes_per_sec;
  const std::vector<InsertionTable> tables = tables_of(runners, shape);
  Contention result{rates_at(runners, tables, shape, 1), 1};
  const double demanded = traffic_of(result.rates);
  if (ceiling <= 0 || demanded <= ceiling) return result;

  const auto spare = [&](double log_factor) {
    return ceiling - traffic_of(rates_at(runners, tables, shape, std::exp(log_factor)));
  };
  // A bracket first: the factor is seldom large, and each evaluation shares the cache anew.
  double high = 0.5;
  double spare_high = spare(high);
  while (spare_high < 0 && high < kMostLogStallFactor) spare_high = spare(high *= 2);
  const double log_factor =
      find_root(spare, 0, high, ceiling - demanded, spare_high, 1e-12, kTrafficTolerance * ceiling);
  result.stall_factor = std::exp(log_factor);
  result.rates = rates_at(runners, tables, shape, result.stall_factor);
  return result;
}

}  // namespace dcat::sim
