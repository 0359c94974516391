// `dcat curve`: address traces in; their miss ratio and IPC curves, their shares of one cache, or packed traces out.
#include <fmt/format.h>

#include <vector>

#include "cli/commands.h"
#include "cli/curve_count.h"
#include "cli/curve_text.h"
#include "cli/outputs.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "sim/address_trace/packed_writer.h"

namespace dcat::cli {
namespace {

constexpr std::size_t kBatch = 1 << 14;  // accesses

Status pack(const CurveArguments& a) {
  if (Status packing = check_packing(a); !packing) return packing;
  if (Status apart = check_not_read("--pack", a.pack_file, a.traces); !apart) return apart;
  // Who is stopped takes the temporary file away; a wait for more of the trace ends with the signal.
  const std::atomic<bool>& stop = stop_on_signals();
  const Error interrupted{ErrorCode::failed, "pack " + a.traces[0], "interrupted", "nothing was written", 0};
  Result<std::unique_ptr<address_trace::Reader>> reader = address_trace::open_trace(a.traces[0], a.fetches);
  if (!reader) return std::move(reader).error();
  auto writer = address_trace::PackedWriter::create(a.pack_file, a.fetches);
  if (!writer) return std::move(writer).error();
  std::vector<address_trace::Access> batch(kBatch);
  std::uint64_t left = a.limit.value_or(~std::uint64_t{0});
  bool any = false;
  while (left > 0) {
    if (stop) return interrupted;
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBatch));
    const Result<std::size_t> n = (*reader)->read(std::span(batch).first(wanted));
    if (stop) return interrupted;
    if (!n) return n.error();
    if (*n == 0) break;
    any = true;
    left -= *n;
    if (Status written = (*writer)->write(std::span(batch).first(*n)); !written) return written;
  }
  if (!any) return Error{ErrorCode::bad_input, "read " + a.traces[0], "there is no access in it", "record it again", 0};
  return (*writer)->finish(a.instructions.empty() ? (*reader)->instructions() : a.instructions[0]);
}

Result<std::string> count(const CurvePlan& plan) {
  if (!plan.masks.empty()) {
    const Result<SharedCounts> shared = count_shared(plan);
    if (!shared) return shared.error();
    return format_shared(plan, *shared);
  }
  const Result<std::vector<CurveCounts>> curves = count_curves(plan);
  if (!curves) return curves.error();
  return format_curves(plan, *curves);
}

Status curve(const CurveArguments& a) {
  if (!a.pack_file.empty()) return pack(a);
  if (Status apart = check_not_read("--output", a.output_file, a.traces); !apart) return apart;
  const Result<CurvePlan> plan = make_curve_plan(a);
  if (!plan) return plan.error();
  Result<std::string> text = count(*plan);
  if (!text) return std::move(text).error();
  if (!a.output_file.empty()) return address_trace::write_whole_file(a.output_file, *text);
  text->pop_back();  // print_lines ends the line
  return print_lines({*text});
}

}  // namespace

int curve_command(const CurveArguments& arguments) {
  const Status ended = curve(arguments);
  return ended ? 0 : report(ended.error());
}

}  // namespace dcat::cli
