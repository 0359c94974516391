#include "hooks/nri/frames.h"

#include <algorithm>

namespace dcat {

std::uint32_t u32_of(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void append_u32(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 0xff);
}

std::string frames_of(std::uint32_t connection, std::string_view bytes) {
  constexpr std::size_t kMost = kMostFrame - kFrameHeader;
  std::string frames;
  frames.reserve(bytes.size() + (bytes.size() / kMost + 1) * kFrameHeader);
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kMost);
    append_u32(frames, connection);
    append_u32(frames, static_cast<std::uint32_t>(part.size()));
    frames += part;
    bytes.remove_prefix(part.size());
  }
  return frames;
}

FrameReader::Read FrameReader::feed(std::string_view bytes) {
  Read read;
  while (!bytes.empty() && !broken_) {
    if (left_ == 0) {
      const std::size_t size = std::min(bytes.size(), kFrameHeader - header_size_);
      std::copy_n(bytes.begin(), size, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
      header_size_ += size;
      bytes.remove_prefix(size);
      if (header_size_ < kFrameHeader) break;
      header_size_ = 0;
      const std::string_view header(header_.data(), header_.size());
      connection_ = u32_of(header);
      left_ = u32_of(header.substr(4));
      broken_ = left_ > kMostFramePayload;
      continue;
    }
    const std::string_view part = bytes.substr(0, left_);
    read.pieces.push_back({connection_, part});
    left_ -= part.size();
    bytes.remove_prefix(part.size());
  }
  if (broken_)
    read.status = Error{ErrorCode::failed, "NRI: read a frame",
                        "it claims " + std::to_string(left_) + " bytes, want at most " +
                            std::to_string(kMostFramePayload) + ": this is no NRI connection, or it is out of step",
                        ""};
  return read;
}

}  // namespace dcat
