#pragma once

// What lies in a server after a step, and whether it is what was recorded.

#include "environment.hpp"
#include "json.hpp"
#include "report.hpp"
#include "stores.hpp"

#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lua_resty_vectors {

struct StoredRecord {
    std::string value;
    std::optional<long long> ttl; ///< in seconds; nothing: without end
};
struct StoredIndex {
    std::map<std::string, long long> members; ///< record keys, without the cookie's name, and when each is over
    std::optional<long long> ttl;
};
/// By key, without the prefix and the suffix of the storage.
struct Content {
    std::map<std::string, StoredRecord> records;
    std::map<std::string, StoredIndex> indexes;
};

/// A key without what the storage puts around it; nothing if that is not there.
inline std::optional<std::string> inner_key(std::string_view key, std::string_view prefix, std::string_view suffix)
{
    const auto start = prefix.empty() ? std::string{} : std::string{prefix} + ":";
    const auto end = suffix.empty() ? std::string{} : ":" + std::string{suffix};
    if (!key.starts_with(start) || !key.ends_with(end))
        return std::nullopt;
    return std::string{key.substr(start.size(), key.size() - start.size() - end.size())};
}

/// Compares two contents of a store whose time is the real one, while the steps' clock jumps. It is `patience` slower than
/// what was recorded.
///
/// What was packed in another order is of no use to the steps that follow, whose cookies have the recorded tag: such records
/// are told in `reordered`. `gone` are records that a login of the case has ended.
///
/// Other than recorded, as the documentation says: the record of before a login is gone at once; a record is kept until the
/// absolute timeout, not that much longer; an index is named by the encoded subject always, lists no record that has been
/// superseded, and ends with the last that it lists.
class ContentComparison {
public:
    ContentComparison(const Content& ours, const Content& recorded, const auto& changes, std::chrono::seconds patience,
                      std::set<std::string>& gone, Report& report)
        : ours_{ours},
          recorded_{recorded},
          report_{report},
          gone_{gone},
          is_login_{changes.login},
          arbitrary_{changes.arbitrary_ids.begin(), changes.arbitrary_ids.end()},
          slack_{patience.count() + 2},
          age_{changes.age.count()},
          now_{Clock::now().time_since_epoch().count()}
    {
        for (const auto& [key, record] : recorded_.records)
            compare_record(key, record);
        for (const auto& [key, record] : ours_.records)
            report_.check(recorded_.records.contains(key), "a record that was not recorded", key);
        compare_indexes();
    }

    /// Key and recorded value of each.
    const std::vector<std::pair<std::string, std::string>>& reordered() const noexcept { return reordered_; }

private:
    static constexpr long long endless = 1LL << 40;

    void compare_record(const std::string& key, const StoredRecord& recorded)
    {
        const auto found = ours_.records.find(key);
        if (found == ours_.records.end()) {
            if (is_login_)
                gone_.insert(key);
            return report_.check(gone_.contains(key) || recorded.ttl.value_or(endless) < slack_,
                                 "a record that is not there", key);
        }
        const bool is_arbitrary =
            std::ranges::any_of(arbitrary_, [&](const auto& id) { return key.find(id) != std::string::npos; });
        if (is_arbitrary && found->second.value != recorded.value)
            reordered_.emplace_back(key, recorded.value);
        compare_records(found->second.value, recorded.value, is_arbitrary, "the record " + key, report_);
        report_.check(is_time(found->second.ttl, recorded.ttl), "the time to live of " + key,
                      text_of(found->second.ttl) + ", recorded " + text_of(recorded.ttl));
    }

    /// The age is added there that is subtracted here, up to the rolling timeout.
    bool is_time(const std::optional<long long>& ours, const std::optional<long long>& recorded) const
    {
        const auto one = ours.value_or(endless), other = recorded.value_or(endless);
        return std::abs(one - other) <= slack_ || (one < other && other <= one + 2 * age_ + slack_);
    }
    static std::string text_of(const std::optional<long long>& ttl) { return ttl ? std::to_string(*ttl) : "endless"; }

    void compare_indexes()
    {
        std::map<std::string, std::map<std::string, long long>> expected;
        for (const auto& [name, index] : recorded_.indexes)
            for (const auto& [member, expires] : index.members)
                if (expires > now_ && !is_superseded(name, member, expires))
                    expected[our_name(name)].emplace(member, expires);
        for (const auto& [name, index] : ours_.indexes) {
            compare_index(name, index, expected[name]);
            expected.erase(name);
        }
        for (const auto& [name, members] : expected)
            report_.check(members.empty(), "an index that is not there", name);
    }

    void compare_index(const std::string& name, const StoredIndex& ours,
                       const std::map<std::string, long long>& expected)
    {
        long long last = now_;
        std::set<std::string> listed;
        for (const auto& [member, expires] : ours.members) {
            if (expires <= now_)
                continue;
            listed.insert(member);
            last = std::max(last, expires);
            const auto found = expected.find(member);
            if (found == expected.end())
                report_.fail("the index " + name, "lists " + member + ", which was not recorded");
            else
                report_.check(is_time(expires - now_, found->second - now_), "the index " + name,
                              "tells another time for " + member);
        }
        for (const auto& [member, expires] : expected)
            report_.check(listed.contains(member), "the index " + name, "does not list " + member);
        report_.check(ours.ttl.value_or(endless) + slack_ >= last - now_, "the index " + name,
                      "ends before the last that it lists: " + text_of(ours.ttl));
        const auto recorded = recorded_.indexes.find(name);
        if (recorded != recorded_.indexes.end() && recorded->second.ttl)
            report_.check(ours.ttl.value_or(endless) <= std::max(*recorded->second.ttl, last - now_) + slack_,
                          "the index " + name, "stays for too long: " + text_of(ours.ttl));
    }

    /// Whether a record ends before its index says, for another has taken its place, or is gone.
    bool is_superseded(const std::string& index, const std::string& member, long long expires) const
    {
        const auto record = recorded_.records.find(index.substr(0, index.find(':') + 1) + member);
        return record == recorded_.records.end() || record->second.ttl.value_or(endless) < expires - now_ - 2;
    }

    /// What an index is called here, whose subject is recorded in clear.
    std::string our_name(const std::string& recorded) const
    {
        const auto start = recorded.substr(0, recorded.find(':', recorded.find(':') + 1) + 1);
        const auto subject = sojourn::as_bytes(std::string_view{recorded}.substr(start.size()));
        const auto hash = wire_format::sha256(subject);
        for (const auto& text :
             {wire_format::base64url(subject), wire_format::base64url(sojourn::BytesView{hash}.first(16))})
            if (ours_.indexes.contains(start + text))
                return start + text;
        return recorded;
    }

    const Content& ours_;
    const Content& recorded_;
    Report& report_;
    std::set<std::string>& gone_;
    bool is_login_;
    std::vector<std::string> arbitrary_;
    std::vector<std::pair<std::string, std::string>> reordered_;
    long long slack_;
    long long age_;
    long long now_;
};

} // namespace lua_resty_vectors
