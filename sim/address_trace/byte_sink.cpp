#include "sim/address_trace/byte_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace dcat::address_trace {
namespace {

constexpr std::size_t kChunk = 1 << 17;
constexpr int kZstdLevel = 3;

// Of a file that mkstemp made: as if it had been opened the usual way.
void usual_permissions(int descriptor) {
  const mode_t mask = umask(0);
  umask(mask);
  (void)fchmod(descriptor, 0666 & ~mask);
}

// Where bytes go at once: pipes, devices, and names like /dev/stdout, which must never be replaced.
bool is_something_else(const std::string& path) {
  struct stat about {};
  if (path.starts_with("/dev/") || path.starts_with("/proc/")) return true;
  return stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

// What a link points to, so that the file is replaced and not the link.
std::string behind_links(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::is_symlink(path, none)) return path;
  const std::filesystem::path target = std::filesystem::canonical(path, none);
  return none ? path : target.string();
}

}  // namespace

// One of the two.
struct ByteSink::Compressor {
  explicit Compressor(bool zstd) : out(kChunk) {
    if (zstd) {
      zstd_stream = ZSTD_createCCtx();
      ZSTD_CCtx_setParameter(zstd_stream, ZSTD_c_compressionLevel, kZstdLevel);
      ZSTD_CCtx_setParameter(zstd_stream, ZSTD_c_checksumFlag, 1);
    } else {
      deflateInit2(&gzip_stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    }
  }
  ~Compressor() {
    if (zstd_stream != nullptr)
      ZSTD_freeCCtx(zstd_stream);
    else
      deflateEnd(&gzip_stream);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  ZSTD_CCtx* zstd_stream = nullptr;
  z_stream gzip_stream{};
  std::vector<char> out;
};

Result<std::unique_ptr<ByteSink>> ByteSink::create(const std::string& path) {
  const auto refused = [&](int number) {
    return Error{ErrorCode::bad_input, "write " + path, std::strerror(number), "name a file that can be written",
                 number};
  };
  std::unique_ptr<ByteSink> sink;
  if (is_something_else(path)) {
    std::FILE* const file = std::fopen(path.c_str(), "wbe");
    if (file == nullptr) return refused(errno);
    sink.reset(new ByteSink(file, path, ""));
  } else {
    const std::string target = behind_links(path);
    std::string temporary = target + ".XXXXXX";
    const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return refused(errno);
    usual_permissions(descriptor);
    sink.reset(new ByteSink(fdopen(descriptor, "wb"), target, temporary));
  }
  if (path.ends_with(".gz")) sink->compressor_ = std::make_unique<Compressor>(false);
  if (path.ends_with(".zst")) sink->compressor_ = std::make_unique<Compressor>(true);
  return sink;
}

ByteSink::ByteSink(std::FILE* file, std::string path, std::string temporary)
    : file_(file), path_(std::move(path)), temporary_(std::move(temporary)) {}

ByteSink::~ByteSink() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Status ByteSink::write(std::string_view bytes) {
  return compressor_ == nullptr ? write_file(bytes) : write_compressed(bytes, false);
}

Status ByteSink::commit() {
  if (compressor_ != nullptr)
    if (Status ended = write_compressed({}, true); !ended) return ended;
  if (std::fflush(file_) != 0) return refused(errno);
  if (!temporary_.empty() && std::rename(temporary_.c_str(), path_.c_str()) != 0) return refused(errno);
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) return refused(errno);
  return {};
}

Status ByteSink::write_compressed(std::string_view bytes, bool last) {
  Compressor& c = *compressor_;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  c.gzip_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
  c.gzip_stream.avail_in = static_cast<uInt>(bytes.size());
  for (bool more = true; more;) {
    std::size_t made = 0;
    if (c.zstd_stream != nullptr) {
      ZSTD_outBuffer out{c.out.data(), c.out.size(), 0};
      const std::size_t left = ZSTD_compressStream2(c.zstd_stream, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return Error{ErrorCode::failed, "write " + path_, ZSTD_getErrorName(left), "", 0};
      made = out.pos;
      more = last ? left != 0 : in.pos < in.size;
    } else {
      c.gzip_stream.next_out = reinterpret_cast<Bytef*>(c.out.data());
      c.gzip_stream.avail_out = static_cast<uInt>(c.out.size());
      const int code = deflate(&c.gzip_stream, last ? Z_FINISH : Z_NO_FLUSH);
      if (code == Z_STREAM_ERROR) return Error{ErrorCode::failed, "write " + path_, zError(code), "", 0};
      made = c.out.size() - c.gzip_stream.avail_out;
      more = last ? code != Z_STREAM_END : c.gzip_stream.avail_in > 0 || c.gzip_stream.avail_out == 0;
    }
    if (Status written = write_file({c.out.data(), made}); !written) return written;
  }
  return {};
}

Status ByteSink::write_file(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return {};
  return refused(errno);
}

Error ByteSink::refused(int error_number) const {
  return {ErrorCode::failed, "write " + path_, std::strerror(error_number), "nothing was written", error_number};
}

Status write_whole_file(const std::string& path, std::string_view text) {
  Result<std::unique_ptr<ByteSink>> sink = ByteSink::create(path);
  if (!sink) return std::move(sink).error();
  if (Status written = (*sink)->write(text); !written) return written;
  return (*sink)->commit();
}

}  // namespace dcat::address_trace
