#pragma once

namespace sojourn::inline v0 {

/// Holds what a C library handed out, and gives it back: `Handle<ZSTD_CCtx, ZSTD_freeCCtx>`. Move-only.
///
/// As std::unique_ptr, which costs a program's unit far more to compile: the header, and a tuple for each type.
template <class T, auto give_back>
class Handle {
public:
    Handle() noexcept = default;
    explicit Handle(T* held) noexcept : held_{held} {}
    Handle(Handle&& other) noexcept : held_{other.held_} { other.held_ = nullptr; }
    Handle& operator=(Handle other) noexcept
    {
        T* const held = held_;
        held_ = other.held_;
        other.held_ = held;
        return *this;
    }
    ~Handle()
    {
        if (held_ != nullptr)
            give_back(held_);
    }

    /// What is held; null if nothing is.
    T* get() const noexcept { return held_; }
    explicit operator bool() const noexcept { return held_ != nullptr; }

private:
    T* held_ = nullptr;
};

} // namespace sojourn::inline v0
