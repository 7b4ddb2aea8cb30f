#pragma once

namespace shop {

/// Lets the seconds that are left run down. The page is whole without it.
inline constexpr const char* countdown = R"js("use strict";
const opened = Date.now();
const words = seconds => {
    const parts = [];
    for (const [size, unit] of [[3600, " h"], [60, " min"], [1, " s"]]) {
        if (seconds >= size) parts.push(Math.floor(seconds / size) + unit);
        seconds %= size;
    }
    return parts.slice(0, 2).join(" ");
};
const tick = () => {
    for (const clock of document.querySelectorAll("[data-left]")) {
        const left = Math.max(0, clock.dataset.left - Math.floor((Date.now() - opened) / 1000));
        clock.textContent = left > 0 ? words(left) : "over";
        clock.classList.toggle("over", left === 0);
        document.getElementById(clock.id + "-bar").value = left;
    }
};
if (document.querySelector("[data-left]")) setInterval(tick, 1000);
)js";

/// Before the race's form is sent, the request that it tells of is, many times at once. A change is answered with a redirect.
inline constexpr const char* race = R"js("use strict";
const form = document.querySelector("form.race");
form?.addEventListener("submit", async event => {
    event.preventDefault();
    form.querySelector("button").disabled = true;
    const request = {method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual"};
    const answers = await Promise.allSettled(
        Array.from({length: form.elements.racers.value}, () => fetch("/cart", request)));
    form.elements.answered.value = answers.filter(answer => answer.value?.type === "opaqueredirect").length;
    form.submit();
});
)js";

} // namespace shop
