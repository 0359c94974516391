#include "controller/door/client.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "controller/door/door.h"
#include "hooks/wire.h"

namespace dcat {

using namespace std::chrono_literals;

void DoorClient::receive() {
  if (ended_) return;
  std::array<char, kPart> part;
  const ssize_t got = ::recv(fd_.fd(), part.data(), part.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    ended_ = true;
    return;
  }
  const std::size_t before = in_.size();
  in_.append(part.data(), static_cast<std::size_t>(got));
  if (!has_line()) find_line(before);
}

std::string DoorClient::take_line(Clock::time_point now) {
  std::string line = in_.substr(0, line_end_);
  in_.erase(0, line_end_ + 1);
  find_line(0);
  idle_since_ = now;
  return line;
}

bool DoorClient::line_too_long() const {
  return (has_line() ? line_end_ : in_.size()) > kMostLine;
}

std::optional<DoorClient::Clock::time_point> DoorClient::must_wait_until(Clock::time_point now) {
  if (now - second_ >= 1s) {
    second_ = now;
    asks_ = 0;
  }
  if (asks_ >= Door::kMostAsks) return second_ + 1s;
  ++asks_;
  return std::nullopt;
}

void DoorClient::answer(SharedLine line) {
  if (deaf_) return;
  unread_ += line->size();
  out_.push_back(std::move(line));
}

void DoorClient::send() {
  while (!out_.empty()) {
    const std::string& line = *out_.front();
    const ssize_t put = ::send(fd_.fd(), line.data() + sent_, line.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) return;
    if (put < 0) return drop_answers();
    sent_ += static_cast<std::size_t>(put);
    unread_ -= static_cast<std::size_t>(put);
    if (sent_ < line.size()) continue;
    out_.pop_front();
    sent_ = 0;
  }
}

void DoorClient::end() {
  ended_ = true;
  in_.clear();
  line_end_ = std::string::npos;
  resume_at.reset();
}

void DoorClient::let_go() {
  drop_answers();
  end();
}

void DoorClient::drop_answers() {
  deaf_ = true;
  out_.clear();
  sent_ = unread_ = 0;
}

void DoorClient::send_away(const std::string& line) {
  if (out_.empty() && !deaf_) (void)!::send(fd_.fd(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  let_go();
}

std::uint32_t DoorClient::wants() const {
  std::uint32_t events = 0;
  if (!ended_ && !resume_at) events |= EPOLLIN;
  if (!out_.empty()) events |= EPOLLOUT;
  return events;
}

}  // namespace dcat
