#include "cli/screen.h"

#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dcat::cli {

namespace {

constexpr const char* kHome = "\033[H";
constexpr const char* kClearLine = "\033[K";
constexpr const char* kClearBelow = "\033[J";
constexpr const char* kAlternateScreen = "\033[?1049h\033[?25l";
constexpr const char* kNormalScreen = "\033[?25h\033[?1049l";

// By what was tried, so that a number that changes in the cause does not make a new trouble.
bool first_time(std::set<std::string>& said, const Error& error) {
  return said.insert(error.what).second;
}

std::string mode_text(Mode mode, const std::string& why) {
  return "mode " + std::string(name_of(mode)) + ": " + why;
}

// True when what is printed goes to systemd's journal (systemd.exec(5), $JOURNAL_STREAM).
bool prints_to_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat out {};
  return stream != nullptr && ::fstat(STDOUT_FILENO, &out) == 0 &&
         std::to_string(out.st_dev) + ":" + std::to_string(out.st_ino) == stream;
}

// The journal keeps what it is told: a service tells it what moves, and `dcat status` the rest.
void keep_moves(std::vector<std::string>& lines, Mode mode) {
  if (mode == Mode::observe) lines.clear();
  std::erase_if(lines, [](const std::string& line) { return line.ends_with(": no change"); });
}

}  // namespace

Status print_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::fprintf(stdout, "%s\n", line.c_str());
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return Error{ErrorCode::failed, "write to standard output", std::strerror(errno), "", errno};
  return {};
}

LiveTable::LiveTable(View view) : view_(std::move(view)) {
  std::fputs(kAlternateScreen, stdout);
  std::fflush(stdout);
}

LiveTable::~LiveTable() {
  std::fputs(kNormalScreen, stdout);
  std::fflush(stdout);
  for (const std::string& line : told_) spdlog::warn("{}", line);
}

Status LiveTable::on_decision(const Observation& o, const Decision& d) {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    view_.columns = size.ws_col;
    view_.rows = size.ws_row;
  }
  std::string screen = kHome;
  const std::vector<std::string> lines = draw_table(o, d, view_);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    screen += lines[i] + kClearLine;
    if (i + 1 < lines.size()) screen += "\r\n";
  }
  screen += kClearBelow;
  std::fputs(screen.c_str(), stdout);
  if (std::fflush(stdout) != 0)
    return Error{ErrorCode::failed, "write to the terminal", std::strerror(errno), "", errno};
  return {};
}

void LiveTable::on_trouble(const Error& error) {
  on_news(error.to_string());
}

void LiveTable::on_news(const std::string& text) {
  if (std::find(told_.begin(), told_.end(), text) == told_.end()) told_.push_back(text);
}

void LiveTable::on_mode(Mode mode, const std::string& why) {
  view_.mode = mode;
  told_.push_back(mode_text(mode, why));
}

PlainLines::PlainLines(View view) : view_(std::move(view)), to_journal_(prints_to_journal()) {}

Status PlainLines::on_decision(const Observation& o, const Decision& d) {
  if (view_.mode == Mode::advise) {
    if (advised_ == d.plan) return {};
    advised_ = d.plan;
  }
  std::vector<std::string> lines = plain_lines(o, d, view_);
  if (to_journal_) keep_moves(lines, view_.mode);
  std::set<std::string> refused;
  for (const std::string& line : refusal_lines(o, d, view_)) {
    const std::string who = line.substr(line.find(" domain="));
    if (!refused_.contains(who)) lines.push_back(line);
    refused.insert(who);
  }
  refused_ = std::move(refused);
  return print_lines(lines);
}

void PlainLines::on_trouble(const Error& error) {
  if (first_time(said_, error)) spdlog::warn("{}", error.to_string());
}

void PlainLines::on_mode(Mode mode, const std::string& why) {
  view_.mode = mode;
  advised_.reset();
  spdlog::warn("{}", mode_text(mode, why));
}

void PlainLines::on_news(const std::string& text) {
  spdlog::warn("{}", text);
}

Status Everybody::on_decision(const Observation& o, const Decision& d) {
  for (Listener* listener : listeners_)
    if (Status told = listener->on_decision(o, d); !told) return told;
  return {};
}

void Everybody::on_end(const ControllerState& state) {
  for (Listener* listener : listeners_) listener->on_end(state);
}

void Everybody::on_trouble(const Error& error) {
  for (Listener* listener : listeners_) listener->on_trouble(error);
}

void Everybody::on_state(const ControllerState& state) {
  for (Listener* listener : listeners_) listener->on_state(state);
}
void Everybody::on_applied(const Change& change, const Status& status) {
  for (Listener* listener : listeners_) listener->on_applied(change, status);
}
void Everybody::on_period(Duration took) {
  for (Listener* listener : listeners_) listener->on_period(took);
}
void Everybody::on_beat() {
  for (Listener* listener : listeners_) listener->on_beat();
}
void Everybody::on_settings(const DaemonOptions& options) {
  for (Listener* listener : listeners_) listener->on_settings(options);
}
void Everybody::on_mode(Mode mode, const std::string& why) {
  for (Listener* listener : listeners_) listener->on_mode(mode, why);
}

void Everybody::on_stopping() {
  for (Listener* listener : listeners_) listener->on_stopping();
}

void Everybody::on_news(const std::string& text) {
  for (Listener* listener : listeners_) listener->on_news(text);
}

}  // namespace dcat::cli
