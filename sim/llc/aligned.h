// An array of plain values that begins on a 64-byte boundary, so that what is laid out in cache lines stays in them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace dcat::llc {

template <class T>
class AlignedArray {
  static_assert(std::is_trivially_copyable_v<T>);
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(T* p) const { ::operator delete(p, kAlignment); }
  };

 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size, T value = T{})
      : data_(static_cast<T*>(::operator new(std::max<std::size_t>(1, size) * sizeof(T), kAlignment))), size_(size) {
    std::uninitialized_fill_n(data_.get(), size, value);
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }

 private:
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace dcat::llc
