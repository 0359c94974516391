// Bytes of a file, or of the standard input, unpacked where they are a gzip or zstd archive.
#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "core/result.h"

namespace dcat::address_trace {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `bytes` from the front; 0 at the end only. bad_input where an archive is damaged or cut off.
  virtual Result<std::size_t> read(std::span<char> bytes) = 0;
};

// `-` is the standard input.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path);

}  // namespace dcat::address_trace
