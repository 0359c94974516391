#include "emulator/linux/control_messages.h"

namespace dcat::emulator {

SampleRecord record_of(const ContainerSample& sample, std::uint32_t container) {
  SampleRecord record;
  record.container = container;
  record.domain = sample.domain.value;
  record.at_ns = sample.sample.at.time_since_epoch().count();
  record.enabled_ns = sample.sample.enabled.count();
  for (std::size_t i = 0; i < kEventCount; ++i) {
    const std::optional<Reading>& reading = sample.sample.readings[i];
    if (!reading) continue;
    record.present |= std::uint64_t{1} << i;
    record.values[i] = reading->value;
    record.running_ns[i] = reading->running.count();
  }
  return record;
}

void read_record(const SampleRecord& record, ContainerSample& sample) {
  sample.domain = DomainId{record.domain};
  sample.sample.at = TimePoint(Duration(record.at_ns));
  sample.sample.enabled = Duration(record.enabled_ns);
  for (std::size_t i = 0; i < kEventCount; ++i) {
    if ((record.present >> i & 1) != 0)
      sample.sample.readings[i] = Reading{record.values[i], Duration(record.running_ns[i])};
    else
      sample.sample.readings[i].reset();
  }
}

void MessageWriter::text(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_.append(value);
}

void MessageWriter::error(const Error& error) {
  number(static_cast<std::int32_t>(error.code));
  text(error.what);
  text(error.why);
  text(error.todo);
  number(static_cast<std::int32_t>(error.sys_errno));
}

void MessageWriter::event(const EventChoice& choice) {
  number(static_cast<std::uint8_t>(choice.event));
  number(static_cast<std::uint8_t>(choice.available));
  text(choice.name);
  text(choice.note);
}

void MessageWriter::container(const ContainerInfo& info) {
  text(info.id.value);
  number(static_cast<std::uint8_t>(info.contract_kind));
  number(static_cast<std::int32_t>(info.contract.count));
  number(info.cpu_share);
  number(static_cast<std::uint8_t>(info.managed));
  number(static_cast<std::uint8_t>(info.isolated));
}

void MessageWriter::truth(const sim::TruthRow& row) {
  text(row.tenant.value);
  number(static_cast<std::uint8_t>(row.present));
  number(static_cast<std::uint64_t>(row.phase));
  number(row.instructions);
  number(row.cycles);
  number(row.instructions_at_contract);
}

const std::string& MessageWriter::finish(Operation operation, std::uint16_t status) {
  const MessageHeader header{static_cast<std::uint32_t>(bytes_.size() - sizeof(MessageHeader)),
                             static_cast<std::uint16_t>(operation), status};
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

std::string_view MessageReader::take(std::size_t bytes) {
  if (!ok_ || bytes > left_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = left_.substr(0, bytes);
  left_.remove_prefix(bytes);
  return taken;
}

std::uint32_t MessageReader::count(std::size_t least_bytes) {
  const auto n = number<std::uint32_t>();
  if (n > left_.size() / least_bytes) ok_ = false;
  return ok_ ? n : 0;
}

std::string MessageReader::text() {
  const auto size = number<std::uint32_t>();
  return std::string(take(size));
}

Error MessageReader::error() {
  Error error;
  const auto code = number<std::int32_t>();
  if (code < 0 || code > static_cast<std::int32_t>(ErrorCode::failed)) ok_ = false;
  if (ok_) error.code = static_cast<ErrorCode>(code);
  error.what = text();
  error.why = text();
  error.todo = text();
  error.sys_errno = number<std::int32_t>();
  return error;
}

EventChoice MessageReader::event() {
  EventChoice choice{};
  const auto event = number<std::uint8_t>();
  if (event >= kEventCount) ok_ = false;
  if (ok_) choice.event = static_cast<Event>(event);
  choice.available = number<std::uint8_t>() != 0;
  choice.name = text();
  choice.note = text();
  return choice;
}

ContainerInfo MessageReader::container() {
  ContainerInfo info;
  info.id.value = text();
  const auto kind = number<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(ContainerInfo::ContractKind::none)) ok_ = false;
  if (ok_) info.contract_kind = static_cast<ContainerInfo::ContractKind>(kind);
  info.contract = Ways(number<std::int32_t>());
  info.cpu_share = number<double>();
  info.managed = number<std::uint8_t>() != 0;
  info.isolated = number<std::uint8_t>() != 0;
  return info;
}

sim::TruthRow MessageReader::truth() {
  sim::TruthRow row;
  row.tenant.value = text();
  row.present = number<std::uint8_t>() != 0;
  row.phase = static_cast<std::size_t>(number<std::uint64_t>());
  row.instructions = number<double>();
  row.cycles = number<double>();
  row.instructions_at_contract = number<double>();
  return row;
}

}  // namespace dcat::emulator
