// Answer a query: which pages fit it, and what they say of it.
//
// Pagefind says which pages have a word, and where; which of them fit a query best is
// decided here.  A page need not have all that is asked for (search_query.js): it ranks by
// the rare units that it has, often, close together, in its title and its first lines.
// What no page has is left out, and named.

import { MARK, excerptOf } from "./search_excerpt.js";
import { HAN, uncovered, unitsOf } from "./search_query.js";

const NEAR = 60; // words of a page that count as close together
const INFLECTED = 0.8; // what "buffers" counts where "buffer" is asked for

let pagefind;
let synonyms;
let pages; // by Pagefind's names: address, words of the title, words in all
let averageLength;
const asked = new Map();

// Begin to answer from an index and the list of its pages; return `answer`.
export async function open(index, list, words) {
  const [engine, response] = await Promise.all([import(index), fetch(list)]);
  if (!response.ok) throw new Error(`${response.status}: ${list}`);
  pages = new Map(Object.entries(await response.json()));
  averageLength = [...pages.values()].reduce((sum, [, , length]) => sum + length, 0) / pages.size;
  pagefind = engine;
  synonyms = words;
  return answer;
}

// Return what answers a query: {pages, missing, whole}.
//
// Each page has `read`, which loads what is shown of it; `missing` are the parts of the
// query that no page has; `whole` says whether the first page has all others.
async function answer(query) {
  const { found, missing } = await located(unitsOf(query, synonyms));
  const best = ranked(found);
  return { pages: best, missing, whole: best.length > 0 && hasAll(best[0].id, found) };
}

// ---- Where it stands

// Return the results of Pagefind for words of this form, by its names of our pages.
function ask(form) {
  if (!asked.has(form)) {
    const ours = ({ results }) => results.filter(({ id, words }) => pages.has(id) && words.length);
    const named = (results) => new Map(results.map((result) => [result.id, result]));
    asked.set(form, pagefind.search(form).then(ours).then(named));
  }
  return asked.get(form);
}

// Pagefind takes the beginning of an unknown word for it: `mytransformer` finds `my`.
// In quotes it does not, but says of each page one place only.
const isKnown = async (form) => (await ask(`"${form}"`)).size > 0;

async function exactly(word) {
  const form = HAN.test(word) ? word : word + MARK;
  return (await isKnown(form)) ? ask(form) : new Map();
}

async function beginning(start) {
  const [found, fallen] = await Promise.all([ask(start), ask(start + MARK + MARK)]);
  const places = (results) => JSON.stringify([...results].map(([id, { words }]) => [id, words]));
  const same = places(found) === places(fallen);
  return same && !(await isKnown(start)) ? new Map() : found;
}

// Return what all forms of an English word begin with: "saving" -> "sav".
function stem(word) {
  const [, short = "", end = ""] = word.match(/^([a-z]*?[aeiouy][a-z]*?)(ing|ed|ies|es|s|e)$/) ?? [];
  return short.length < 3 || (end === "s" && /[sui]$/.test(short)) ? word : short;
}

// Return where a word stands: {at: Map of place -> strength, result} by page.
async function wordPlaces(word, whole) {
  const found = new Map();
  const add = (results, strength) => {
    for (const [id, result] of results) {
      const page = found.get(id) ?? { at: new Map(), result };
      for (const place of result.words) {
        page.at.set(place, Math.max(strength, page.at.get(place) ?? 0));
      }
      found.set(id, page);
    }
  };
  const exact = await exactly(word);
  add(exact, 1);
  const start = whole ? word : stem(word);
  const mayBegin = start.length > 2 || exact.size === 0;
  if (!HAN.test(word) && mayBegin) add(await beginning(start), INFLECTED);
  return found;
}

// Return where all words of a unit stand in a row, as `wordPlaces`.
async function unitPlaces({ words }) {
  const [first, ...rest] = await Promise.all(
    words.map((word, i) => wordPlaces(word, words.length > 1 && i < words.length - 1)),
  );
  const found = new Map();
  for (const [id, { at, result }] of first) {
    const others = rest.map((places) => places.get(id)?.at ?? new Map());
    const row = [...at].map(([place, strength]) => [
      place,
      Math.min(strength, ...others.map((other, i) => other.get(place + i + 1) ?? 0)),
    ]);
    const inRow = new Map(row.filter(([, strength]) => strength > 0));
    if (inRow.size) found.set(id, { at: inRow, result });
  }
  return found;
}

const locate = (units) =>
  Promise.all(units.map(async (unit) => ({ ...unit, places: await unitPlaces(unit) })));
const isFound = ({ places }) => places.size > 0;
const isRequired = ({ run, optional }) => !run && !optional;
const runsOf = (units) => new Set(units.flatMap(({ run }) => run ?? []));

// Return the units that some page has, with their places, and the texts of the others.
async function located(units) {
  const all = await locate(units);
  const lacking = all.filter((unit) => isRequired(unit) && !isFound(unit));
  const found = all.filter(isFound);
  const missing = lacking.map(({ text }) => text);
  const parts = lacking.flatMap(({ words }) => (words.length > 1 ? words : []));
  for (const run of runsOf(all.filter(({ optional }) => !optional))) {
    for (const left of uncovered(run, found)) {
      if (left.length === 1 && isFound((await locate([{ words: [left] }]))[0])) parts.push(left);
      else missing.push(left);
    }
  }
  const weak = parts.map((word) => ({ text: word, words: [word], weight: 0.3, optional: true }));
  return { found: [...found, ...(await locate(weak)).filter(isFound)], missing };
}

// ---- Which pages fit

// Return the pages that have units, best first.
function ranked(units) {
  const ids = new Set(units.flatMap(({ places }) => [...places.keys()]));
  const scored = [...ids].map((id) => judged(id, units));
  scored.sort((a, b) => b.score - a.score);
  return scored.filter(({ score }) => score > scored[0].score / 4);
}

// Return how well a page fits, and how to read it: {id, score, read}.
function judged(id, units) {
  const [name, titleLength, length] = pages.get(id);
  const has = units.filter(({ places }) => places.has(id)).map((unit) => valued(unit, id));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const valueOf = (some) => sum(some.map(({ value }) => value));
  const before = (end) => has.filter(({ first }) => first < end);

  const long = 0.4 + (0.6 * length) / averageLength;
  const often = sum(has.map(({ value, count }) => (2.2 * value * count) / (count + 1.2 * long)));
  const titled = before(titleLength);
  const ofTitle = Math.min(sum(titled.map(({ words }) => words)) / titleLength, 1);
  const best = densest(has);
  const score =
    often +
    6 * valueOf(titled) * Math.sqrt(ofTitle) +
    valueOf(before(titleLength + NEAR)) +
    2 * best.value;
  const share = valueOf(has) / sum(units.map(worth));
  const shows = name.startsWith("gallery/") && !name.endsWith("index.html"); // not an overview
  return {
    id,
    score: score * (0.4 + 0.6 * share) * (shows ? 1 : 0.7),
    read: () => read(name, has, titleLength, best.place),
  };
}

const worth = ({ weight, places }) => {
  const [having, all] = [places.size, pages.size];
  return weight * Math.sqrt(0.2 + Math.log(1 + (all - having + 0.5) / (having + 0.5)));
};

// Return what a unit is worth on a page, and where it stands there.
function valued(unit, id) {
  const { at, result } = unit.places.get(id);
  const strengths = [...at.values()];
  return {
    value: worth(unit) * Math.max(...strengths),
    count: strengths.reduce((total, strength) => total + strength, 0),
    first: Math.min(...at.keys()),
    places: [...at.keys()],
    words: unit.words.length,
    optional: unit.optional,
    result,
  };
}

// Return the stretch of a page that has most: its first place and its value.
function densest(units) {
  const hits = units.flatMap((unit) => unit.places.map((place) => ({ place, unit })));
  hits.sort((a, b) => a.place - b.place);
  const inside = new Map();
  let best = { place: 0, value: -1 };
  let [value, first] = [0, 0];
  for (const { place, unit } of hits) {
    const count = inside.get(unit) ?? 0;
    inside.set(unit, count + 1);
    if (!count) value += unit.value;
    for (; place - hits[first].place > NEAR; first += 1) {
      const gone = hits[first].unit;
      inside.set(gone, inside.get(gone) - 1);
      if (!inside.get(gone)) value -= gone.value;
    }
    if (value > best.value + 1e-9) best = { place: hits[first].place, value };
  }
  return best;
}

// Return whether a page has all that some page has.
function hasAll(id, found) {
  const had = found.filter(({ places }) => places.has(id));
  const left = (run, units) => uncovered(run, units).join("").length;
  return (
    found.filter(isRequired).every((unit) => had.includes(unit)) &&
    [...runsOf(found)].every((run) => left(run, had) === left(run, found))
  );
}

// Load of a page its address, the anchor to enter it by, and an excerpt.
async function read(name, units, start, place) {
  const { anchors, content } = await units[0].result.data();
  const telling = units.some(({ optional }) => !optional);
  const marked = units.filter(({ optional }) => !(telling && optional));
  const hit = new Set(
    marked.flatMap(({ places, words }) =>
      places.flatMap((from) => [...Array(words).keys()].map((i) => from + i)),
    ),
  );
  const before = anchors.filter(({ location }) => location >= start && location <= place);
  return { name, anchor: before.at(-1)?.id, excerpt: excerptOf(content, place, start, hit) };
}
