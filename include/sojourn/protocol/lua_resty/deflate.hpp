#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>

namespace sojourn::inline v0::protocol::lua_resty {

/// A zlib stream of raw deflate (RFC 1951), no zlib header around it; one for each thread, reused.
template <int (*End)(z_stream*)>
struct Stream : z_stream {
    Stream() noexcept : z_stream{} {}
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { End(this); }

    /// From here to there. zlib does not write to what it reads, though it says nothing of the kind.
    void set(BytesView from, std::span<std::byte> to) noexcept
    {
        next_in = const_cast<Bytef*>(as_unsigned(from));
        avail_in = static_cast<uInt>(from.size());
        next_out = as_unsigned(to);
        avail_out = static_cast<uInt>(to.size());
    }
};

inline constexpr int raw = -15; ///< windowBits: the largest window, and no header
inline constexpr std::size_t most = std::numeric_limits<uInt>::max() / 2;

/// Appends the compressed `plain` to `out` if that is smaller than it is itself; whether it did.
inline bool deflate_smaller(BytesView plain, Buffer& out)
{
    struct Deflater : Stream<deflateEnd> {
        Deflater()
        {
            if (deflateInit2(this, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                throw std::bad_alloc{};
        }
    };
    if (plain.size() < 2 || plain.size() > most)
        return false;
    thread_local Deflater stream;
    deflateReset(&stream);
    const auto start = out.size();
    stream.set(plain, out.extend(plain.size() - 1));
    const bool smaller = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(smaller ? start + stream.total_out : start);
    return smaller;
}

/// Appends what was compressed. `errc::bad_data` for what is not raw deflate from beginning to end, `errc::too_large` beyond
/// `max_size` bytes.
inline Result<void> inflate(BytesView packed, std::size_t max_size, Buffer& out)
{
    struct Inflater : Stream<inflateEnd> {
        Inflater()
        {
            if (inflateInit2(this, raw) != Z_OK)
                throw std::bad_alloc{};
        }
    };
    if (packed.size() > most)
        return errc::too_large;
    thread_local Inflater stream;
    inflateReset(&stream);
    const auto start = out.size();
    stream.set(packed, {});
    for (;;) {
        const auto done = static_cast<std::size_t>(stream.total_out);
        if (done == max_size)
            return errc::too_large;
        out.resize(start + done); // what comes is not to be mistaken for what has been
        const auto room = out.extend(std::min({std::max(packed.size() * 4, done), max_size - done, most}));
        stream.next_out = as_unsigned(room);
        stream.avail_out = static_cast<uInt>(room.size());
        const int status = ::inflate(&stream, Z_NO_FLUSH);
        out.resize(start + stream.total_out);
        if (status == Z_STREAM_END)
            return stream.avail_in == 0 ? Result<void>{} : errc::bad_data;
        if (status != Z_OK || stream.avail_out != 0)
            return errc::bad_data;
    }
}

} // namespace sojourn::inline v0::protocol::lua_resty
