#include "emulator/linux/control_messages.h"

#include <limits>

#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

// The values of a finished message, without its header.
std::string values_of(MessageWriter& writer) {
  return writer.finish(Operation::list, 0).substr(sizeof(MessageHeader));
}

TEST_CASE("A message says its length, its operation and whether it is a refusal") {
  MessageWriter writer;
  writer.text("abc");
  const std::string message = writer.finish(Operation::cgroup_of, 1);
  MessageHeader header;
  std::memcpy(&header, message.data(), sizeof header);
  CHECK(header.bytes == 7);
  CHECK(header.operation == 8);
  CHECK(header.status == 1);
  CHECK(message.size() == 15);
}

TEST_CASE("What is written is read: errors, events, containers, rows") {
  const Error error{ErrorCode::unsupported, "what", "why", "todo", 28};
  const EventChoice event{Event::llc_misses, true, "simulated", "note"};
  ContainerInfo info{{"web \xff"}, ContainerInfo::ContractKind::given, Ways(7), 0.25};
  info.managed = false;
  info.isolated = true;
  const sim::TruthRow row{{"web"}, true, 3, 1.5, 2.5, 3.5};
  MessageWriter writer;
  writer.error(error);
  writer.event(event);
  writer.container(info);
  writer.truth(row);
  const std::string values = values_of(writer);
  MessageReader reader(values);
  CHECK(reader.error() == error);
  const EventChoice read = reader.event();
  CHECK(read.event == event.event);
  CHECK(read.available);
  CHECK(read.name + read.note == "simulatednote");
  CHECK(reader.container() == info);
  const sim::TruthRow again = reader.truth();
  CHECK(again.tenant == row.tenant);
  CHECK(again.present);
  CHECK(again.phase == 3);
  CHECK(again.instructions + again.cycles * 10 + again.instructions_at_contract * 100 == 376.5);
  CHECK(reader.at_end());
}

TEST_CASE("A sample comes through its record whole, absent readings as absent") {
  ContainerSample sample{{"a"}, DomainId{3}, {}};
  sample.sample.at = TimePoint(Duration(123456789));
  sample.sample.enabled = Duration(-5);
  sample.sample[Event::instructions] = Reading{std::numeric_limits<std::uint64_t>::max(), Duration(7)};
  sample.sample[Event::llc_misses] = Reading{0, Duration(0)};
  const SampleRecord record = record_of(sample, 17);
  CHECK(record.container == 17);
  ContainerSample again{{"a"}, {}, {}};
  again.sample[Event::cycles] = Reading{1, Duration(1)};
  read_record(record, again);
  CHECK(again == sample);
}

TEST_CASE("A message that was cut anywhere is not read as whole, nor past its end") {
  MessageWriter writer;
  writer.error({ErrorCode::failed, "a", "bc", "def", 2});
  writer.container({{"web"}, ContainerInfo::ContractKind::cpu_share, Ways(), 0.5});
  writer.truth({{"web"}, true, 1, 1, 1, 1});
  writer.event({Event::cycles, true, "n", ""});
  const std::string whole = values_of(writer);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    MessageReader reader(std::string_view(whole).substr(0, size));
    (void)reader.error();
    (void)reader.container();
    (void)reader.truth();
    (void)reader.event();
    CHECK_FALSE(reader.at_end());
  }
}

TEST_CASE("What cannot be is not read: lengths beyond the message, kinds and events that there are not") {
  const auto malformed = [](auto&& write, auto&& read) {
    MessageWriter writer;
    write(writer);
    const std::string values = values_of(writer);
    MessageReader reader(values);
    read(reader);
    return !reader.ok();
  };
  CHECK(malformed([](MessageWriter& w) { w.number(std::uint32_t{0xffffffff}); },
                  [](MessageReader& r) { CHECK(r.text().empty()); }));
  CHECK(malformed([](MessageWriter& w) { w.number(std::uint32_t{3}); },
                  [](MessageReader& r) { CHECK(r.count(4) == 0); }));
  CHECK(malformed(
      [](MessageWriter& w) {
        w.number(std::uint8_t{5});
        w.number(std::uint8_t{0});
        w.text("");
        w.text("");
      },
      [](MessageReader& r) { (void)r.event(); }));
  CHECK(malformed(
      [](MessageWriter& w) {
        w.text("a");
        w.number(std::uint8_t{3});
        w.number(std::int32_t{0});
        w.number(0.0);
      },
      [](MessageReader& r) { (void)r.container(); }));
  CHECK(malformed(
      [](MessageWriter& w) {
        w.number(std::int32_t{3});
        for (int i = 0; i < 3; ++i) w.text("");
        w.number(std::int32_t{0});
      },
      [](MessageReader& r) { (void)r.error(); }));
}

}  // namespace
}  // namespace dcat::emulator::test
