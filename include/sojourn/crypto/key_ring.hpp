#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/crypto/blake2b.hpp>
#include <sojourn/crypto/secret.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace sojourn::inline v0::crypto {

/// Names a key of the ring inside a token, so that no key is tried in vain. Tells nothing of the key.
using KeyId = std::array<std::byte, 4>;

/// What a key is for. Keys for different purposes are independent: what was made for one never passes for another.
enum class Purpose : unsigned { header_mac, cookie_seal, record_seal, csrf, index_key, index_seal };

/// The keys of one manager: the first seals, all open.
///
/// From each 32 bytes of initial key material, and a context (protocol, kind of cookie, cookie name), one key a purpose is
/// derived with keyed BLAKE2b; the initial material itself is not kept. All lies in one piece of locked memory.
class KeyRing {
public:
    static constexpr std::size_t primary = 0;

    /// `materials` holds the primary key's 32 bytes, then those of each fallback.
    KeyRing(BytesView materials, std::string_view context)
        : keys_{materials.size() / 32 * slots * 32}, size_{materials.size() / 32}
    {
        for (std::size_t i = 0; i != size_; ++i) {
            const auto material = materials.subspan(i * 32, 32);
            for (unsigned purpose = 0; purpose != purposes; ++purpose)
                derive(material, purpose_names[purpose], context, slot(i, purpose));
            derive(material, "key id", {}, slot(i, purposes).first(16));
        }
        keys_.seal();
    }

    std::size_t size() const noexcept { return size_; }
    KeyId id(std::size_t index) const noexcept
    {
        KeyId id;
        std::memcpy(id.data(), slot(index, purposes).data(), id.size());
        return id;
    }

    /// Which key has this id; `size()` if none has.
    std::size_t find(const KeyId& wanted) const noexcept
    {
        std::size_t i = 0;
        while (i != size_ && std::memcmp(slot(i, purposes).data(), wanted.data(), wanted.size()) != 0)
            ++i;
        return i;
    }

    KeyView key(std::size_t index, Purpose purpose) const noexcept
    {
        return slot(index, static_cast<unsigned>(purpose)).first<32>();
    }

private:
    static constexpr std::string_view purpose_names[] = {"header mac", "cookie seal", "record seal",
                                                         "csrf",       "index key",   "index seal"};
    static constexpr unsigned purposes = std::size(purpose_names);

    static constexpr unsigned slots = purposes + 1; ///< of 32 bytes; the last one for the id

    std::span<std::byte> slot(std::size_t index, unsigned number) noexcept
    {
        return keys_.bytes().subspan((index * slots + number) * 32, 32);
    }
    BytesView slot(std::size_t index, unsigned number) const noexcept
    {
        return keys_.bytes().subspan((index * slots + number) * 32, 32);
    }

    static void derive(BytesView material, std::string_view purpose, std::string_view context, std::span<std::byte> out)
    {
        constexpr std::string_view end{"\0", 1};
        blake2b(material, as_bytes(sojourn::detail::joined({"sojourn ", purpose, end, context})), out);
    }

    Secret keys_;
    std::size_t size_;
};

} // namespace sojourn::inline v0::crypto
