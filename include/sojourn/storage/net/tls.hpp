#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/posix.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/socket.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace sojourn::inline v0::storage::net {

/// A byte stream that is encrypted with TLS, 1.2 or later, by OpenSSL; a plain one if the settings say so.
///
/// The server's certificate has to be valid, signed by an authority that the settings name or the system knows, and made
/// for the name or IP address in `server_name`, or the host (RFC 9525), unless `verify` is off.
class Tls {
    template <auto free>
    struct Free {
        template <class T>
        void operator()(T* object) const noexcept
        {
            free(object);
        }
    };

public:
    static constexpr bool can_encrypt = true;

    class Context {
    public:
        explicit Context(TlsSettings settings) : settings_{std::move(settings)}
        {
            if (!settings_.on)
                return;
            context_.reset(::SSL_CTX_new(::TLS_client_method()));
            if (!context_)
                throw std::bad_alloc{};
            ::SSL_CTX_ctrl(context_.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
            ::SSL_CTX_ctrl(context_.get(), SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE, nullptr);
            ::SSL_CTX_set_verify(context_.get(), settings_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
            const auto& file = settings_.ca_file;
            if ((file.empty() ? ::SSL_CTX_set_default_verify_paths(context_.get())
                              : ::SSL_CTX_load_verify_file(context_.get(), file.c_str())) != 1)
                unlawful_ = {errc::unlawful_option, "ssl_ca_file: no certificates can be read from it: " + file};
            ::ERR_clear_error();
        }

        std::optional<Error> unlawful() const { return unlawful_; }
        const TlsSettings& settings() const noexcept { return settings_; }
        SSL_CTX* get() const noexcept { return context_.get(); }

    private:
        TlsSettings settings_;
        std::unique_ptr<SSL_CTX, Free<::SSL_CTX_free>> context_;
        std::optional<Error> unlawful_;
    };

    static Result<Tls> connect(const Address& address, const Context& context, Deadline until)
    {
        auto socket = Socket::connect(address, until);
        if (!socket)
            return socket.error();
        Tls stream{std::move(*socket)};
        if (context.settings().on)
            if (auto shaken = stream.shake_hands(address.host, context, until); !shaken)
                return shaken.error();
        return stream;
    }

    /// Writes all of it.
    Result<void> write(BytesView bytes, Deadline until)
    {
        if (!ssl_)
            return socket_->write(bytes, until);
        while (!bytes.empty()) {
            std::size_t count = 0;
            auto done = carry_out("write", until,
                                  [&] { return ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
            if (!done)
                return done;
            bytes = bytes.subspan(count);
        }
        return {};
    }

    /// Reads what is there, at least one byte: how many. The end of the stream is an error.
    Result<std::size_t> read(std::span<std::byte> bytes, Deadline until)
    {
        if (!ssl_)
            return socket_->read(bytes, until);
        std::size_t count = 0;
        auto done =
            carry_out("read", until, [&] { return ::SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &count); });
        return done ? Result<std::size_t>{count} : done.error();
    }

    /// Whether nothing is there to be read, not even the end. What TLS has to say to itself does not count.
    bool is_quiet() noexcept
    {
        if (socket_->is_quiet())
            return !ssl_ || ::SSL_has_pending(ssl_.get()) == 0;
        if (!ssl_)
            return false;
        char one = 0;
        ::ERR_clear_error();
        const int count = ::SSL_peek(ssl_.get(), &one, 1);
        return count <= 0 && ::SSL_get_error(ssl_.get(), count) == SSL_ERROR_WANT_READ;
    }

private:
    explicit Tls(Socket socket) : socket_{std::make_unique<Socket>(std::move(socket))} {}

    Result<void> shake_hands(const std::string& host, const Context& context, Deadline until)
    {
        ssl_.reset(::SSL_new(context.get()));
        BIO* const bio = ssl_ ? ::BIO_new(through_socket()) : nullptr;
        if (bio == nullptr)
            throw std::bad_alloc{};
        ::BIO_set_data(bio, socket_.get());
        ::BIO_set_init(bio, 1);
        ::SSL_set_bio(ssl_.get(), bio, bio);
        const auto& given = context.settings().server_name;
        if (const auto& name = given.empty() ? host : given; !name.empty() && !expect(name))
            return Error{errc::store_failed, "TLS handshake: no name for a server: " + name};
        return carry_out("TLS handshake", until, [this] { return ::SSL_connect(ssl_.get()); });
    }

    bool expect(const std::string& name) noexcept
    {
        if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl_.get()), name.c_str()) == 1)
            return true; // an IP address, which is not asked for by SNI (RFC 6066, section 3)
        ::SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        auto* const asked = const_cast<char*>(name.c_str()); // OpenSSL copies it
        return ::SSL_set1_host(ssl_.get(), name.c_str()) == 1 &&
               ::SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, asked) == 1;
    }

    /// Calls until it is done, waiting for the socket in between.
    template <class Call>
    Result<void> carry_out(const char* operation, Deadline until, Call call)
    {
        for (;;) {
            ::ERR_clear_error();
            errno = 0;
            const int done = call();
            if (done > 0)
                return {};
            switch (::SSL_get_error(ssl_.get(), done)) {
            case SSL_ERROR_WANT_READ:
                if (!wait(socket_->get(), POLLIN, until))
                    return failed(operation);
                break;
            case SSL_ERROR_WANT_WRITE:
                if (!wait(socket_->get(), POLLOUT, until))
                    return failed(operation);
                break;
            case SSL_ERROR_ZERO_RETURN: return Error{errc::store_failed, "the server closed the connection"};
            case SSL_ERROR_SYSCALL:
                return errno != 0 ? failed(operation) : Error{errc::store_failed, "the server closed the connection"};
            default: return Error{errc::store_failed, std::string{operation} + ": " + reason()};
            }
        }
    }

    std::string reason() const
    {
        const char* const words = ::ERR_reason_error_string(::ERR_peek_error());
        std::string text = words != nullptr ? words : "failed";
        if (const auto verdict = ::SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
            text.append(": ").append(::X509_verify_cert_error_string(verdict));
        return text;
    }

    /// OpenSSL's own way to a socket would end the program by SIGPIPE when the server has gone.
    static const BIO_METHOD* through_socket()
    {
        static const BIO_METHOD* const method = [] {
            auto* const made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sojourn socket");
            if (made == nullptr)
                throw std::bad_alloc{};
            ::BIO_meth_set_write(made, [](BIO* bio, const char* bytes, int size) {
                return transfer(bio, BIO_FLAGS_WRITE, [&](int socket) {
                    return ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
                });
            });
            ::BIO_meth_set_read(made, [](BIO* bio, char* bytes, int size) {
                return transfer(bio, BIO_FLAGS_READ, [&](int socket) {
                    return ::recv(socket, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
                });
            });
            ::BIO_meth_set_ctrl(made, [](BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1L : 0L; });
            return made;
        }();
        return method;
    }

    template <class Call>
    static int transfer(BIO* bio, int direction, Call call) noexcept
    {
        const int socket = static_cast<const Socket*>(::BIO_get_data(bio))->get();
        ::BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
        const auto count = storage::detail::uninterrupted([&] { return call(socket); });
        if (count < 0 && errno == EAGAIN)
            ::BIO_set_flags(bio, direction | BIO_FLAGS_SHOULD_RETRY);
        return static_cast<int>(count);
    }

    std::unique_ptr<Socket> socket_; // where it stays when the stream is moved: OpenSSL keeps a pointer
    std::unique_ptr<SSL, Free<::SSL_free>> ssl_;
};

} // namespace sojourn::inline v0::storage::net
