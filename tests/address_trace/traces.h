// A trace with something of everything that the packed format treats in a way of its own.
#pragma once

#include <vector>

#include "sim/address_trace/packed_writer.h"
#include "sim/random.h"
#include "tests/address_trace/files.h"

namespace dcat::address_trace::test {

inline std::vector<Access> varied_accesses(std::size_t n, bool fetches) {
  sim::Random random(11, "accesses", n);
  std::vector<Access> accesses{{0, 1, Kind::load},
                               {~std::uint64_t{0}, 64, Kind::store},
                               {std::uint64_t{1} << 63, 128, Kind::modify},
                               {(std::uint64_t{1} << 63) - 1, 3, Kind::load},
                               {0, 65536, Kind::load}};
  while (accesses.size() < n) {
    Access a;
    a.address = random.next() >> (random.next() % 64);
    if (random.next() % 2 == 0) a.address = accesses.back().address + random.next() % 129 - 64;
    a.size = 1U << (random.next() % 8);
    if (random.next() % 8 == 0) a.size = static_cast<std::uint32_t>(1 + random.next() % 600);
    a.kind = static_cast<Kind>(random.next() % (fetches ? 4 : 3));
    accesses.push_back(a);
  }
  accesses.resize(n);
  return accesses;
}

// The bytes of the file `name`, whose end decides on compression.
inline Status pack(const std::string& path, const std::vector<Access>& accesses, bool fetches,
                   std::optional<std::uint64_t> instructions) {
  auto writer = PackedWriter::create(path, fetches);
  if (!writer) return std::move(writer).error();
  if (Status written = (*writer)->write(accesses); !written) return written;
  return (*writer)->finish(instructions);
}

}  // namespace dcat::address_trace::test
