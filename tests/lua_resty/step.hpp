#pragma once

// One recorded request, carried out by the library's own manager and session.

#include "configuration.hpp"
#include "cookies.hpp"
#include "document.hpp"
#include "environment.hpp"
#include "json.hpp"
#include "primitives.hpp"
#include "report.hpp"

#include <sojourn/protocol/lua_resty.hpp>
#include <sojourn/sojourn.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lua_resty_vectors {

/// What a request's headers are written into.
struct Headers {
    std::vector<std::pair<std::string, std::string>> fields;
};

} // namespace lua_resty_vectors

template <>
struct sojourn::http::Adapter<lua_resty_vectors::Headers> {
    static void set_header(lua_resty_vectors::Headers& headers, std::string_view name,
                           const std::optional<std::string>& value)
    {
        if (value)
            headers.fields.emplace_back(name, *value);
    }
};

namespace lua_resty_vectors {

/// `Store` has the storage of a case and looks at what lies in it (stores.hpp).
template <class Store, class Suite>
class Step {
    using Storage = typename Store::Storage;
    using Session = sojourn::Session<Storage, Suite, DocumentCodec, protocol::LuaResty, Environment>;
    static constexpr bool in_cookie = CookieStorage<Storage>;

public:
    Step(const Json& step, Store& store, Report& report)
        : step_{step},
          config_{step.at("config")},
          store_{store},
          report_{report},
          options_{options_of(config_)},
          manager_{options_, store.storage()}
    {
        const auto& request = step.at("request");
        cookie_ = text_or(request, "cookie");
        ip_ = text_or(request, "remote_addr");
        scheme_ = text_or(request, "scheme");
        user_agent_ = text_or(request, "user_agent");
        Clock::standing = Clock::time_point{std::chrono::seconds{step.at("now").get<long long>()}};
        Environment::saves = 0;
        Environment::session_ids.clear();
        Environment::remember_ids.clear();
        for (const Json& record : records())
            if (record.at("what") == "save")
                (is_remember(record) ? Environment::remember_ids : Environment::session_ids)
                    .push_back(from_hex(record.at("sid_hex").get<std::string>()));
    }

    /// Does what was done, and compares what each call answered.
    void run()
    {
        session_.emplace(manager_.open("", client()));
        session_->set_subject(text_or(config_, "subject"));
        const auto& ops = step_.at("ops");
        for (std::size_t i = 0; i != ops.size(); ++i)
            call(ops[i], step_.at("results").at(i));
    }

    bool opened() const noexcept { return opened_; }
    bool restored() const noexcept { return restored_; }
    const Response& response() const noexcept { return response_; }

    /// Compares all that a step records.
    void compare()
    {
        for (const auto& [name, value] : step_.items())
            report_.check(known(name), "the step", "records " + name + ", which this program does not know");
        for (const Json& record : records())
            check_record(record);
        check_lines();
        check_session();
        if (step_.contains("session_response_headers"))
            check_headers(step_.at("session_response_headers"));
        if (step_.contains("store_after"))
            store_.compare(step_.at("store_after"), changes(), report_);
    }

private:
    static bool known(std::string_view name)
    {
        for (const std::string_view one :
             {"label", "now", "config", "request", "ops", "results", "set_cookie", "session", "records", "store_after",
              "session_response_headers", "redis_commands"})
            if (one == name)
                return true;
        return false;
    }
    static bool is_remember(const Json& record) { return record.contains("safety") && record.at("safety").is_string(); }
    const Json& records() const
    {
        static const Json none = Json::array();
        return step_.contains("records") ? step_.at("records") : none;
    }

    http::Client client() const { return {ip_, scheme_, user_agent_}; }

    // --- the calls

    void call(const Json& op, const Json& result)
    {
        const auto name = op.at(0).get<std::string>();
        const Json recorded = result.contains("ret") ? result.at("ret") : Json(nullptr);
        Session& session = *session_;
        const auto answer = [&](const Json& ours) { report_.same_json(ours, recorded, "the answer of " + op.dump()); };
        if (name == "open") {
            session_.emplace(manager_.open(cookie_, client()));
            opened_ = !session_->is_new();
            restored_ = session_->restored();
            report_.check(opened_ == (recorded == true), "open",
                          opened_ ? "finds a session" : "finds none: " + session_->reason().message());
            if (restored_) { // there at once, here with the next save
                order_data();
                send(session_->save(), true);
            } else if (!opened_ && !text_or(config_, "subject").empty()) {
                session_->set_subject(text_or(config_, "subject"));
            }
        } else if (name == "set_data") {
            session->json = op.at(1);
            changed_ = true;
        } else if (name == "get_data") {
            answer(data(recorded));
        } else if (name == "set") {
            session->set(op.at(1).get<std::string>(), op.at(2));
        } else if (name == "get") {
            const auto key = op.at(1).get<std::string>();
            answer(session->json.contains(key) ? session->json.at(key) : Json(nullptr));
        } else if (name == "set_subject") {
            const bool follows = opened_ || session.reason() == errc::no_audience;
            login_ = follows && session.subject() != op.at(1).get<std::string>();
            session.set_subject(op.at(1).get<std::string>());
        } else if (name == "get_subject") {
            answer(recorded == "" && session.subject().empty() ? recorded : subject()); // nobody has no name here
        } else if (name == "set_audience") {
            session.set_audience(op.at(1).get<std::string>());
        } else if (name == "get_audience") {
            answer(std::string{session.audience()});
        } else if (name == "set_remember") {
            session.set_remember(op.at(1).get<bool>());
        } else if (name == "get_remember") {
            answer(session.remember());
        } else if (name == "get_property") {
            answer(property(op.at(1).get<std::string>()));
        } else if (name == "info_set") {
            set_info(op.at(1).get<std::string>(), op.at(2));
        } else if (name == "info_get") {
            const auto info = session.info(op.at(1).get<std::string>());
            const Json parsed = info ? Json::parse(*info, nullptr, false) : Json(nullptr);
            answer(!info || !recorded.is_string() ? parsed : Json(*info));
        } else if (name == "info_save") {
            // That library stores it and answers nothing, which is a mistake of its.
            const auto saved = session.save_info();
            report_.check(saved.has_value(), "info:save", saved ? "" : saved.error().message());
        } else if (name == "save") {
            order_data();
            send(session.save(), result.contains("ret"));
        } else if (name == "touch") {
            send(session.touch(), recorded == true);
        } else if (name == "refresh") {
            order_data();
            send(session.refresh(), recorded == true);
        } else if (name == "logout") {
            order_data();
            send(session.logout(), recorded == true);
        } else if (name == "destroy") {
            send(session.destroy(), recorded == true);
        } else if (name == "clear_request_cookie") {
            check_cleared(recorded);
        } else if (name == "set_headers") {
            session.set_response_headers(headers_);
        } else {
            report_.fail("the step", "calls " + name + ", which this program does not know");
        }
    }

    void send(const Result<cookie::Lines>& lines, bool succeeds)
    {
        report_.check(lines.has_value() == succeeds, "whether it succeeds",
                      lines ? "it does" : lines.error().message());
        if (lines)
            for (const auto line : *lines)
                response_.add(line);
    }

    /// The members of Lua's tables have no order: ours are put into that which they were recorded in.
    void order_data()
    {
        std::size_t saves = 0;
        for (const Json& record : records()) {
            if (record.at("what") != "save" || is_remember(record) || saves++ != Environment::saves)
                continue;
            const Json plain = Json::parse(record.at("plaintext_json").get<std::string>());
            for (const Json& entry : plain)
                if (entry.size() > 1 && entry.at(1) == session_->audience())
                    (*session_)->json = in_order_of(entry.at(0), (*session_)->json);
        }
    }

    /// The data as that library keeps it: with the cookie storage the info is among it.
    Json data(const Json& recorded) const
    {
        const auto& ours = (*session_)->json;
        if (!in_cookie || !ours.is_object())
            return ours;
        Json raw = Json::object();
        for (const auto& [name, value] : ours.items())
            raw[name.starts_with('@') ? "$" + name : name] = value;
        for (const auto& [member, value] : recorded.items())
            if (member.starts_with('@'))
                if (const auto info = session_->info(member.substr(1)))
                    raw[member] = value.is_string() ? Json(*info) : Json::parse(*info, nullptr, false);
        return raw;
    }
    Json subject() const { return session_->subject().empty() ? Json(nullptr) : Json(session_->subject()); }

    Json property(std::string_view name) const
    {
        const auto told = session_->properties();
        const auto left = [](const std::optional<std::chrono::seconds>& time) {
            return time ? Json(time->count()) : Json(nullptr);
        };
        if (name == "id")
            return told.id.empty() ? Json(nullptr) : Json(told.id);
        if (name == "timeout")
            return left(told.timeout);
        if (name == "idling-timeout")
            return left(told.idling_timeout);
        if (name == "rolling-timeout")
            return left(told.rolling_timeout);
        if (name == "absolute-timeout")
            return left(told.absolute_timeout);
        return Json("no property: " + std::string{name});
    }

    void set_info(const std::string& name, const Json& value)
    {
        if (value.is_string())
            session_->set_info(name, value.get<std::string>());
        else if (value.is_number_integer())
            session_->set_info(name, value.get<long long>());
        else if (value.is_number())
            session_->set_info(name, value.get<double>());
        else if (value.is_boolean())
            session_->set_info(name, value.get<bool>());
        else
            report_.fail("info:set", "of a table, which this program does not know");
    }

    void check_cleared(const Json& recorded)
    {
        const auto pairs = [](std::string_view header) {
            std::vector<std::string> texts;
            // The others are left as they are here, and trimmed there.
            cookie::for_each_pair(header,
                                  [&](const cookie::Pair& pair) { std::erase(texts.emplace_back(pair.text), ' '); });
            return texts;
        };
        const auto text = recorded == "<no Cookie header>" ? std::string{} : recorded.get<std::string>();
        report_.check(pairs(manager_.clear_request_cookie(cookie_)) == pairs(text), "the Cookie header for proxies",
                      "\n    ours:     " + manager_.clear_request_cookie(cookie_) + "\n    recorded: " + text);
    }

    // --- what became of it

    /// What the flags of a header bind it to.
    core::Binding binding_of(const wire_format::Header& header) const
    {
        return wire_format::BoundClient{{}, client()}.hash(header.flags & wire_format::Flag::bind);
    }

    void check_record(const Json& record)
    {
        const auto header_bytes = array_of_hex<82>(record.at("header_hex").get<std::string>());
        const auto parts = parts_of(encoded(header_bytes));
        if (!parts)
            return report_.fail("a recorded header", "is none");
        if (record.at("what") == "mac")
            return check_mac<Suite>(record, binding_of(parts->header), report_);
        check_save<Suite>(record, binding_of(parts->header), options_.compression_threshold, report_);

        const auto name = std::string{is_remember(record) ? manager_.remember_cookie_name() : manager_.cookie_name()};
        const auto value = response_.value(name);
        const auto ours = value ? parts_of(*value) : std::nullopt;
        if (!ours || hex(ours->bytes.id()) != record.at("sid_hex").get<std::string>())
            return; // a later save took its place, and is compared
        const auto payload = payload_of(name, *ours);
        const auto plain = payload ? plaintext_of<Suite>(*ours, *payload, record.at("ikm_hex").get<std::string>(),
                                                         text_or(record, "safety"))
                                   : std::nullopt;
        if (!plain)
            return report_.fail(name, "its payload does not open");
        const auto recorded = record.at("plaintext_json").get<std::string>();
        if (*plain != recorded) {
            report_.same_json(Json::parse(*plain), without_empty_subjects(Json::parse(recorded)),
                              "what is sealed in " + name);
            arbitrary_.push_back(name);
        }
    }

    static Json without_empty_subjects(Json entries)
    {
        for (auto& entry : entries)
            if (entry.is_array() && entry.size() == 3 && entry.at(2) == "")
                entry.erase(2);
        return entries;
    }

    bool is_arbitrary(std::string_view name) const { return std::ranges::find(arbitrary_, name) != arbitrary_.end(); }

    /// The whole payload of a cookie that we have set, or that the request brought.
    std::optional<std::string> payload_of(const std::string& name, const Parts& parts)
    {
        if constexpr (!in_cookie) {
            const auto id = parts.header.id;
            return store_.payload(std::string{wire_format::RecordKey{name, id, options_.hash_storage_key}.view()});
        } else {
            std::string payload = parts.payload;
            for (int number = 2; payload.size() < parts.header.payload_size && number < 10; ++number) {
                const auto chunk_name = name + std::to_string(number);
                const auto set = response_.value(chunk_name);
                payload += set && !set->empty() ? *set : cookie_value(cookie_, chunk_name).value_or("");
            }
            return payload.size() == parts.header.payload_size ? std::optional{payload} : std::nullopt;
        }
    }

    void check_lines()
    {
        std::vector<std::string> recorded;
        for (const auto& line : step_.at("set_cookie"))
            recorded.push_back(line.get<std::string>());
        auto ours = response_.lines();
        if (restored_) { // there the remember cookie comes first
            std::ranges::sort(recorded);
            std::ranges::sort(ours);
        }
        for (std::size_t i = 0; i != std::max(ours.size(), recorded.size()); ++i) {
            const auto one = i < ours.size() ? ours[i] : std::string{"(none)"};
            const auto other = i < recorded.size() ? recorded[i] : std::string{"(none)"};
            const auto name = one.substr(0, one.find('='));
            if (is_arbitrary(name) || is_arbitrary(name.substr(0, name.size() - 1)))
                report_.equal(one.substr(std::min(one.find(';'), one.size())),
                              other.substr(std::min(other.find(';'), other.size())), "the attributes of " + name);
            else
                report_.equal(one, other, "Set-Cookie");
        }
    }

    void check_session()
    {
        const auto& recorded = step_.at("session");
        for (const auto& [name, value] : recorded.items())
            report_.check(name == "state" || name == "all_data" || name == "data_index" || name == "info_data" ||
                              name == "meta" || name == "remember_meta" || name == "properties",
                          "the session", "records " + name + ", which this program does not know");
        const auto state = !session_->operator bool() ? "closed" : saved() || opened_ ? "open" : "new";
        report_.equal(state, recorded.at("state").get<std::string>(), "the session's state");
        if (recorded.contains("meta"))
            check_meta_of(std::string{manager_.cookie_name()}, recorded.at("meta"), "");
        if (recorded.contains("remember_meta"))
            check_meta_of(std::string{manager_.remember_cookie_name()}, recorded.at("remember_meta"),
                          text_or(config_, "remember_safety", "Medium"));
        if (recorded.contains("properties") && session_->operator bool())
            for (const auto& [name, value] : recorded.at("properties").items())
                report_.same_json(property(name), value, "the property " + name);
        check_all_data(recorded.at("all_data"), recorded.at("data_index").get<std::size_t>());
        if (recorded.contains("info_data") && recorded.at("info_data").is_object() && session_->operator bool())
            check_info(recorded.at("info_data"));
    }

    bool saved() const { return response_.value(manager_.cookie_name()).value_or("") != ""; }

    std::optional<Parts> current(const std::string& name) const
    {
        auto value = response_.value(name);
        if (!value || value->empty())
            value = cookie_value(cookie_, name);
        return value ? parts_of(*value) : std::nullopt;
    }

    void check_meta_of(const std::string& name, const Json& meta, const std::string& safety)
    {
        const auto parts = current(name);
        if (!parts)
            return report_.fail("meta", "there is no cookie " + name);
        check_meta(*parts, meta, is_arbitrary(name), report_);
        // Which key it is: the one whose MAC its header has.
        const Keys<Suite> keys{meta.at("ikm_hex").get<std::string>()};
        const auto binding = binding_of(parts->header);
        Bytes message(parts->bytes.maced().begin(), parts->bytes.maced().end());
        if (binding) {
            message.push_back(std::byte{'#'});
            message.insert(message.end(), binding.hash.begin(), binding.hash.end());
        }
        report_.equal(hex(Keys<Suite>::mac(keys.mac_key(parts->bytes.id()), message)), hex(parts->bytes.mac()),
                      "the key of " + name);
        report_.check(meta.at("timestamp") == step_.at("now"), "meta timestamp");
        static_cast<void>(safety);
    }

    /// The session's data, whoever's: what its cookie or record holds, with what the step has changed and not saved.
    void check_all_data(const Json& recorded, std::size_t index)
    {
        const bool gone = !session_->operator bool();
        if (!gone) {
            const auto& own = recorded.at(index - 1);
            report_.same_json(data(own.at(0)), own.at(0), "the data");
            report_.check(own.at(1) == session_->audience(), "the audience of the data");
            report_.check(own.size() < 3 || own.at(2) == session_->subject(), "the subject of the data");
        }
        const auto name = std::string{manager_.cookie_name()};
        const auto parts = current(name);
        if (!parts || (gone && !saved()) || !(opened_ || saved() || session_->reason() == errc::no_audience))
            return;
        const auto payload = payload_of(name, *parts);
        const auto ikm = text_or(step_.at("session").value("meta", Json::object()), "ikm_hex");
        const auto plain = payload ? plaintext_of<Suite>(*parts, *payload, ikm, "") : std::nullopt;
        if (!plain)
            return report_.fail("all data", "does not open");
        auto entries = Json::parse(*plain);
        if (!saved() && entries.size() + 1 == recorded.size()) // the new audience's, not saved yet
            entries.push_back(recorded.at(index - 1));
        report_.same_json(without_empty_subjects(entries), without_empty_subjects(recorded), "all data");
    }

    void check_info(const Json& recorded)
    {
        if (!recorded.contains(session_->audience()))
            return;
        for (const auto& [name, value] : recorded.at(std::string{session_->audience()}).items()) {
            const auto info = session_->info(name);
            const Json ours = !info ? Json(nullptr) : value.is_string() ? Json(*info) : Json::parse(*info);
            report_.same_json(ours, value, "the info " + name);
        }
    }

    void check_headers(const Json& recorded)
    {
        Json ours = Json::object();
        for (const auto& [name, value] : headers_.fields)
            ours[name] = value;
        report_.same_json(ours, recorded, "the response's Session headers");
    }

    /// What tells the store's records apart from those that were recorded.
    struct Changes {
        bool login;                             ///< the record of before is dead at once
        std::chrono::seconds age;               ///< of the session
        std::vector<std::string> arbitrary_ids; ///< records whose payload was packed in another order
    };
    Changes changes() const
    {
        Changes result{login_, {}, {}};
        if (const auto parts = current(std::string{manager_.cookie_name()}))
            result.age = Clock::now() - parts->header.times.created;
        for (const auto& name : arbitrary_)
            if (const auto parts = current(name))
                result.arbitrary_ids.emplace_back(
                    wire_format::RecordKey{name, parts->header.id, options_.hash_storage_key}.view());
        return result;
    }

    const Json& step_;
    const Json& config_;
    Store& store_;
    Report& report_;
    Options options_;
    typename Session::Manager manager_;
    std::string cookie_, ip_, scheme_, user_agent_;
    std::optional<Session> session_;
    Response response_;
    Headers headers_;
    std::vector<std::string> arbitrary_;
    bool opened_ = false;
    bool restored_ = false;
    bool changed_ = false;
    bool login_ = false;
};

} // namespace lua_resty_vectors
