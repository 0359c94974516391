// A file that appears whole or not at all: bytes go to a temporary file beside it, compressed where its name asks for
// it
// (.gz, .zst), and commit() gives it its name. Where the name is that of something that is no file (a pipe, a device),
// bytes go there at once.
#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat::address_trace {

class ByteSink {
 public:
  static Result<std::unique_ptr<ByteSink>> create(const std::string& path);
  ~ByteSink();  // what was not committed is gone
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  Status write(std::string_view bytes);
  Status commit();

 private:
  struct Compressor;

  ByteSink(std::FILE* file, std::string path, std::string temporary);
  Status write_compressed(std::string_view bytes, bool last);
  Status write_file(std::string_view bytes);
  Error refused(int error_number) const;

  std::FILE* file_;
  std::string path_;
  std::string temporary_;  // empty: the path itself
  std::unique_ptr<Compressor> compressor_;
};

// The whole file at once.
Status write_whole_file(const std::string& path, std::string_view text);

}  // namespace dcat::address_trace
