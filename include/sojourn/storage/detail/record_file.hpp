#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/storage/detail/posix.hpp>

#include <sodium/crypto_shorthash_siphash24.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

namespace sojourn::inline v0::storage::detail {

/// Wall clock: the only one that means the same to another process and after a restart.
using FileTime = std::chrono::sys_time<std::chrono::milliseconds>;

inline FileTime file_time_now() noexcept
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// SipHash-2-4 with 128 bits. Under a key that everyone knows it tells damage and foreign files, not forgery: what is
/// stored is sealed already. (BLAKE2b would cost five times as much, half of what reading a file does.)
using Digest = std::array<std::byte, crypto_shorthash_siphashx24_BYTES>;

inline Digest digest(BytesView bytes, const Digest& key = {}) noexcept
{
    static_assert(std::tuple_size_v<Digest> == crypto_shorthash_siphashx24_KEYBYTES);
    Digest result;
    crypto_shorthash_siphashx24(as_unsigned(std::span<std::byte>{result}), as_unsigned(bytes), bytes.size(),
                                as_unsigned(BytesView{key}));
    return result;
}

/// What a record's file begins with; the value follows and ends it. Integers are little-endian.
///
///     offset  bytes
///          0      8  "sojourn" and the format's number, 1
///          8      8  version
///         16      8  expiry, in milliseconds of Unix time
///         24      8  length of the value
///         32     16  digest of the value
///         48     16  digest of the 48 bytes above, keyed with the digest of the file's name
///
/// The digest of its own lets garbage collection trust an expiry without reading the value.
struct RecordHead {
    static constexpr std::size_t size = 64;
    using Image = std::array<std::byte, size>;

    Version version = 0;
    FileTime expires;
    std::uint64_t length = 0;
    Digest value_digest = {};

    RecordHead() = default;
    RecordHead(Version of_state, FileTime until, BytesView value) noexcept
        : version{of_state}, expires{until}, length{value.size()}, value_digest{digest(value)}
    {
    }

    Image encode(std::string_view name) const noexcept
    {
        Image image;
        std::memcpy(image.data(), magic, sizeof(magic));
        put(image, 8, version);
        put(image, 16, static_cast<std::uint64_t>(expires.time_since_epoch().count()));
        put(image, 24, length);
        std::memcpy(image.data() + 32, value_digest.data(), value_digest.size());
        const auto seal = digest(BytesView{image}.first(48), digest(as_bytes(name)));
        std::memcpy(image.data() + 48, seal.data(), seal.size());
        return image;
    }

    /// Nothing unless `image` is, to the bit, what `encode(name)` writes.
    static std::optional<RecordHead> decode(const Image& image, std::string_view name) noexcept
    {
        const auto seal = digest(BytesView{image}.first(48), digest(as_bytes(name)));
        if (std::memcmp(image.data(), magic, sizeof(magic)) != 0 ||
            std::memcmp(image.data() + 48, seal.data(), seal.size()) != 0)
            return std::nullopt;
        RecordHead head;
        head.version = get(image, 8);
        head.expires = FileTime{std::chrono::milliseconds{static_cast<std::int64_t>(get(image, 16))}};
        head.length = get(image, 24);
        std::memcpy(head.value_digest.data(), image.data() + 32, head.value_digest.size());
        return head;
    }

    /// Reads and decodes what an open file begins with.
    static std::optional<RecordHead> read(int file, std::string_view name) noexcept
    {
        Image image;
        return read_all(file, image) == static_cast<ssize_t>(size) ? decode(image, name) : std::nullopt;
    }

private:
    static constexpr unsigned char magic[8] = {'s', 'o', 'j', 'o', 'u', 'r', 'n', 1};

    static void put(Image& image, std::size_t offset, std::uint64_t number) noexcept
    {
        for (std::size_t i = 0; i < 8; ++i)
            image[offset + i] = static_cast<std::byte>(number >> (8 * i));
    }
    static std::uint64_t get(const Image& image, std::size_t offset) noexcept
    {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < 8; ++i)
            number |= std::to_integer<std::uint64_t>(image[offset + i]) << (8 * i);
        return number;
    }
};

/// What stands where a record's file would.
struct Standing {
    enum class State {
        nothing,
        foreign, ///< no regular file: a folder, link, pipe, socket or device
        dead,    ///< expired, cut short, damaged, or no record at all
        alive,   ///< a whole record that has not expired
    };
    State state = State::nothing;
    Record record = {}; ///< if alive

    bool alive() const noexcept { return state == State::alive; }
    bool is_file() const noexcept { return state == State::dead || alive(); }
    bool is_foreign() const noexcept { return state == State::foreign; }
};

/// Reads what stands at `path`, as seen from the open `folder`, under the file name `name`. Nothing: the system failed.
inline std::optional<Standing> look(int folder, const char* path, std::string_view name, FileTime now)
{
    using State = Standing::State;
    // Without following links, and without waiting for the other end of a pipe.
    const auto file = open_at(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (!file) {
        if (errno == ENOENT)
            return Standing{};
        if (errno == ELOOP || errno == EMLINK || errno == ENXIO || errno == EOPNOTSUPP)
            return Standing{State::foreign};
        return std::nullopt;
    }
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0)
        return std::nullopt;
    if (!S_ISREG(status.st_mode))
        return Standing{State::foreign};

    RecordHead::Image image;
    const auto begun = read_all(file.get(), image);
    if (begun < 0)
        return std::nullopt;
    if (begun != static_cast<ssize_t>(image.size()))
        return Standing{State::dead};
    const auto head = RecordHead::decode(image, name);
    if (!head || head->expires <= now || head->length != static_cast<std::uint64_t>(status.st_size) - image.size())
        return Standing{State::dead};

    Standing found{State::alive, {Bytes(static_cast<std::size_t>(head->length)), head->version}};
    const auto count = read_all(file.get(), found.record.value);
    if (count < 0)
        return std::nullopt;
    if (static_cast<std::uint64_t>(count) != head->length ||
        digest(BytesView{found.record.value}) != head->value_digest)
        return Standing{State::dead};
    return found;
}

} // namespace sojourn::inline v0::storage::detail
