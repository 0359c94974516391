#include "sim/address_trace/byte_source.h"

#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace dcat::address_trace {
namespace {

constexpr std::size_t kChunk = 1 << 17;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

// The file itself. The first bytes can be looked at before they are read.
class FileBytes : public ByteSource {
 public:
  FileBytes(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> bytes) override {
    if (ahead_ > 0) {
      const std::size_t n = std::min(ahead_, bytes.size());
      std::memcpy(bytes.data(), first_.data() + (count_ - ahead_), n);
      ahead_ -= n;
      return n;
    }
    return read_file(bytes);
  }
  // At most the first four bytes. REQUIRES: nothing has been read.
  Result<std::string_view> peek() {
    while (count_ < first_.size()) {
      Result<std::size_t> n = read_file(std::span(first_).subspan(count_));
      if (!n) return std::move(n).error();
      if (*n == 0) break;
      count_ += *n;
    }
    ahead_ = count_;
    return std::string_view(first_.data(), count_);
  }

 private:
  Result<std::size_t> read_file(std::span<char> bytes) {
    const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), file_.get());
    if (n == 0 && std::ferror(file_.get()))
      return Error{ErrorCode::failed, "read " + path_, std::strerror(errno), "", errno};
    return n;
  }

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string path_;
  std::array<char, 4> first_{};
  std::size_t count_ = 0;
  std::size_t ahead_ = 0;
};

// What gzip and zstd have in common: compressed bytes in, a chunk at a time.
class Archive : public ByteSource {
 public:
  Archive(std::unique_ptr<ByteSource> packed, std::string path, std::string kind)
      : packed_(std::move(packed)), path_(std::move(path)), kind_(std::move(kind)), chunk_(kChunk) {}

  Result<std::size_t> read(std::span<char> bytes) override {
    for (;;) {
      if (next_ == end_ && !ended_) {
        Result<std::size_t> n = packed_->read(chunk_);
        if (!n) return n;
        offset_ += end_;
        next_ = 0;
        end_ = *n;
        ended_ = *n == 0;
      }
      if (next_ == end_ && ended_ && between_parts() && !holds_back()) return std::size_t{0};
      Result<std::size_t> n = unpack(bytes);
      if (!n) return n;
      if (*n > 0) return n;
      if (next_ == end_ && ended_)
        return wrong("the " + kind_ + " archive is cut off after " + std::to_string(offset_ + end_) + " bytes");
    }
  }

 protected:
  // Takes from input(), tells how much by take(); may return 0.
  virtual Result<std::size_t> unpack(std::span<char> bytes) = 0;
  virtual bool between_parts() const = 0;            // at the end of a member or frame: the file may end here
  virtual bool holds_back() const { return false; }  // has output without further input

  std::span<char> input() { return std::span(chunk_).subspan(next_, end_ - next_); }
  void take(std::size_t n) { next_ += n; }
  Error wrong(const std::string& why) const {
    return {ErrorCode::bad_input, path_, why, "make the archive again, or copy it again", 0};
  }
  Error damaged(const char* words) const {
    return wrong("the " + kind_ + " archive is damaged near byte " + std::to_string(offset_ + next_) + ": " + words);
  }

 private:
  std::unique_ptr<ByteSource> packed_;
  std::string path_;
  std::string kind_;
  std::vector<char> chunk_;
  std::size_t next_ = 0, end_ = 0;
  std::size_t offset_ = 0;  // of the chunk in the file
  bool ended_ = false;
};

class GzipBytes : public Archive {
 public:
  GzipBytes(std::unique_ptr<ByteSource> packed, const std::string& path) : Archive(std::move(packed), path, "gzip") {
    ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
  }
  ~GzipBytes() override { inflateEnd(&stream_); }

 protected:
  Result<std::size_t> unpack(std::span<char> bytes) override {
    if (!ready_) return Error{ErrorCode::failed, "unpack gzip", "zlib has no memory", "", 0};
    if (at_boundary_ && !input().empty()) {  // another member
      inflateReset(&stream_);
      at_boundary_ = false;
    }
    const std::span<char> in = input();
    stream_.next_in = reinterpret_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_out = static_cast<uInt>(bytes.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return damaged(stream_.msg != nullptr ? stream_.msg : zError(code));
    take(in.size() - stream_.avail_in);
    at_boundary_ = code == Z_STREAM_END;
    return bytes.size() - stream_.avail_out;
  }
  bool between_parts() const override { return at_boundary_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool at_boundary_ = false;
};

class ZstdBytes : public Archive {
 public:
  ZstdBytes(std::unique_ptr<ByteSource> packed, const std::string& path)
      : Archive(std::move(packed), path, "zstd"), stream_(ZSTD_createDStream()) {}
  ~ZstdBytes() override { ZSTD_freeDStream(stream_); }

 protected:
  Result<std::size_t> unpack(std::span<char> bytes) override {
    if (stream_ == nullptr) return Error{ErrorCode::failed, "unpack zstd", "no memory", "", 0};
    const std::span<char> packed = input();
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(stream_, &out, &in);
    if (ZSTD_isError(hint)) return damaged(ZSTD_getErrorName(hint));
    take(in.pos);
    at_boundary_ = hint == 0;
    full_ = out.pos == out.size && !at_boundary_;
    return out.pos;
  }
  bool between_parts() const override { return at_boundary_; }
  bool holds_back() const override { return full_; }

 private:
  ZSTD_DStream* stream_;
  bool at_boundary_ = false;
  bool full_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path) {
  std::FILE* const file = path == "-" ? stdin : std::fopen(path.c_str(), "rbe");
  if (file == nullptr)
    return Error{ErrorCode::bad_input, "open " + path, std::strerror(errno), "name a trace that can be read", errno};
  auto plain = std::make_unique<FileBytes>(file, path);
  struct stat about {};
  if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode))
    return Error{ErrorCode::bad_input, "open " + path, "it is a directory", "name a trace file", EISDIR};
  Result<std::string_view> first = plain->peek();
  if (!first) return std::move(first).error();
  if (first->substr(0, 2) == kGzipMagic) return std::unique_ptr<ByteSource>(new GzipBytes(std::move(plain), path));
  if (*first == kZstdMagic) return std::unique_ptr<ByteSource>(new ZstdBytes(std::move(plain), path));
  return std::unique_ptr<ByteSource>(std::move(plain));
}

}  // namespace dcat::address_trace
