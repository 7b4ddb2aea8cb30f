#include <sojourn/testing/storage_conformance.hpp>

#include <sojourn/storage/memory.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

// A suite that finds nothing proves nothing: here are storages that break one promise each, and the law that must say so.
namespace {

using namespace sojourn;
using storage::Memory;
using Status = StoreOutcome::Status;

/// Long enough for other threads to come in between, also on a busy machine.
void hesitate() { std::this_thread::sleep_for(std::chrono::microseconds{200}); }

struct CreateOverwrites : Memory {
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t)
    {
        return *Memory::create(k, v, t) ? Result<bool>{true} : Memory::store(k, v, t);
    }
};
struct StoreCreates : Memory {
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t)
    {
        const auto stored = Memory::store(k, v, t);
        return !stored || *stored ? stored : create(k, v, t);
    }
};
struct StoreLooksFirst : Memory { // and stores later: the race in which a destroyed session comes back
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t)
    {
        const auto found = load(k);
        if (!found || !*found)
            return found ? Result<bool>{false} : found.error();
        hesitate();
        return *Memory::store(k, v, t) ? Result<bool>{true} : create(k, v, t);
    }
};
struct StoreKeepsTime : Memory {
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t)
    {
        return Memory::store(k, v, std::max(t, TimeToLive{60'000}));
    }
};
struct NeverExpires : Memory {
    Result<bool> create(std::string_view k, BytesView v, TimeToLive) { return Memory::create(k, v, TimeToLive::max()); }
};
struct ExpiresInSeconds : Memory { // rounded down, to nothing
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t)
    {
        return Memory::create(k, v, std::chrono::floor<std::chrono::seconds>(t));
    }
};
struct ExpireOnlyLengthens : Memory {
    Result<bool> expire(std::string_view k, TimeToLive t) { return Memory::expire(k, std::max(t, TimeToLive{60'000})); }
};
struct ExpireDoesNothing : Memory {
    Result<bool> expire(std::string_view k, TimeToLive)
    {
        const auto found = load(k);
        return found ? Result<bool>{found->has_value()} : found.error();
    }
};
struct CountsFewDays : Memory { // as memcached does, to which more is a date
    static TimeToLive counted(TimeToLive t) { return t > std::chrono::hours{24 * 30} ? TimeToLive{0} : t; }
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t) { return Memory::store(k, v, counted(t)); }
};
struct NoTimeIsForEver : Memory {
    Result<bool> expire(std::string_view k, TimeToLive t)
    {
        return Memory::expire(k, t <= TimeToLive{0} ? TimeToLive::max() : t);
    }
};
struct ExpireWritesBack : Memory { // what it read before
    Result<bool> expire(std::string_view k, TimeToLive t)
    {
        const auto found = load(k);
        if (!found || !*found)
            return found ? Result<bool>{false} : found.error();
        hesitate();
        return Memory::store(k, (*found)->value, t);
    }
};
struct EraseOnlySaysSo : Memory {
    Result<bool> erase(std::string_view k)
    {
        const auto found = load(k);
        return found ? Result<bool>{found->has_value()} : found.error();
    }
};
struct MissingIsAnError : Memory {
    Result<std::optional<Record>> load(std::string_view k)
    {
        auto found = Memory::load(k);
        return found && !*found ? errc::not_found : found;
    }
};
struct ValuesAreStrings : Memory { // that end at the first zero byte
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t)
    {
        return Memory::create(k, v.first(as_text(v).find('\0') == as_text(v).npos ? v.size() : as_text(v).find('\0')),
                              t);
    }
};
struct KeysWithoutCase : Memory {
    static std::string lower(std::string_view k)
    {
        std::string all{k};
        for (auto& c : all)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        return all;
    }
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t) { return Memory::create(lower(k), v, t); }
    Result<std::optional<Record>> load(std::string_view k) { return Memory::load(lower(k)); }
    Result<bool> erase(std::string_view k) { return Memory::erase(lower(k)); }
};
struct TakesAnyKey : Memory {
    Result<bool> erase(std::string_view k) { return storage::is_key(k) ? Memory::erase(k) : Result<bool>{false}; }
};
struct CopiesAreNew : Memory {
    CopiesAreNew() = default;
    CopiesAreNew(const CopiesAreNew&) : Memory{} {}
};
struct OneVersion : Memory {
    Result<std::optional<Record>> load(std::string_view k)
    {
        auto found = Memory::load(k);
        if (found && *found)
            (*found)->version = 1;
        return found;
    }
};
struct AnyVersion : Memory { // the last one wins
    Result<StoreOutcome> store_if(std::string_view k, Version, BytesView v, TimeToLive t)
    {
        hesitate();
        const auto stored = Memory::store(k, v, t);
        return stored ? Result<StoreOutcome>{StoreOutcome{*stored ? Status::stored : Status::missing}} : stored.error();
    }
};
struct ConflictShowsNothing : Memory {
    Result<StoreOutcome> store_if(std::string_view k, Version version, BytesView v, TimeToLive t)
    {
        auto outcome = Memory::store_if(k, version, v, t);
        if (outcome)
            outcome->standing.value.clear();
        return outcome;
    }
};
struct StoreIfCreates : Memory {
    Result<StoreOutcome> store_if(std::string_view k, Version version, BytesView v, TimeToLive t)
    {
        auto outcome = Memory::store_if(k, version, v, t);
        if (outcome && outcome->status == Status::missing && *create(k, v, t))
            outcome->status = Status::stored;
        return outcome;
    }
};
/// Wrong only when threads meet.
struct Unlocked : Memory {
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t)
    {
        const auto found = load(k);
        if (!found || *found)
            return found ? Result<bool>{false} : found.error();
        hesitate();
        return *Memory::create(k, v, t) ? Result<bool>{true} : Memory::store(k, v, t);
    }
    Result<bool> erase(std::string_view k)
    {
        const auto found = load(k);
        if (!found || !*found)
            return found ? Result<bool>{false} : found.error();
        hesitate();
        return *Memory::erase(k) || true;
    }
};
struct WritesInTwoSteps : Memory {
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t)
    {
        const auto begun = Memory::store(k, v.first(v.size() / 2), t);
        hesitate();
        return begun && *begun ? Memory::store(k, v, t) : begun;
    }
};

/// Memory that appends and does several things at once: slow, and right.
class Log {
    template <class F>
    auto locked(F f)
    {
        const std::lock_guard alone{state_->mutex};
        return f(state_->records);
    }
    TimeToLive left(std::string_view k, TimeToLive at_least)
    {
        return std::max(at_least, std::chrono::ceil<TimeToLive>(state_->until[std::string{k}] - Clock::now()));
    }

    using Clock = std::chrono::steady_clock;
    struct State {
        std::recursive_mutex mutex;
        Memory records;
        std::map<std::string, Clock::time_point> until;
    };

    void live(std::string_view k, TimeToLive t)
    {
        state_->until[std::string{k}] =
            Clock::now() + std::clamp<TimeToLive>(t, TimeToLive{0}, std::chrono::hours{1000});
    }
    /// The length of the longest log; 0: one of them is something else.
    std::size_t add(std::span<const Addition> all)
    {
        Memory& records = state_->records;
        for (const Addition& a : all)
            if (const auto found = *records.load(a.key); found && !as_text(found->value).starts_with(as_text(a.head)))
                return 0;
        std::size_t longest = 0;
        for (const Addition& a : all) {
            const auto found = *records.load(a.key);
            Bytes value = found ? found->value : Bytes(a.head.begin(), a.head.end());
            value.insert(value.end(), a.value.begin(), a.value.end());
            const auto t = found ? left(a.key, a.ttl) : a.ttl;
            static_cast<void>(found ? store(a.key, value, t) : create(a.key, value, t));
            longest = std::max(longest, value.size());
        }
        return longest;
    }

    std::shared_ptr<State> state_ = std::make_shared<State>();

public:
    std::optional<Record> standing(std::string_view k)
    {
        const auto found = load(k);
        return found ? *found : std::nullopt;
    }
    Result<std::optional<Record>> load(std::string_view k)
    {
        return locked([&](Memory& m) { return m.load(k); });
    }
    Result<bool> create(std::string_view k, BytesView v, TimeToLive t)
    {
        return locked([&](Memory& m) {
            auto created = m.create(k, v, t);
            if (created && *created)
                live(k, t);
            return created;
        });
    }
    Result<bool> store(std::string_view k, BytesView v, TimeToLive t)
    {
        return locked([&](Memory& m) { return live(k, t), m.store(k, v, t); });
    }
    Result<bool> expire(std::string_view k, TimeToLive t)
    {
        return locked([&](Memory& m) { return live(k, t), m.expire(k, t); });
    }
    Result<bool> erase(std::string_view k)
    {
        return locked([&](Memory& m) { return m.erase(k); });
    }
    Result<StoreOutcome> store_if(std::string_view k, Version version, BytesView v, TimeToLive t,
                                  std::span<const Addition> all = {})
    {
        return locked([&](Memory& m) {
            auto outcome = m.store_if(k, version, v, t);
            if (outcome && outcome->status == Status::stored) {
                live(k, t);
                outcome->longest = add(all);
            }
            return outcome;
        });
    }
    Result<StoreOutcome> create(std::string_view k, BytesView v, TimeToLive t, std::span<const Addition> all)
    {
        return locked([&](Memory&) -> Result<StoreOutcome> {
            if (!*create(k, v, t))
                return StoreOutcome{Status::conflict};
            return StoreOutcome{Status::stored, {}, add(all)};
        });
    }
    Result<std::optional<std::size_t>> append(const Addition& a)
    {
        return locked([&](Memory& m) -> Result<std::optional<std::size_t>> {
            if (const auto found = m.load(a.key); !found)
                return found.error();
            const std::size_t length = add({&a, 1});
            return length != 0 ? std::optional{length} : std::nullopt;
        });
    }
};
static_assert(BatchStorage<Log>);

using Length = Result<std::optional<std::size_t>>;

struct AppendNeverCreates : Log {
    Length append(const Addition& a)
    {
        return standing(a.key) ? Log::append(a) : Length{a.head.size() + a.value.size()};
    }
};
struct AppendIgnoresHead : Log {
    Length append(Addition a)
    {
        const auto found = standing(a.key);
        a.head = found ? BytesView{} : a.head;
        return Log::append(a);
    }
};
struct AppendSetsTime : Log {
    Length append(const Addition& a)
    {
        const auto length = Log::append(a);
        static_cast<void>(expire(a.key, a.ttl));
        return length;
    }
};
struct AppendKeepsVersion : Log {
    Result<std::optional<Record>> load(std::string_view k)
    {
        auto found = Log::load(k);
        if (found && *found)
            (*found)->version = 1;
        return found;
    }
};
struct AppendWritesBack : Log { // what it read before
    Length append(const Addition& a)
    {
        const auto found = standing(a.key);
        if (!found)
            return Log::append(a);
        hesitate();
        Bytes value = found->value;
        value.insert(value.end(), a.value.begin(), a.value.end());
        static_cast<void>(store(a.key, value, a.ttl));
        return Length{value.size()};
    }
};
struct AppendBeginsFirst : Log {
    Length append(const Addition& a)
    {
        static_cast<void>(create(a.key, a.head, a.ttl));
        hesitate();
        return Log::append(a);
    }
};
struct BatchLacksAdditions : Log {
    Result<StoreOutcome> store_if(std::string_view k, Version version, BytesView v, TimeToLive t,
                                  std::span<const Addition> all = {})
    {
        auto outcome = Log::store_if(k, version, v, t);
        if (!all.empty())
            outcome->longest = 11;
        return outcome;
    }
    using Log::create;
};
struct BatchAddsAnyway : Log {
    Result<StoreOutcome> create(std::string_view k, BytesView v, TimeToLive t, std::span<const Addition> all)
    {
        auto outcome = Log::create(k, v, t, {});
        for (const auto& a : all)
            outcome->longest = append(a).value().value_or(0);
        return outcome;
    }
    using Log::create;
};
struct BatchInTwoSteps : Log {
    Result<StoreOutcome> store_if(std::string_view k, Version version, BytesView v, TimeToLive t,
                                  std::span<const Addition> all = {})
    {
        auto outcome = Log::store_if(k, version, v, t);
        hesitate();
        if (outcome && outcome->status == Status::stored)
            for (const auto& a : all)
                outcome->longest = append(a).value().value_or(0);
        return outcome;
    }
};

template <class Storage>
void breaks(std::string_view law)
{
    CAPTURE(law);
    testing::StorageConformance suite{[] { return Storage{}; },
                                      {.rounds = 50, .patience = std::chrono::milliseconds{100}}};
    bool known = false;
    for (const auto& each : suite.laws())
        if (each.name == law) {
            known = true;
            CHECK_FALSE(suite.check(each).empty());
        }
    CHECK(known);
}

} // namespace

TEST_CASE("each law finds the storage that breaks it")
{
    breaks<MissingIsAnError>("1: what is not there is not an error");
    breaks<NeverExpires>("1: what expired is not there");
    breaks<ExpiresInSeconds>("1: what expired is not there");
    breaks<CountsFewDays>("1: a life may be of any length, and of none");
    breaks<NoTimeIsForEver>("1: a life may be of any length, and of none");
    breaks<ValuesAreStrings>("1: a value comes back to the byte");
    breaks<CreateOverwrites>("2: create never overwrites");
    breaks<StoreCreates>("3: store never creates");
    breaks<StoreKeepsTime>("3: store never creates");
    breaks<ExpireOnlyLengthens>("4: expire shortens and lengthens");
    breaks<ExpireDoesNothing>("4: expire shortens and lengthens");
    breaks<EraseOnlySaysSo>("5: what was erased is gone");
    breaks<Unlocked>("6: of many creators one wins");
    breaks<Unlocked>("6: of many erasers one finds it");
    breaks<WritesInTwoSteps>("6: whoever reads sees a whole value");
    breaks<ExpireWritesBack>("6: expire loses no update");
    breaks<StoreCreates>("6: erased stays erased, whoever stores");
    breaks<StoreLooksFirst>("6: erased stays erased, whoever stores");
    breaks<CopiesAreNew>("7: a storage is a handle");
    breaks<KeysWithoutCase>("keys: all lawful ones are told apart");
    breaks<TakesAnyKey>("keys: all others are refused");
    breaks<OneVersion>("version: another for each state, never 0");
    breaks<AnyVersion>("store_if: a conflict changes nothing");
    breaks<ConflictShowsNothing>("store_if: a conflict changes nothing");
    breaks<StoreIfCreates>("store_if: never creates");
    breaks<AnyVersion>("store_if: no update is lost");
    breaks<AppendNeverCreates>("append 1: adds to the end, or creates");
    breaks<AppendIgnoresHead>("append 1: leaves alone what begins otherwise");
    breaks<AppendSetsTime>("append 2: shortens no life");
    breaks<AppendKeepsVersion>("append 3: makes another version");
    breaks<AppendWritesBack>("append: of many none is lost");
    breaks<AppendBeginsFirst>("append: whoever reads sees a whole log");
    breaks<BatchLacksAdditions>("batch 1, 2: additions are made with the store");
    breaks<BatchAddsAnyway>("batch 1, 2: all additions or none");
    breaks<BatchInTwoSteps>("batch 3: is atomic");
}

TEST_CASE("a storage in memory that appends and stores at once keeps all laws, of concurrent calls too")
{
    testing::StorageConformance suite{[] { return Log{}; }, {.rounds = 30, .patience = std::chrono::seconds{10}}};
    CHECK(suite.laws().size() == 29);
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

namespace {

/// An answer that is not there yet, and is had by `wait`: what an awaitable storage looks like to the suite.
template <class T>
struct Later {
    using value_type = T;
    std::future<T> future;
};

struct LaterStorage {
    Memory records;

    template <class Call>
    static auto later(Call call)
    {
        return Later<decltype(call())>{std::async(std::launch::deferred, call)};
    }
    auto load(std::string_view k)
    {
        return later([=, this] { return records.load(k); });
    }
    auto create(std::string_view k, BytesView v, TimeToLive t)
    {
        return later([=, this] { return records.create(k, v, t); });
    }
    auto store(std::string_view k, BytesView v, TimeToLive t)
    {
        return later([=, this] { return records.store(k, v, t); });
    }
    auto expire(std::string_view k, TimeToLive t)
    {
        return later([=, this] { return records.expire(k, t); });
    }
    auto erase(std::string_view k)
    {
        return later([=, this] { return records.erase(k); });
    }
};
static_assert(AwaitableStorage<LaterStorage> && !VersionedStorage<LaterStorage>);

} // namespace

TEST_CASE("a storage that is awaited goes through the same laws")
{
    const auto wait = []<class T>(Later<T> answer) { return answer.future.get(); };
    testing::StorageConformance suite{[] { return LaterStorage{}; }, {.rounds = 10}, wait};
    CHECK(suite.laws().size() == 16); // those about versions are not for it
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}
