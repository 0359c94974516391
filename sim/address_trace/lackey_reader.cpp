#include "sim/address_trace/readers.h"

namespace dcat::address_trace {
namespace {

// `==1234== Lackey, ...`, `--1234-- warning`, `**1234** note`.
bool is_message(std::string_view line) {
  return line.empty() || line.starts_with("==") || line.starts_with("--") || line.starts_with("**");
}

constexpr std::uint64_t kMostBytes = 1 << 16;  // of one access; the largest there are, of XSAVE, have some thousands

std::optional<Access> parse(std::string_view line) {
  if (line.size() < 3) return std::nullopt;
  Access access;
  if (line.starts_with("I  "))
    access.kind = Kind::fetch;
  else if (line.starts_with(" L "))
    access.kind = Kind::load;
  else if (line.starts_with(" S "))
    access.kind = Kind::store;
  else if (line.starts_with(" M "))
    access.kind = Kind::modify;
  else
    return std::nullopt;
  line.remove_prefix(3);
  const std::optional<std::uint64_t> address = take_number(line, 16);
  if (!address || !line.starts_with(',')) return std::nullopt;
  line.remove_prefix(1);
  const std::optional<std::uint64_t> size = take_number(line, 10);
  if (!size || *size == 0 || *size > kMostBytes || !line.empty()) return std::nullopt;
  access.address = *address;
  access.size = static_cast<std::uint32_t>(*size);
  return access;
}

class LackeyReader : public Reader {
 public:
  LackeyReader(Input input, bool fetches) : input_(std::move(input)), fetches_(fetches) {}

  Result<std::size_t> read(std::span<Access> accesses) override {
    std::size_t n = 0;
    while (n < accesses.size()) {
      const Result<std::optional<std::string_view>> line = input_.next_line();
      if (!line) return line.error();
      if (!*line) break;
      const std::optional<Access> access = parse(**line);
      if (!access) {
        if (is_message(**line)) continue;
        return input_.wrong_line("got " + shown(**line) + ", want lackey's I, L, S or M, an address and a size",
                                 "keep the program's output out of the trace with valgrind's --log-file");
      }
      if (access->kind == Kind::fetch) {
        ++instructions_;
        if (!fetches_) continue;
      }
      accesses[n++] = *access;
    }
    return n;
  }
  std::optional<std::uint64_t> instructions() const override { return instructions_; }
  bool has_fetches() const override { return true; }
  std::string format() const override { return "lackey"; }

 private:
  Input input_;
  bool fetches_;
  std::uint64_t instructions_ = 0;
};

}  // namespace

bool looks_like_lackey(std::string_view start) {
  while (!start.empty()) {
    const std::size_t end = start.find('\n');
    const std::string_view line = start.substr(0, end);
    if (!line.empty()) {
      if (line.starts_with("==") || line.starts_with("**")) return true;
      return line.starts_with("I  ") || line.starts_with(" L ") || line.starts_with(" S ") || line.starts_with(" M ");
    }
    if (end == std::string_view::npos) return false;
    start.remove_prefix(end + 1);
  }
  return false;
}

std::unique_ptr<Reader> make_lackey_reader(Input input, bool fetches) {
  return std::make_unique<LackeyReader>(std::move(input), fetches);
}

}  // namespace dcat::address_trace
