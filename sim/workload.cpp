#include "sim/workload.h"

#include <algorithm>
#include <cmath>

namespace dcat::sim {
namespace {

// The paper's machine: Intel Xeon E5-2697 v4 at 2.3 GHz, 20 ways of 2.25 MB.
constexpr double kL3HitCycles = 50;                           // load to use; about 22 ns
constexpr double kMemoryCycles = 200;                         // load to use from local DRAM, about 87 ns
constexpr double kMissCycles = kMemoryCycles - kL3HitCycles;  // what a miss waits longer than a hit

// How a kind's loop behaves on an idle machine.
struct Loop {
  double base_cpi;                    // cycles per instruction without any L3 access
  double references_per_instruction;  // of the L3
  double parallelism;                 // L3 accesses in flight at a time
};
// A chain of reads: the address of the next comes from the data of this one, so one access is in flight at a
// time and the prefetchers see no pattern. Ten instructions a read, for the arithmetic in between.
constexpr Loop kMlrLoop{0.5, 0.1, 1};
// Eight loads of 8 bytes a line and as many additions: one line in 16 instructions. The L2 streamer keeps
// about ten lines in flight (there are ten L1 fill buffers a core): some 5 GB/s a core on an idle bus.
constexpr Loop kMloadLoop{0.5, 0.0625, 10};
// 46,000 references a second at 4.6 G instructions/s: kernel ticks. A tenth of them misses.
constexpr Loop kLookbusyLoop{0.5, 1e-5, 1};
constexpr double kLookbusyMissRatio = 0.1;
// A look-up: hash, compare, copy, answer; a few dependent lines in some hundred instructions.
constexpr Loop kZipfLoop{0.7, 0.03, 1.5};

// L1 loads per instruction. Each step of kPhaseStep is beyond the 10 % that tell phases apart, so that two
// sets which differ by a way are two phases; real loops differ as much by their address arithmetic.
constexpr double kPhaseStep = 1.11;
constexpr double kMostAccesses = 1.0;
constexpr double kMlrAccesses = 0.1;  // x step^ways of the set
constexpr double kMloadAccesses = 0.5;
constexpr double kLookbusyAccesses = 0.04;
constexpr double kZipfAccesses = 0.2;  // x step^log2(ways of the set) x 1.25^theta
constexpr double kZipfThetaStep = 1.25;

constexpr double kMostEstimatedStallRatio = 0.9;  // some cycle retires the instructions

constexpr std::size_t kZipfHead = 1024;  // items summed one by one; beyond, the integral errs by less than 1e-9

WorkloadPoint point_of(const Loop& loop, std::optional<double> references, double miss_ratio) {
  WorkloadPoint p;
  p.references_per_instruction = references.value_or(loop.references_per_instruction);
  p.misses_per_instruction = p.references_per_instruction * miss_ratio;
  p.core_cpi = loop.base_cpi + p.references_per_instruction * kL3HitCycles / loop.parallelism;
  p.stall_cpi = p.misses_per_instruction * kMissCycles / loop.parallelism;
  return p;
}

WorkloadPoint point_of(const CurvePoint& c) {
  const double cpi = 1 / c.ipc;
  WorkloadPoint p;
  p.stall_cpi = cpi * c.stall_ratio;
  p.core_cpi = cpi - p.stall_cpi;
  p.references_per_instruction = c.references_per_ki / 1000;
  p.misses_per_instruction = c.misses_per_ki / 1000;
  return p;
}

// One overload a kind, for std::visit.
struct Evaluator {
  const Workload& workload;
  double ways;
  const LlcShape& shape;

  WorkloadPoint operator()(const Mlr& mlr) const {
    const double fits = std::min(1.0, ways / mlr.set.in_ways(shape));
    return point_of(kMlrLoop, workload.references_per_instruction, 1 - fits);
  }
  WorkloadPoint operator()(const Mload&) const { return point_of(kMloadLoop, workload.references_per_instruction, 1); }
  WorkloadPoint operator()(const Lookbusy&) const {
    return point_of(kLookbusyLoop, workload.references_per_instruction, kLookbusyMissRatio);
  }
  WorkloadPoint operator()(const Zipf& zipf) const {
    return point_of(kZipfLoop, workload.references_per_instruction, 1 - zipf.hit_ratio(ways, shape));
  }
  WorkloadPoint operator()(const CurveProgram& program) const {
    return point_of(curve_at(*program.curve, ways, shape.ways));
  }
};

struct Accesses {
  const LlcShape& shape;

  std::optional<double> operator()(const Mlr& mlr) const {
    return std::min(kMostAccesses, kMlrAccesses * std::pow(kPhaseStep, mlr.set.in_ways(shape)));
  }
  std::optional<double> operator()(const Mload&) const { return kMloadAccesses; }
  std::optional<double> operator()(const Lookbusy&) const { return kLookbusyAccesses; }
  std::optional<double> operator()(const Zipf& zipf) const {
    const double of_set = std::pow(kPhaseStep, std::log2(zipf.set().in_ways(shape)));
    return std::min(kMostAccesses, kZipfAccesses * of_set * std::pow(kZipfThetaStep, zipf.theta()));
  }
  std::optional<double> operator()(const CurveProgram&) const { return std::nullopt; }
};

}  // namespace

double SetSize::in_ways(const LlcShape& shape) const {
  if (ways > 0 || shape.way_bytes == 0) return ways;
  return static_cast<double>(bytes) / static_cast<double>(shape.way_bytes);
}

Zipf::Zipf(SetSize set, std::uint64_t items, double theta)
    : set_(set), items_(static_cast<double>(items)), theta_(theta) {
  std::vector<double> head{0};
  const std::size_t summed = std::min<std::size_t>(kZipfHead, items);
  for (std::size_t i = 1; i <= summed; ++i) head.push_back(head.back() + std::pow(static_cast<double>(i), -theta_));
  head_ = std::make_shared<const std::vector<double>>(std::move(head));
  total_ = mass(items_);
}

double Zipf::mass(double count) const {
  const double last = static_cast<double>(head_->size() - 1);
  if (count <= last) {
    const auto whole = static_cast<std::size_t>(count);
    const double below = (*head_)[whole];
    if (whole + 1 >= head_->size()) return below;
    return below + (count - static_cast<double>(whole)) * ((*head_)[whole + 1] - below);
  }
  // Euler-Maclaurin from the last item of the head on.
  const double at_count = std::pow(count, -theta_);
  const double at_last = std::pow(last, -theta_);
  const double power = 1 - theta_;
  const double integral = std::abs(power) < 1e-9 ? std::log(count / last) : (at_count * count - at_last * last) / power;
  return head_->back() + integral + (at_count - at_last) / 2 + theta_ / 12 * (at_last / last - at_count / count);
}

double Zipf::popularity(double count) const {
  return std::min(1.0, mass(std::min(count, items_)) / total_);
}

double Zipf::hit_ratio(double ways, const LlcShape& shape) const {
  return popularity(items_ * std::min(1.0, ways / set_.in_ways(shape)));
}

WorkloadPoint evaluate(const Workload& workload, double ways, const LlcShape& shape) {
  return std::visit(Evaluator{workload, ways, shape}, workload.kind);
}

double best_ipc(const Workload& workload, const LlcShape& shape) {
  const auto* program = std::get_if<CurveProgram>(&workload.kind);
  if (program == nullptr) return 1 / evaluate(workload, shape.ways, shape).cpi();
  double best = 0;
  for (const CurvePoint& point : program->curve->points) best = std::max(best, point.ipc);
  return best;
}

std::optional<double> memory_accesses_per_instruction(const Workload& workload, const LlcShape& shape) {
  if (workload.memory_accesses_per_instruction) return workload.memory_accesses_per_instruction;
  return std::visit(Accesses{shape}, workload.kind);
}

double estimated_stall_ratio(double ipc, double misses_per_ki) {
  return std::min(kMostEstimatedStallRatio, misses_per_ki / 1000 * kMissCycles * ipc);
}

}  // namespace dcat::sim
