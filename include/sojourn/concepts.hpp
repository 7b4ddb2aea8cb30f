#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0 {

// --- Storage ------------------------------------------------------------------------------------------------------

/// A token for one state of a record, chosen by the storage: two states of one key never have the same. Never 0.
using Version = std::uint64_t;

/// How long a record lives from now. Storages may round up to their own granularity, never down to nothing; one of 0 or
/// less is over at once, and none is so long that a clock runs over.
using TimeToLive = std::chrono::milliseconds;

/// What lives under a key: opaque bytes and the token of this state of them.
struct Record {
    Bytes value;         ///< as it was stored
    Version version = 0; ///< of this state
};

/// What `store_if` answers.
struct StoreOutcome {
    /// What became of it.
    enum class Status {
        stored,   ///< the value is in place
        conflict, ///< another version stands there, handed back in `standing`; nothing was changed
        missing,  ///< nothing lives there; nothing was stored
    };
    Status status = Status::missing; ///< what became of it
    Record standing = {};            ///< what stands there, if that is another version
    /// The length of the longest record that was added to, in bytes; 0: no addition was made (`BatchStorage`).
    std::size_t longest = 0;
};

/// What is to be added to the end of a record, a log, without reading it.
struct Addition {
    std::string_view key; ///< of the log
    BytesView head;       ///< what a new log begins with, and each that is added to
    BytesView value;      ///< what is added
    TimeToLive ttl{0};    ///< how long the log lives from now, at least
};

/// The answer of a storage's function: `R` itself from a blocking storage, an awaitable of it from one that is awaited.
template <class T, class R>
concept Answers = std::same_as<T, R> || (!std::same_as<T, R> && requires { typename T::value_type; } &&
                                         std::same_as<typename T::value_type, R>);

namespace detail {

// The requirements of StoragePolicy one by one, so that a policy that lacks one is told which (policy_check.hpp).
template <class S>
concept CanLoad = requires(S& storage, std::string_view key) {
    { storage.load(key) } -> Answers<Result<std::optional<Record>>>;
};
template <class S>
concept CanCreate = requires(S& storage, std::string_view key, BytesView value, TimeToLive ttl) {
    { storage.create(key, value, ttl) } -> Answers<Result<bool>>;
};
template <class S>
concept CanStore = requires(S& storage, std::string_view key, BytesView value, TimeToLive ttl) {
    { storage.store(key, value, ttl) } -> Answers<Result<bool>>;
};
template <class S>
concept CanExpire = requires(S& storage, std::string_view key, TimeToLive ttl) {
    { storage.expire(key, ttl) } -> Answers<Result<bool>>;
};
template <class S>
concept CanErase = requires(S& storage, std::string_view key) {
    { storage.erase(key) } -> Answers<Result<bool>>;
};

} // namespace detail

/// A store of records on the server's side: keys to opaque values that expire.
///
/// Keys are 1 to 128 characters of `A-Z a-z 0-9 - _`. For a storage `s`, a key `k`, a value `v` and a time to live `t`:
/// 1. `s.load(k)` → `Result<std::optional<Record>>`: what lives under `k`. Nothing there, expired there, or something
///    there that this storage did not write: `nullopt`, which is not an error. An error is a failing system.
/// 2. `s.create(k, v, t)` → `Result<bool>`: puts `v` under `k` where nothing lives. `false`: something lives there, and
///    it is untouched.
/// 3. `s.store(k, v, t)` → `Result<bool>`: replaces what lives under `k`. `false`: nothing lives there, and nothing was
///    stored. So what was erased stays erased, whatever a late request stores.
/// 4. `s.expire(k, t)` → `Result<bool>`: from now on `k` lives for `t`. `false`: nothing lives there.
/// 5. `s.erase(k)` → `Result<bool>`: nothing lives under `k` any more. `false`: nothing did. Never an error for that.
/// 6. Each call is atomic towards all others on the same key, from any thread (and process, if the store is shared). Who
///    reads sees a whole value.
/// 7. `S` is move-constructible and a handle: a moved or copied one works on the same records.
/// All five answer alike: with the result (a blocking storage) or with an awaitable of it (an awaited one).
///
/// The laws stand as tests in testing/storage_conformance.hpp. Modelled by storage::Memory, storage::File,
/// storage::Memcached.
template <class S>
concept ServerStorage = std::move_constructible<S> && detail::CanLoad<S> && detail::CanCreate<S> &&
                        detail::CanStore<S> && detail::CanExpire<S> && detail::CanErase<S>;

/// The storage that is none: the data rides in the cookie. Declared by `static constexpr bool in_cookie = true`.
/// With it a lost update and the use of a cookie after logout cannot be excluded. Modelled by storage::Cookie.
template <class S>
concept CookieStorage = std::move_constructible<S> && requires { requires S::in_cookie; };

/// Where a session's data lies.
template <class S>
concept StoragePolicy = CookieStorage<S> || ServerStorage<S>;

/// A `ServerStorage` that can compare and store, so that no update is lost:
/// `s.store_if(k, version, v, t)` → `Result<StoreOutcome>`: replaces what lives under `k` only if it still is the state
/// with that version; else nothing changes and the standing record comes back.
template <class S>
concept VersionedStorage =
    ServerStorage<S> && requires(S& storage, std::string_view key, Version version, BytesView value, TimeToLive ttl) {
        { storage.store_if(key, version, value, ttl) } -> Answers<Result<StoreOutcome>>;
    };

/// A `VersionedStorage` that can add to the end of a record. For an addition `a`:
/// 1. `s.append(a)` → `Result<std::optional<std::size_t>>`: where nothing lives under `a.key`, `a.head` and behind it `a.value`
///    are there now; to what begins with `a.head`, `a.value` is added. The answer is how long that is now, in bytes. `nullopt`:
///    something else lives there, and it is untouched.
/// 2. Afterwards it lives for `a.ttl` at least: longer if it would have lived longer.
/// 3. What was added to is another state: it has another version.
///
/// Modelled by storage::Redis, storage::RedisSentinel, storage::RedisCluster.
template <class S>
concept AppendingStorage = VersionedStorage<S> && requires(S& storage, const Addition& addition) {
    { storage.append(addition) } -> Answers<Result<std::optional<std::size_t>>>;
};

/// An `AppendingStorage` that can store and append in one step. For additions `all`, each to another key than `k`:
/// 1. `s.store_if(k, version, v, t, all)` → `Result<StoreOutcome>`: as `store_if`, and if that has stored, as `append` for each
///    of `all`. Either all additions are made, and the length of the longest log is in `longest`, or none is: at one of their
///    keys something else lives.
/// 2. `s.create(k, v, t, all)` → `Result<StoreOutcome>`: as `create`, and the same. That something lives under `k` is a conflict,
///    in which what stands there is not shown.
/// 3. All of it is atomic: nobody sees the one without the other.
///
/// Modelled by storage::Redis, storage::RedisSentinel.
template <class S>
concept BatchStorage =
    AppendingStorage<S> && requires(S& storage, std::string_view key, Version version, BytesView value, TimeToLive ttl,
                                    std::span<const Addition> additions) {
        { storage.store_if(key, version, value, ttl, additions) } -> Answers<Result<StoreOutcome>>;
        { storage.create(key, value, ttl, additions) } -> Answers<Result<StoreOutcome>>;
    };

/// A `ServerStorage` whose functions are awaited.
template <class S>
concept AwaitableStorage = ServerStorage<S> && !requires(S& storage, std::string_view key) {
    { storage.load(key) } -> std::same_as<Result<std::optional<Record>>>;
};

// --- Cipher -------------------------------------------------------------------------------------------------------

/// 32 bytes of key material, in whatever memory the caller keeps it.
using KeyView = std::span<const std::byte, 32>;

/// 32 bytes that are used for one seal only, under one key: they separate its key and nonce from all others'.
using SealId = std::span<const std::byte, 32>;

namespace detail {

template <class C>
concept CanDescribeTag = requires {
    { C::tag_size } -> std::convertible_to<std::size_t>;
    { C::mac_size } -> std::convertible_to<std::size_t>;
    { C::name } -> std::convertible_to<std::string_view>;
};
template <class C>
concept CanTellAvailable = requires {
    { C::available() } noexcept -> std::same_as<bool>;
};
template <class C>
concept CanSeal = requires(KeyView key, SealId id, BytesView associated, BytesView plain, std::span<std::byte> out) {
    { C::seal(key, id, associated, plain, out) } noexcept;
};
template <class C>
concept CanOpen = requires(KeyView key, SealId id, BytesView associated, BytesView sealed, std::span<std::byte> out) {
    { C::open(key, id, associated, sealed, out) } noexcept -> std::same_as<bool>;
};
template <class C>
concept CanMac = requires(KeyView key, BytesView text, std::span<std::byte> out) {
    { C::mac(key, text, out) } noexcept;
};

} // namespace detail

/// Authenticated encryption, and a MAC for headers, from 32 bytes of key material. All static, all stateless:
/// 1. `C::name` names the suite; `C::tag_size` is what a seal adds to its plaintext, `C::mac_size` the MAC, in bytes.
/// 2. `C::available()`: whether this processor can do it.
/// 3. `C::seal(key, id, associated, plain, out)` writes `plain.size() + tag_size` bytes; `plain` may be the start of
///    `out`. The caller never uses one `id` twice under one `key`.
/// 4. `C::open(key, id, associated, sealed, out)` writes `sealed.size() - tag_size` bytes and says whether all of key,
///    id, associated and sealed are those of a seal; else `out` holds nothing of the plaintext. `out` may be `sealed`.
///    False for a `sealed` shorter than a tag.
/// 5. `C::mac(key, text, out)` writes `mac_size` bytes. Callers compare in constant time.
///
/// Modelled by cipher::XChaCha20Poly1305, cipher::Aes256Gcm.
template <class C>
concept CipherPolicy = detail::CanDescribeTag<C> && detail::CanTellAvailable<C> && detail::CanSeal<C> &&
                       detail::CanOpen<C> && detail::CanMac<C>;

// --- Codec --------------------------------------------------------------------------------------------------------

/// The bounds a manager's options set for its codec, in bytes.
struct CodecLimits {
    std::size_t compression_threshold = 1024;  ///< encoded data longer than this is compressed; 0: never
    std::size_t max_length = 16 * 1024 * 1024; ///< the most that decoding may unpack
};

namespace detail {

template <class C>
concept HasDataType = requires { typename C::data_type; } && std::default_initializable<typename C::data_type> &&
                      std::move_constructible<typename C::data_type>;
/// A codec that can tell what it cannot carry says so in `unsupported_type`, which is void if there is nothing.
template <class C>
concept CanCarryData = HasDataType<C> && (
                                             !requires { typename C::unsupported_type; } ||
                                             requires { requires std::is_void_v<typename C::unsupported_type>; });
template <class C>
concept CanEncode = requires(const C& codec, const typename C::data_type& data, BytesView unknown,
                             const CodecLimits& limits, Buffer& out) {
    { codec.encode(data, unknown, limits, out) } -> std::same_as<Result<void>>;
};
template <class C>
concept CanDecode =
    requires(const C& codec, BytesView bytes, const CodecLimits& limits, typename C::data_type& data, Buffer& unknown) {
        { codec.decode(bytes, limits, data, unknown) } -> std::same_as<Result<void>>;
    };

} // namespace detail

/// Typed data to bytes and back. Constant after construction: all threads use one codec.
/// 1. `C::data_type` is the program's type, default-constructible and movable.
/// 2. `c.encode(data, unknown, limits, out)` appends the bytes of `data` to `out`, and puts back the members in
///    `unknown`. Equal data gives equal bytes.
/// 3. `c.decode(bytes, limits, data, unknown)` reads any bytes a client or a store could hand it: never throws for them,
///    never unpacks more than `limits.max_length`, answers `errc::bad_data` or `errc::too_large`. Members that `bytes`
///    lacks keep what `data` holds; members that `data_type` lacks are appended to `unknown`, so that a release that
///    does not know them gives them back when it saves.
///
/// Modelled by codec::MessagePack<T>, codec::Json<T>, codec::Zstd<Codec>.
template <class C>
concept CodecPolicy =
    std::move_constructible<C> && detail::CanCarryData<C> && detail::CanEncode<C> && detail::CanDecode<C>;

} // namespace sojourn::inline v0
