#include "sim/address_trace/packed_format.h"
#include "sim/address_trace/readers.h"

namespace dcat::address_trace {
namespace {

constexpr std::size_t kLookAt = 4096;  // bytes; messages of valgrind come first

Result<std::unique_ptr<Reader>> choose(Input input, bool fetches) {
  Result<std::string_view> start = input.peek(kLookAt);
  if (!start) return std::move(start).error();
  if (start->empty()) return input.wrong_byte("the trace is empty", "record it again");
  if (start->starts_with(packed::kMagic)) return make_packed_reader(std::move(input), fetches);
  if (looks_like_lackey(*start)) return make_lackey_reader(std::move(input), fetches);
  if (start->find('\0') != std::string_view::npos)
    return input.wrong_byte("it is neither text nor a packed trace",
                            "want plain text, valgrind's lackey, or what dcat curve --pack wrote");
  return make_text_reader(std::move(input));
}

}  // namespace

Result<std::unique_ptr<Reader>> open_trace(const std::string& path, bool fetches) {
  Result<std::unique_ptr<ByteSource>> bytes = open_bytes(path);
  if (!bytes) return std::move(bytes).error();
  Result<std::unique_ptr<Reader>> reader = choose(Input(std::move(*bytes), path), fetches);
  if (reader && fetches && !(*reader)->has_fetches())
    return Error{ErrorCode::bad_input, "read the instruction fetches of " + path,
                 "a trace in this format (" + (*reader)->format() + ") has none", "leave out --fetches", 0};
  return reader;
}

}  // namespace dcat::address_trace
