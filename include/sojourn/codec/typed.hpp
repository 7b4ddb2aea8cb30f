#pragma once

#include <sojourn/codec/read.hpp>
#include <sojourn/codec/write.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/result.hpp>

#include <string>
#include <string_view>

namespace sojourn::inline v0::codec::detail {

/// The `CodecPolicy` made of a format's reader and writer and the program's type.
///
/// A struct is a map of its members by name. Members that `T` lacks are kept in `unknown` and come back at the next
/// encode, as they were; those inside nested structs are dropped. After an error `data` is good for nothing.
template <class Reader, class Writer, class T>
class Typed {
public:
    using data_type = T;
    using unsupported_type = typename decltype(find_unsupported<Writer, T>())::type;

    /// Errors: `bad_data` for what the format cannot tell, `too_large` beyond `limits.max_length`.
    Result<void> encode(const T& data, BytesView unknown, const CodecLimits& limits, Buffer& out) const
    {
        const auto start = out.size();
        Writer writer{out};
        if constexpr (Reflected<T>)
            write_struct(writer, data, unknown);
        else if (unknown.empty())
            write(writer, data);
        else
            writer.fail(); // only a struct has members of another release

        const bool fits = out.size() - start <= limits.max_length;
        if (writer.good() && fits)
            return {};
        out.resize(start);
        return writer.good() ? errc::too_large : errc::bad_data;
    }

    /// Errors: `bad_data`, with the name of the member that could not be read, and `too_large`.
    Result<void> decode(BytesView bytes, const CodecLimits& limits, T& data, Buffer& unknown) const
    {
        if (bytes.size() > limits.max_length)
            return errc::too_large;
        Reader reader{bytes};
        if (read_data(reader, data, unknown) && reader.at_end())
            return {};
        return Error{errc::bad_data, std::string{reader.blamed()}};
    }

private:
    static bool read_data(Reader& reader, T& data, Buffer& unknown)
    {
        if constexpr (Reflected<T>) {
            return read_struct(reader, data, [&](std::string_view name) {
                BytesView value;
                if (!reader.skip(value))
                    return false;
                auto writer = Writer::following(unknown);
                writer.key(name);
                writer.raw(value);
                return true;
            });
        } else
            return read(reader, data);
    }
};

} // namespace sojourn::inline v0::codec::detail
