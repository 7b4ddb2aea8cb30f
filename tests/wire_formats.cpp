// docs/wire_formats.md: its examples are what the library makes, and what comes of following the page with libsodium alone.

#include <doctest/doctest.h>

#include <sojourn/protocol/lua_resty.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/detail/record_file.hpp>
#include <sojourn/storage/memory.hpp>
#include <sojourn/storage/redis/value.hpp>
#include <sojourn/testing/manual_environment.hpp>

#include <sodium.h>

#include <chrono>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace wire_page {
struct Visitor {
    std::string name;
    int visits = 0;
};
} // namespace wire_page
BOOST_HANA_ADAPT_STRUCT(wire_page::Visitor, name, visits);

using namespace sojourn;
using wire_page::Visitor;

namespace {

using Visitors = codec::MessagePack<Visitor>;
using Cipher = cipher::XChaCha20Poly1305;
using Environment = testing::ManualEnvironment;
using InCookie = Session<storage::Cookie, Cipher, Visitors, protocol::Native, Environment>;
using InStore = Session<storage::Memory, Cipher, Visitors, protocol::Native, Environment>;
using OfLua = lua_resty::Session<storage::Cookie, Visitor, Environment>;

std::string ikm()
{
    std::string material;
    for (char c = 0; c != 32; ++c)
        material.push_back(c);
    return material;
}

// --- the page

/// The text block below `<!-- example: name -->`.
std::string example(const std::string& name)
{
    std::ifstream file{SOJOURN_DOCS "/wire_formats.md"};
    const std::string page{std::istreambuf_iterator<char>{file}, {}};
    const auto mark = page.find("<!-- example: " + name + " -->\n");
    REQUIRE_MESSAGE(mark != page.npos, "no example " << name);
    const auto begin = page.find("```text\n", mark) + 8;
    return page.substr(begin, page.find("```", begin) - begin);
}

// --- what the page says, by libsodium alone

const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string hex(std::string_view bytes)
{
    std::string text(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), raw(bytes), bytes.size());
    text.pop_back();
    return text;
}
std::string unhex(std::string_view text)
{
    std::string bytes(text.size() / 2, '\0');
    REQUIRE(sodium_hex2bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr) == 0);
    return bytes;
}
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
std::string base64url(std::string_view bytes)
{
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), variant);
    text.pop_back();
    return text;
}
std::string unbase64url(std::string_view text)
{
    std::string bytes(text.size(), '\0');
    std::size_t size = 0;
    REQUIRE(sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, variant) ==
            0);
    bytes.resize(size);
    return bytes;
}
std::string blake2b(std::size_t size, std::string_view text, std::string_view key = {})
{
    std::string hash(size, '\0');
    crypto_generichash(raw(hash), size, raw(text), text.size(), key.empty() ? nullptr : raw(key), key.size());
    return hash;
}
std::string hmac(std::string_view key, std::string_view text)
{
    std::string mac(32, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, raw(key), key.size());
    crypto_auth_hmacsha256_update(&state, raw(text), text.size());
    crypto_auth_hmacsha256_final(&state, raw(mac));
    return mac;
}
/// The key of one purpose.
std::string key_of(std::string_view purpose, std::string_view context)
{
    return blake2b(32, "sojourn " + std::string{purpose} + '\0' + std::string{context}, ikm());
}
std::string seal(std::string_view key, std::string_view nonce, std::string_view separator, std::string_view associated,
                 std::string_view plain)
{
    std::string derived(32, '\0');
    crypto_core_hchacha20(raw(derived), raw(separator), raw(key), nullptr);
    const std::string whole_nonce = std::string{nonce} + std::string(8, '\0');
    std::string sealed(plain.size() + 16, '\0');
    crypto_aead_xchacha20poly1305_ietf_encrypt(raw(sealed), nullptr, raw(plain), plain.size(), raw(associated),
                                               associated.size(), nullptr, raw(whole_nonce), raw(derived));
    return sealed;
}

// --- the page's way to show bytes

/// The bytes run by run, each with its meaning; 0: all that is left, at most 32 a line.
std::string dump(std::string_view bytes, std::initializer_list<std::pair<std::size_t, const char*>> runs)
{
    std::ostringstream out;
    std::size_t at = 0;
    for (const auto& [size, meaning] : runs) {
        auto run = bytes.substr(at, size == 0 ? bytes.npos : size);
        REQUIRE(!run.empty());
        at += run.size();
        for (std::size_t line = 0; line < run.size(); line += 32) {
            const auto text = hex(run.substr(line, 32));
            out << text;
            if (line == 0)
                out << std::string(text.size() < 34 ? 34 - text.size() : 2, ' ') << meaning;
            out << '\n';
        }
    }
    REQUIRE(at == bytes.size());
    return out.str();
}

std::string value_of(const cookie::Lines& lines)
{
    const std::string_view line = *lines.begin();
    const auto begin = line.find('=') + 1;
    return std::string{line.substr(begin, line.find(';') - begin)};
}

constexpr std::string_view context = "native 1 session __Host-session";

} // namespace

TEST_CASE("the page of the wire formats: the keys, and a cookie of the cookie storage")
{
    const InCookie::Manager sessions{{.ikm = ikm()}, {}, {}, Environment{}};
    auto session = sessions.open("");
    *session = {"ann", 1};
    const auto lines = session.save().value();
    const std::string value = value_of(lines);
    const std::string bytes = unbase64url(value);

    const std::string mac_key = key_of("header mac", context);
    const std::string seal_key = key_of("cookie seal", context);
    const std::string key_id = blake2b(16, std::string{"sojourn key id"} + '\0', ikm()).substr(0, 4);
    CHECK(example("keys") == "ikm          " + hex(ikm()) + "\ncontext      " + std::string{context} +
                                 "\nheader mac   " + hex(mac_key) + "\ncookie seal  " + hex(seal_key) +
                                 "\nkey id       " + hex(key_id) + "\n");

    const std::string body = unhex("070000120000") + "default" + unhex("82a46e616d65a3616e6ea676697369747301");
    CHECK(example("body") == dump(body, {{1, "length of the audience"},
                                         {1, "of the subject: nobody"},
                                         {1, "of the label"},
                                         {1, "of the data"},
                                         {1, "of the flash texts"},
                                         {1, "of the info"},
                                         {7, "audience: default"},
                                         {0, "data: {\"name\": \"ann\", \"visits\": 1}"}}));

    const std::string generation = bytes.substr(6, 16);
    const std::string family = bytes.substr(22, 16);
    const std::string fixed = unhex("0111") + key_id + generation + family +
                              unhex("00f1536500"
                                    "00000000") +
                              std::string{static_cast<char>(body.size() + 16)} + unhex("0000");
    const std::string maced = fixed + unhex("000000");
    const std::string rebuilt = maced + blake2b(16, maced, mac_key) + seal(seal_key, generation, family, fixed, body);
    CHECK(hex(bytes) == hex(rebuilt));
    CHECK(example("cookie") == dump(bytes, {{1, "format"},
                                            {1, "kind: session, payload follows"},
                                            {4, "key id"},
                                            {16, "generation"},
                                            {16, "family"},
                                            {5, "created: 1700000000"},
                                            {4, "saved - created"},
                                            {3, "payload's size"},
                                            {3, "seen - saved"},
                                            {16, "MAC"},
                                            {0, "payload"}}));
    CHECK(example("set-cookie") == std::string{*lines.begin()} + "\n");
}

TEST_CASE("the page of the wire formats: a record in a store, and an index")
{
    storage::Memory store;
    const InStore::Manager sessions{{.ikm = ikm(), .store_metadata = true}, store, {}, Environment{}};
    auto session = sessions.open("");
    *session = {"ann", 1};
    session.set_subject("ann");
    session.set_label("Firefox");
    const std::string bytes = unbase64url(value_of(session.save().value()));
    REQUIRE(bytes.size() == 69);
    const std::string generation = bytes.substr(6, 16);
    const std::string family = bytes.substr(22, 16);

    const std::string key = base64url(blake2b(32, family));
    const auto loaded = store.load(key).value();
    REQUIRE(loaded);
    const std::string record{as_text(loaded->value)};
    const std::string key_id = bytes.substr(2, 4);
    const std::string salt = record.substr(5, 16);
    const std::string now = unhex("00f1536500");
    const std::string body =
        unhex("070307120000") + "default" + "ann" + "Firefox" + unhex("82a46e616d65a3616e6ea676697369747301");
    const std::string plain = unhex("01000000"
                                    "00") +
                              generation + now +
                              unhex("00000000"
                                    "00") +
                              body;
    CHECK(hex(record) ==
          hex('\1' + key_id + salt + seal(key_of("record seal", context), salt, family, '\1' + key_id, plain)));
    CHECK(example("record") ==
          key + "\n\n" + dump(record, {{1, "format"}, {4, "key id"}, {16, "salt"}, {0, "sealed"}}));
    CHECK(example("record plain") == dump(plain, {{4, "stored once"},
                                                  {1, "not remembered"},
                                                  {16, "current generation"},
                                                  {5, "created: 1700000000"},
                                                  {4, "saved - created"},
                                                  {1, "superseded generations: none"},
                                                  {0, "body"}}));

    const std::string index_text = "sojourn index14:__Host-session7:default3:ann";
    const std::string index_key = base64url(blake2b(32, index_text));
    const auto listed = store.load(index_key).value();
    REQUIRE(listed);
    const std::string index{as_text(listed->value)};
    const std::string index_salt = index.substr(9, 16);
    const std::string entry = unhex("2b07"
                                    "01000000"
                                    "00") +
                              now + now + unhex("4cff536500") + key + "Firefox";
    REQUIRE(entry.size() == 72);
    CHECK(hex(index) ==
          hex('\3' + key_id + unhex("58000000") + index_salt +
              seal(key_of("index seal", context), index_salt, blake2b(16, index_key), '\3' + key_id, entry)));
    CHECK(
        example("index") ==
        index_text + "\n" + index_key + "\n\n" +
            dump(index, {{1, "format"}, {4, "key id"}, {4, "length of what is sealed"}, {16, "salt"}, {0, "sealed"}}));
    CHECK(example("index plain") == dump(entry, {{1, "length of the key"},
                                                 {1, "of the label"},
                                                 {4, "tells of the session as stored once"},
                                                 {1, "not left"},
                                                 {5, "created"},
                                                 {5, "seen"},
                                                 {5, "expires: 1700003660"},
                                                 {43, "key of the session's record"},
                                                 {0, "label"}}));
}

TEST_CASE("the page of the wire formats: what storages put around a record")
{
    const std::string_view value = "record";
    constexpr Version version = 0x1122334455667788;
    const storage::detail::FileTime until{std::chrono::milliseconds{1'700'003'600'000}};
    const auto head = storage::detail::RecordHead{version, until, as_bytes(value)}.encode("name");
    const std::string file = std::string{as_text(BytesView{head})} + std::string{value};

    const auto digest = [](std::string_view text, std::string_view key) {
        std::string hash(16, '\0');
        crypto_shorthash_siphashx24(raw(hash), raw(text), text.size(), raw(key));
        return hash;
    };
    const std::string zero(16, '\0');
    const std::string head_text = "sojourn\1" +
                                  unhex("8877665544332211"
                                        "80561cd08b010000"
                                        "0600000000000000") +
                                  digest(value, zero);
    CHECK(hex(file) == hex(head_text + digest(head_text, digest("name", zero)) + std::string{value}));
    CHECK(example("file") == dump(file, {{8, "\"sojourn\", format 1"},
                                         {8, "version"},
                                         {8, "expiry: 1700003600000 ms"},
                                         {8, "length of the record"},
                                         {16, "digest of the record"},
                                         {16, "digest of what is above"},
                                         {0, "the record"}}));

    const std::string in_redis = storage::redis::encode(version, as_bytes(value));
    CHECK(example("redis") == dump(in_redis, {{8, "\"sojourn\", format 1"}, {8, "version"}, {0, "the record"}}));
}

TEST_CASE("the page of the wire formats: a cookie of lua-resty-session")
{
    auto options = lua_resty::defaults();
    options.ikm = ikm();
    const OfLua::Manager sessions{options, {}, {}, Environment{}};
    auto session = sessions.open("");
    *session = {"ann", 1};
    const std::string value = value_of(session.save().value());
    REQUIRE(value.size() > 110);
    const std::string header = unbase64url(value.substr(0, 110));
    const std::string payload = unbase64url(value.substr(110));

    const std::string id = header.substr(3, 32);
    const std::string extracted = hmac(std::string(32, '\0'), ikm());
    const auto expand = [&](const std::string& info) {
        const std::string first = hmac(extracted, info + '\1');
        return first + hmac(extracted, first + info + '\2');
    };
    const std::string seal_key = expand("encryption:" + id).substr(0, 44);
    const std::string mac_key = expand("authentication:" + id).substr(0, 32);
    const std::string plain = R"([[{"name":"ann","visits":1},"default"]])";
    const std::string associated = unhex("010000") + id +
                                   unhex("00f1536500"
                                         "00000000") +
                                   std::string{static_cast<char>((plain.size() * 4 + 2) / 3)} + unhex("0000");
    std::string sealed(plain.size() + 16, '\0');
    REQUIRE(crypto_aead_aes256gcm_is_available() == 1);
    crypto_aead_aes256gcm_encrypt(raw(sealed), nullptr, raw(plain), plain.size(), raw(associated), associated.size(),
                                  nullptr, raw(seal_key) + 32, raw(seal_key));
    const std::string maced = associated + sealed.substr(plain.size()) + unhex("000000");
    CHECK(hex(header) == hex(maced + hmac(mac_key, maced).substr(0, 16)));
    CHECK(hex(payload) == hex(sealed.substr(0, plain.size())));
    CHECK(example("lua-resty") == plain + "\n\n" +
                                      dump(header, {{1, "type"},
                                                    {2, "flags"},
                                                    {32, "session id"},
                                                    {5, "created: 1700000000"},
                                                    {4, "saved - created"},
                                                    {3, "payload's size in characters"},
                                                    {16, "tag of the payload"},
                                                    {3, "seen - saved"},
                                                    {16, "MAC"}}) +
                                      "\n" + dump(payload, {{0, "payload"}}) + "\nsession=" + value + "\n");
}

TEST_CASE("the page of the wire formats: remember cookies, bindings, tokens, the other suite and texts for keys")
{
    const InStore::Manager sessions{{.ikm = ikm(), .remember = true, .bind = {.ip = true}}, {}, {}, Environment{}};
    auto session = sessions.open("", {.ip = "192.0.2.1"});
    session->visits = 1;
    const std::string token = unbase64url(session.csrf_token());
    const auto lines = session.save().value();
    REQUIRE(lines.size() == 2);
    const std::string binding = blake2b(32, blake2b(32, "192.0.2.1") + std::string(64, '\0'));
    auto line = lines.begin();
    for (const std::string_view cookie_context :
         {context, std::string_view{"native 1 remember __Host-remember __Host-session"}}) {
        const std::string bytes = unbase64url((*line).substr((*line).find('=') + 1, 92));
        CHECK(bytes[1] == (cookie_context == context ? 1 : 2));
        CHECK(hex(bytes.substr(53)) ==
              hex(blake2b(16, bytes.substr(0, 53) + binding, key_of("header mac", cookie_context))));
        const std::string family = bytes.substr(22, 16);
        std::string secret = blake2b(16, family + blake2b(32, "default"), key_of("csrf", context));
        for (std::size_t i = 0; i != secret.size(); ++i)
            secret[i] = static_cast<char>(secret[i] ^ token[i]);
        CHECK(hex(token.substr(16)) == hex(secret));
        const std::string handle = blake2b(16, base64url(blake2b(32, family)), "sojourn session handle");
        CHECK(session.properties().handle == base64url(handle));
        ++line;
    }

    using Aes = Session<storage::Cookie, cipher::Aes256Gcm, Visitors, protocol::Native, Environment>;
    const Aes::Manager of_aes{{.ikm = ikm()}, {}, {}, Environment{}};
    auto other = of_aes.open("");
    *other = {"ann", 1};
    const std::string bytes = unbase64url(value_of(other.save().value()));
    const std::string derived = blake2b(44, bytes.substr(6, 32), key_of("cookie seal", context));
    std::string body(bytes.size() - 69 - 16, '\0');
    CHECK(crypto_aead_aes256gcm_decrypt(raw(body), nullptr, nullptr, raw(bytes) + 69, bytes.size() - 69, raw(bytes), 50,
                                        raw(derived) + 32, raw(derived)) == 0);
    CHECK(body.substr(6, 7) == "default");

    const std::string text = "a text of more than sixteen bytes";
    std::string material(32, '\0');
    REQUIRE(crypto_pwhash(raw(material), 32, text.data(), text.size(), raw("sojourn secret 1"), 1, 8 * 1024 * 1024,
                          crypto_pwhash_ALG_ARGON2ID13) == 0);
    CHECK(hex(key_material(text, Safety::low)) == hex(material));
    crypto_hash_sha256(raw(material), raw(text), text.size());
    CHECK(hex(key_material(text, Safety::none)) == hex(material));
}
