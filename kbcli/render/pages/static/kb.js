"use strict";
// All of it is extra: every page works without this file.
const box = document.getElementById("q");
const hits = document.getElementById("hits");

addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && box) {
    event.preventDefault();
    box.select();
  }
});

if (box && hits) {
  let waiting, asked;
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const asking = box.value.trim();
    if (!asking) { hits.textContent = ""; return; }
    const where = "/search?q=" + encodeURIComponent(asking);
    try {
      const answer = await fetch(where, { headers: { "X-Part": "hits" }, signal: asked.signal });
      if (!answer.ok) return;
      hits.innerHTML = await answer.text();
      hits.dataset.query = asking;
      history.replaceState(null, "", where);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  // Enter opens the first of the hits that are shown for these very words.
  box.form.addEventListener("submit", (event) => {
    const first = hits.querySelector(".hits a");
    if (!first || hits.dataset.query !== box.value.trim()) return;
    event.preventDefault();
    first.click();
  });
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  // What was just filled in is copied next; not before the browser went to the fragment, which takes the focus.
  if (location.hash === "#" + button.closest("section").getAttribute("aria-labelledby")) {
    addEventListener("load", () => setTimeout(() => button.focus()));
  }
  const fields = [...button.form.querySelectorAll(".fields input")];
  button.addEventListener("click", async () => {
    // What was typed and not filled in yet is filled in first; then the keyboard is on Copy again.
    if (fields.some((field) => field.value !== field.defaultValue)) { button.form.requestSubmit(); return; }
    const empty = fields.filter((field) => text.value.includes("{" + field.name.slice(4) + "}"));
    const done = empty.length ? "Copied, but not filled in: " + empty.map((field) => field.labels[0].textContent).join(", ") : "Copied.";
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = done;
    } catch {
      text.select();
      said.textContent = document.execCommand("copy") ? done : "Press Ctrl-C.";
    }
  });
}
