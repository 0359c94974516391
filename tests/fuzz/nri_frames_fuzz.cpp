// What a container runtime may send: an NRI connection's bytes, from the frames to the announcements. The first byte of
// the input says in which pieces it is fed. Faults: a crash, a sanitizer's finding, an announcement of nobody, an
// answer that is not whole frames, more sent than the input can have asked for, or a session that goes on after an
// error.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hooks/nri/session.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(dcat::NriSession& session, const dcat::NriNews& news) {
  for (const dcat::Announcement& told : news.announcements) require(!told.id.empty());
  dcat::FrameReader reader;
  const auto sent = reader.feed(news.bytes + news.held);
  require(sent.status.ok());
  for (const auto& piece : sent.pieces) require(piece.bytes.size() <= dcat::kMostFrame - dcat::kFrameHeader);
  if (!news.status.ok() || news.ended) require(session.stage() == dcat::NriSession::Stage::closed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] == 0 ? size : data[0];
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  dcat::NriSessionOptions options;
  options.class_of = [](const dcat::Announcement& told) { return "dcat." + told.name; };
  dcat::NriSession session(options);
  session.start();
  std::size_t sent = 0;
  while (!bytes.empty()) {
    const dcat::NriNews news = session.feed(bytes.substr(0, piece));
    check(session, news);
    sent += news.bytes.size() + news.held.size();
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  // A refused request of 10 bytes gets some 200 back; a class is as long as the name that was sent.
  require(sent <= 100 * size);
  return 0;
}
