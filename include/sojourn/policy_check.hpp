#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/fwd.hpp>
#include <sojourn/options.hpp>
#include <sojourn/result.hpp>

namespace sojourn::inline v0::detail {

// Says what a wrong policy lacks, in one sentence: the first requirement that is missing, and only that one.

template <class Storage>
constexpr bool check_storage()
{
    if constexpr (!CookieStorage<Storage>) {
        constexpr bool moves = std::move_constructible<Storage>;
        constexpr bool loads = CanLoad<Storage> || !moves;
        constexpr bool creates = CanCreate<Storage> || !(moves && CanLoad<Storage>);
        constexpr bool stores = CanStore<Storage> || !(CanLoad<Storage> && CanCreate<Storage>);
        constexpr bool expires = CanExpire<Storage> || !(CanLoad<Storage> && CanCreate<Storage> && CanStore<Storage>);
        constexpr bool erases = CanErase<Storage> || !(CanLoad<Storage> && CanCreate<Storage> && CanStore<Storage>);
        static_assert(moves, "sojourn: Session's Storage does not model StoragePolicy: it cannot be move-constructed");
        static_assert(loads, "sojourn: Session's Storage does not model StoragePolicy: it lacks "
                             "Result<std::optional<Record>> load(std::string_view key)");
        static_assert(creates, "sojourn: Session's Storage does not model StoragePolicy: it lacks "
                               "Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)");
        static_assert(stores, "sojourn: Session's Storage does not model StoragePolicy: it lacks "
                              "Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)");
        static_assert(expires, "sojourn: Session's Storage does not model StoragePolicy: it lacks "
                               "Result<bool> expire(std::string_view key, TimeToLive ttl)");
        static_assert(erases, "sojourn: Session's Storage does not model StoragePolicy: it lacks "
                              "Result<bool> erase(std::string_view key)");
    }
    return true;
}

template <class Cipher>
constexpr bool check_cipher()
{
    constexpr bool described = CanDescribeTag<Cipher>;
    constexpr bool tells = CanTellAvailable<Cipher> || !described;
    constexpr bool seals = CanSeal<Cipher> || !(described && CanTellAvailable<Cipher>);
    constexpr bool opens = CanOpen<Cipher> || !(described && CanSeal<Cipher>);
    constexpr bool macs = CanMac<Cipher> || !(described && CanSeal<Cipher> && CanOpen<Cipher>);
    static_assert(described,
                  "sojourn: Session's Cipher does not model CipherPolicy: it lacks static name, tag_size or mac_size");
    static_assert(tells,
                  "sojourn: Session's Cipher does not model CipherPolicy: it lacks static bool available() noexcept");
    static_assert(seals,
                  "sojourn: Session's Cipher does not model CipherPolicy: it lacks static void seal(KeyView, SealId, "
                  "BytesView associated, BytesView plain, std::span<std::byte> out) noexcept");
    static_assert(opens,
                  "sojourn: Session's Cipher does not model CipherPolicy: it lacks static bool open(KeyView, SealId, "
                  "BytesView associated, BytesView sealed, std::span<std::byte> out) noexcept");
    static_assert(macs, "sojourn: Session's Cipher does not model CipherPolicy: it lacks "
                        "static void mac(KeyView, BytesView text, std::span<std::byte> out) noexcept");
    return true;
}

template <class Unsupported>
inline constexpr bool can_be_carried = std::is_void_v<Unsupported>;

template <class Codec>
constexpr bool check_codec()
{
    constexpr bool typed = HasDataType<Codec>;
    static_assert(typed,
                  "sojourn: Session's Codec does not model CodecPolicy: it lacks a default-constructible and movable "
                  "data_type; a struct of yours goes into a codec, as in codec::MessagePack<Cart>");
    if constexpr (typed) {
        constexpr bool carries = CanCarryData<Codec>;
        constexpr bool encodes = !carries || CanEncode<Codec>;
        constexpr bool decodes = !carries || !encodes || CanDecode<Codec>;
        constexpr bool moves = !carries || !decodes || std::move_constructible<Codec>;
        if constexpr (!carries)
            static_assert(
                can_be_carried<typename Codec::unsupported_type>,
                "sojourn: Session's Codec does not model CodecPolicy: its data_type holds a type that it cannot "
                "carry; a struct is adapted with BOOST_HANA_ADAPT_STRUCT(Type, member, ...)");
        static_assert(encodes,
                      "sojourn: Session's Codec does not model CodecPolicy: it lacks Result<void> encode(const "
                      "data_type&, BytesView unknown, const CodecLimits&, Buffer& out) const");
        static_assert(decodes,
                      "sojourn: Session's Codec does not model CodecPolicy: it lacks Result<void> decode(BytesView, "
                      "const CodecLimits&, data_type&, Buffer& unknown) const");
        static_assert(moves, "sojourn: Session's Codec does not model CodecPolicy: it cannot be move-constructed");
    }
    return true;
}

} // namespace sojourn::inline v0::detail

namespace sojourn::inline v0 {

/// Reached only with a policy that does not model its concept: says which one and what it lacks.
template <class Storage, class Cipher, class Codec, class Protocol, class Environment>
class Session {
    static_assert(detail::check_storage<Storage>() && detail::check_cipher<Cipher>() && detail::check_codec<Codec>());

public:
    struct Manager {
        template <class... Given>
        explicit Manager(const Options&, Given&&...)
        {
        }
    };
};

} // namespace sojourn::inline v0
