#include "sim/curves.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

namespace dcat::sim {
namespace {

enum Column : std::size_t { kBench, kNrWays, kIpc, kReferences, kMisses, kStalls, kBandwidth, kColumnCount };
constexpr std::array<std::string_view, kColumnCount> kColumnNames{
    "BENCH", "NR_WAYS", "ipc", "llcrpki", "llcmpki", "stalls_l3_miss", "bandwidth_mbps"};

constexpr double kMostWays = 64;  // bits of a mask
constexpr double kLeastIpcRatio = 0.25;
constexpr double kMostStallRatio = 0.95;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0;;) {
    const std::size_t end = text.find(separator, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

class Parser {
 public:
  Parser(std::string_view csv, const std::string& file) : file_(file) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // spreadsheets put it in front of UTF-8
    if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
    lines_ = split(csv, '\n');
  }

  Result<CurveTable> parse() {
    if (read_header())
      for (line_ = 2; line_ <= lines_.size(); ++line_) read_row();
    if (errors_.empty()) check_holes();
    if (errors_.empty() && rows_.empty()) note(1, "no rows below the header");
    if (errors_.empty()) return table();
    Error error{ErrorCode::bad_input, "read the curves of " + file_, "", "", 0};
    for (const std::string& e : errors_) error.why += (error.why.empty() ? "" : "\n") + e;
    return error;
  }

 private:
  struct Row {
    CurvePoint point;
    std::size_t line;
  };

  void note(std::size_t line, const std::string& text) {
    errors_.push_back(file_ + ":" + std::to_string(line) + ": " + text);
  }

  bool read_header() {
    const std::vector<std::string_view> names = split(lines_.front(), ',');
    positions_.fill(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto column = std::find(kColumnNames.begin(), kColumnNames.end(), trim(names[i]));
      if (column == kColumnNames.end()) continue;
      std::size_t& position = positions_[static_cast<std::size_t>(column - kColumnNames.begin())];
      if (position != names.size()) note(1, "column " + std::string(*column) + " twice");
      position = i;
    }
    fields_ = names.size();
    for (std::size_t c = 0; c < kColumnCount; ++c)
      if (c != kBandwidth && positions_[c] == fields_) note(1, "no column " + std::string(kColumnNames[c]));
    return errors_.empty();
  }

  void read_row() {
    const std::string_view line = trim(lines_[line_ - 1]);
    if (line.empty()) return;
    const std::vector<std::string_view> fields = split(line, ',');
    if (fields.size() != fields_) {
      note(line_, "got " + std::to_string(fields.size()) + " fields, want " + std::to_string(fields_));
      return;
    }
    const std::size_t errors_before = errors_.size();
    const std::string program(trim(fields[positions_[kBench]]));
    if (program.empty()) note(line_, "BENCH: empty");
    const double ways = number(fields, kNrWays, 1, kMostWays);
    CurvePoint p;
    p.ipc = number(fields, kIpc, 1e-6, 64);
    p.references_per_ki = number(fields, kReferences, 0, 1000);
    p.misses_per_ki = number(fields, kMisses, 0, 1000);
    p.stall_ratio = number(fields, kStalls, 0, 1);
    if (positions_[kBandwidth] != fields_) p.bandwidth_mb_per_sec = number(fields, kBandwidth, 0, 1e9);
    if (ways != std::floor(ways)) note(line_, "NR_WAYS: got a fraction, want a whole number");
    if (p.misses_per_ki > p.references_per_ki) note(line_, "llcmpki: more misses than references (llcrpki)");
    if (errors_.size() != errors_before) return;
    const auto [at, is_new] = rows_[program].try_emplace(static_cast<int>(ways), Row{p, line_});
    if (!is_new)
      note(line_, program + " with " + std::to_string(at->first) + " ways is on line " +
                      std::to_string(at->second.line) + " already");
  }

  // 1 where the field is wrong, so that the row's other fields are read too.
  double number(const std::vector<std::string_view>& fields, Column column, double least, double most) {
    const std::string_view text = trim(fields[positions_[column]]);
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = code == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
    if (is_number && value >= least && value <= most) return value;
    note(line_, std::string(kColumnNames[column]) + ": got '" + std::string(text) + "', want " +
                    (is_number ? "a number from " + shortest(least) + " to " + shortest(most) : "a number"));
    return 1;
  }

  static std::string shortest(double value) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
  }

  void check_holes() {
    for (const auto& [program, points] : rows_) {
      int expected = 1;
      for (const auto& [ways, row] : points) {
        if (ways != expected) {
          note(row.line, program + ": no line for NR_WAYS " + std::to_string(expected));
          break;
        }
        ++expected;
      }
    }
  }

  CurveTable table() const {
    CurveTable curves;
    for (const auto& [program, points] : rows_)
      for (const auto& [ways, row] : points) curves[program].points.push_back(row.point);
    return curves;
  }

  std::vector<std::string_view> lines_;
  const std::string& file_;
  std::size_t line_ = 1;
  std::size_t fields_ = 0;
  std::array<std::size_t, kColumnCount> positions_{};
  std::map<std::string, std::map<int, Row>> rows_;
  std::vector<std::string> errors_;
};

double on_line(double from, double to, double part) {
  return from + (to - from) * part;
}

// `part` of the way from a to b; negative: beyond a.
CurvePoint between(const CurvePoint& a, const CurvePoint& b, double part) {
  CurvePoint p;
  p.ipc = on_line(a.ipc, b.ipc, part);
  p.references_per_ki = on_line(a.references_per_ki, b.references_per_ki, part);
  p.misses_per_ki = on_line(a.misses_per_ki, b.misses_per_ki, part);
  p.stall_ratio = on_line(a.stall_ratio, b.stall_ratio, part);
  if (a.bandwidth_mb_per_sec && b.bandwidth_mb_per_sec)
    p.bandwidth_mb_per_sec = std::max(0.0, on_line(*a.bandwidth_mb_per_sec, *b.bandwidth_mb_per_sec, part));
  return p;
}

CurvePoint within_bounds(CurvePoint p, const CurvePoint& first) {
  p.ipc = std::max(p.ipc, kLeastIpcRatio * first.ipc);
  p.references_per_ki = std::max(p.references_per_ki, 0.0);
  p.misses_per_ki = std::clamp(p.misses_per_ki, 0.0, p.references_per_ki);
  p.stall_ratio = std::clamp(p.stall_ratio, 0.0, std::max(kMostStallRatio, first.stall_ratio));
  return p;
}

}  // namespace

Result<CurveTable> parse_curves(const std::string& csv, const std::string& file_name) {
  return Parser(csv, file_name).parse();
}

CurvePoint curve_at(const Curve& curve, double ways, int cache_ways) {
  const std::vector<CurvePoint>& points = curve.points;
  if (points.size() == 1 || ways >= cache_ways) return points.back();
  const double spread = static_cast<double>(points.size() - 1) / std::max(1, cache_ways - 1);
  const double offset = (ways - 1) * spread;  // from the first point
  if (offset < 0) return within_bounds(between(points[0], points[1], offset), points[0]);
  const std::size_t below = std::min(static_cast<std::size_t>(offset), points.size() - 2);  // offset may round up
  return between(points[below], points[below + 1], offset - static_cast<double>(below));
}

std::vector<double> curve_kinks(const Curve& curve, int cache_ways) {
  const std::vector<CurvePoint>& points = curve.points;
  if (points.size() == 1) return {0};
  const double spread = static_cast<double>(points.size() - 1) / std::max(1, cache_ways - 1);
  const CurvePoint& a = points[0];
  const CurvePoint& b = points[1];
  std::vector<double> kinks{0};
  // Where a line that goes on below one way meets its bound.
  const auto meets = [&](double at_one, double slope, double bound) {
    if (slope == 0) return;
    const double ways = 1 + (bound - at_one) / (slope * spread);
    if (ways > 0 && ways < 1) kinks.push_back(ways);
  };
  const double references = b.references_per_ki - a.references_per_ki;
  const double misses = b.misses_per_ki - a.misses_per_ki;
  meets(a.ipc, b.ipc - a.ipc, kLeastIpcRatio * a.ipc);
  meets(a.references_per_ki, references, 0);
  meets(a.misses_per_ki, misses, 0);
  meets(a.references_per_ki - a.misses_per_ki, references - misses, 0);
  meets(a.stall_ratio, b.stall_ratio - a.stall_ratio, 0);
  meets(a.stall_ratio, b.stall_ratio - a.stall_ratio, std::max(kMostStallRatio, a.stall_ratio));
  std::sort(kinks.begin(), kinks.end());
  for (std::size_t k = 0; k + 1 < points.size(); ++k) kinks.push_back(1 + static_cast<double>(k) / spread);
  if (kinks.back() < cache_ways) kinks.push_back(cache_ways);
  kinks.erase(std::unique(kinks.begin(), kinks.end()), kinks.end());
  return kinks;
}

}  // namespace dcat::sim
