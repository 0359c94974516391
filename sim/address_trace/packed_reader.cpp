#include <zlib.h>

#include <algorithm>

#include "sim/address_trace/packed_format.h"
#include "sim/address_trace/readers.h"

namespace dcat::address_trace {
namespace {

constexpr const char* kAgain = "pack the trace again, or copy it again";

class PackedReader : public Reader {
 public:
  PackedReader(Input input, bool fetches, bool has_fetches)
      : input_(std::move(input)), fetches_(fetches), has_fetches_(has_fetches) {}

  Result<std::size_t> read(std::span<Access> accesses) override {
    std::size_t n = 0;
    while (n < accesses.size()) {
      if (next_ == block_.size()) {
        Result<bool> more = read_block();
        if (!more) return std::move(more).error();
        if (!*more) break;
      }
      const Access& access = block_[next_++];
      if (access.kind != Kind::fetch || fetches_) accesses[n++] = access;
    }
    return n;
  }
  std::optional<std::uint64_t> instructions() const override { return instructions_; }
  bool has_fetches() const override { return has_fetches_; }
  std::string format() const override { return "packed"; }

 private:
  // False at the end.
  Result<bool> read_block() {
    if (ended_) return false;
    Result<std::string_view> header = input_.peek(packed::kBlockHeaderBytes);
    if (!header) return std::move(header).error();
    if (header->size() < packed::kBlockHeaderBytes) return cut_off();
    const auto count = packed::get<std::uint32_t>(*header, 0);
    const auto length = packed::get<std::uint32_t>(*header, 4);
    const auto checksum = packed::get<std::uint32_t>(*header, 8);
    const bool right_length =
        count == 0 ? length == packed::kEndBytes : length >= count && length <= count * packed::kMostBytesOfAccess;
    if (count > packed::kMostAccesses || !right_length) return input_.wrong_byte("this is no block", kAgain);
    Result<std::string_view> block = input_.peek(packed::kBlockHeaderBytes + length);
    if (!block) return std::move(block).error();
    if (block->size() < packed::kBlockHeaderBytes + length) return cut_off();
    const std::string_view bytes = block->substr(packed::kBlockHeaderBytes);
    if (crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())) != checksum)
      return input_.wrong_byte("the block's checksum is wrong", kAgain);
    if (count == 0) return end(bytes);
    if (!unpack(bytes, count)) return input_.wrong_byte("the block's length is wrong", kAgain);
    input_.take(packed::kBlockHeaderBytes + length);
    total_ += count;
    return true;
  }

  Result<bool> end(std::string_view bytes) {
    const auto accesses = packed::get<std::uint64_t>(bytes, 0);
    const auto instructions = packed::get<std::uint64_t>(bytes, 8);
    if (accesses != total_)
      return input_.wrong_byte(
          "the trace has " + std::to_string(total_) + " accesses and should have " + std::to_string(accesses), kAgain);
    if (instructions != packed::kUnknown) instructions_ = instructions;
    input_.take(packed::kBlockHeaderBytes + packed::kEndBytes);
    ended_ = true;
    const Result<std::string_view> behind = input_.peek(1);
    if (!behind) return behind.error();
    if (!behind->empty()) return input_.wrong_byte("there is more behind the trace's end", kAgain);
    return false;
  }

  bool unpack(std::string_view bytes, std::uint32_t count) {
    block_.resize(count);
    next_ = 0;
    std::uint64_t address = 0;
    std::size_t at = 0;
    for (Access& access : block_) {
      if (at == bytes.size()) return false;
      const auto tag = static_cast<unsigned char>(bytes[at++]);
      const unsigned size_code = (tag >> 2) & 7U;
      const unsigned bytes_code = tag >> 5;
      const std::size_t size_bytes = size_code == packed::kSizeFollows ? 4 : 0;
      const std::size_t address_bytes = bytes_code == packed::kEightBytes ? 8 : bytes_code;
      if (bytes.size() - at < size_bytes + address_bytes) return false;
      access.kind = static_cast<Kind>(tag & 3U);
      access.size = size_bytes == 0 ? 1U << size_code : packed::get<std::uint32_t>(bytes, at);
      if (access.size == 0) return false;
      at += size_bytes;
      address += packed::unzigzag(packed::get<std::uint64_t>(bytes, at, address_bytes));
      access.address = address;
      at += address_bytes;
    }
    return at == bytes.size();
  }

  Error cut_off() const { return input_.wrong_byte("the trace is cut off in or before this block", kAgain); }

  Input input_;
  bool fetches_;
  bool has_fetches_;
  std::vector<Access> block_;
  std::size_t next_ = 0;
  std::uint64_t total_ = 0;
  std::optional<std::uint64_t> instructions_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<Reader>> make_packed_reader(Input input, bool fetches) {
  Result<std::string_view> header = input.peek(packed::kHeaderBytes);
  if (!header) return std::move(header).error();
  if (header->size() < packed::kHeaderBytes) return input.wrong_byte("the trace is cut off in its header", kAgain);
  if ((*header)[packed::kMagic.size()] != packed::kVersion)
    return input.wrong_byte(
        "a packed trace of version " + std::to_string((*header)[packed::kMagic.size()]) + ", this reads version 1",
        "pack it with this dcat");
  const auto flags = packed::get<std::uint32_t>(*header, 8);
  if ((flags & ~packed::kHasFetches) != 0 || packed::get<std::uint32_t>(*header, 12) != 0)
    return input.wrong_byte("unknown flags in the header", kAgain);
  input.take(packed::kHeaderBytes);
  return std::unique_ptr<Reader>(new PackedReader(std::move(input), fetches, (flags & packed::kHasFetches) != 0));
}

}  // namespace dcat::address_trace
