#include "sim/address_trace/packed_writer.h"

#include <zlib.h>

#include <bit>

#include "sim/address_trace/packed_format.h"

namespace dcat::address_trace {
namespace {

std::string with_header(std::uint32_t accesses, const std::string& bytes) {
  std::string block;
  packed::put(block, accesses);
  packed::put(block, static_cast<std::uint32_t>(bytes.size()));
  const uLong checksum = crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  packed::put(block, static_cast<std::uint32_t>(checksum));
  return block + bytes;
}

}  // namespace

Result<std::unique_ptr<PackedWriter>> PackedWriter::create(const std::string& path, bool has_fetches) {
  Result<std::unique_ptr<ByteSink>> sink = ByteSink::create(path);
  if (!sink) return std::move(sink).error();
  std::string header(packed::kMagic);
  header.push_back(packed::kVersion);
  packed::put(header, has_fetches ? packed::kHasFetches : 0U);
  packed::put(header, std::uint32_t{0});
  if (Status written = (*sink)->write(header); !written) return std::move(written).error();
  return std::unique_ptr<PackedWriter>(new PackedWriter(std::move(*sink)));
}

Status PackedWriter::write(std::span<const Access> accesses) {
  for (const Access& access : accesses) {
    append(access);
    if (in_block_ == packed::kMostAccesses)
      if (Status written = write_block(); !written) return written;
  }
  return {};
}

void PackedWriter::append(const Access& access) {
  const std::uint64_t z = packed::zigzag(access.address - previous_);
  previous_ = access.address;
  const auto bytes = static_cast<unsigned>((std::bit_width(z) + 7) / 8);
  const unsigned bytes_code = bytes >= packed::kEightBytes ? packed::kEightBytes : bytes;
  const bool usual = std::has_single_bit(access.size) && access.size < (1U << packed::kSizeFollows);
  const unsigned size_code = usual ? static_cast<unsigned>(std::countr_zero(access.size)) : packed::kSizeFollows;
  packed::put(block_, static_cast<unsigned>(access.kind) | size_code << 2 | bytes_code << 5, 1);
  if (!usual) packed::put(block_, access.size);
  packed::put(block_, z, bytes_code == packed::kEightBytes ? 8 : bytes);
  ++in_block_;
}

Status PackedWriter::write_block() {
  if (in_block_ == 0) return {};
  Status written = sink_->write(with_header(in_block_, block_));
  total_ += in_block_;
  in_block_ = 0;
  previous_ = 0;
  block_.clear();
  return written;
}

Status PackedWriter::finish(std::optional<std::uint64_t> instructions) {
  if (Status written = write_block(); !written) return written;
  std::string totals;
  packed::put(totals, total_);
  packed::put(totals, instructions.value_or(packed::kUnknown));
  if (Status written = sink_->write(with_header(0, totals)); !written) return written;
  return sink_->commit();
}

}  // namespace dcat::address_trace
