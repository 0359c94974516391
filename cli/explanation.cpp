#include "cli/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal_text.h"
#include "cli/wall_time.h"

namespace dcat::cli {

namespace {

// Words into lines; all but the first are indented. A word that is wider than a line is cut.
void wrap(std::vector<std::string>& lines, const std::string& text, int columns, const std::string& indent,
          const std::string& further) {
  if (columns <= 0) {
    lines.push_back(indent + text);
    return;
  }
  std::string line = indent;
  bool empty = true;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!empty && columns_of(line) + 1 + columns_of(word) > columns) {
      lines.push_back(cut(line, columns));
      line = further;
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
    at = end + 1;
  }
  lines.push_back(cut(line, columns));
}

std::string ways_text(std::int64_t ways) {
  return fmt::format("{} way{}", ways, ways == 1 ? "" : "s");
}

std::string mib(double bytes) {
  return fmt::format("{:.1f} MiB", bytes / (1 << 20));
}

std::string pct(double ratio) {
  return fmt::format("{:.1f} %", ratio * 100);
}

std::string when(const Answer& decision, const char* key) {
  if (const auto t = decision.number("t")) return fmt::format("t={:.1f}s", *t);
  return short_utc(decision.text(key));
}

// "At 00:38:39 from Unknown to Receiver, from 4 to 5 ways: the last way gained 35.3 % (limit 5.0 %)."
std::string sentence(const Answer& d) {
  const std::string before = d.text("before"), after = d.text("after");
  const std::int64_t from = d.integer("ways_before"), to = d.integer("ways_after");
  std::string what;
  if (before != after && from != to)
    what = fmt::format("from {} to {}, from {} to {}", before, after, from, ways_text(to));
  else if (before != after)
    what = fmt::format("from {} to {}, with {}", before, after, ways_text(to));
  else if (from != to)
    what = fmt::format("{} as before, from {} to {}", after, from, ways_text(to));
  else
    what = fmt::format("{} as before, with {}", after, ways_text(to));
  const std::int64_t periods = d.integer("periods");
  if (periods > 1) what += fmt::format(", for {} periods", periods);
  return fmt::format("{}: {}: {}.", when(d, "since"), what, d.text("reason"));
}

std::string phase_text(const Answer& phase) {
  std::string text = fmt::format("Phase {}", phase.integer("id"));
  if (const auto reference = phase.number("memory_accesses_per_instruction"))
    text += fmt::format(", {:.3f} memory accesses an instruction", *reference);
  const auto baseline = phase.number("baseline_ipc");
  text += baseline ? fmt::format(": {:.3f} IPC at its contract", *baseline) : std::string(": no baseline yet");
  std::string sizes;
  for (const Answer& entry : phase.list("table"))
    if (const auto normalised = entry.number("normalised_ipc"))
      sizes += fmt::format("{}{} with {}", sizes.empty() ? "; of that " : ", ", pct(*normalised),
                           ways_text(entry.integer("ways")));
  text += sizes;
  if (phase.has("preferred")) text += fmt::format("; grows no further than {}", ways_text(phase.integer("preferred")));
  return text + ".";
}

std::string measured_text(const Answer& place) {
  const auto metrics = place.object("metrics");
  if (!metrics) return "Nothing has been measured yet.";
  std::vector<std::string> parts;
  if (const auto ipc = metrics->number("ipc")) parts.push_back(fmt::format("{:.3f} IPC", *ipc));
  if (const auto cpi = metrics->number("cpi")) parts.push_back(fmt::format("{:.2f} cycles an instruction", *cpi));
  if (const auto baseline = place.object("baseline"))
    if (const auto normalised = baseline->number("normalised_ipc"))
      parts.push_back(pct(*normalised) + " of its baseline");
  if (const auto mpki = metrics->number("mpki"))
    parts.push_back(fmt::format("{:.2f} misses per 1,000 instructions", *mpki));
  if (const auto ratio = metrics->number("miss_ratio")) parts.push_back(pct(*ratio) + " of LLC references miss");
  if (const auto bytes = metrics->number("llc_occupancy_bytes")) parts.push_back(mib(*bytes) + " in the cache");
  std::string text = "Measured last: ";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text + ".";
}

std::string standing_text(const Answer& place, const std::string& group, const std::string& mode) {
  const std::int64_t ways = place.integer("ways"), contract = place.integer("contract");
  const std::string mask = place.text("mask");
  if (!place.truth("dedicated"))
    return fmt::format("It is in the shared region of {}{}: {}.", ways_text(ways), mask.empty() ? "" : ", mask " + mask,
                       place.text("reason"));
  return fmt::format("{} {} {}, its contract is {}{}{}: {}.", place.text("state"),
                     mode == "advise" ? "that would have" : "with", ways_text(ways), ways_text(contract),
                     mask.empty() ? "" : "; mask " + mask, group.empty() ? "" : " of group " + group,
                     place.text("reason"));
}

std::string title_of(const Answer& answer, const Answer& status) {
  const std::string id = answer.text("container");
  std::string name = status.text("name");
  if (const std::string pod = status.text("pod"); !pod.empty()) name = pod + "/" + name;
  std::string title = name == id || name.empty() ? id : fmt::format("{} ({})", name, id);
  if (answer.has("gone_at")) title += ", gone since " + short_utc(answer.text("gone_at"));
  return title;
}

}  // namespace

std::vector<std::string> explanation_lines(const Answer& answer, int columns) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& text, const std::string& indent = "  ") {
    wrap(lines, text, columns, indent, indent + "  ");
  };
  const auto status = answer.object("status");
  if (!status) return {"The daemon said nothing of it."};
  add(title_of(answer, *status), "");
  add(fmt::format("{}{}, mode {}, a period is {} ms.", answer.truth("simulated") ? "Simulated node " : "Node ",
                  answer.text("node"), answer.text("mode"), answer.integer("interval_ms")),
      "");
  if (const std::string foreign = status->text("foreign"); !foreign.empty())
    add("Somebody else decides about its cache: " + foreign + ".", "");
  const std::vector<Answer> places = status->list("domains");
  for (const Answer& domain : answer.list("domains")) {
    lines.emplace_back();
    const std::int64_t id = domain.integer("id");
    add(fmt::format("L3 domain {}", id), "");
    const auto place = std::ranges::find_if(places, [id](const Answer& p) { return p.integer("id") == id; });
    if (place != places.end()) {
      add(standing_text(*place, status->text("group"), answer.text("mode")));
      add(measured_text(*place));
    }
    if (const std::string needs = domain.text("needs"); !needs.empty()) add("It needs " + needs + ".");
    for (const Answer& phase : domain.list("phases"))
      add(phase_text(phase) + (phase.integer("id") == domain.integer("phase") ? " It is in this one." : ""));
    const std::vector<Answer> decisions = domain.list("decisions");
    add(decisions.size() == 1 ? "Its decision:"
                              : fmt::format("Its last {} decisions, oldest first:", decisions.size()));
    for (const Answer& decision : decisions) add(sentence(decision), "    ");
  }
  if (answer.list("domains").empty()) add("It has not run yet: nothing was decided.", "");
  return lines;
}

}  // namespace dcat::cli
