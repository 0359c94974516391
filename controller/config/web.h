// The configuration's `web:`: where the daemon shows itself, metrics and a page, to who can only look (web/).
#pragma once

#include <string>
#include <string_view>

#include "controller/config/yaml_reader.h"
#include "core/result.h"

namespace dcat {

// Where to listen: an address as it is bound, never a name that somebody else resolves.
struct Endpoint {
  std::string address;  // "127.0.0.1", "::1"
  bool v6 = false;
  bool loopback = false;  // only this machine's programs get there
  int port = 0;           // 0: one that is free
  bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:9470", "[::1]:9470", "localhost:9470" (127.0.0.1). bad_input, with what is wrong of it.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string format_endpoint(const Endpoint& endpoint);

struct WebSettings {
  std::string listen;  // as parse_endpoint reads it; empty: nothing listens
  bool operator==(const WebSettings&) const = default;
};

void read_web(YamlMap& root, WebSettings& web);
std::string format_web(const WebSettings& web);  // "web: {...}", a line

}  // namespace dcat
