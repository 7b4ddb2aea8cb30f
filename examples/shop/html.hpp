#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace shop {

/// HTML with a `{}` for each of `Values`. Only a literal can be one, so that nothing from outside becomes markup, and it
/// compiles only if the numbers agree.
template <class... Values>
class Template {
public:
    template <std::size_t N>
    consteval Template(const char (&text)[N]) : text_{text, N - 1} // NOLINT(google-explicit-constructor)
    {
        std::size_t places = 0;
        for (auto place = text_.find("{}"); place != text_.npos; place = text_.find("{}", place + 2))
            ++places;
        if (places != sizeof...(Values))
            throw "a value without a place, or a place without a value";
    }

    constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// A page in the making: `html.add("<p>{}</p>", name)`. Values are escaped, whatever they are.
class Html {
public:
    template <class... Values>
    void add(Template<std::type_identity_t<Values>...> markup, const Values&... values)
    {
        std::string_view rest = markup.text();
        (put(rest, values), ...);
        text_ += rest;
    }

    std::string take() && { return std::move(text_); }

private:
    void put(std::string_view& rest, const auto& value)
    {
        const auto place = rest.find("{}");
        text_ += rest.substr(0, place);
        rest.remove_prefix(place + 2);
        escape(value);
    }
    void escape(std::integral auto number) { text_ += std::to_string(number); }
    void escape(std::string_view text)
    {
        for (const char c : text)
            switch (c) {
            case '&': text_ += "&amp;"; break;
            case '<': text_ += "&lt;"; break;
            case '>': text_ += "&gt;"; break;
            case '"': text_ += "&quot;"; break;
            case '\'': text_ += "&#39;"; break;
            default: text_ += c;
            }
    }

    std::string text_;
};

} // namespace shop
