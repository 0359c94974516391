#include "cli/curve_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cat/cbm.h"

namespace dcat::cli {
namespace {

using Json = nlohmann::ordered_json;

std::optional<sim::CurvePoint> point_of(const CurvePlan& plan, const CurveCounts& counts, const CurveRow& row) {
  if (!counts.instructions) return std::nullopt;
  const auto instructions = static_cast<double>(*counts.instructions);
  return llc::point_of(plan.model, static_cast<double>(counts.references) / instructions,
                       static_cast<double>(row.misses) / instructions);
}

std::string describe(const CurvePlan& plan) {
  const llc::Geometry& g = plan.geometry;
  return fmt::format("LLC: {}, {} ways of {}, {} sets{}, lines of {} bytes, {}", format_bytes(g.bytes()), g.ways,
                     format_bytes(g.way_bytes()), g.sets, g.hashed ? " (hashed)" : "", g.line_bytes,
                     name_of(plan.replacement));
}

std::string describe(const CurvePlan& plan, const CurveCounts& c) {
  std::string text = fmt::format("{} ({}): {} accesses, ", c.name, c.format, c.accesses);
  if (c.instructions) text += fmt::format("{} instructions, ", *c.instructions);
  text += fmt::format("{} LLC references", c.references);
  for (std::size_t i = 0; i < plan.filter.size(); ++i)
    text += fmt::format("{} {} in {} ways", i == 0 ? " behind" : ",", format_bytes(plan.filter[i].bytes()),
                        plan.filter[i].ways);
  if (c.lines) text += fmt::format(", {} lines", *c.lines);
  if (plan.shards_rate) text += fmt::format(", {} lines in the sample", c.sampled_lines);
  return text + "\n";
}

// Mean over the numbers of ways, where both were asked for.
std::optional<double> shards_error(const CurveCounts& c) {
  double sum = 0;
  for (const CurveRow& row : c.rows) {
    if (!row.exact || !row.shards) return std::nullopt;
    sum += std::abs(row.shards->miss_ratio - *row.exact);
  }
  return sum / static_cast<double>(c.rows.size());
}

std::string table_of(const CurvePlan& plan, const CurveCounts& c) {
  std::string text = describe(plan, c) + fmt::format("{:>4} {:>12} {:>11}", "ways", "size", "miss ratio");
  if (plan.exact) text += fmt::format(" {:>11}", "fully assoc");
  if (plan.shards_rate) text += fmt::format(" {:>19}", "sampled +- std err");
  if (c.instructions) text += fmt::format(" {:>8} {:>6}", "mpki", "ipc");
  text += '\n';
  for (const CurveRow& row : c.rows) {
    text +=
        fmt::format("{:>4} {:>12} {:>11.4f}", row.ways,
                    format_bytes(plan.geometry.way_bytes() * static_cast<std::uint64_t>(row.ways)), c.miss_ratio(row));
    if (row.exact) text += fmt::format(" {:>11.4f}", *row.exact);
    if (row.shards) text += fmt::format(" {:>9.4f} +- {:.4f}", row.shards->miss_ratio, row.shards->standard_error);
    if (const auto p = point_of(plan, c, row)) text += fmt::format(" {:>8.3f} {:>6.3f}", p->misses_per_ki, p->ipc);
    text += '\n';
  }
  if (const std::optional<double> error = shards_error(c))
    text += fmt::format("sampled and fully associative differ by {:.4f} on average\n", *error);
  return text;
}

std::string tables(const CurvePlan& plan, const std::vector<CurveCounts>& curves) {
  std::string text = describe(plan) + "\n";
  for (const CurveCounts& c : curves) text += "\n" + table_of(plan, c);
  if (plan.filter.empty())
    text +=
        "\nEvery access of the trace was taken for an LLC reference; --filter 32KiB:8,1MiB:16 puts an L1 and an L2 "
        "in front.\n";
  return text;
}

Json json_of(const CurvePlan& plan) {
  const llc::Geometry& g = plan.geometry;
  Json filter = Json::array();
  for (const llc::Geometry& level : plan.filter) filter.push_back({{"bytes", level.bytes()}, {"ways", level.ways}});
  return {{"bytes", g.bytes()}, {"ways", g.ways},
          {"sets", g.sets},     {"line_bytes", g.line_bytes},
          {"hashed", g.hashed}, {"replacement", name_of(plan.replacement)},
          {"filter", filter}};
}

Json json_of(const CurvePlan& plan, const CurveCounts& c) {
  Json rows = Json::array();
  for (const CurveRow& row : c.rows) {
    Json r = {{"ways", row.ways}, {"misses", row.misses}, {"miss_ratio", c.miss_ratio(row)}};
    if (row.exact) r["fully_associative"] = *row.exact;
    if (row.shards) {
      r["sampled"] = row.shards->miss_ratio;
      r["sampled_standard_error"] = row.shards->standard_error;
    }
    if (const auto p = point_of(plan, c, row)) {
      r["mpki"] = p->misses_per_ki;
      r["ipc"] = p->ipc;
      r["stalls_l3_miss"] = p->stall_ratio;
      r["bandwidth_mbps"] = *p->bandwidth_mb_per_sec;
    }
    rows.push_back(std::move(r));
  }
  Json j = {{"name", c.name}, {"format", c.format}, {"accesses", c.accesses}, {"references", c.references}};
  if (c.instructions) j["instructions"] = *c.instructions;
  if (c.lines) j["lines"] = *c.lines;
  if (plan.shards_rate) j["sampling_rate"] = *plan.shards_rate;
  if (plan.shards_rate) j["sampled_lines"] = c.sampled_lines;
  if (const std::optional<double> error = shards_error(c)) j["sampling_error"] = *error;
  j["curve"] = std::move(rows);
  return j;
}

Result<std::string> csv_of(const CurvePlan& plan, const std::vector<CurveCounts>& curves) {
  std::string text = "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,stalls_l3_miss,bandwidth_mbps\n";
  for (const CurveCounts& c : curves) {
    if (!c.instructions)
      return Error{ErrorCode::bad_input, "write the curve of " + c.name + " as CSV",
                   "the trace does not tell how many instructions were executed", "give them with --instructions", 0};
    for (const CurveRow& row : c.rows) {
      const sim::CurvePoint p = *point_of(plan, c, row);
      if (p.references_per_ki > 1000)
        return Error{
            ErrorCode::bad_input, "write the curve of " + c.name + " as CSV",
            fmt::format("{:.0f} LLC references in 1,000 instructions are more than programs have", p.references_per_ki),
            "put the private caches in front, as --filter 32KiB:8,1MiB:16", 0};
      text += fmt::format("{},{},{:.9f},{:.9f},{:.9f},{:.9f},{:.6f}\n", c.name, row.ways, p.ipc, p.references_per_ki,
                          p.misses_per_ki, p.stall_ratio, *p.bandwidth_mb_per_sec);
    }
  }
  return text;
}

double ratio_of(const llc::TenantCounts& c) {
  return c.accesses == 0 ? 0 : static_cast<double>(c.misses) / static_cast<double>(c.accesses);
}

std::string shared_table(const CurvePlan& plan, const SharedCounts& shared) {
  std::string text = describe(plan) + "\n";
  text += fmt::format("{} traces in turn, one LLC reference each, until the end of {}\n\n", shared.rows.size(),
                      shared.ended);
  text += fmt::format("{:<20} {:>16} {:>12} {:>12} {:>12} {:>10} {:>10} {:>12}\n", "trace", "mask", "references",
                      "hits", "misses", "miss ratio", "lines held", "lost to others");
  for (const SharedCounts::Row& r : shared.rows)
    text += fmt::format("{:<20} {:>16} {:>12} {:>12} {:>12} {:>10.4f} {:>10} {:>12}\n", r.name, format_cbm(r.mask),
                        r.counts.accesses, r.counts.hits, r.counts.misses, ratio_of(r.counts), r.counts.held,
                        r.evicted_by_others);
  return text;
}

}  // namespace

Result<std::string> format_curves(const CurvePlan& plan, const std::vector<CurveCounts>& curves) {
  switch (plan.format) {
    case CurveFormat::table: return tables(plan, curves);
    case CurveFormat::csv: return csv_of(plan, curves);
    case CurveFormat::json: break;
  }
  Json j = {{"llc", json_of(plan)}, {"traces", Json::array()}};
  for (const CurveCounts& c : curves) j["traces"].push_back(json_of(plan, c));
  return j.dump(2) + "\n";
}

std::string format_shared(const CurvePlan& plan, const SharedCounts& shared) {
  if (plan.format == CurveFormat::table) return shared_table(plan, shared);
  if (plan.format == CurveFormat::csv) {
    std::string text = "trace,mask,references,hits,misses,miss_ratio,lines_held,evicted_by_others\n";
    for (const SharedCounts::Row& r : shared.rows)
      text += fmt::format("{},{},{},{},{},{:.9f},{},{}\n", r.name, format_cbm(r.mask), r.counts.accesses, r.counts.hits,
                          r.counts.misses, ratio_of(r.counts), r.counts.held, r.evicted_by_others);
    return text;
  }
  Json j = {{"llc", json_of(plan)}, {"ended", shared.ended}, {"tenants", Json::array()}};
  for (const SharedCounts::Row& r : shared.rows)
    j["tenants"].push_back({{"name", r.name},
                            {"mask", format_cbm(r.mask)},
                            {"references", r.counts.accesses},
                            {"hits", r.counts.hits},
                            {"misses", r.counts.misses},
                            {"miss_ratio", ratio_of(r.counts)},
                            {"lines_held", r.counts.held},
                            {"evicted_by_others", r.evicted_by_others}});
  return j.dump(2) + "\n";
}

}  // namespace dcat::cli
