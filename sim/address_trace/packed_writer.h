// Writes the packed format (packed_format.h), under gzip or zstd where the name ends in .gz or .zst. The file appears
// when it is complete.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "sim/address_trace/byte_sink.h"
#include "sim/address_trace/trace.h"

namespace dcat::address_trace {

class PackedWriter {
 public:
  static Result<std::unique_ptr<PackedWriter>> create(const std::string& path, bool has_fetches);

  Status write(std::span<const Access> accesses);
  // The last call.
  Status finish(std::optional<std::uint64_t> instructions);

 private:
  explicit PackedWriter(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}
  void append(const Access& access);
  Status write_block();

  std::unique_ptr<ByteSink> sink_;
  std::string block_;
  std::uint32_t in_block_ = 0;
  std::uint64_t previous_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace dcat::address_trace
