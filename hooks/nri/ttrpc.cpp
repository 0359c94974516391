#include "hooks/nri/ttrpc.h"

#include <algorithm>

#include "hooks/nri/frames.h"
#include "hooks/nri/ttrpc.pb.h"

namespace dcat {

std::string format_ttrpc(const TtrpcMessage& message) {
  std::string text;
  text.reserve(kTtrpcHeader + message.bytes.size());
  append_u32(text, static_cast<std::uint32_t>(message.bytes.size()));
  append_u32(text, message.stream);
  text += static_cast<char>(message.type);
  text += static_cast<char>(message.flags);
  return text + message.bytes;
}

TtrpcReader::Read TtrpcReader::feed(std::string_view bytes) {
  Read read;
  while (!bytes.empty() && !broken_) {
    const bool has_header = stored_.size() >= kTtrpcHeader;
    const std::size_t length = has_header ? u32_of(stored_) : 0;
    const std::size_t part = std::min(bytes.size(), kTtrpcHeader + length - stored_.size());
    stored_ += bytes.substr(0, part);
    bytes.remove_prefix(part);
    if (stored_.size() < kTtrpcHeader) break;
    const std::size_t whole = u32_of(stored_);
    if (whole > kMostTtrpcMessage) {
      broken_ = true;
    } else if (stored_.size() == kTtrpcHeader + whole) {
      const auto type = static_cast<std::uint8_t>(stored_[8]);
      if (type >= 1 && type <= 3)
        read.messages.push_back({u32_of(std::string_view(stored_).substr(4)), TtrpcType{type},
                                 static_cast<std::uint8_t>(stored_[9]), stored_.substr(kTtrpcHeader)});
      stored_ = std::string();  // its room too: a connection is idle for hours after megabytes
    }
  }
  if (broken_)
    read.status = Error{ErrorCode::failed, "NRI: read a call",
                        "it claims " + std::to_string(u32_of(stored_)) + " bytes, want at most " +
                            std::to_string(kMostTtrpcMessage) + ": this is no ttrpc, or it is out of step",
                        ""};
  return read;
}

std::string format_request(std::uint32_t stream, const RpcRequest& request) {
  ttrpc::Request message;
  message.set_service(request.service);
  message.set_method(request.method);
  message.set_payload(request.payload);
  return format_ttrpc({stream, TtrpcType::request, 0, message.SerializeAsString()});
}

std::optional<RpcRequest> parse_request(std::string_view bytes) {
  ttrpc::Request message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return RpcRequest{message.service(), message.method(), std::move(*message.mutable_payload())};
}

std::string format_response(std::uint32_t stream, const RpcResponse& response) {
  ttrpc::Response message;
  if (response.code != 0) {
    message.mutable_status()->set_code(response.code);
    message.mutable_status()->set_message(response.why);
  }
  message.set_payload(response.payload);
  return format_ttrpc({stream, TtrpcType::response, 0, message.SerializeAsString()});
}

std::optional<RpcResponse> parse_response(std::string_view bytes) {
  ttrpc::Response message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  return RpcResponse{message.status().code(), message.status().message(), std::move(*message.mutable_payload())};
}

}  // namespace dcat
