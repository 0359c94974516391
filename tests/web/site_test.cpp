// What is answered to whom, without a socket.
#include "web/site.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/web/scene.h"
#include "web/page_json.h"

namespace dcat::web {
namespace {

using Json = nlohmann::json;

Request get(std::string path, std::vector<std::string> hosts = {"127.0.0.1:9470"}) {
  return {"GET", std::move(path), std::move(hosts)};
}

TEST_CASE("only GET and HEAD are answered") {
  test::Scene scene;
  Site site(scene.publisher, true);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "", "G\tET"})
    CHECK(site.answer({method, "/", {"localhost"}}, {}).status == 405);
  CHECK(site.answer({"HEAD", "/", {"localhost"}}, {}).status == 200);
}

TEST_CASE("what is not there is 404, and nothing of what was asked for comes back") {
  test::Scene scene;
  Site site(scene.publisher, true);
  for (const std::string path : {"", "//", "/x", "/metrics/", "/api", "/api/", "/api/now/", "/../metrics", "/%2e%2e/",
                                 "/<script>", "*", "http://a/metrics", "/metrics\n"}) {
    CAPTURE(path);
    const Answer answer = site.answer(get(path), {});
    CHECK(answer.status == 404);
    CHECK(answer.body->find("script") == std::string::npos);
  }
  CHECK(site.answer(get("/" + std::string(100000, 'a')), {}).status == 404);
}

TEST_CASE("on loopback only an IP address or localhost may be asked for") {
  for (const char* host : {"localhost", "LocalHost:9470", "127.0.0.1", "127.0.0.1:9470", "[::1]", "[::1]:9470",
                           "192.0.2.7:80", "localhost:0"})
    CHECK(names_no_stranger(host));
  for (const char* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:9470",
                           "127.0.0.1:99999", "127.0.0.1:", "[::1", "::1", "localhost:x", "localhost:1:2", "127.1",
                           "0x7f000001", "2130706433", "a@127.0.0.1", "127.0.0.1/", "localhost ", "[::1]x"}) {
    CAPTURE(host);
    CHECK_FALSE(names_no_stranger(host));
  }
  test::Scene scene;
  Site loopback(scene.publisher, true), open(scene.publisher, false);
  CHECK(loopback.answer(get("/metrics", {"evil.example"}), {}).status == 403);
  CHECK(loopback.answer(get("/metrics", {}), {}).status == 200);
  CHECK(loopback.answer(get("/metrics", {"localhost", "evil.example"}), {}).status == 400);
  CHECK(open.answer(get("/metrics", {"node7.example"}), {}).status == 200);
}

TEST_CASE("the answers say what they are, and forbid what a page could be misused for") {
  test::Scene scene;
  Site site(scene.publisher, true);
  CHECK(site.answer(get("/metrics"), {}).type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(site.answer(get("/"), {}).type == "text/html; charset=utf-8");
  CHECK(site.answer(get("/api/now"), {}).type == "application/json; charset=utf-8");
  const std::string policy(page_policy());
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  for (const auto& [name, value] : security_headers()) CHECK_FALSE(name.starts_with("Access-Control"));
}

TEST_CASE("the page holds everything that it needs") {
  const std::string page(page_html());
  CHECK(page.find("{{") == std::string::npos);
  for (const char* forbidden : {"src=", "href=", "http:", "https:", "innerHTML", "insertAdjacentHTML", "document.write",
                                "eval(", "@import", "url("}) {
    CAPTURE(forbidden);
    CHECK(page.find(forbidden) == std::string::npos);
  }
}

TEST_CASE("it is alive from the start, and ready once it has decided") {
  test::Scene scene;
  Site site(scene.publisher, true);
  CHECK(site.answer(get("/healthz"), {}).status == 200);
  CHECK(site.answer(get("/readyz"), {}).status == 503);
  CHECK(*site.answer(get("/readyz"), {}).body == "nothing has been decided yet\n");
  scene.tick();
  CHECK(site.answer(get("/readyz"), {}).status == 200);
}

TEST_CASE("a loop that beats and cannot decide is alive and not ready; one that does not move is neither") {
  test::Scene scene;
  Site site(scene.publisher, true);
  scene.tick();
  scene.steady += std::chrono::seconds(11);
  scene.publisher.on_beat();
  CHECK(site.answer(get("/healthz"), {}).status == 200);
  CHECK(*site.answer(get("/readyz"), {}).body == "nothing has been decided for 11 s\n");
  scene.steady += std::chrono::seconds(11);
  CHECK(site.answer(get("/healthz"), {}).status == 503);
  CHECK(*site.answer(get("/healthz"), {}).body == "the control loop has not moved for 11 s\n");
  scene.tick();
  CHECK(site.answer(get("/readyz"), {}).status == 200);
  scene.publisher.on_trouble({ErrorCode::failed, "write", "EIO", ""});
  CHECK(site.answer(get("/healthz"), {}).status == 200);
  CHECK(site.answer(get("/readyz"), {}).status == 503);
}

TEST_CASE("an answer is given again for a moment, then made anew") {
  test::Scene scene;
  scene.tick();
  Site site(scene.publisher, true);
  const Duration now = std::chrono::seconds(5);
  const Answer first = site.answer(get("/metrics"), now);
  CHECK(site.answer(get("/metrics"), now + Site::kFresh - Duration(1)).body == first.body);
  CHECK(site.answer(get("/metrics"), now + Site::kFresh).body != first.body);
}

TEST_CASE("answers that slow readers still hold are bounded") {
  test::Scene scene;
  for (int i = 0; i < 1000; ++i) scene.node.add("tenant-" + std::to_string(i) + std::string(1000, 'x'), 1);
  scene.tick();
  Site site(scene.publisher, true);
  std::vector<Answer> held;
  Duration now{};
  unsigned status = 200;
  for (int i = 0; i < 100 && status == 200; ++i) {
    held.push_back(site.answer(get("/metrics"), now += std::chrono::seconds(1)));
    status = held.back().status;
  }
  CHECK(status == 503);
  CHECK(site.bytes_out() > Site::kMostBytesOut);
  CHECK(site.bytes_out() < 2 * Site::kMostBytesOut);
  CHECK(site.answer(get("/healthz"), now).status == 200);
  held.clear();
  CHECK(site.bytes_out() <= Site::kSmall);
  CHECK(site.answer(get("/metrics"), now).status == 200);
}

TEST_CASE("the page is told the node, its containers and who held which way") {
  test::Scene scene;
  scene.node.add("web", 4);
  scene.node.add("50% \xff", 4).does.miss_ratio = 0.5;
  Site site(scene.publisher, true);
  const Json before = Json::parse(*site.answer(get("/api/now"), {}).body);
  CHECK((before["ready"] == false && !before.contains("rows")));
  scene.ticks(5);
  const Json now = Json::parse(*site.answer(get("/api/now"), std::chrono::seconds(1)).body);
  CHECK((now["simulated"] == true && now["node"] == "a node" && now["mode"] == "enforce" && now["containers"] == 2));
  REQUIRE(now["rows"].size() == 2);
  CHECK(now["rows"][0]["name"] == "50%25 %FF");
  CHECK(now["rows"][0]["ways"] > 4);
  CHECK(now["rows"][1]["against_baseline"] == 1.0);
  CHECK(now["rows_left_out"] == 0);
  const Json ways = Json::parse(*site.answer(get("/api/ways"), std::chrono::seconds(1)).body);
  REQUIRE(ways["domains"].size() == 1);
  REQUIRE(ways["domains"][0]["ways"].size() == 12);
  CHECK(ways["slots"] == 5);
  CHECK(ways["owners"].size() == 2);
}

TEST_CASE("of many containers those with the most ways are told, and the rest is summed up") {
  test::Scene scene;
  for (int i = 0; i < 500; ++i)
    scene.node.add({ContainerId{"c" + std::to_string(i)}, dcat::test::Kind::none, Ways(0), 0});
  scene.node.add("owner", 4);
  scene.ticks(3);
  Site site(scene.publisher, true);
  const std::string text = *site.answer(get("/api/now"), {}).body;
  const Json now = Json::parse(text);
  CHECK(now["rows"].size() == kMostShown);
  CHECK(now["rows"][0]["name"] == "owner");
  CHECK(now["rows_in_all"] == 501);
  CHECK(now["rows_left_out"] == 501 - static_cast<int>(kMostShown));
  CHECK(text.size() < 64 * 1024);
}

}  // namespace
}  // namespace dcat::web
