#include "controller/config/web.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "controller/config/quantity.h"
#include "controller/config/tenants.h"
#include "controller/config/yaml_tree.h"

namespace dcat {

namespace {

constexpr const char* kWanted = "want an IP address and a port: 127.0.0.1:9470 or [::1]:9470";

Error wrong(std::string_view text, const std::string& why) {
  return {ErrorCode::bad_input, "listen address \"" + shown_text(std::string(text)) + "\"", why, kWanted};
}

bool parse_address(const std::string& text, bool v6, Endpoint& out) {
  in_addr four{};
  in6_addr six{};
  if (!v6 && ::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    out.loopback = (ntohl(four.s_addr) >> 24) == 127;
  } else if (v6 && ::inet_pton(AF_INET6, text.c_str(), &six) == 1) {
    out.loopback = IN6_IS_ADDR_LOOPBACK(&six);
  } else {
    return false;
  }
  out.address = text;
  out.v6 = v6;
  return true;
}

bool parse_port(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && text.front() != '-' && out <= 65535;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  // No address is longer; what follows a NUL would be lost.
  constexpr std::size_t kLongest = 64;
  if (text.size() > kLongest || std::ranges::any_of(text, is_control)) return wrong(text, "is no address");
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (colon == std::string_view::npos || (bracketed && (colon == 0 || text[colon - 1] != ']')))
    return wrong(text, "has no port");
  std::string_view host = text.substr(0, colon);
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost" && !bracketed) host = "127.0.0.1";
  Endpoint endpoint;
  if (!bracketed && host.find(':') != std::string_view::npos) return wrong(text, "an IPv6 address stands in brackets");
  if (!parse_address(std::string(host), bracketed, endpoint))
    return wrong(text, "\"" + shown_text(std::string(host)) + "\" is no IP address");
  const std::string_view port = text.substr(colon + 1);
  if (port.empty() || !parse_port(port, endpoint.port))
    return wrong(text, "port \"" + shown_text(std::string(port)) + "\" is not in 0..65535");
  return endpoint;
}

std::string format_endpoint(const Endpoint& e) {
  return (e.v6 ? "[" + e.address + "]" : e.address) + ":" + std::to_string(e.port);
}

void read_web(YamlMap& root, WebSettings& web) {
  if (!root.has("web")) return;
  YamlMap map = root.map("web");
  std::string listen;
  if (map.read("listen", listen)) {
    if (const Result<Endpoint> endpoint = parse_endpoint(listen); !endpoint)
      map.error("listen", "got \"" + shown_text(listen) + "\", " + endpoint.error().why + "; " + kWanted);
    else
      web.listen = listen;
  }
  map.finish();
}

std::string format_web(const WebSettings& web) {
  return "web: {" + (web.listen.empty() ? std::string() : "listen: " + quoted(web.listen)) + "}\n";
}

}  // namespace dcat
