#include "tests/emulator/replay.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

namespace dcat::emulator {

namespace {

using Match = std::smatch;

const std::string kMountPoint = "/sys/fs/resctrl";
const std::string kMountRefusal = "a mount that is in use is the system's business";

std::string below(const std::string& path) {
  if (!path.starts_with(kMountPoint)) return path;
  return path.size() == kMountPoint.size() ? "" : path.substr(kMountPoint.size() + 1);
}

int open_flags(const std::string& names) {
  int flags = names.find("O_WRONLY") != std::string::npos ? O_WRONLY : O_RDONLY;
  if (names.find("O_CREAT") != std::string::npos) flags |= O_CREAT;
  if (names.find("O_TRUNC") != std::string::npos) flags |= O_TRUNC;
  return flags;
}

// "2|456|": the numbers ascending. Contents that are no list of numbers stay as they are.
std::string sorted(const std::string& contents) {
  if (!std::regex_match(contents, std::regex(R"((\d+\|)*)"))) return contents;
  std::istringstream stream(contents);
  std::set<int> numbers;
  for (std::string number; std::getline(stream, number, '|');) numbers.insert(std::stoi(number));
  std::string text;
  for (const int number : numbers) text += std::to_string(number) + '|';
  return text;
}

}  // namespace

std::filesystem::path records_directory() {
  return std::filesystem::path(DCAT_SOURCE_DIR) / ".." / "shared" / "data" / "resctrl-observed";
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

Replay::Replay(const Record& record, Executor& executor)
    : record_(record), executor_(executor), abilities_(executor.abilities()) {}

bool Replay::run(const std::vector<std::string>& lines, const Tally& expected) {
  for (at_ = 0; at_ < lines.size(); ++at_) {
    if (!lines[at_].empty()) line(lines[at_]);
  }
  flush_listing();
  report(expected);
  return wrong_ == 0 && tally_ == expected;
}

// ---- comparing

void Replay::expect(const std::string& want, const std::string& got) {
  ++tally_.compared;
  if (want == got) return;
  ++wrong_;
  std::printf("%s:%zu:\n  want %s\n  got  %s\n", record_.file.c_str(), at_ + 1, want.c_str(), got.c_str());
}

// "= 0" or "= -1 EINVAL (...)"; `done` is what success returns.
void Replay::returned(const std::string& want, int error, const std::string& done) {
  static const std::regex kFailed(R"(-1 (E\w+) .*)");
  Match m;
  expect(std::regex_match(want, m, kFailed) ? m[1].str() : want, error == 0 ? done : errno_name(error));
}

// With the executor's task ids in the place of the record's.
std::string Replay::translated(const std::string& text) const {
  static const std::regex kNumber(R"(-?\b\d+\b(?!-))");  // neither "-1" nor "1-bits"
  const Pids& pids = record_.pids;
  std::set<int> recorded{1, 2, pids.main, pids.shell, pids.child, pids.filler, pids.dead};
  recorded.insert(pids.readers.begin(), pids.readers.end());
  std::string result;
  auto rest = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), kNumber), end; it != end; ++it) {
    const int number = std::stoi(it->str());
    result.append(rest, (*it)[0].first);
    result += recorded.contains(number) ? std::to_string(executor_.task(number)) : it->str();
    rest = (*it)[0].second;
  }
  return result.append(rest, text.cend());
}

std::string Replay::translated_contents(const std::string& path, const std::string& want) const {
  if (path.ends_with("tasks")) return sorted(translated(want));
  return path.ends_with("last_cmd_status") ? translated(want) : want;
}

std::string Replay::contents(const std::string& path) {
  const Answer answer = executor_.read(path);
  if (answer.error == ENOENT) return "cat: can't open '" + kMountPoint + '/' + path + "': No such file or directory\n";
  return answer.error == 0 ? answer.text : errno_name(answer.error);
}

// ---- the lines

void Replay::line(const std::string& text) {
  static const std::regex kSection(R"(\[(\d+)\] .*)");
  Match m;
  if (at_ == 0 || text.starts_with("[ ")) return skip("kernel's version and log");
  if (std::regex_match(text, m, kSection)) {
    flush_listing();
    section_ = std::stoi(m[1]);
    before_section();
    return skip("titles");
  }
  if (text[0] == ' ') flush_listing();
  if (mount_call(text) || directory_call(text) || file_call(text) || state(text) || process(text) || other(text))
    return;
  ++wrong_;
  std::printf("%s:%zu: not understood: %s\n", record_.file.c_str(), at_ + 1, text.c_str());
}

bool Replay::mount_call(const std::string& text) {
  static const std::regex kMount(R"x( *mount\("resctrl", "(.*)", "resctrl", 0, "(.*)"\) = (.*))x");
  static const std::regex kUmount(R"x( *umount2\(.*\) = (.*))x");
  Match m;
  if (std::regex_match(text, m, kMount)) {
    returned(m[3], executor_.mount(m[1], m[2]));
  } else if (std::regex_match(text, m, kUmount)) {
    unmount_call(m[1]);
  } else {
    return false;
  }
  return true;
}

void Replay::unmount_call(const std::string& want) {
  if (want != "0" && !abilities_.mount_point) return skip(kMountRefusal);
  returned(want, executor_.unmount());
  if (section_ == 38) executor_.release();  // whoever kept it busy left
}

bool Replay::directory_call(const std::string& text) {
  static const std::regex kDirectory(R"x( *(mkdir|rmdir|unlink)\("([^"]*)"(?:, 0755)?\) = (.*))x");
  static const std::regex kRename(R"x( *rename\("(.*)", "(.*)"\) = (.*))x");
  Match m;
  if (std::regex_match(text, m, kRename)) {
    returned(m[3], executor_.rename(below(m[1]), below(m[2])));
    return true;
  }
  if (!std::regex_match(text, m, kDirectory)) return false;
  const std::string call = m[1], path = below(unescaped(m[2]));
  if (path.empty() && !abilities_.mount_point) {
    skip(kMountRefusal);
    return true;
  }
  before_call(call, path);
  if (call == "rmdir") {
    returned(m[3], executor_.rmdir(path));
  } else if (call == "unlink") {
    returned(m[3], executor_.unlink(path));
  } else {
    returned(m[3], executor_.mkdir(path));
    if (section_ == 38) executor_.hold(path + "/tasks");
  }
  return true;
}

bool Replay::file_call(const std::string& text) {
  static const std::regex kTarget("  # (.*)");
  static const std::regex kWrite(R"x( *write\("(.*)", \d+\) = (.*))x");
  static const std::regex kOpen(R"x( *open\("([^"]*)", (.*)\) = (.*))x");
  static const std::regex kRead(R"x( *read\("(.*)"\) = \d+)x");
  Match m;
  if (std::regex_match(text, m, kTarget)) {
    target_ = m[1];
    skip("which file is written next");
  } else if (std::regex_match(text, m, kWrite)) {
    write_call(unescaped(m[1]), m[2]);
  } else if (std::regex_match(text, m, kOpen)) {
    returned(m[3], executor_.open(below(m[1]), open_flags(m[2])));
  } else if (std::regex_match(text, m, kRead)) {
    expect(unescaped(m[1]), contents("g1/schemata"));
  } else {
    return false;
  }
  return true;
}

void Replay::write_call(const std::string& recorded, const std::string& want) {
  if (cpus_gone_) return skip("CPUs cannot be taken offline from inside");
  if (recorded.empty() && !abilities_.empty_writes) return skip("a write of no bytes does not arrive");
  const std::string data = target_.ends_with("tasks") ? translated(recorded) : recorded;
  const Written written = executor_.write(target_, data);
  const std::size_t bytes = written.bytes == data.size() ? recorded.size() : written.bytes;
  returned(want, written.error, std::to_string(bytes));
}

bool Replay::state(const std::string& text) {
  static const std::regex kContents(R"x( {4}(\S+): (.*\|)?)x");
  static const std::regex kOnline(R"x( *(cpu3 offline|cpu2 offline|both online))x");
  static const std::regex kRegister(R"x( *cpu\d msr .*)x");
  Match m;
  if (std::regex_match(text, kRegister)) {
    skip("mask registers: there are none");
  } else if (std::regex_match(text, m, kOnline)) {
    online(m[1]);
  } else if (std::regex_match(text, m, kContents)) {
    contents_line(m[1] == "last_cmd_status" ? "info/last_cmd_status" : m[1].str(), m[2]);
  } else {
    return false;
  }
  return true;
}

void Replay::online(const std::string& text) {
  skip("CPUs that go and come give no answer");
  if (!abilities_.cpus_offline) {
    cpus_gone_ = true;
  } else if (text == "both online") {
    executor_.set_online(2, true);
    executor_.set_online(3, true);
  } else {
    executor_.set_online(text[3] - '0', false);
  }
}

void Replay::contents_line(const std::string& path, const std::string& want) {
  if (cpus_gone_) return skip("CPUs cannot be taken offline from inside");
  if (limbo_line_is_left_out(path, want)) return skip("nobody fills a cache here");
  const bool readers = section_ == 17 && path == "g1/tasks";
  // On 6.12 the shell itself was moved, so that the programs which it starts to look are members, too.
  for (const int reader : record_.pids.readers)
    if (readers) executor_.start_reader(reader);
  expect(translated_contents(path, want), shown(contents(path)));
  if (readers) executor_.end_readers();
}

bool Replay::process(const std::string& text) {
  static const std::regex kMade(R"x( *made (\d+)(?: besides g1)?)x");
  static const std::regex kNow(R"x( *pid (\d+) now in: (.*))x");
  Match m;
  if (text.starts_with("res:")) {
    expect(text, groups_of(executor_.task(record_.pids.main)));
  } else if (std::regex_match(text, m, kNow)) {
    expect(m[2], groups_of(executor_.task(std::stoi(m[1]))));
  } else if (std::regex_match(text, m, kMade)) {
    // Until one more is refused.
    const std::string first = section_ == 32 ? "s" : "mon_groups/q";
    int made = 0;
    while (executor_.mkdir(first + std::to_string(made)) == 0) ++made;
    expect(m[1], std::to_string(made));
  } else {
    return false;
  }
  return true;
}

bool Replay::lists(const std::string& path, int tid) {
  const Answer answer = executor_.read(path);
  return ('\n' + answer.text).find('\n' + std::to_string(tid) + '\n') != std::string::npos;
}

// As /proc/PID/cpu_resctrl_groups, its two lines in one.
std::string Replay::groups_of(int tid) {
  std::string control, parent;
  if (lists("tasks", tid)) control = "/";
  for (const std::string& name : executor_.list("")) {
    if (!lists(name + "/tasks", tid)) continue;
    control += name;
    parent = name + '/';
  }
  std::string monitor;
  for (const std::string& name : executor_.list(parent + "mon_groups"))
    if (lists(parent + "mon_groups/" + name + "/tasks", tid)) monitor += name;
  return "res:" + control + " mon:" + monitor + ' ';
}

bool Replay::other(const std::string& text) {
  // Three programs read the open file of a removed group.
  if (text.find("No such device") != std::string::npos || text.find("read of the open file: rc=1") == 4) {
    expect("ENODEV", errno_name(executor_.read_held().error));
    return true;
  }
  static const std::regex kListed("/sys/fs/resctrl/(.*):");
  Match m;
  if (std::regex_match(text, m, kListed)) {
    flush_listing();
    listed_path_ = m[1];
    listing_ = true;
    return true;
  }
  if (text[0] == ' ') return false;
  if (!listing_) listed_path_ = "";
  listing_ = true;
  std::istringstream names(text);
  for (std::string name; names >> name;) listed_.insert(name);
  return true;
}

// A listing ends where the next begins, or with the section.
void Replay::flush_listing() {
  if (!listing_) return;
  std::string want, got;
  for (const std::string& name : listed_) want += name + ' ';
  for (const std::string& name : executor_.list(listed_path_)) got += name + ' ';
  expect(want, got);
  listed_.clear();
  listing_ = false;
}

// ---- between the lines

void Replay::remove_all(const std::string& parent, const std::string& spared) {
  for (const std::string& name : executor_.list(parent))
    if (name != spared) executor_.rmdir(parent.empty() ? name : parent + '/' + name);  // what is no group is refused
}

// What the list's script did between two sections without a line about it.
void Replay::before_section() {
  if (section_ == 18) {
    // [16] and [17] put init and the shell into g1; they went back.
    for (const int pid : {1, record_.pids.shell}) executor_.write("tasks", std::to_string(executor_.task(pid)));
  } else if (section_ == 32) {
    // The oddly named groups of [29] went away: six groups fit beside g1.
    remove_all("", "g1");
  } else if (section_ == 33) {
    // So did those of [32] and all monitoring groups, and a second passed: 30 of 32 RMIDs are free.
    remove_all("", "g1");
    remove_all("mon_groups", "");
    remove_all("g1/mon_groups", "");
    executor_.pass_limbo_check();
  } else if (section_ == 38) {
    // The monitoring groups of [33] went away: g2 gets an RMID.
    remove_all("mon_groups", "");
    executor_.pass_limbo_check();
  } else if (section_ == 43) {
    if (cpus_gone_) {
      // What the CPUs that come back leave of g1 in [42].
      executor_.write("g1/schemata", "L3:1=7ff\n");
      executor_.write("g1/cpus_list", "\n");
      cpus_gone_ = false;
    }
    executor_.become_user();
  }
}

void Replay::before_call(const std::string& call, const std::string& path) {
  const bool again = path.ends_with("/again") || (section_ == 36 && path == "g1");
  if (call == "mkdir" && again && waiting_) {
    // The script waited after the first refusal: the filler's lines were evicted, and the kernel looked for limbo.
    executor_.empty_caches();
    executor_.pass_limbo_check();
    waiting_ = false;
  } else if (call == "mkdir") {
    waiting_ = again;
  } else if (call == "rmdir" && (section_ == 34 || section_ == 35)) {
    executor_.pass_limbo_check();  // so that none frees the RMID before it is wanted
  }
}

// The filler of [34] ran for a while before its occupancy was read.
bool Replay::limbo_line_is_left_out(const std::string& path, const std::string& want) {
  constexpr std::uint64_t kFilled = 2 * 1024 * 1024;
  if (section_ != 34 || path.find("llc_occupancy") == std::string::npos) return false;
  if (!abilities_.cache_filling) return want != "0|";
  executor_.fill_cache(executor_.task(record_.pids.filler), record_.pids.filled_domain, kFilled);
  return false;
}

void Replay::report(const Tally& expected) const {
  std::printf("%s: %d compared, %d wrong\n", record_.file.c_str(), tally_.compared, wrong_);
  if (tally_.compared != expected.compared) std::printf("  want %d compared\n", expected.compared);
  for (const auto& [reason, lines] : tally_.not_compared) {
    std::printf("  not compared: %d lines: %s\n", lines, reason.c_str());
  }
  if (tally_.not_compared != expected.not_compared) std::printf("  that is not what is expected\n");
}

}  // namespace dcat::emulator
