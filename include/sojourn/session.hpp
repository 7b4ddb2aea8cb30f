#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/context.hpp>
#include <sojourn/cookie/lines.hpp>
#include <sojourn/drive_sync.hpp>
#include <sojourn/environment.hpp>
#include <sojourn/error.hpp>
#include <sojourn/fwd.hpp>
#include <sojourn/http/adapter.hpp>
#include <sojourn/http/headers.hpp>
#include <sojourn/operations.hpp>
#include <sojourn/policy_check.hpp>
#include <sojourn/properties.hpp>
#include <sojourn/protocol/native.hpp>
#include <sojourn/result.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0 {

/// The data kept for one client between requests, of the type that the codec names: `session->visits`.
///
/// `Storage` says where it lies, `Cipher` how it is sealed, `Codec` how it becomes bytes; each is checked by the concept of
/// that name (concepts.hpp). `Protocol` and `Environment` need not be named: protocol::Native, environment::System. A manager
/// opens it. It belongs to one request and one thread at a time, and must not outlive
/// the manager. Move-only.
///
/// Operations answer with a `Result`: of `cookie::Lines`, the Set-Cookie header field values to send, or of nothing if they
/// are given the response to write them into. With an awaitable storage they are awaited, and the session must stay where it
/// is until then. An error means that nothing was sent, and that the session is as it was; it may be tried again.
///
/// A session whose store failed is neither new nor found. It is false, `unavailable()` says why, each operation answers with
/// that, and to ask for its data throws, so that nobody is taken for logged out because a server is down.
template <StoragePolicy Storage, CipherPolicy Cipher, CodecPolicy Codec, class Protocol, class Environment>
class Session<Storage, Cipher, Codec, Protocol, Environment> {
public:
    /// The program's own type.
    using Data = typename Codec::data_type;
    /// What opens it.
    using Manager = sojourn::Manager<Storage, Cipher, Codec, Protocol, Environment>;
    /// What an operation answers with: a `T`, or an awaitable of it if the storage is awaited.
    template <class T>
    using Answer = typename Drive<Storage>::template Answer<T>;

    /// Whether no update is lost when two requests change one session at once.
    static constexpr bool loses_no_update = VersionedStorage<Storage>;
    /// Whether a destroyed session's cookie is dead. With the cookie storage it lives until it times out.
    static constexpr bool can_revoke = ServerStorage<Storage>;
    /// Whether there is info: a place for it beside the data.
    static constexpr bool has_info = Protocol::template Wire<Cipher, CookieStorage<Storage>>::has_info;

    // --- the data

    /// The data. Throws std::logic_error if the store failed, or the session was closed.
    Data& operator*() { return session_.part().data; }
    const Data& operator*() const { return session_.part().data; }
    Data* operator->() { return &session_.part().data; }
    const Data* operator->() const { return &session_.part().data; }
    /// The same as `*session`.
    const Data& get_data() const { return **this; }
    /// The same as an assignment to `*session`.
    void set_data(Data data) { **this = std::move(data); }

    /// Where the data is a map (codec/map.hpp): changes one value.
    template <class Value>
    void set(std::string_view key, Value&& value)
        requires requires(Data& data) { data.set(key, std::forward<Value>(value)); }
    {
        (**this).set(key, std::forward<Value>(value));
    }
    /// As `Map::get`: a `Result<std::optional<T>>`, or a `Result<T>` if there is a value for when nothing is there.
    template <class T, class... Otherwise>
    auto get(std::string_view key, Otherwise... otherwise) const
        requires requires(const Data& data) { data.template get<T>(key, otherwise...); }
    {
        return (**this).template get<T>(key, std::move(otherwise)...);
    }

    /// A text that is read once, such as what the next page shows after a redirect: stored by the next save, gone with the
    /// save after it was taken. Each audience has its own.
    void set_flash(std::string_view name, std::string_view text) { session_.part().flash.set(name, text); }
    /// Reads it, once. Nothing: there is none of that name.
    std::optional<std::string> take_flash(std::string_view name)
    {
        auto& flash = session_.part().flash;
        const auto found = flash.find(name);
        std::optional<std::string> text;
        if (found) {
            text.emplace(*found);
            flash.erase(name);
        }
        return text;
    }

    // --- info

    /// A text beside the session's data, kept in the store: for what changes often and needs no new id. Each audience has
    /// its own. Nothing: there is none of that name.
    std::optional<std::string> info(std::string_view name) const
        requires has_info
    {
        const auto found = session_.part().info.find(name);
        return found ? std::optional{Operations::Wire::from_info(*found)} : std::nullopt;
    }
    /// Stored by the next `save_info` or `save`.
    void set_info(std::string_view name, const auto& text)
        requires has_info
    {
        session_.part().info.set(name, Operations::Wire::to_info(text));
    }
    /// Whether there was something to erase.
    bool erase_info(std::string_view name)
        requires has_info
    {
        return session_.part().info.erase(name);
    }
    /// Stores the info, and only that: the id and the cookie stay, the data stays as it is in the store, and the session
    /// lives no longer for it. Errors: `no_audience` for what was never saved, else as `save`.
    Answer<Result<void>> save_info()
        requires has_info
    {
        return session_.save_info();
    }

    // --- forms

    /// A token for a form or a script of this session's pages, to be sent back with what they change. It is another text at
    /// each call; all that this session gave are good until it ends or its subject changes. A new session that gave one is
    /// stored by the next save, changed or not.
    std::string csrf_token() { return session_.csrf_token(); }
    /// Whether the token is one that this session gave, in constant time. Never true for a new session.
    bool verify_csrf(std::string_view token) const { return session_.verify_csrf(token); }

    // --- what it is

    /// False if the store failed, so that it is not known whether there is a session; or if it was closed.
    explicit operator bool() const noexcept { return session_.usable(); }
    /// How the store failed when the session was opened; false if it did not.
    const Error& unavailable() const noexcept { return session_.failure(); }
    /// Whether this is not a continued session: the request brought none that opens for this audience.
    bool is_new() const noexcept { return session_.reason() != errc{}; }
    /// Why it is new; false if it is not. For the log, never for the client.
    Error reason() const noexcept { return session_.reason(); }

    /// Which application's part of the session this is.
    std::string_view audience() const noexcept { return session_.audience(); }
    /// From the next save on the data is this audience's; what that had before is replaced. Throws std::invalid_argument
    /// for a name that is not 1 to 255 bytes.
    void set_audience(std::string audience) { session_.set_audience(std::move(audience)); }
    /// Whom the session is about; empty: nobody has logged in.
    const std::string& subject() const noexcept { return session_.peek().subject; }
    /// Login: the next save begins a new session with this data, and the one that there was is dead at once, without grace.
    /// The subject that there was is no login: who authenticates again is set to nobody first.
    void set_subject(std::string subject) { session_.set_subject(std::move(subject)); }

    /// What the subject knows this session by when sessions are listed, such as `Firefox on Linux`; at most 255 bytes, what
    /// is longer is cut. Stored by the next save.
    void set_label(std::string_view label) { session_.part().label = core::cut(label, 255); }
    /// What `set_label` said; empty if nothing.
    const std::string& label() const noexcept { return session_.peek().label; }

    /// Whether it is remembered, once saved: a second cookie, which outlives the browser, restores it (`Options::remember`).
    bool remember() const noexcept { return session_.state().remembered(); }
    /// From the next save on it is, or it is not and its remember cookie is dead. With the cookie storage, a copy of that
    /// lives until it times out.
    void set_remember(bool wanted) { session_.set_remember(wanted); }
    /// Whether it was restored by its remember cookie, with this request. It is the next `save` that gives it a cookie of its
    /// own and the client another remember cookie. Nobody has logged in: ask again before what is sensitive.
    bool restored() const noexcept { return session_.state().restored; }

    /// Its id, a handle that is fit for logs, and how long it has to live.
    Properties properties() const
    {
        Properties result;
        result.audience = audience();
        result.subject = subject();
        const auto& state = session_.state();
        const auto& context = session_.context();
        if (state.exists) {
            result.id = protocol::StorageKey{std::as_bytes(std::span{&state.id, 1})}.view();
            result.handle = context.wire.handle(context.wire.key(state.id).view()).view();
            result.tell_time_left(state.times, context.environment.now(), context.options.timeouts());
        }
        return result;
    }

    /// Writes the properties that `Options::request_headers` names into the request that a proxy passes on. What the client
    /// itself sent under those names goes, also where there is nothing to put in its place.
    void set_request_headers(http::HeaderSettable auto& request) const
    {
        set_headers(request, session_.context().options.request_headers);
    }
    /// The same with `Options::response_headers`, for the client.
    void set_response_headers(http::HeaderSettable auto& response) const
    {
        set_headers(response, session_.context().options.response_headers);
    }
    /// Both.
    void set_headers(http::HeaderSettable auto& request, http::HeaderSettable auto& response) const
    {
        set_request_headers(request);
        set_response_headers(response);
    }

    // --- operations

    /// Stores what changed under a new id; the previous id stays good for stale_ttl. An unchanged session stores and sends
    /// nothing, except that one from `Manager::start` is refreshed when that is due.
    /// Errors: `conflict`, `session_gone`, `too_large`, `cookie_overflow`, `bad_data`, `store_failed`.
    Answer<Result<cookie::Lines>> save() { return session_.save(HandOut{}); }
    Answer<Result<void>> save(http::AdaptedResponse auto& response) { return session_.save(into(response)); }

    /// Tells the cookie, and only the cookie, that there was activity. Nothing for a session that was never saved.
    Result<cookie::Lines> touch() { return session_.touch(); }
    Result<void> touch(http::AdaptedResponse auto& response) { return into(response)(touch()); }

    /// Saves when three quarters of the rolling timeout are spent, else touches if the last touch is longer ago than
    /// touch_threshold. Changes to the data are not saved by a touch.
    Answer<Result<cookie::Lines>> refresh() { return session_.refresh(HandOut{}); }
    Answer<Result<void>> refresh(http::AdaptedResponse auto& response) { return session_.refresh(into(response)); }

    /// Removes this audience's part; removing the last one destroys the session. Closes.
    Answer<Result<cookie::Lines>> logout() { return session_.logout(HandOut{}); }
    Answer<Result<void>> logout(http::AdaptedResponse auto& response) { return session_.logout(into(response)); }

    /// Ends the session in the store and in the client. Closes.
    Answer<Result<cookie::Lines>> destroy() { return session_.destroy(HandOut{}); }
    Answer<Result<void>> destroy(http::AdaptedResponse auto& response) { return session_.destroy(into(response)); }

    /// From here on the session answers `session_closed`, and to ask for its data throws.
    void close() noexcept { session_.close(); }

private:
    friend Manager;
    using Operations = detail::Operations<detail::Context<Storage, Cipher, Codec, Protocol, Environment>>;

    explicit Session(Operations operations) : session_{std::move(operations)} {}

    // What operations do with their Set-Cookie lines: hand them out, or write them into a response.
    struct HandOut {
        Result<cookie::Lines> operator()(Result<cookie::Lines> lines) const { return lines; }
    };
    template <class Response>
    static auto into(Response& response)
    {
        return [&response](const Result<cookie::Lines>& lines) { return http::write(lines, response); };
    }

    template <class Message>
    void set_headers(Message& message, const http::PropertySet& wanted) const
    {
        const auto told = properties();
        wanted.for_each([&](http::Property property) {
            http::Adapter<Message>::set_header(message, header_name(property), header_value(told, property));
        });
    }

    Operations session_;
};

} // namespace sojourn::inline v0
