#include "sim/oracle/cluster_table.h"

namespace dcat::sim {

void members_of(const SteadyNode& node, std::span<const std::uint16_t> tenants, int ways, std::span<Member> out) {
  std::vector<const SteadyProgram*> programs;
  for (const std::uint16_t tenant : tenants) programs.push_back(&node.programs[tenant]);
  std::vector<double> held(programs.size());
  share_cluster(programs, ways, held);
  for (std::size_t k = 0; k < programs.size(); ++k) {
    const ProgramPoint point = programs[k]->at(held[k]);
    out[k] = {point.ipc, bus_load(point, programs[k]->cycles_per_sec())};
  }
}

ClusterTable::ClusterTable(const SteadyNode& node, bool clusters, Patience& patience)
    : ways_(node.ways.count), first_{0} {
  const std::size_t count = node.programs.size();
  const std::size_t items = clusters ? std::size_t{1} << count : count;
  for (std::size_t item = 0; item < items; ++item) {
    for (std::size_t i = 0; i < count; ++i)
      if (clusters ? (item >> i & 1) != 0 : item == i) tenants_.push_back(static_cast<std::uint16_t>(i));
    first_.push_back(tenants_.size());
  }
  members_.resize(tenants_.size() * static_cast<std::size_t>(ways_));
  for (std::size_t item = 0; item < items; ++item) {
    if (patience.over()) return;
    if (item % 64 == 0) patience.report(static_cast<double>(item) / static_cast<double>(items));
    for (int w = node.least.count; w <= ways_; ++w) {
      const std::span<const Member> place = members(item, w);
      const auto at = static_cast<std::size_t>(place.data() - members_.data());
      members_of(node, tenants(item), w, std::span(members_).subspan(at, place.size()));
    }
  }
  complete_ = true;
}

}  // namespace dcat::sim
