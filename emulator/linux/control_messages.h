// The control plane's messages, both ways: a header, then as many bytes as it says. Numbers are as the machine has them
// (both ends are on one), texts have their length before them.
//
//   request: header{bytes, operation, 0}, arguments       answer: header{bytes, operation, 0 or 1}, values or an Error
//
//   hello       u32 version            -> u32 version, text scenario, i32 periods, events
//   now         -                      -> i64 ns
//   advance_to  i64 ns                 -> i64 ns (the time it is then)
//   watch       u32 n, n texts         -> u32 n, n errors. Ids ascending; they are this client's until its next watch
//   read        -                      -> u32 n, n SampleRecords, whose container is the place in the list watched
//   list        -                      -> u32 n, n of (container, text cgroup)
//   truth       -                      -> u32 n, n rows
//   cgroup_of   text tenant            -> text path, "" where it is not there
//
// A request that is none is answered with an Error and the end of the connection; one that is refused with an Error.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/result.h"
#include "perfmon/container_source.h"
#include "perfmon/counter_source.h"
#include "sim/truth.h"

namespace dcat::emulator {

inline constexpr std::uint32_t kControlVersion = 1;
inline constexpr std::uint32_t kMostRequestBytes = 1U << 20;  // thousands of containers to watch
inline constexpr std::uint32_t kMostAnswerBytes = 1U << 24;

enum class Operation : std::uint16_t { hello = 1, now, advance_to, watch, read, list, truth, cgroup_of };

struct MessageHeader {
  std::uint32_t bytes = 0;  // behind the header
  std::uint16_t operation = 0;
  std::uint16_t status = 0;  // of an answer: 1 = an Error follows
};
static_assert(sizeof(MessageHeader) == 8 && std::is_trivially_copyable_v<MessageHeader>);

// A ContainerSample of fixed size: a daemon reads hundreds of them ten times a period.
struct SampleRecord {
  std::uint32_t container = 0;
  std::int32_t domain = 0;
  std::int64_t at_ns = 0;
  std::int64_t enabled_ns = 0;
  std::uint64_t present = 0;  // bit i: event i was counted
  std::uint64_t values[kEventCount]{};
  std::int64_t running_ns[kEventCount]{};
};
static_assert(sizeof(SampleRecord) == 32 + 16 * kEventCount && std::is_trivially_copyable_v<SampleRecord>);

SampleRecord record_of(const ContainerSample& sample, std::uint32_t container);
// All but the container's name.
void read_record(const SampleRecord& record, ContainerSample& sample);

// Puts a message together. The header goes in front when it is finished.
class MessageWriter {
 public:
  MessageWriter() { restart(); }
  void restart() { bytes_.assign(sizeof(MessageHeader), '\0'); }
  template <class T>
  void number(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  void text(std::string_view value);
  void error(const Error& error);
  void event(const EventChoice& choice);
  void container(const ContainerInfo& info);
  void truth(const sim::TruthRow& row);
  // The whole message; valid until the next restart().
  const std::string& finish(Operation operation, std::uint16_t status);

 private:
  std::string bytes_;
};

// Takes a message apart. Whoever reads past its end gets zeros and empty texts, and ok() is false from then on.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : left_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_.empty(); }
  template <class T>
  T number() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (const std::string_view bytes = take(sizeof value); ok_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  // A number of things that follow, of at least `least_bytes` each: never more than there is room for.
  std::uint32_t count(std::size_t least_bytes);
  std::string text();
  Error error();
  EventChoice event();
  ContainerInfo container();
  sim::TruthRow truth();

 private:
  std::string_view take(std::size_t bytes);

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace dcat::emulator
