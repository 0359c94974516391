// Inputs of policies, by hand and from a seed.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "controller/policies/policy.h"

namespace dcat::test {

// An input that owns its curves.
struct Asked {
  PolicyInput input;
  std::vector<std::unique_ptr<KnownCurve>> curves;

  PolicyTenant& add(int contract, KnownCurve curve) {
    curves.push_back(std::make_unique<KnownCurve>(std::move(curve)));
    PolicyTenant& tenant = input.tenants.emplace_back();
    tenant.contract = Ways(contract);
    tenant.curve = curves.back().get();
    return tenant;
  }
};

inline Asked asked(int ways, int closids = 16, int least = 1) {
  Asked a;
  a.input.ways = Ways(ways);
  a.input.closids = closids;
  a.input.least = Ways(least);
  return a;
}

// Points of (ipc, misses per 1,000 instructions), the last one repeated.
inline KnownCurve curve_of(std::vector<std::pair<double, double>> points, int ways) {
  KnownCurve curve;
  for (int w = 0; w < ways; ++w) {
    const auto& [ipc, misses] = points[std::min(static_cast<std::size_t>(w), points.size() - 1)];
    curve.at.push_back({ipc, misses + 1, misses, 0.1});
  }
  return curve;
}

// Misses nothing and cares for nothing; misses always the same; gains by every way.
inline KnownCurve light(int ways) {
  return curve_of({{2.0, 0.1}}, ways);
}
inline KnownCurve streaming(int ways) {
  return curve_of({{0.8, 25}}, ways);
}
inline KnownCurve sensitive(int ways) {
  std::vector<std::pair<double, double>> points;
  for (int w = 1; w <= ways; ++w) points.emplace_back(0.4 + 1.2 * w / ways, 30.0 - 28.0 * w / ways);
  return curve_of(points, ways);
}

using Engine = std::mt19937_64;
inline int pick(Engine& engine, int low, int high) {
  return low + static_cast<int>(engine() % static_cast<std::uint64_t>(high - low + 1));
}
inline double part(Engine& engine) {
  return static_cast<double>(engine() >> 11) * 0x1p-53;
}

// Curves go up and down as they like; one in eight misses nothing, or is the same everywhere.
inline KnownCurve random_curve(Engine& engine, int ways) {
  KnownCurve curve;
  const bool still = pick(engine, 0, 7) == 0;
  const bool missing_nothing = pick(engine, 0, 7) == 0;
  double ipc = 0.1 + 2 * part(engine);
  double misses = missing_nothing ? 0 : 40 * part(engine);
  for (int w = 0; w < ways; ++w) {
    curve.at.push_back({ipc, misses + 5, misses, part(engine)});
    if (still) continue;
    ipc *= 0.95 + 0.15 * part(engine);
    misses *= 0.8 + 0.25 * part(engine);
  }
  return curve;
}

}  // namespace dcat::test
