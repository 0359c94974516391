// The outermost layer of NRI's transport: several byte streams over one socket. A frame is
//   u32be connection, u32be length, length bytes
// Connection 1 carries calls of the runtime to us, connection 2 ours to the runtime; a frame has nothing to do with
// where a message begins or ends. What we send is cut into frames of at most kMostFrame bytes in all: the reader at the
// other end has a buffer of 4,096 bytes and fails on a greater one. Source: containerd/nri, pkg/net/multiplex.
// Properties: the pieces of a stream do not depend on how its bytes were cut; no byte is stored but a header's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

inline constexpr std::uint32_t kNriPluginStream = 1;
inline constexpr std::uint32_t kNriRuntimeStream = 2;
inline constexpr std::size_t kFrameHeader = 8;
inline constexpr std::size_t kMostFrame = 4096;
// Of a frame that comes: a ttrpc message of 4 MiB and its header, the greatest that a runtime sends.
inline constexpr std::size_t kMostFramePayload = (4 << 20) + 10;

std::string frames_of(std::uint32_t connection, std::string_view bytes);

class FrameReader {
 public:
  struct Piece {
    std::uint32_t connection;
    std::string_view bytes;  // part of the bytes that were fed
    bool operator==(const Piece&) const = default;
  };
  struct Read {
    std::vector<Piece> pieces;  // in order, neighbours of a frame not joined, none empty
    Status status;              // failed: a frame is too long; nothing can be read from here on
  };
  Read feed(std::string_view bytes);

 private:
  std::array<char, kFrameHeader> header_{};
  std::size_t header_size_ = 0;  // what is there of the next header
  std::uint32_t connection_ = 0;
  std::size_t left_ = 0;  // of the frame that has begun
  bool broken_ = false;
};

// Big-endian, 4 bytes. REQUIRES: bytes.size() >= 4
std::uint32_t u32_of(std::string_view bytes);
void append_u32(std::string& to, std::uint32_t value);

}  // namespace dcat
