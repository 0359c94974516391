// The middle layer of NRI's transport: calls and their answers in a byte stream. A message is
//   u32be length, u32be stream, u8 type (1 request, 2 response, 3 data), u8 flags, length bytes
// where the bytes of a request and of a response are a protobuf message (ttrpc.proto). Only unary calls are spoken. A
// client's streams are odd and never used twice. Source: containerd/ttrpc, PROTOCOL.md.
// Properties: what is stored is at most one message, and never more than has come: a length is believed as bytes
// arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat {

inline constexpr std::size_t kTtrpcHeader = 10;
inline constexpr std::size_t kMostTtrpcMessage = 4 << 20;  // PROTOCOL.md, "Message Frame"

enum class TtrpcType : std::uint8_t { request = 1, response = 2, data = 3 };
inline constexpr std::uint8_t kTtrpcRemoteOpen = 2;  // of a request's flags: more of it follows, it is not unary

struct TtrpcMessage {
  std::uint32_t stream = 0;
  TtrpcType type = TtrpcType::request;
  std::uint8_t flags = 0;
  std::string bytes;
  bool operator==(const TtrpcMessage&) const = default;
};

// REQUIRES: bytes.size() <= kMostTtrpcMessage
std::string format_ttrpc(const TtrpcMessage& message);

class TtrpcReader {
 public:
  struct Read {
    std::vector<TtrpcMessage> messages;  // in order; unary traffic only: what has an unknown type is left out
    Status status;                       // failed: too long; nothing can be read from here on
  };
  Read feed(std::string_view bytes);
  std::size_t stored_bytes() const { return stored_.size(); }

 private:
  std::string stored_;  // a message's beginning
  bool broken_ = false;
};

// gRPC's codes, those that we say.
enum class RpcCode { ok = 0, invalid_argument = 3, unimplemented = 12 };

struct RpcRequest {
  std::string service;
  std::string method;
  std::string payload;
};
std::string format_request(std::uint32_t stream, const RpcRequest& request);
std::optional<RpcRequest> parse_request(std::string_view bytes);

struct RpcResponse {
  int code = 0;  // gRPC's; 0: it went well
  std::string why;
  std::string payload;
};
std::string format_response(std::uint32_t stream, const RpcResponse& response);
std::optional<RpcResponse> parse_response(std::string_view bytes);

}  // namespace dcat
