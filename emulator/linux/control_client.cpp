#include "emulator/linux/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/linux/control_messages.h"

namespace dcat::emulator {
namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerWithin = 30s;          // an hour of a large node's time is computed in less
constexpr std::size_t kUsualAnswer = 65536;  // bytes; the buffer grows for longer ones
constexpr auto kLostWait = 100ms;            // a sleep without an emulator: the caller must not spin
constexpr auto kLostStep = 10ms;             // how soon it hears that it is to stop

Error failure(const std::string& what, int number) {
  return {ErrorCode::failed, what, std::strerror(number), "", number};
}

// The socket and what is asked over it. After the first failure of the socket every request fails with its reason.
// Not thread safe.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  const Status& health() const { return health_; }

  // A new request: put its arguments into what this gives, then ask().
  MessageWriter& request() {
    request_.restart();
    return request_;
  }

  // The answer's values; valid until the next ask(). Error: refused, or the emulator went away (health()).
  Result<MessageReader> ask(Operation operation) {
    if (!health_) return health_.error();
    MessageHeader header;
    if (Status done = exchange(request_.finish(operation, 0), header); !done) return lose(std::move(done).error());
    const std::string_view values(answer_.data() + sizeof header, header.bytes);
    if (header.status == 0 && header.operation == static_cast<std::uint16_t>(operation)) return MessageReader(values);
    MessageReader reader(values);
    Error refused = reader.error();
    if (header.status != 1 || !reader.at_end()) return malformed();
    return refused;
  }

  // An answer that is none.
  Error malformed() {
    return lose(
        {ErrorCode::failed, "ask the emulated node", "what answers is no control plane of this version", "", 0});
  }

 private:
  Error lose(Error error) {
    close();
    health_ = Status(error);
    return error;
  }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // The answer is in answer_ then, its values behind the header.
  Status exchange(const std::string& message, MessageHeader& header) {
    if (Status sent = send_all(message); !sent) return sent;
    // As much as there is at once: a call of the kernel costs more than the bytes.
    std::size_t got = 0;
    if (Status some = receive(got, sizeof header); !some) return some;
    std::memcpy(&header, answer_.data(), sizeof header);
    if (header.bytes > kMostAnswerBytes) return broken(EMSGSIZE);
    if (answer_.size() < sizeof header + header.bytes) answer_.resize(sizeof header + header.bytes);
    return receive(got, sizeof header + header.bytes);
  }

  Status send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return broken(errno);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  // Until at least `wanted` bytes are there. A signal does not end the wait: the answer is on its way.
  Status receive(std::size_t& got, std::size_t wanted) {
    while (got < wanted) {
      const ssize_t size = ::recv(fd_, answer_.data() + got, answer_.size() - got, 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return broken(errno == EAGAIN ? ETIMEDOUT : errno);
      if (size == 0) return broken(EPIPE);
      got += static_cast<std::size_t>(size);
    }
    return {};
  }

  static Error broken(int number) {
    const bool ended = number == EPIPE || number == ECONNRESET;
    return {ErrorCode::failed, "ask the emulated node", ended ? "it has ended" : std::strerror(number),
            ended ? "run the command under dcat emulate again" : "", number};
  }

  int fd_;
  Status health_;
  MessageWriter request_;
  std::vector<char> answer_ = std::vector<char>(kUsualAnswer);
};

Result<int> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return Error{ErrorCode::bad_input, "connect to the emulated node at \"" + path + "\"",
                 "the path is empty or too long", "", ENAMETOOLONG};
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure("make a socket", errno);
  timeval patience{};
  patience.tv_sec = std::chrono::seconds(kAnswerWithin).count();
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    Error error = failure("connect to the emulated node at " + path, errno);
    error.todo = "run the command under dcat emulate --scenario";
    ::close(fd);
    return error;
  }
  return fd;
}

}  // namespace

class EmulatedNode::Impl : public dcat::Clock, public CounterSource, public ContainerSource {
 public:
  Impl(int fd, Pace pace, const std::atomic<bool>& stop) : connection_(fd), pace_(std::move(pace)), stop_(stop) {}

  Status hello();

  // Clock
  TimePoint now() override;
  void sleep_until(TimePoint until) override;
  // CounterSource and ContainerSource
  std::string name() const override { return "sim"; }
  std::vector<EventChoice> events() const override { return events_; }
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override;
  Result<std::vector<ContainerSample>> read() override;
  Result<std::vector<ContainerInfo>> list() override;

  std::string cgroup_of(const ContainerId& tenant);
  Result<std::vector<sim::TruthRow>> truth();
  Status health() const;
  const std::string& scenario_name() const { return scenario_name_; }
  int periods() const { return periods_; }

 private:
  Result<std::vector<ContainerInfo>> list_locked();
  bool hear_time(Operation operation);
  void wait_without_node(Duration most) const;

  mutable std::mutex lock_;  // of all below
  Connection connection_;
  Pace pace_;
  const std::atomic<bool>& stop_;
  std::string scenario_name_;
  int periods_ = 0;
  std::vector<EventChoice> events_;
  TimePoint now_{};  // as heard last
  std::vector<ContainerId> watched_;
  // Of all tenants, as heard with the list; absent once time has moved, for then somebody may have come or gone. A
  // daemon asks for each of its containers every period.
  std::optional<std::map<ContainerId, std::string>> cgroups_;
};

Status EmulatedNode::Impl::hello() {
  connection_.request().number(kControlVersion);
  Result<MessageReader> answer = connection_.ask(Operation::hello);
  if (!answer) return std::move(answer).error();
  const auto version = answer->number<std::uint32_t>();
  scenario_name_ = answer->text();
  periods_ = answer->number<std::int32_t>();
  for (auto left = answer->count(2); left > 0; --left) events_.push_back(answer->event());
  if (!answer->at_end() || version != kControlVersion) return connection_.malformed();
  return {};
}

// Time stands still while nobody says how late it is.
bool EmulatedNode::Impl::hear_time(Operation operation) {
  Result<MessageReader> answer = connection_.ask(operation);
  if (!answer) return false;
  const auto ns = answer->number<std::int64_t>();
  if (!answer->at_end()) {
    connection_.malformed();
    return false;
  }
  now_ = TimePoint(Duration(ns));
  return true;
}

TimePoint EmulatedNode::Impl::now() {
  const std::lock_guard<std::mutex> hold(lock_);
  connection_.request();
  hear_time(Operation::now);
  return now_;
}

void EmulatedNode::Impl::sleep_until(TimePoint until) {
  if (stop_) return;
  if (pace_.factor > 0 && pace_.wait && health()) {
    const auto ahead = static_cast<double>((until - now()).count());
    if (ahead > 0) pace_.wait(Duration(static_cast<Duration::rep>(ahead / pace_.factor)));
    if (stop_) return;
  }
  bool moved = false;
  {
    const std::lock_guard<std::mutex> hold(lock_);
    cgroups_.reset();
    connection_.request().number(static_cast<std::int64_t>(until.time_since_epoch().count()));
    moved = hear_time(Operation::advance_to);
  }
  if (!moved) wait_without_node(until - now());
}

void EmulatedNode::Impl::wait_without_node(Duration most) const {
  // Were it to return at once, a loop around it would spin.
  for (Duration left = std::min<Duration>(most, kLostWait); left > Duration{} && !stop_; left -= kLostStep)
    std::this_thread::sleep_for(std::min<Duration>(left, kLostStep));
}

std::vector<Error> EmulatedNode::Impl::watch(const std::vector<ContainerId>& containers) {
  const std::lock_guard<std::mutex> hold(lock_);
  std::vector<ContainerId> wanted = containers;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  MessageWriter& request = connection_.request();
  request.number(static_cast<std::uint32_t>(wanted.size()));
  for (const ContainerId& id : wanted) request.text(id.value);
  Result<MessageReader> answer = connection_.ask(Operation::watch);
  if (!answer) return {std::move(answer).error()};
  watched_ = std::move(wanted);
  std::vector<Error> errors;
  for (auto left = answer->count(20); left > 0; --left) errors.push_back(answer->error());
  if (!answer->at_end()) return {connection_.malformed()};
  return errors;
}

Result<std::vector<ContainerSample>> EmulatedNode::Impl::read() {
  const std::lock_guard<std::mutex> hold(lock_);
  connection_.request();
  Result<MessageReader> answer = connection_.ask(Operation::read);
  if (!answer) return std::move(answer).error();
  std::vector<ContainerSample> samples(answer->count(sizeof(SampleRecord)));
  for (ContainerSample& sample : samples) {
    const auto record = answer->number<SampleRecord>();
    if (record.container >= watched_.size()) return connection_.malformed();
    sample.container = watched_[record.container];
    read_record(record, sample);
  }
  if (!answer->at_end()) return connection_.malformed();
  return samples;
}

Result<std::vector<ContainerInfo>> EmulatedNode::Impl::list() {
  const std::lock_guard<std::mutex> hold(lock_);
  return list_locked();
}

Result<std::vector<ContainerInfo>> EmulatedNode::Impl::list_locked() {
  cgroups_.reset();
  connection_.request();
  Result<MessageReader> answer = connection_.ask(Operation::list);
  if (!answer) return std::move(answer).error();
  std::vector<ContainerInfo> infos(answer->count(21));
  std::map<ContainerId, std::string> cgroups;
  for (ContainerInfo& info : infos) {
    info = answer->container();
    cgroups.emplace_hint(cgroups.end(), info.id, answer->text());
  }
  if (!answer->at_end()) return connection_.malformed();
  cgroups_ = std::move(cgroups);
  return infos;
}

std::string EmulatedNode::Impl::cgroup_of(const ContainerId& tenant) {
  const std::lock_guard<std::mutex> hold(lock_);
  if (!cgroups_ && !list_locked()) return "";
  const auto found = cgroups_->find(tenant);
  return found == cgroups_->end() ? "" : found->second;
}

Result<std::vector<sim::TruthRow>> EmulatedNode::Impl::truth() {
  const std::lock_guard<std::mutex> hold(lock_);
  connection_.request();
  Result<MessageReader> answer = connection_.ask(Operation::truth);
  if (!answer) return std::move(answer).error();
  std::vector<sim::TruthRow> rows(answer->count(37));
  for (sim::TruthRow& row : rows) row = answer->truth();
  if (!answer->at_end()) return connection_.malformed();
  return rows;
}

Status EmulatedNode::Impl::health() const {
  const std::lock_guard<std::mutex> hold(lock_);
  return connection_.health();
}

Result<std::unique_ptr<EmulatedNode>> EmulatedNode::connect(const std::string& socket, Pace pace,
                                                            const std::atomic<bool>& stop) {
  Result<int> fd = connect_to(socket);
  if (!fd) return std::move(fd).error();
  auto impl = std::make_unique<Impl>(*fd, std::move(pace), stop);
  if (Status greeted = impl->hello(); !greeted)
    return std::move(greeted).error().with_context("connect to the emulated node at " + socket);
  return std::unique_ptr<EmulatedNode>(new EmulatedNode(std::move(impl)));
}

EmulatedNode::EmulatedNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmulatedNode::~EmulatedNode() = default;
dcat::Clock& EmulatedNode::clock() {
  return *impl_;
}
CounterSource& EmulatedNode::counters() {
  return *impl_;
}
ContainerSource& EmulatedNode::containers() {
  return *impl_;
}
std::string EmulatedNode::cgroup_of(const ContainerId& tenant) {
  return impl_->cgroup_of(tenant);
}
Result<std::vector<sim::TruthRow>> EmulatedNode::truth() {
  return impl_->truth();
}
const std::string& EmulatedNode::scenario_name() const {
  return impl_->scenario_name();
}
int EmulatedNode::periods() const {
  return impl_->periods();
}
Status EmulatedNode::health() const {
  return impl_->health();
}

}  // namespace dcat::emulator
