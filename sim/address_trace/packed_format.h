// The packed format, version 1 (docs/curve.md, "Packed"): a header, blocks of accesses, an end. Numbers are little
// endian. A block can be read without those before it; a file without its end is cut off.
//
//   header  8 bytes `dCatTrc` and the version; 4 bytes flags (bit 0: instruction fetches are in it); 4 bytes 0
//   block   4 bytes accesses (1 to 65536); 4 bytes length of what follows; 4 bytes its CRC-32 (that of gzip); accesses
//   end     a block of 0 accesses and 16 bytes: 8 bytes accesses of the file, 8 bytes instructions (all ones: unknown)
//
// An access is one byte of tag, the size and the address. Tag bits 0 and 1: kind (load, store, modify, fetch); bits 2
// to 4: size 2^n bytes, 7: 4 bytes with the size follow the tag; bits 5 to 7: how many bytes of address follow (7: 8).
// They are the low bytes of the difference to the block's previous address (at first 0), modulo 2^64, as a zigzag
// number: 0, -1, 1, -2, 2 are 0, 1, 2, 3, 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dcat::address_trace::packed {

inline constexpr std::string_view kMagic = "dCatTrc";
inline constexpr char kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kBlockHeaderBytes = 12;
inline constexpr std::size_t kEndBytes = 16;
inline constexpr std::uint32_t kHasFetches = 1;
inline constexpr std::uint32_t kMostAccesses = 65536;  // of a block
inline constexpr std::uint32_t kMostBytesOfAccess = 1 + 4 + 8;
inline constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
inline constexpr unsigned kSizeFollows = 7;
inline constexpr unsigned kEightBytes = 7;

// Little endian, whatever the machine.
template <class Number>
Number get(std::string_view bytes, std::size_t at, std::size_t count = sizeof(Number)) {
  Number value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  return value;
}
template <class Text, class Number>
void put(Text& bytes, Number value, std::size_t count = sizeof(Number)) {
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

constexpr std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}
constexpr std::uint64_t unzigzag(std::uint64_t z) {
  return (z >> 1) ^ (0 - (z & 1));
}

}  // namespace dcat::address_trace::packed
