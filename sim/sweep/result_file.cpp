#include "sim/sweep/result_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace dcat::sim {
namespace {

constexpr const char* kOtherOutput = "give another --output, or remove the file";
constexpr const char* kDamaged = "remove that line to have its job run again, or give another --output";

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

Error refused(const std::string& what, int number) {
  const bool misnamed = number == ENOENT || number == ENOTDIR || number == EISDIR || number == ENAMETOOLONG;
  return {misnamed ? ErrorCode::bad_input : ErrorCode::failed, what, std::strerror(number),
          misnamed ? "name a result file of dcat simulate" : "", number};
}

Error at_line(const std::string& path, std::size_t line, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, path + ":" + std::to_string(line), why, todo, 0};
}

Result<File> open_regular(const std::string& path, int flags) {
  File file(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0666));
  if (file.fd() < 0) return refused("open " + path, errno);
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return refused("read " + path, errno);
  if (!S_ISREG(info.st_mode))
    return Error{ErrorCode::bad_input, "open " + path, "it is no regular file", "name a result file of dcat simulate",
                 0};
  return file;
}

struct Line {
  std::string text;    // without its end
  bool whole = false;  // it has one
};

// Lines from where the descriptor stands.
class LineReader {
 public:
  LineReader(int fd, const std::string& path) : fd_(fd), path_(path) {}

  std::size_t number() const { return number_; }  // of the line that next() gave last

  // Absent: the end.
  Result<std::optional<Line>> next() {
    std::size_t end = buffer_.find('\n', start_);
    while (end == std::string::npos) {
      if (buffer_.size() - start_ >= kLongestLine)
        return at_line(path_, number_ + 1, "a line of more than a million bytes: this is no result file", kOtherOutput);
      const std::size_t searched = buffer_.size() - start_;
      buffer_.erase(0, std::exchange(start_, 0));
      std::array<char, 65536> chunk;
      const ssize_t got = ::read(fd_, chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return refused("read " + path_, errno);
      if (got == 0) return rest();
      buffer_.append(chunk.data(), static_cast<std::size_t>(got));
      end = buffer_.find('\n', searched);
    }
    ++number_;
    Line line{buffer_.substr(start_, end - start_), true};
    start_ = end + 1;
    return std::optional(std::move(line));
  }

 private:
  Result<std::optional<Line>> rest() {
    if (buffer_.empty()) return std::optional<Line>();
    ++number_;
    return std::optional(Line{std::exchange(buffer_, {}), false});
  }

  int fd_;
  const std::string& path_;
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t number_ = 0;
};

// What a kill leaves of a line is how a line begins.
bool may_be_cut(const std::string& text) {
  constexpr std::string_view kBegin = R"({"job":)";
  return std::string_view(text).substr(0, kBegin.size()) == kBegin.substr(0, text.size());
}

Status check_job(const StoredResults& stored, std::size_t job) {
  if (job >= stored.header.jobs)
    return Error{ErrorCode::bad_input, "",
                 "job " + std::to_string(job) + " is beyond the last one, " + std::to_string(stored.header.jobs) +
                     " jobs from 0",
                 "", 0};
  if (!mine(stored.header.shard, job))
    return Error{ErrorCode::bad_input, "",
                 "job " + std::to_string(job) + " is not in shard " + format_shard(stored.header.shard), "", 0};
  return {};
}

// All lines behind the header.
Status read_rest(LineReader& lines, const std::string& path, StoredResults& stored) {
  while (true) {
    Result<std::optional<Line>> line = lines.next();
    if (!line) return std::move(line).error();
    if (!line->has_value()) return {};
    const std::string& text = (*line)->text;
    stored.cut = !(*line)->whole;
    if (stored.cut && may_be_cut(text)) return {};
    if (stored.cut) return at_line(path, lines.number(), "this is no result", kDamaged);
    Result<ResultLine> result = parse_result(text);
    if (!result) return at_line(path, lines.number(), result.error().why, kDamaged);
    if (Status known = check_job(stored, result->job); !known)
      return at_line(path, lines.number(), known.error().why, kDamaged);
    stored.results.push_back({lines.number(), *std::move(result)});
    stored.whole_bytes += text.size() + 1;
  }
}

// Absent: empty, or cut off within `begun`, the header it should have.
Result<std::optional<StoredResults>> read_lines(int fd, const std::string& path, const std::string& begun) {
  LineReader lines(fd, path);
  Result<std::optional<Line>> first = lines.next();
  if (!first) return std::move(first).error();
  const std::string head = first->has_value() ? (*first)->text : "";
  const bool whole = first->has_value() && (*first)->whole;
  if (!whole && begun.compare(0, head.size(), head) == 0) return std::optional<StoredResults>();
  if (!whole && head.rfind(R"({"dcat_results":)", 0) == 0)
    return at_line(path, 1, "its first line was cut off", "remove the file, or run its shard again");
  Result<ResultHeader> header = parse_header(head);
  if (!header) return at_line(path, 1, header.error().why, kOtherOutput);
  if (!whole) return at_line(path, 1, "the header has no end of line", kOtherOutput);
  StoredResults stored;
  stored.header = *std::move(header);
  stored.whole_bytes = head.size() + 1;
  if (Status rest = read_rest(lines, path, stored); !rest) return std::move(rest).error();
  return std::optional(std::move(stored));
}

// The first thing in which the file is not what is wanted; empty: it is.
std::string difference(const ResultHeader& have, const ResultHeader& want) {
  if (have.version != want.version) return "it is of dcat " + have.version + ", this is " + want.version;
  if (have.identity != want.identity || have.jobs != want.jobs)
    return "it is of another experiment (" + have.identity + ", " + std::to_string(have.jobs) + " jobs; this is " +
           want.identity + ", " + std::to_string(want.jobs) + " jobs)";
  if (have.shard != want.shard)
    return "it is of shard " + format_shard(have.shard) + ", this is " + format_shard(want.shard);
  return "";
}

// One call for the whole text: a kill comes before or after, only a full disk or a signal comes between. What was
// written of it is taken away again. 0 or errno.
int write_whole(int fd, const std::string& text) {
  struct stat before {};
  if (::fstat(fd, &before) != 0) return errno;
  ssize_t written = ::write(fd, text.data(), text.size());
  while (written < 0 && errno == EINTR) written = ::write(fd, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return 0;
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0 && ::ftruncate(fd, before.st_size) != 0) return errno;
  return error;
}

}  // namespace

struct ResultFile::State {
  State(std::string name, File opened) : path(std::move(name)), file(std::move(opened)) {}
  std::string path;
  File file;
  std::mutex mutex;  // of writes
  std::set<std::size_t> done;
  std::vector<std::string> notes;

  Status lock() {
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EWOULDBLOCK)
      return Error{ErrorCode::failed, path, "another process is writing to it", "wait for it, or give another --output",
                   EWOULDBLOCK};
    // Lustre, for one, may be mounted without locks.
    if (errno != ENOSYS && errno != EOPNOTSUPP && errno != ENOLCK) return refused("lock " + path, errno);
    notes.push_back(path + ": its file system has no locks; see to it that only one process writes there");
    return {};
  }

  Status start(const std::string& header, bool had_some) {
    if (had_some) {
      notes.push_back(path + ": its first line was cut off; started again");
      if (::ftruncate(file.fd(), 0) != 0) return refused("write " + path, errno);
    }
    const int error = write_whole(file.fd(), header);
    if (error == 0) return {};
    ::unlink(path.c_str());
    return refused("write " + path, error);
  }

  Status go_on(const StoredResults& stored) {
    std::map<std::size_t, std::size_t> line_of;
    for (const StoredResult& each : stored.results) {
      const auto [known, fresh] = line_of.emplace(each.result.job, each.line);
      if (!fresh)
        notes.push_back(path + ":" + std::to_string(each.line) + ": job " + std::to_string(each.result.job) +
                        " is in line " + std::to_string(known->second) +
                        " already; `dcat simulate --merge` tells whether they agree");
      done.insert(each.result.job);
    }
    if (!stored.cut) return {};
    notes.push_back(path + ": its last line was cut off; that job runs again");
    if (::ftruncate(file.fd(), static_cast<off_t>(stored.whole_bytes)) != 0) return refused("write " + path, errno);
    return {};
  }
};

Result<StoredResults> read_results(const std::string& path) {
  const Result<File> file = open_regular(path, O_RDONLY);
  if (!file) return file.error();
  Result<std::optional<StoredResults>> stored = read_lines(file->fd(), path, "");
  if (!stored) return std::move(stored).error();
  if (!stored->has_value()) return at_line(path, 1, "the file is empty", "run its shard again with it as --output");
  return **std::move(stored);
}

ResultFile::ResultFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ResultFile::ResultFile(ResultFile&&) noexcept = default;
ResultFile& ResultFile::operator=(ResultFile&&) noexcept = default;
ResultFile::~ResultFile() = default;

Result<ResultFile> ResultFile::open(const std::string& path, const ResultHeader& header) {
  const Result<std::string> text = format_header(header);
  if (!text) return Error(text.error()).with_context(path);
  Result<File> file = open_regular(path, O_RDWR | O_CREAT | O_APPEND);
  if (!file) return std::move(file).error();
  auto state = std::make_unique<State>(path, *std::move(file));
  if (Status locked = state->lock(); !locked) return std::move(locked).error();
  Result<std::optional<StoredResults>> stored = read_lines(state->file.fd(), path, *text);
  if (!stored) return std::move(stored).error();
  if (!stored->has_value()) {
    const bool had_some = ::lseek(state->file.fd(), 0, SEEK_END) > 0;
    if (Status started = state->start(*text, had_some); !started) return std::move(started).error();
    return ResultFile(std::move(state));
  }
  const std::string other = difference((*stored)->header, header);
  if (!other.empty()) return at_line(path, 1, other, kOtherOutput);
  if (Status on = state->go_on(**stored); !on) return std::move(on).error();
  return ResultFile(std::move(state));
}

const std::set<std::size_t>& ResultFile::done() const {
  return state_->done;
}

const std::vector<std::string>& ResultFile::notes() const {
  return state_->notes;
}

Status ResultFile::append(std::size_t job, const Row& row) {
  const Result<std::string> line = format_result(job, row);
  if (!line) return Error(line.error()).with_context(state_->path + ": job " + std::to_string(job));
  const std::lock_guard lock(state_->mutex);
  const int error = write_whole(state_->file.fd(), *line);
  if (error != 0) return refused("write " + state_->path, error);
  return {};
}

}  // namespace dcat::sim
