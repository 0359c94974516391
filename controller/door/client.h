// One client of the door: its bytes both ways, and how much of either it may have.
//
// Lines are cut from what came, an answer goes out as far as the client reads. Bounded: a line (hooks/wire.h), bytes
// that are read before the lines among them are taken (kPart more), the answer's bytes (Door::kMostUnread), asks a
// second (Door::kMostAsks, then it is left alone until the second is over: what it sent waits with it, nothing is
// lost). An ask that came before the client went away still counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controller/door/peer.h"
#include "core/linux/descriptor.h"

namespace dcat {

// Lines on their way out. Shared: a status of a thousand containers is not copied for every one who asks.
using SharedLine = std::shared_ptr<const std::string>;

class DoorClient {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kPart = 16
                                       << 10;  // bytes read at a time, so that one client's flood is others' turn too

  DoorClient(Descriptor fd, const Peer& peer, Clock::time_point now)
      : fd_(std::move(fd)), peer_(peer), idle_since_(now) {}

  const Peer& peer() const { return peer_; }
  Clock::time_point idle_since() const { return idle_since_; }

  // A part of what is there.
  void receive();
  bool has_line() const { return line_end_ != std::string::npos; }
  // REQUIRES: has_line(). Without its newline.
  std::string take_line(Clock::time_point now);
  // More than a line's bytes without a newline, or in one.
  bool line_too_long() const;
  // Absent: it may ask now. Otherwise when.
  std::optional<Clock::time_point> must_wait_until(Clock::time_point now);

  void answer(SharedLine line);
  void send();
  std::size_t unread() const { return unread_; }

  // Nothing more is taken from it; it goes when its answers are out.
  void end();
  // At once, whatever is on its way.
  void let_go();
  // Tells why, unless an answer is on its way, and lets it go.
  void send_away(const std::string& line);
  bool over() const { return ended_ && !has_line() && out_.empty(); }

  // Until then its lines wait (for others' turn, or for its next second).
  std::optional<Clock::time_point> resume_at;
  // Its last line's answer waits for this announcement (Door::settled), until `resume_at` at most.
  std::optional<std::uint64_t> held;
  // Its last line's answer is this status (StatusMaker::number).
  std::optional<std::uint64_t> waits_for_status;
  bool waits() const { return held || waits_for_status; }
  // What the loop watches for it, and what it is to watch (EPOLLIN, EPOLLOUT; 0 = nothing, not even its end).
  std::uint32_t watched = 0;
  std::uint32_t wants() const;

 private:
  void drop_answers();
  void find_line(std::size_t from) { line_end_ = in_.find('\n', from); }

  Descriptor fd_;
  Peer peer_;
  Clock::time_point idle_since_;  // it came, or asked last
  Clock::time_point second_{};    // when the second of `asks_` began
  int asks_ = 0;
  std::string in_;
  std::size_t line_end_ = std::string::npos;
  std::deque<SharedLine> out_;
  std::size_t sent_ = 0;    // of out_.front()
  std::size_t unread_ = 0;  // bytes of out_ that are not sent
  bool ended_ = false;      // nothing more comes from it, or is taken
  bool deaf_ = false;       // it reads no more answers
};

}  // namespace dcat
