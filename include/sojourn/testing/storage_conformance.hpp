#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/testing/detail/append_laws.hpp>
#include <sojourn/testing/detail/storage_laws.hpp>
#include <sojourn/testing/detail/storage_races.hpp>
#include <sojourn/testing/detail/storage_trial.hpp>
#include <sojourn/testing/detail/version_laws.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sojourn::inline v0::testing {

/// One broken promise: which law of concepts.hpp, and what was seen instead.
struct Failure {
    std::string law;
    std::string what;
};

/// How the suite gets at an answer: here it is one already. For an awaitable storage hand in a function object that
/// takes the awaitable, runs it to its end and returns what it yields. It is called from several threads at once.
struct Blocking {
    template <class Answer>
    Answer operator()(Answer answer) const
    {
        return answer;
    }
};

/// The laws of `ServerStorage` and, for who models them, of `VersionedStorage`, `AppendingStorage` and `BatchStorage`, as
/// tests: for our storages and for yours.
/// No test framework is needed; what a law finds is a list of sentences.
///
///     sojourn::testing::StorageConformance suite{[] { return MyStorage{…}; }};
///     for (const auto& failure : suite.run())
///         std::cerr << failure.law << ": " << failure.what << '\n';
///
/// `Make` returns a storage for each law. It need not be empty: laws use new random keys, and remove what they put there
/// (but for what expires within the second). The storage is then called from several threads at once. `Wait` is as
/// `Blocking` says.
template <class Make, class Wait = Blocking>
class StorageConformance {
public:
    using Storage = std::invoke_result_t<Make&>;
    static_assert(ServerStorage<Storage>, "the factory has to return a ServerStorage");

    using Trial = detail::StorageTrial<Storage, Wait>;
    /// A law, and its test.
    struct Law {
        std::string_view name; ///< begins with the number it has in concepts.hpp
        void (*test)(Trial&);
    };

    explicit StorageConformance(Make make, ConformanceOptions options = {}, Wait wait = {})
        : make_{std::move(make)}, options_{options}, wait_{std::move(wait)}
    {
    }

    static std::vector<Law> laws()
    {
        std::vector<Law> all{
            {"1: what is not there is not an error", detail::missing_is_no_error<Trial>},
            {"1: what expired is not there", detail::expired_is_missing<Trial>},
            {"1: a life may be of any length, and of none", detail::any_time_is_lawful<Trial>},
            {"1: a value comes back to the byte", detail::values_are_bytes<Trial>},
            {"2: create never overwrites", detail::create_never_overwrites<Trial>},
            {"3: store never creates", detail::store_never_creates<Trial>},
            {"4: expire shortens and lengthens", detail::expire_sets_the_time<Trial>},
            {"5: what was erased is gone", detail::erased_is_gone<Trial>},
            {"6: of many creators one wins", detail::one_creator_wins<Trial>},
            {"6: of many erasers one finds it", detail::one_eraser_finds_it<Trial>},
            {"6: whoever reads sees a whole value", detail::readers_see_whole_values<Trial>},
            {"6: expire loses no update", detail::expire_loses_no_update<Trial>},
            {"6: erased stays erased, whoever stores", detail::erased_stays_erased<Trial>},
            {"7: a storage is a handle", detail::storage_is_a_handle<Trial>},
            {"keys: all lawful ones are told apart", detail::keys_are_told_apart<Trial>},
            {"keys: all others are refused", detail::unlawful_keys_are_refused<Trial>},
        };
        if constexpr (VersionedStorage<Storage>) {
            all.push_back({"version: another for each state, never 0", detail::versions_are_unique<Trial>});
            all.push_back({"store_if: a conflict changes nothing", detail::conflict_shows_what_stands<Trial>});
            all.push_back({"store_if: never creates", detail::store_if_never_creates<Trial>});
            all.push_back({"store_if: no update is lost", detail::no_update_is_lost<Trial>});
        }
        if constexpr (AppendingStorage<Storage>) {
            all.push_back({"append 1: adds to the end, or creates", detail::append_adds_to_the_end<Trial>});
            all.push_back({"append 1: leaves alone what begins otherwise", detail::append_leaves_others_alone<Trial>});
            all.push_back({"append 2: shortens no life", detail::append_shortens_no_life<Trial>});
            all.push_back({"append 3: makes another version", detail::append_makes_versions<Trial>});
            all.push_back({"append: of many none is lost", detail::no_append_is_lost<Trial>});
            all.push_back({"append: whoever reads sees a whole log", detail::appends_are_whole<Trial>});
        }
        if constexpr (BatchStorage<Storage>) {
            all.push_back(
                {"batch 1, 2: additions are made with the store", detail::batch_is_made_with_the_store<Trial>});
            all.push_back({"batch 1, 2: all additions or none", detail::batch_is_all_or_nothing<Trial>});
            all.push_back({"batch 3: is atomic", detail::batch_is_atomic<Trial>});
        }
        return all;
    }

    /// What one law finds; nothing if it is kept.
    std::vector<Failure> check(const Law& law)
    {
        Trial trial{make_(), options_, wait_};
        law.test(trial);
        std::vector<Failure> failures;
        for (const auto& what : trial.found())
            failures.push_back({std::string{law.name}, what});
        return failures;
    }

    /// What all laws find.
    std::vector<Failure> run()
    {
        std::vector<Failure> all;
        for (const auto& law : laws())
            for (auto& failure : check(law))
                all.push_back(std::move(failure));
        return all;
    }

private:
    Make make_;
    ConformanceOptions options_;
    Wait wait_;
};

} // namespace sojourn::inline v0::testing
