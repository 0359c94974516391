// `web:` of a configuration, and addresses to listen at.
#include "controller/config/web.h"

#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

TEST_CASE("an address to listen at is an IP address and a port") {
  CHECK(*parse_endpoint("127.0.0.1:9470") == Endpoint{"127.0.0.1", false, true, 9470});
  CHECK(*parse_endpoint("127.8.9.1:1") == Endpoint{"127.8.9.1", false, true, 1});
  CHECK(*parse_endpoint("localhost:0") == Endpoint{"127.0.0.1", false, true, 0});
  CHECK(*parse_endpoint("[::1]:65535") == Endpoint{"::1", true, true, 65535});
  CHECK(*parse_endpoint("0.0.0.0:80") == Endpoint{"0.0.0.0", false, false, 80});
  CHECK(*parse_endpoint("[::]:80") == Endpoint{"::", true, false, 80});
  for (const char* text : {"127.0.0.1:9470", "[::1]:1"}) CHECK(format_endpoint(*parse_endpoint(text)) == text);
}

TEST_CASE("what is no such address is told, with how to write it") {
  for (const std::string& text : std::vector<std::string>{"",
                                                          ":",
                                                          ":80",
                                                          "127.0.0.1",
                                                          "127.0.0.1:",
                                                          "127.0.0.1:x",
                                                          "127.0.0.1:-1",
                                                          "127.0.0.1:65536",
                                                          "127.0.0.1:+1",
                                                          "127.0.0.1: 80",
                                                          "127.0.0.1:99999999999999999999",
                                                          "127.0.0.1.5:80",
                                                          "256.0.0.1:80",
                                                          "example.com:80",
                                                          "::1:80",
                                                          "[::1]",
                                                          "[::1]80",
                                                          "[127.0.0.1]:80",
                                                          "[localhost]:80",
                                                          "[]:80",
                                                          "[",
                                                          "]:80",
                                                          "http://127.0.0.1:80",
                                                          "[fe80::1%eth0]:80",
                                                          "*:80",
                                                          std::string("127.0.0.1:80\0", 13),
                                                          std::string(1000, '1') + ":80"}) {
    CAPTURE(text.substr(0, 40));
    const Result<Endpoint> endpoint = parse_endpoint(text);
    REQUIRE_FALSE(endpoint.ok());
    CHECK(exit_code(endpoint.error().code) == 2);
    CHECK(endpoint.error().todo == "want an IP address and a port: 127.0.0.1:9470 or [::1]:9470");
  }
}

TEST_CASE("web.listen is read, checked and printed; without it nothing listens") {
  CHECK(parse_config("", "f")->web.listen.empty());
  CHECK(parse_config("web: {}", "f")->web.listen.empty());
  const Result<Config> config = parse_config("web: {listen: '[::1]:9470'}", "f");
  REQUIRE(config.ok());
  CHECK(config->web.listen == "[::1]:9470");
  CHECK(*parse_config(format_config(*config), "g") == *config);
  CHECK_FALSE(*config == Config{});
  CHECK(parse_config("web: {listen: 9470}", "f")
            .error()
            .to_string()
            .find("f:1: web.listen: got \"9470\", has no port; want an IP address") == 0);
  CHECK(parse_config("web: {port: 9470}", "f").error().to_string().find("f:1: web.port: unknown key") == 0);
}

}  // namespace
}  // namespace dcat
