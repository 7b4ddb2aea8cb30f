#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/result.hpp>

#include <zdict.h>

#include <span>
#include <string>
#include <vector>

namespace sojourn::inline v0::codec {

/// Trains a dictionary for `codec::Zstd<Inner>` from sessions as they occur: some hundred at least, a hundred times the
/// dictionary's size in all. `size` is the most it may have, in bytes. Keep it: what was sealed with it needs it.
///
/// A dictionary holds pieces of the samples: do not train it from what is secret.
/// Errors: those of `Inner`'s encode; `unlawful_option` where zstd finds the samples too few or too small.
template <CodecPolicy Inner>
Result<std::string> train_dictionary(std::span<const typename Inner::data_type> samples, std::size_t size = 8192,
                                     const Inner& inner = {})
{
    Buffer encoded;
    std::vector<std::size_t> sizes;
    for (const auto& sample : samples) {
        const auto before = encoded.size();
        if (auto done = inner.encode(sample, {}, {}, encoded); !done)
            return done.error();
        sizes.push_back(encoded.size() - before);
    }
    std::string dictionary(size, '\0');
    const auto trained = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), encoded.data(), sizes.data(),
                                               static_cast<unsigned>(sizes.size()));
    if (ZDICT_isError(trained) != 0)
        return Error{errc::unlawful_option, ZDICT_getErrorName(trained)};
    dictionary.resize(trained);
    return dictionary;
}

} // namespace sojourn::inline v0::codec
