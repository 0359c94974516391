#include "sim/random.h"

#include <cmath>
#include <numbers>

namespace dcat::sim {
namespace {

// FNV-1a, 64 bit.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view stream, std::uint64_t substream) : state_(seed) {
  state_ = next() ^ hash_of(stream);
  state_ = next() ^ substream;
}

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

double Random::uniform() {
  return (static_cast<double>(next() >> 11) + 1.0) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  return std::round(radius * std::cos(angle) * 0x1p24) * 0x1p-24;
}

}  // namespace dcat::sim
