// The inner loops themselves. Each kernels_*.cpp includes this once, inside a namespace of its own and with an
// instruction set chosen by a pragma; hence no include guard and no includes here.
//
// LRU keeps a set's ways as a list, most recently used first. A line of nobody stays at the end of it until it is
// filled, so the last way of the list that the mask has is an empty one as long as there is any, else the least
// recently used. With 16 ways a list is one 128-bit register: finding the victim is one shuffle of the mask's bytes by
// the list, and moving a way to the front is another; there is no branch on hit or miss, which a predictor would guess
// wrong on any trace worth simulating.
//
// DCAT_LLC_ISA is 1 (any machine) or 2 (AVX2): GCC 12 does not define __AVX2__ behind such a pragma.
//
// Stores of a hit go to a spare place: a tag written in front of a wide load of its row would make that load wait.

constexpr std::size_t kAhead = 24;  // accesses whose sets are fetched in advance

template <int P, class Tag>
[[gnu::always_inline]] inline std::uint64_t matching(const Tag* row, Tag tag) {
#if DCAT_LLC_ISA == 2
  std::uint64_t found = 0;
  const auto* at = reinterpret_cast<const __m256i*>(row);
  if constexpr (sizeof(Tag) == 4) {
    const __m256i wanted = _mm256_set1_epi32(static_cast<int>(tag));
    for (int i = 0; i < P; i += 8, ++at) {
      const __m256i equal = _mm256_cmpeq_epi32(_mm256_load_si256(at), wanted);
      found |= static_cast<std::uint64_t>(_mm256_movemask_ps(_mm256_castsi256_ps(equal))) << i;
    }
  } else {
    const __m256i wanted = _mm256_set1_epi64x(static_cast<long long>(tag));
    for (int i = 0; i < P; i += 4, ++at) {
      const __m256i equal = _mm256_cmpeq_epi64(_mm256_load_si256(at), wanted);
      found |= static_cast<std::uint64_t>(_mm256_movemask_pd(_mm256_castsi256_pd(equal))) << i;
    }
  }
  return found;
#else
  std::uint64_t found = 0;
  for (int i = 0; i < P; ++i) found |= std::uint64_t{row[i] == tag} << i;
  return found;
#endif
}

[[gnu::always_inline]] inline std::size_t lowest_bit(std::uint64_t bits) {
  return static_cast<std::size_t>(__builtin_ctzll(bits));
}

#if DCAT_LLC_ISA == 2
// shuffle[p]: byte p to the front, those before it one back. Beyond 16 the list is computed, not looked up.
struct ToFront {
  alignas(16) std::uint8_t shuffle[16][16];
  constexpr ToFront() : shuffle{} {
    for (int p = 0; p < 16; ++p)
      for (int i = 0; i < 16; ++i) shuffle[p][i] = static_cast<std::uint8_t>(i == 0 ? p : i <= p ? i - 1 : i);
  }
};
constexpr ToFront kToFront;

struct Places {
  alignas(32) std::uint8_t bytes[32];
  constexpr Places() : bytes{} {
    for (int i = 0; i < 32; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  }
};
constexpr Places kPlaces;
#endif

template <int P>
struct LruPolicy {
  using State = std::uint8_t;
  static constexpr std::size_t kStates = P;  // a set

  // Makes the way that matches, else the victim, the most recently used; returns it.
  template <class Tag>
  [[gnu::always_inline]] static std::size_t use(State* list, std::uint64_t match, const FillMask& mask, const Tag*,
                                                const TreePaths&) {
#if DCAT_LLC_ISA == 2
    if constexpr (P == 16) {
      const __m128i order = _mm_load_si128(reinterpret_cast<const __m128i*>(list));
      const __m128i allowed = _mm_load_si128(reinterpret_cast<const __m128i*>(mask.bytes));
      const auto may = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_shuffle_epi8(allowed, order)));
      const auto hit_way = static_cast<char>(__builtin_ctzll(match | (1U << 16)));  // 16, in no list, on a miss
      const auto at = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(order, _mm_set1_epi8(hit_way))));
      const auto place = static_cast<std::size_t>(31 - __builtin_clz(match != 0 ? at : may));
      const __m128i to_front = _mm_load_si128(reinterpret_cast<const __m128i*>(kToFront.shuffle[place]));
      const __m128i next = _mm_shuffle_epi8(order, to_front);
      _mm_store_si128(reinterpret_cast<__m128i*>(list), next);
      return static_cast<std::size_t>(_mm_extract_epi8(next, 0));
    } else if constexpr (P == 32) {
      return use_32(list, match, mask);
    }
#endif
    std::size_t place = 0;
    if (match != 0) {
      const auto way = static_cast<std::uint8_t>(lowest_bit(match));
      while (list[place] != way) ++place;
    } else {
      place = P - 1;
      while (mask.bytes[list[place]] == 0) --place;
    }
    const std::uint8_t way = list[place];
    __builtin_memmove(list + 1, list, place);
    list[0] = way;
    return way;
  }

#if DCAT_LLC_ISA == 2
 private:
  // Shuffles stay within halves of 16 bytes: the mask is looked up in both and bit 4 of the way chooses.
  [[gnu::always_inline]] static std::size_t use_32(State* list, std::uint64_t match, const FillMask& mask) {
    const __m256i order = _mm256_load_si256(reinterpret_cast<const __m256i*>(list));
    const __m256i allowed = _mm256_load_si256(reinterpret_cast<const __m256i*>(mask.bytes));
    const __m256i in_low = _mm256_shuffle_epi8(_mm256_permute2x128_si256(allowed, allowed, 0x00), order);
    const __m256i in_high = _mm256_shuffle_epi8(_mm256_permute2x128_si256(allowed, allowed, 0x11), order);
    const __m256i is_high = _mm256_slli_epi16(order, 3);
    const auto may = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_blendv_epi8(in_low, in_high, is_high)));
    const auto hit_way = static_cast<char>(__builtin_ctzll(match | (std::uint64_t{1} << 32)));  // 32 on a miss
    const auto at =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(order, _mm256_set1_epi8(hit_way))));
    const auto place = static_cast<std::size_t>(31 - __builtin_clz(match != 0 ? at : may));
    const std::uint8_t way = list[place];
    const __m256i lane_before = _mm256_permute2x128_si256(order, _mm256_set1_epi8(static_cast<char>(way)), 0x02);
    const __m256i shifted = _mm256_alignr_epi8(order, lane_before, 15);
    const __m256i stays = _mm256_cmpgt_epi8(_mm256_load_si256(reinterpret_cast<const __m256i*>(kPlaces.bytes)),
                                            _mm256_set1_epi8(static_cast<char>(place)));
    _mm256_store_si256(reinterpret_cast<__m256i*>(list), _mm256_blendv_epi8(shifted, order, stays));
    return way;
  }
#endif
};

// Tree-PLRU over the next power of two of leaves: a bit of each inner node says on which side the victim is, an access
// turns the bits on its path away from it. Where a side has no way of the mask (or none at all, for ways that are not a
// power of two), the victim is on the other one, whatever the bit says.
template <int P>
struct TreePolicy {
  using State = std::uint64_t;
  static constexpr std::size_t kStates = 1;

  template <class Tag>
  [[gnu::always_inline]] static std::size_t use(State* bits, std::uint64_t match, const FillMask& mask, const Tag* row,
                                                const TreePaths& paths) {
    if (match == 0) match = matching<P, Tag>(row, 0) & mask.bits;
    std::size_t way = 0;
    if (match != 0) {
      way = lowest_bit(match);
    } else {
      const std::uint64_t side = (*bits & mask.right) | ~mask.left;
      std::size_t node = 1;
      for (int level = 0; level < paths.levels; ++level) node = 2 * node + ((side >> node) & 1);
      way = node - (std::size_t{1} << paths.levels);
    }
    *bits = (*bits & ~paths.touched[way]) | paths.away[way];
    return way;
  }
};

// SRRIP with hit priority (Jaleel and others, ISCA 2010), 2 bits a way in two planes: a hit makes a way's prediction 0,
// a fill 2; the victim is the first way of the mask that has 3, after all of the mask have grown until one has.
template <int P>
struct SrripPolicy {
  using State = std::uint64_t;
  static constexpr std::size_t kStates = 2;

  template <class Tag>
  [[gnu::always_inline]] static std::size_t use(State* planes, std::uint64_t match, const FillMask& mask,
                                                const Tag* row, const TreePaths&) {
    std::uint64_t high = planes[0];
    std::uint64_t low = planes[1];
    std::size_t way = 0;
    if (match != 0) {
      way = lowest_bit(match);
      high &= ~(std::uint64_t{1} << way);
    } else {
      std::uint64_t victims = matching<P, Tag>(row, 0) & mask.bits;
      if (victims == 0) victims = age(high, low, mask.bits);
      way = lowest_bit(victims);
      high |= std::uint64_t{1} << way;
    }
    low &= ~(std::uint64_t{1} << way);
    planes[0] = high;
    planes[1] = low;
    return way;
  }

 private:
  // Adds 3 - the greatest prediction to all of the mask; returns those that have 3 then.
  [[gnu::always_inline]] static std::uint64_t age(std::uint64_t& high, std::uint64_t& low, std::uint64_t mask) {
    if (const std::uint64_t threes = high & low & mask; threes != 0) return threes;
    if ((high & mask) != 0) {  // by 1: 2 -> 3, 1 -> 2, 0 -> 1
      high ^= low & mask;
      low ^= mask;
    } else if ((low & mask) != 0) {  // by 2
      high |= mask;
    } else {
      high |= mask;
      low |= mask;
    }
    return high & low & mask;
  }
};

template <int P, class Tag, class Policy, bool kIsShared>
std::size_t run_cache(const CacheJob& given) {
  const CacheJob job = given;
  auto* const tags = static_cast<Tag*>(job.tags);
  auto* const states = static_cast<typename Policy::State*>(job.state);
  const std::size_t stride = job.tenant_count + kCountersBesideTenants;
  Tag spare_tag = 0;
  std::uint8_t spare_owner = 0;
  std::size_t missed = 0;
  for (std::size_t i = 0; i < job.n; ++i) {
    if (i + kAhead < job.n) {
      const std::size_t next = job.sets[i + kAhead];
      constexpr std::size_t kTagsOfLine = 64 / sizeof(Tag);
      for (std::size_t t = 0; t < P; t += kTagsOfLine) __builtin_prefetch(tags + next * P + t, 1);
      __builtin_prefetch(states + next * Policy::kStates, 1);
      if constexpr (kIsShared) __builtin_prefetch(job.owners + next * P, 1);
    }
    const std::size_t set = job.sets[i];
    Tag* const row = tags + set * P;
    const Tag tag = static_cast<Tag>(job.keys[i] + 1);
    const std::uint64_t match = matching<P, Tag>(row, tag);
    const bool hit = match != 0;
    const std::size_t tenant = kIsShared ? job.tenants[i] : 0;
    const std::size_t way = Policy::use(states + set * Policy::kStates, match, job.masks[tenant], row, *job.paths);
    *(hit ? &spare_tag : row + way) = tag;
    if constexpr (kIsShared) {
      std::uint8_t* const owner = job.owners + set * P + way;
      const std::size_t kind = hit ? job.tenant_count + 1 : *owner;
      ++job.counters[tenant * stride + kind];
      *(hit ? &spare_owner : owner) = static_cast<std::uint8_t>(tenant);
    } else {
      job.missed[missed] = job.lines[i];
      missed += !hit;
    }
  }
  return missed;
}

// Mattson's stack of every set, cut off at `ways`: where an access finds its tag is how many ways it takes to hit.
template <int P, class Tag>
[[gnu::always_inline]] inline std::size_t push(Tag* row, Tag tag, std::uint64_t used) {
  const std::uint64_t match = matching<P, Tag>(row, tag) & used;
#if DCAT_LLC_ISA == 2
  if constexpr (P == 16 && sizeof(Tag) == 4) {
    const std::size_t depth = lowest_bit(match | (1U << 16));
    auto* const at = reinterpret_cast<__m256i*>(row);
    const __m256i low = _mm256_load_si256(at);
    const __m256i high = _mm256_load_si256(at + 1);
    const __m256i back = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
    const __m256i turned = _mm256_permutevar8x32_epi32(low, back);
    const __m256i new_low = _mm256_blend_epi32(turned, _mm256_set1_epi32(static_cast<int>(tag)), 1);
    const __m256i new_high = _mm256_blend_epi32(_mm256_permutevar8x32_epi32(high, back), turned, 1);
    const __m256i place = _mm256_set1_epi32(static_cast<int>(depth));
    const __m256i keep_low = _mm256_cmpgt_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), place);
    const __m256i keep_high = _mm256_cmpgt_epi32(_mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15), place);
    _mm256_store_si256(at, _mm256_blendv_epi8(new_low, low, keep_low));
    _mm256_store_si256(at + 1, _mm256_blendv_epi8(new_high, high, keep_high));
    return depth;
  }
#endif
  std::size_t depth = match != 0 ? lowest_bit(match) : P;
  __builtin_memmove(row + 1, row, (depth < P ? depth : P - 1) * sizeof(Tag));
  row[0] = tag;
  return depth;
}

template <int P, class Tag>
void run_stacks(const StackJob& given) {
  const StackJob job = given;
  auto* const stacks = static_cast<Tag*>(job.stacks);
  const std::uint64_t used = job.ways >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << job.ways) - 1;
  for (std::size_t i = 0; i < job.n; ++i) {
    if (i + kAhead < job.n) {
      Tag* const next = stacks + std::size_t{job.sets[i + kAhead]} * P;
      constexpr std::size_t kTagsOfLine = 64 / sizeof(Tag);
      for (std::size_t t = 0; t < P; t += kTagsOfLine) __builtin_prefetch(next + t, 1);
    }
    Tag* const row = stacks + std::size_t{job.sets[i]} * P;
    const std::size_t depth = push<P, Tag>(row, static_cast<Tag>(job.keys[i] + 1), used);
    ++job.depths[(i % kDepthTables) * kDepths + depth];
  }
}

template <int P, class Tag>
constexpr void fill_tables(Kernels& k, std::size_t p, std::size_t t) {
  k.cache[0][p][t][kAlone] = run_cache<P, Tag, LruPolicy<P>, false>;
  k.cache[0][p][t][kShared] = run_cache<P, Tag, LruPolicy<P>, true>;
  k.cache[1][p][t][kAlone] = run_cache<P, Tag, TreePolicy<P>, false>;
  k.cache[1][p][t][kShared] = run_cache<P, Tag, TreePolicy<P>, true>;
  k.cache[2][p][t][kAlone] = run_cache<P, Tag, SrripPolicy<P>, false>;
  k.cache[2][p][t][kShared] = run_cache<P, Tag, SrripPolicy<P>, true>;
  k.stack[p][t] = run_stacks<P, Tag>;
}

constexpr Kernels make_kernels() {
  Kernels k{};
  fill_tables<16, std::uint32_t>(k, kPadded16, kTags32);
  fill_tables<16, std::uint64_t>(k, kPadded16, kTags64);
  fill_tables<32, std::uint32_t>(k, kPadded32, kTags32);
  fill_tables<32, std::uint64_t>(k, kPadded32, kTags64);
  fill_tables<64, std::uint32_t>(k, kPadded64, kTags32);
  fill_tables<64, std::uint64_t>(k, kPadded64, kTags64);
  return k;
}

extern const Kernels kKernels;
constinit const Kernels kKernels = make_kernels();
