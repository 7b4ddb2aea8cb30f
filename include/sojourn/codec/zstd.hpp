#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/handle.hpp>
#include <sojourn/result.hpp>

#include <zstd.h>

#include <new>
#include <string>

namespace sojourn::inline v0::codec {

namespace detail {

/// A context costs three times what compressing 1 KB with it does, so each thread keeps one until it ends.
inline ZSTD_CCtx* zstd_compressor()
{
    thread_local const Handle<ZSTD_CCtx, ZSTD_freeCCtx> context{ZSTD_createCCtx()};
    return context ? context.get() : throw std::bad_alloc{};
}
inline ZSTD_DCtx* zstd_decompressor()
{
    thread_local const Handle<ZSTD_DCtx, ZSTD_freeDCtx> context{ZSTD_createDCtx()};
    return context ? context.get() : throw std::bad_alloc{};
}

} // namespace detail

/// Another codec's bytes, compressed by Zstandard (RFC 8878) where that makes them shorter. Models `CodecPolicy`.
///
/// The first byte says what follows: 0, the bytes themselves; 1, one Zstandard frame that tells its size. So sessions
/// stay readable when the threshold, the level or the dictionary's being there changes; only one made with another
/// dictionary is `bad_data`.
///
/// zstd's contexts belong to the thread and keep pieces of what they last worked on until they are used again or the
/// thread ends; zstd gives no means to wipe them. A program whose sessions must leave no trace in memory takes the
/// inner codec alone.
template <CodecPolicy Inner>
class Zstd {
public:
    using data_type = typename Inner::data_type;

    /// How it compresses.
    struct Options {
        /// What zstd calls level. 1: on a session of 1 KB higher ones cost more and save next to nothing.
        int level = 1;
        /// A trained one (zstd_dictionary.hpp) makes small sessions much smaller. None by default: each program's
        /// sessions differ.
        std::string dictionary = {};
    };

    Zstd() : Zstd{Options{}} {}
    explicit Zstd(const Options& options, Inner inner = {}) : inner_{std::move(inner)}, level_{options.level}
    {
        has_dictionary_ = !options.dictionary.empty();
        if (!has_dictionary_)
            return;
        // One without an id could be mistaken for another.
        if (ZSTD_getDictID_fromDict(options.dictionary.data(), options.dictionary.size()) == 0)
            return;
        compress_with_ = CompressWith{ZSTD_createCDict(options.dictionary.data(), options.dictionary.size(), level_)};
        decompress_with_ = DecompressWith{ZSTD_createDDict(options.dictionary.data(), options.dictionary.size())};
    }

    /// `errc::unlawful_option` where the level is not one of zstd's or the dictionary was not trained. Such a codec
    /// answers the same to encode and decode.
    Result<void> check() const
    {
        if (level_ < ZSTD_minCLevel() || level_ > ZSTD_maxCLevel())
            return Error{errc::unlawful_option, "zstd level"};
        if (has_dictionary_ && !(compress_with_ && decompress_with_))
            return Error{errc::unlawful_option, "zstd dictionary"};
        return {};
    }

    Result<void> encode(const data_type& data, BytesView unknown, const CodecLimits& limits, Buffer& out) const
    {
        if (auto lawful = check(); !lawful)
            return lawful;
        const auto start = out.size();
        out.push_back(stored);
        if (auto encoded = inner_.encode(data, unknown, limits, out); !encoded) {
            out.resize(start);
            return encoded;
        }
        const BytesView plain = BytesView{out}.subspan(start + 1);
        if (limits.compression_threshold == 0 || plain.size() <= limits.compression_threshold)
            return {};
        Buffer frame;
        if (!compress(plain, frame))
            return {};
        out.resize(start);
        out.push_back(compressed);
        out.append(BytesView{frame});
        return {};
    }

    Result<void> decode(BytesView bytes, const CodecLimits& limits, data_type& data, Buffer& unknown) const
    {
        if (auto lawful = check(); !lawful)
            return lawful;
        if (bytes.empty())
            return errc::bad_data;
        const BytesView contents = bytes.subspan(1);
        if (bytes[0] == stored)
            return inner_.decode(contents, limits, data, unknown);
        if (bytes[0] != compressed)
            return errc::bad_data;
        Buffer plain;
        if (auto unpacked = decompress(contents, limits.max_length, plain); !unpacked)
            return unpacked;
        return inner_.decode({plain.data(), plain.size()}, limits, data, unknown);
    }

private:
    using CompressWith = Handle<ZSTD_CDict, ZSTD_freeCDict>;
    using DecompressWith = Handle<ZSTD_DDict, ZSTD_freeDDict>;

    static constexpr std::byte stored{0};
    static constexpr std::byte compressed{1};

    /// False if the frame would not be shorter than `plain`.
    bool compress(BytesView plain, Buffer& frame) const
    {
        frame.resize(ZSTD_compressBound(plain.size())); // with less room zstd is slower
        auto* const context = detail::zstd_compressor();
        const auto size =
            compress_with_ ? ZSTD_compress_usingCDict(context, frame.data(), frame.size(), plain.data(), plain.size(),
                                                      compress_with_.get())
                           : ZSTD_compressCCtx(context, frame.data(), frame.size(), plain.data(), plain.size(), level_);
        if (ZSTD_isError(size) != 0 || size >= plain.size())
            return false;
        frame.resize(size);
        return true;
    }

    /// Exactly one frame that tells its size beforehand, with the size it tells.
    Result<void> decompress(BytesView frame, std::size_t max_length, Buffer& plain) const
    {
        const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
        if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
            return errc::bad_data;
        if (size > max_length)
            return errc::too_large;
        if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size())
            return errc::bad_data;
        plain.resize(size);
        const auto* const dictionary =
            ZSTD_getDictID_fromFrame(frame.data(), frame.size()) == 0 ? nullptr : decompress_with_.get();
        const auto unpacked = ZSTD_decompress_usingDDict(detail::zstd_decompressor(), plain.data(), plain.size(),
                                                         frame.data(), frame.size(), dictionary);
        if (unpacked != size) // an error's code is larger than any size
            return errc::bad_data;
        return {};
    }

    Inner inner_;
    int level_;
    bool has_dictionary_ = false;
    CompressWith compress_with_;
    DecompressWith decompress_with_;
};

} // namespace sojourn::inline v0::codec
