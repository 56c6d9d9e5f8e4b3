"use strict";
// The search of a site without a server: kb's own index, words folded as kb folds them. Without it the pages are listed.
const terms = toMap(INDEX.terms), grams = toMap(INDEX.grams), forms = toMap(INDEX.forms);
const idle = new Map(INDEX.idle.map(([lang, words]) => [lang, new Set(words)]));
const PIECES = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]+|\p{sc=Hangul}+|[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}])[\p{L}\p{M}])+|\p{N}+/gu;
const SCRIPTS = [[/\p{sc=Hangul}/u, "ko"], [/[\p{sc=Hiragana}\p{sc=Katakana}]/u, "ja"], [/\p{sc=Han}/u, "zh"], [/\p{sc=Thai}/u, "th"]];
const MOST_HITS = 20;

function toMap(rows) { return new Map(rows.map(([name, ...rest]) => [name, rest])); }

function fold(text) {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD");
  return plain.replace(/[\u0300-\u036f]/g, "").normalize("NFC");
}

// The kb terms of a word of a script with spaces; of one that no card holds, of the longest term it begins with.
function findTerms(word) {
  const known = [...(forms.get(word) ?? [])];
  if (terms.has(word)) known.push(word);
  if (known.length) return known;
  for (let end = word.length - 1; end >= Math.max(3, word.length - 4); end--) {
    if (terms.has(word.slice(0, end))) return [word.slice(0, end)];
  }
  return [];
}

function cut(text, size) {
  const signs = [...text];
  if (signs.length <= size) return [text];
  return signs.slice(size - 1).map((_, at) => signs.slice(at, at + size).join(""));
}

// What is asked, word by word: [terms, weight, pieces].
function readQuery(text) {
  const words = [];
  const asked = fold(text);
  for (const chunk of asked.split(/[\s()[\]<>|*`"{};!?,]+/u)) {
    const bare = chunk.replace(/^[^\p{L}\p{N}.]+|[^\p{L}\p{N}+#]+$/gu, "");
    const pieces = bare.match(PIECES) ?? [];
    if (pieces.length > 1 && (forms.has(bare) || terms.has(bare))) words.push([findTerms(bare), 1.5, []]);
    for (const piece of pieces) words.push(...readPiece(piece, pieces.length > 1));
  }
  return words;
}

function readPiece(piece, isPart) {
  if (/^[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u.test(piece)) return cut(piece, 3).map((one) => [[one], 1, []]);
  if (/^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]/u.test(piece)) {
    const pairs = cut(piece, 2);
    const known = pairs.map((pair) => terms.has(pair));
    const single = [...piece].filter((_, at) => !known[at - 1] && !known[at]);
    return [...pairs.map((pair) => [[pair], isIdle(pair) ? 0.3 : 1, []]), ...single.filter((sign) => !isIdle(sign)).map((sign) => [[sign], 0.5, []])];
  }
  const isNumber = /^\p{N}/u.test(piece);
  const isShort = isPart && (isNumber || piece.length === 1);
  const weight = isIdle(piece) ? 0.25 : isShort ? 0.3 : isNumber ? 1.5 : 1;
  return [[findTerms(piece), weight, isIdle(piece) || piece.length < 5 ? [] : cut(piece, 4)]];
}

function isIdle(word) { return [...idle.values()].some((words) => words.has(word)); }

// The language of the query's script, else that whose function words it has most of; "" where none stands out.
function guessLanguage(text) {
  for (const [script, lang] of SCRIPTS) if (script.test(text)) return lang;
  const words = fold(text).split(/[^\p{L}\p{M}]+/u);
  const counts = [...idle].map(([lang, known]) => [words.filter((word) => known.has(word)).length, lang]).sort((a, b) => b[0] - a[0]);
  return counts.length && counts[0][0] > (counts[1]?.[0] ?? 0) ? counts[0][1] : "";
}

// The cards of a term with its worth to each: a row has of each card how far it is from the one before, and the worth.
function* listCards(row = []) {
  for (let at = 0, card = 0; at < row.length; at += 2) yield [card += row[at], row[at + 1]];
}

function search(text) {
  const scores = new Map();
  const lang = guessLanguage(text);
  for (const [found, weight, pieces] of readQuery(text)) {
    const best = new Map();
    for (const term of new Set(found)) {
      for (const [card, worth] of listCards(terms.get(term))) best.set(card, Math.max(best.get(card) ?? 0, worth));
    }
    for (const [card, worth] of best) scores.set(card, (scores.get(card) ?? 0) + weight * worth);
    const held = pieces.filter((piece) => grams.has(piece));
    if (held.length && held.length >= 0.6 * pieces.length) {
      for (const piece of held) {
        for (const [card, worth] of listCards(grams.get(piece))) {
          scores.set(card, (scores.get(card) ?? 0) + weight * 0.5 * worth / 2.5 / Math.sqrt(pieces.length));
        }
      }
    }
  }
  const rank = ([card, score]) => score * (lang && INDEX.cards[card][2].split("-")[0] !== lang ? 0.85 : 1);
  return [...scores].sort((a, b) => rank(b) - rank(a) || a[0] - b[0]).slice(0, MOST_HITS).map(([card]) => INDEX.cards[card]);
}

const box = document.getElementById("q");
const hits = document.getElementById("hits");

function make(name, text, values = {}) {
  const element = Object.assign(document.createElement(name), values);
  element.append(...[text].flat());
  return element;
}

function show() {
  const asked = box.value.trim();
  const found = asked ? search(asked) : [];
  hits.replaceChildren();
  hits.dataset.query = asked;
  if (!asked) return;
  if (!found.length) { hits.append(make("p", "No page is about that.")); return; }
  hits.append(make("ol", found.map(([where, title, lang, state, badge, trust]) => make("li", [
    make("h2", make("a", title, { href: where, lang, dir: "auto" })),
    make("p", [make("span", badge, { className: `badge state-${state}` }), ` ${trust}`], { className: "trust" }),
  ], { className: `state-${state}` })), { className: "hits" }));
}

addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && box) {
    event.preventDefault();
    box.select();
  }
});

if (box && hits) {
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
  box.addEventListener("input", show);
  // Enter opens the first of the hits.
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    hits.querySelector(".hits a")?.click();
  });
}
