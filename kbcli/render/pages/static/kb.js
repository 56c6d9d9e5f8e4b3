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
    if (!box.value.trim()) { hits.textContent = ""; return; }
    const where = "/search?q=" + encodeURIComponent(box.value);
    try {
      const answer = await fetch(where, { headers: { "X-Part": "hits" }, signal: asked.signal });
      if (!answer.ok) return;
      hits.innerHTML = await answer.text();
      history.replaceState(null, "", where);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 150); });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Copied.";
    } catch {
      text.select();
      said.textContent = document.execCommand("copy") ? "Copied." : "Press Ctrl-C.";
    }
  });
}
