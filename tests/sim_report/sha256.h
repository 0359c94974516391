// SHA-256 (FIPS 180-4) in base64, for one purpose: the page names the hash of its script, and a test tells which it is.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace dcat::testing {

namespace detail {

// The first 32 bits of the fractional part of a prime's root: cube roots are the round constants, square roots the
// start. long double has 64 bits of mantissa on x86-64, more than the 35 that are needed.
template <std::size_t N, class Root>
std::array<std::uint32_t, N> fractions(Root root) {
  std::array<std::uint32_t, N> out{};
  std::size_t found = 0;
  for (unsigned n = 2; found < N; ++n) {
    bool prime = true;
    for (unsigned d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
    if (!prime) continue;
    const long double value = root(static_cast<long double>(n));
    out[found++] = static_cast<std::uint32_t>((value - std::floor(value)) * 4294967296.0L);
  }
  return out;
}

using Words = std::array<std::uint32_t, 8>;

inline void add_block(Words& state, const unsigned char* block) {
  static const auto kRounds = fractions<64>([](long double n) { return std::cbrt(n); });
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t k = 0; k < 4; ++k) w[i] = w[i] << 8U | block[4 * i + k];
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRounds[i] + w[i];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const Words added{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state[i] += added[i];
}

}  // namespace detail

inline std::string sha256_base64(std::string_view text) {
  std::string padded(text);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  for (int shift = 56; shift >= 0; shift -= 8)
    padded += static_cast<char>((text.size() * 8) >> static_cast<unsigned>(shift));
  detail::Words state = detail::fractions<8>([](long double n) { return std::sqrt(n); });
  for (std::size_t at = 0; at < padded.size(); at += 64)
    detail::add_block(state, reinterpret_cast<const unsigned char*>(padded.data()) + at);
  std::array<unsigned char, 33> bytes{};  // one more, so that it divides by 3
  for (std::size_t i = 0; i < 32; ++i) bytes[i] = static_cast<unsigned char>(state[i / 4] >> (24 - 8 * (i % 4)));
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < 33; i += 3) {
    const unsigned three = bytes[i] << 16U | bytes[i + 1] << 8U | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) out += letters[three >> static_cast<unsigned>(shift) & 63U];
  }
  out.back() = '=';
  return out;
}

}  // namespace dcat::testing
