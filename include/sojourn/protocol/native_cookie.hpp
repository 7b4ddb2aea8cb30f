#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/bytes_io.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/utils.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace sojourn::inline v0::protocol {

/// A cookie's header whose MAC has been verified.
struct Found {
    wire::Frame frame;
    wire::FrameBytes bytes;
    std::size_t key = 0; ///< which key of the ring made it
};

/// The cookies of one kind: a frame (wire/frame.hpp), followed by the sealed body if `InCookie`. Each kind and name has keys
/// of its own, so that none passes for another: those that remember have them for both names.
template <CipherPolicy Cipher, bool InCookie>
class NativeCookie {
public:
    static_assert(Cipher::mac_size == wire::Frame::mac_size, "sojourn: the native protocol takes a MAC of 16 bytes");

    /// `materials`: 32 bytes a key, the primary one first.
    NativeCookie(BytesView materials, wire::Kind kind, const Settings& settings)
        : kind_{kind},
          name_size_{(kind == wire::Kind::session ? settings.cookie_name : settings.remember_cookie_name).size()},
          max_length_{settings.max_length},
          ring_{materials, context(kind, settings)}
    {
    }

    const crypto::KeyRing& ring() const noexcept { return ring_; }

    Result<Found> read(std::string_view text, const core::Binding& binding) const
    {
        if (text.size() < wire::Frame::text_size || (!InCookie && text.size() != wire::Frame::text_size))
            return errc::malformed_cookie;
        Found found;
        if (!wire::decode(text.substr(0, wire::Frame::text_size), found.bytes.all().data()))
            return errc::malformed_cookie;
        if (!wire::read_frame(found.bytes, found.frame) || found.frame.in_cookie != InCookie ||
            found.frame.kind != kind_)
            return errc::unknown_format;
        const auto key = ring_.find(found.frame.key_id);
        if (key == ring_.size())
            return errc::unknown_key;
        std::byte mac[Cipher::mac_size];
        header_mac(key, found.bytes, binding, {mac, sizeof(mac)});
        if (sodium_memcmp(mac, found.bytes.mac().data(), sizeof(mac)) != 0)
            return errc::bad_mac;
        found.key = key;
        return found;
    }

    static std::size_t text_size(const wire::Frame& frame) noexcept
    {
        return wire::Frame::text_size + wire::encoded_size(frame.payload_size);
    }

    Result<void> open_payload(const Found& found, std::string_view text, Buffer& body) const
    {
        const std::size_t size = found.frame.payload_size;
        if (size < Cipher::tag_size)
            return errc::bad_seal;
        if (size > max_length_)
            return errc::too_large;
        body.resize(size);
        if (!wire::decode(text.substr(wire::Frame::text_size), body.data()))
            return errc::malformed_cookie;
        if (!Cipher::open(ring_.key(found.key, crypto::Purpose::cookie_seal), found.bytes.seal_id(),
                          found.bytes.fixed(), body, body))
            return errc::bad_seal;
        body.resize(size - Cipher::tag_size);
        return {};
    }

    /// `ticket` is the one of this kind that `standing` has.
    Result<void> write(const core::Ticket& ticket, const core::Standing& standing, BytesView body, Buffer& text) const
    {
        wire::Frame frame;
        frame.kind = kind_;
        frame.in_cookie = InCookie;
        frame.key_id = ring_.id(standing.key);
        frame.id = ticket.id;
        frame.times = ticket.times;
        if constexpr (InCookie)
            frame.payload_size = body.size() + Cipher::tag_size;
        if (frame.payload_size > wire::Frame::largest_payload || frame.payload_size > max_length_)
            return too_large(frame.payload_size, max_length_);
        if (cookie::count(name_size_, text_size(frame)) == 0)
            return cookie::overflow(name_size_, text_size(frame));
        wire::FrameBytes bytes = wire::write_frame(frame);
        header_mac(standing.key, bytes, standing.binding, bytes.mac());
        text.resize(text_size(frame));
        auto* const out = reinterpret_cast<char*>(text.data());
        wire::encode(bytes.all(), out);
        if constexpr (InCookie) { // at the end of where its text will be, which is written over it
            const auto payload = std::span<std::byte>{text.data(), text.size()}.last(frame.payload_size);
            Cipher::seal(ring_.key(standing.key, crypto::Purpose::cookie_seal), bytes.seal_id(), bytes.fixed(), body,
                         payload);
            wire::encode(payload, out + wire::Frame::text_size);
        }
        return {};
    }

private:
    /// What its keys are for.
    static std::string context(wire::Kind kind, const Settings& settings)
    {
        using sojourn::detail::joined;
        return kind == wire::Kind::session
                   ? joined({"native 1 session ", settings.cookie_name})
                   : joined({"native 1 remember ", settings.remember_cookie_name, " ", settings.cookie_name});
    }

    /// What the cookie is bound to follows its header. Whether it is bound is the program's word, not the cookie's.
    void header_mac(std::size_t key, const wire::FrameBytes& bytes, const core::Binding& binding,
                    std::span<std::byte> out) const noexcept
    {
        if (!binding)
            return Cipher::mac(ring_.key(key, crypto::Purpose::header_mac), bytes.maced(), out);
        std::byte text[wire::Frame::maced_size + 32];
        std::memcpy(text, bytes.maced().data(), wire::Frame::maced_size);
        std::memcpy(text + wire::Frame::maced_size, binding.hash.data(), 32);
        Cipher::mac(ring_.key(key, crypto::Purpose::header_mac), {text, sizeof(text)}, out);
    }

    wire::Kind kind_;
    std::size_t name_size_;
    std::size_t max_length_;
    crypto::KeyRing ring_;
};

} // namespace sojourn::inline v0::protocol
