// trace_check: what a recorded trace (docs/trace-format.md) says about the measurements of this folder.
//
//   trace_check churn LOG TRACE    were all that lived 2 s or more seen and classified, was no tick late; exit code 1.
//                                  Classified: in at least one period it had metrics and a state. A run in which fewer
//                                  than --least lived that long shows nothing and is none
//   trace_check rates TRACE        a line a container: cycles/s, instructions/s, misses/s, CPI, MPKI over all periods
//   trace_check table TRACE        Markdown: CPI, MPKI and states of each container
//   trace_check samples TRACE      the sub-samples of a period: median over containers and periods
//   trace_check agree FILES        of `SOURCE CONTAINER CPI MPKI` lines: how far each source is from the first
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench/density/box.h"

namespace dcat::bench {
namespace {

using Json = nlohmann::json;

constexpr double kLeastLife_s = 2;
constexpr double kLatestTick = 1.5;  // intervals
constexpr double kPerThousand = 1000;
constexpr double kNanoseconds = 1e9;

struct Trace {
  Json header;
  std::vector<Json> observations, decisions;
};

Result<Trace> read_trace(const std::string& file) {
  std::ifstream input(file);
  if (!input) return Error{ErrorCode::bad_input, "open " + file, "no such trace", ""};
  Trace trace;
  for (std::string line; std::getline(input, line);) {
    Json json = Json::parse(line, nullptr, false);
    // The last line of a run that was killed may be cut short.
    if (json.is_discarded()) continue;
    const std::string kind = json.value("kind", "");
    if (kind == "header") trace.header = std::move(json);
    if (kind == "observation") trace.observations.push_back(std::move(json));
    if (kind == "decision") trace.decisions.push_back(std::move(json));
  }
  if (trace.observations.empty())
    return Error{ErrorCode::bad_input, file, "there is no observation in it",
                 "the run may have ended in its first period"};
  return trace;
}

std::int64_t at_ns(const Json& line) {
  return line.at("at_ns").get<std::int64_t>();
}

// An empty list is left out of a trace.
const Json& list_of(const Json& parent, const char* key) {
  static const Json kNone = Json::array();
  const auto at = parent.find(key);
  return at == parent.end() ? kNone : *at;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// ---- churn

struct Life {
  std::string container;
  std::int64_t born_ns = 0, died_ns = 0;
};

Result<std::vector<Life>> read_lives(const std::string& file) {
  std::ifstream input(file);
  if (!input) return Error{ErrorCode::bad_input, "open " + file, "no such log", ""};
  std::vector<Life> lives;
  for (Life life; input >> life.container >> life.born_ns >> life.died_ns;) lives.push_back(life);
  return lives;
}

struct Seen {
  std::set<std::string> observed, decided, measured;  // measured: metrics and a state in the same period
};

Seen who_was_seen(const Trace& trace) {
  Seen seen;
  for (const Json& o : trace.observations)
    for (const Json& c : list_of(o, "containers")) seen.observed.insert(c.at("id").get<std::string>());
  for (const Json& d : trace.decisions)
    for (const Json& domain : list_of(d, "domains"))
      for (const Json& row : list_of(domain, "containers")) {
        if (!row.contains("container") || !row.contains("state")) continue;
        const auto name = row.at("container").get<std::string>();
        seen.decided.insert(name);
        if (row.contains("metrics") && !row.at("metrics").contains("absent")) seen.measured.insert(name);
      }
  return seen;
}

double longest_gap(const Trace& trace) {
  std::int64_t gap = 0;
  for (std::size_t i = 1; i < trace.observations.size(); ++i)
    gap = std::max(gap, at_ns(trace.observations[i]) - at_ns(trace.observations[i - 1]));
  return static_cast<double>(gap) / trace.header.at("interval_ns").get<double>();
}

Result<bool> check_churn(const std::string& log, const std::string& file, std::size_t least) {
  Result<std::vector<Life>> lives = read_lives(log);
  if (!lives) return std::move(lives).error();
  Result<Trace> trace = read_trace(file);
  if (!trace) return std::move(trace).error();
  const Seen seen = who_was_seen(*trace);
  std::size_t wanted = 0, observed = 0, decided = 0, classified = 0, brief = 0;
  std::vector<std::string> missed;
  for (const Life& life : *lives) {
    const bool is_classified = seen.observed.contains(life.container) && seen.measured.contains(life.container);
    if (static_cast<double>(life.died_ns - life.born_ns) < kLeastLife_s * kNanoseconds) {
      brief += is_classified ? 1U : 0U;
      continue;
    }
    ++wanted;
    observed += seen.observed.count(life.container);
    decided += seen.decided.count(life.container);
    classified += is_classified ? 1U : 0U;
    if (!is_classified) missed.push_back(life.container);
  }
  const double gap = longest_gap(*trace);
  std::printf(
      "| containers | lived 2 s or more | of these observed | with a state | and metrics | shorter ones with both "
      "| periods | longest between two |\n|---|---|---|---|---|---|---|---|\n");
  std::printf("| %zu | %zu | %zu | %zu | %zu | %zu | %zu | %.3f intervals |\n", lives->size(), wanted, observed,
              decided, classified, brief, trace->observations.size(), gap);
  for (std::size_t i = 0; i < std::min<std::size_t>(missed.size(), 10); ++i)
    std::fprintf(stderr, "trace_check: lived 2 s or more and was not classified: %s\n", missed[i].c_str());
  if (gap > kLatestTick) std::fprintf(stderr, "trace_check: a tick was later than %.1f intervals\n", kLatestTick);
  if (wanted < least)
    std::fprintf(stderr, "trace_check: %zu lived 2 s or more, %zu should have: nothing was shown\n", wanted, least);
  return wanted >= least && missed.empty() && gap <= kLatestTick;
}

// ---- rates

// An event's count in a sample, scaled to the whole of enabled_ns where it was on a counter for a part of it.
double count_of(const Json& sample, const char* event) {
  if (!sample.contains(event)) return 0;
  const Json& value = sample.at(event);
  if (!value.is_array()) return value.get<double>();
  const double running = value.at(1).get<double>();
  return running > 0 ? value.at(0).get<double>() * sample.at("enabled_ns").get<double>() / running : 0;
}

struct Sums {
  double cycles = 0, instructions = 0, misses = 0, seconds = 0;
};

constexpr std::array<const char*, 3> kEvents{"cycles", "instructions", "llc_misses"};

// Over all domains, from the first sample of a container to its last.
std::map<std::string, Sums> sum_rates(const Trace& trace) {
  struct Ends {
    Json first, last;
  };
  std::map<std::pair<std::string, int>, Ends> ends;
  for (const Json& o : trace.observations)
    for (const Json& domain : list_of(o, "domains"))
      for (const Json& series : list_of(domain, "series")) {
        const auto name = o.at("containers").at(series.at("container").get<std::size_t>()).at("id").get<std::string>();
        Ends& e = ends[{name, domain.at("id").get<int>()}];
        if (e.first.is_null()) e.first = series.at("samples").front();
        e.last = series.at("samples").back();
      }
  std::map<std::string, Sums> sums;
  for (const auto& [key, e] : ends) {
    Sums& s = sums[key.first];
    const auto delta = [&e = e](const char* event) { return count_of(e.last, event) - count_of(e.first, event); };
    s.cycles += delta(kEvents[0]);
    s.instructions += delta(kEvents[1]);
    s.misses += delta(kEvents[2]);
    s.seconds = std::max(s.seconds, static_cast<double>(at_ns(e.last) - at_ns(e.first)) / kNanoseconds);
  }
  return sums;
}

Result<bool> print_rates(const std::string& file) {
  Result<Trace> trace = read_trace(file);
  if (!trace) return std::move(trace).error();
  for (const auto& [name, s] : sum_rates(*trace)) {
    if (s.seconds <= 0 || s.instructions <= 0) continue;
    std::printf("%s %.0f %.0f %.3f %.5f %.8f\n", name.c_str(), s.cycles / s.seconds, s.instructions / s.seconds,
                s.misses / s.seconds, s.cycles / s.instructions, kPerThousand * s.misses / s.instructions);
  }
  return true;
}

// ---- agreement

Result<bool> check_agreement(const std::vector<std::string>& files, double most) {
  struct Row {
    double cpi = 0, mpki = 0;
  };
  std::vector<std::string> sources;
  std::map<std::string, std::map<std::string, Row>> rows;  // container, source
  for (const std::string& file : files) {
    std::ifstream input(file);
    std::string source, container;
    for (Row row; input >> source >> container >> row.cpi >> row.mpki;) {
      if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
      rows[container][source] = row;
    }
  }
  if (sources.size() < 2) return Error{ErrorCode::bad_input, "agree", "there are not two sources to compare", ""};
  bool right = true;
  std::printf("| container | source | CPI | MPKI | CPI off | MPKI off |\n|---|---|---|---|---|---|\n");
  for (const auto& [container, by_source] : rows) {
    const auto reference = by_source.find(sources.front());
    for (const std::string& source : sources) {
      const auto at = by_source.find(source);
      if (at == by_source.end() || reference == by_source.end()) {
        std::printf("| %s | %s | - | - | not counted | not counted |\n", container.c_str(), source.c_str());
        right = false;
        continue;
      }
      const auto off = [](double value, double of) { return of != 0 ? value / of - 1 : (value == 0 ? 0.0 : 1.0); };
      const double cpi = off(at->second.cpi, reference->second.cpi);
      const double mpki = off(at->second.mpki, reference->second.mpki);
      std::printf("| %s | %s | %.4f | %.4g | %+.2f %% | %+.2f %% |\n", container.c_str(), source.c_str(),
                  at->second.cpi, at->second.mpki, cpi * 100, mpki * 100);
      if (std::abs(cpi) > most || std::abs(mpki) > most) right = false;
    }
  }
  std::printf("\nAll sources within %.0f %% of %s: %s\n", most * 100, sources.front().c_str(), right ? "yes" : "no");
  return right;
}

// ---- tables

Result<bool> print_samples(const std::string& file) {
  Result<Trace> trace = read_trace(file);
  if (!trace) return std::move(trace).error();
  std::vector<double> samples;
  for (const Json& o : trace->observations)
    for (const Json& domain : list_of(o, "domains"))
      for (const Json& series : list_of(domain, "series"))
        // A container's first Sample may come with the zeros before it, which nobody read.
        samples.push_back(static_cast<double>(std::ranges::count_if(
            series.at("samples"), [](const Json& one) { return one.value("enabled_ns", 0.0) > 0; })));
  std::printf("%.0f\n", median(std::move(samples)));
  return true;
}

struct Column {
  std::vector<double> cpi, mpki;
  std::map<std::string, std::size_t> states;
  std::size_t rows = 0;
};

Result<bool> print_table(const std::string& file) {
  Result<Trace> trace = read_trace(file);
  if (!trace) return std::move(trace).error();
  std::map<std::string, Column> columns;
  for (const Json& d : trace->decisions)
    for (const Json& domain : list_of(d, "domains"))
      for (const Json& row : list_of(domain, "containers")) {
        if (!row.contains("container")) continue;
        Column& c = columns[row.at("container").get<std::string>()];
        ++c.rows;
        ++c.states[row.value("state", "-")];
        const Json metrics = row.value("metrics", Json::object());
        if (metrics.contains("absent")) continue;
        if (metrics.contains("cpi")) c.cpi.push_back(metrics.at("cpi").get<double>());
        if (metrics.contains("mpki")) c.mpki.push_back(metrics.at("mpki").get<double>());
      }
  std::printf("| container | periods | measured | CPI | MPKI | states |\n|---|---|---|---|---|---|\n");
  for (auto& [name, c] : columns) {
    std::string states;
    for (const auto& [state, times] : c.states)
      states += (states.empty() ? "" : ", ") + state + " " + std::to_string(times);
    const std::size_t slash = name.rfind('/');
    std::printf("| %s | %zu | %zu | %.3f | %.4g | %s |\n", name.c_str() + (slash == std::string::npos ? 0 : slash + 1),
                c.rows, c.cpi.size(), median(c.cpi), median(c.mpki), states.c_str());
  }
  return true;
}

int exit_with(const Result<bool>& result) {
  if (!result) return report("trace_check", result.error());
  return *result ? 0 : 1;
}

}  // namespace
}  // namespace dcat::bench

int main(int argc, char** argv) {
  using namespace dcat::bench;
  std::string log, trace;
  std::vector<std::string> files;
  double most = 0.03;
  std::size_t least = 1000;
  CLI::App app("What a recorded trace says about a measurement");
  app.require_subcommand(1);
  CLI::App* churn = app.add_subcommand("churn", "Was everybody who lived long enough seen?");
  churn->add_option("log", log, "What `churn` wrote")->required();
  churn->add_option("trace", trace, "What `dcat run --record` wrote")->required();
  churn->add_option("--least", least, "How many have to have lived 2 s")->check(CLI::Range(1, 1'000'000));
  CLI::App* rates = app.add_subcommand("rates", "Rates of each container");
  rates->add_option("trace", trace)->required();
  CLI::App* table = app.add_subcommand("table", "CPI, MPKI and states of each container");
  table->add_option("trace", trace)->required();
  CLI::App* samples = app.add_subcommand("samples", "Sub-samples of a period");
  samples->add_option("trace", trace)->required();
  CLI::App* agree = app.add_subcommand("agree", "Do the sources agree?");
  agree->add_option("files", files)->required();
  agree->add_option("--most", most, "How far they may be apart");
  CLI11_PARSE(app, argc, argv);
  if (churn->parsed()) return exit_with(check_churn(log, trace, least));
  if (rates->parsed()) return exit_with(print_rates(trace));
  if (table->parsed()) return exit_with(print_table(trace));
  if (samples->parsed()) return exit_with(print_samples(trace));
  return exit_with(check_agreement(files, most));
}
