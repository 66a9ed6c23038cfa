// Cut a query as _ext/tested_gallery/site/search_index.py cuts the pages: into Chinese characters and runs
// of letters and digits; and say what it asks for.

export const HAN = /[\u3400-\u9fff]/;
const MOST = 80; // units of a query; of a longer one the first and the last
const PARTS = /[\u3400-\u9fff]+|[^\s\u3400-\u9fff]+/gu;
const NAMES = /[\p{L}\p{N}_]+/gu;

// Words of a question that say little of what it is about.
const ASKING = new Set(
  `a about all am an and any are as at be because been before after between but by can
  could did do does doing difference don for from get gets getting give gives go goes got
  had has have help how i if in into is isn it its just me mean means my no not of on or
  our should so some someone that the their them then there these they this those to use
  using want was we what when where which who why will with would you your`.split(/\s+/),
);
const ASKING_HAN = new RegExp(
  "为什么|为何|请问|怎么办|怎么样|怎么|怎样|如何|什么时候|什么意思|什么|哪些|哪个|哪里|哪种|是不是|" +
    "有没有|能不能|可不可以|会不会|要不要|到底|究竟|没有|区别|差别|应该|还是|以后|之后|以前|之前|" +
    "一直|写法|用法|作用|很多|一个|这个|那个|[的了吗呢吧啊我你他它是]",
);
const FUNCTION_HAN = "和与或在会把被给从到着就都也还又有不上下中个这那要能可以为对将让等并而且";

// Return the units that a query asks for: a word; a name like state_dict, whose words must
// stand in a row; two neighbouring Chinese characters.
//
// A unit is {text, words, weight}; one without which a page is no worse is `optional`; a
// Chinese one has its `run`, the stretch without blanks that it comes from.
export function unitsOf(query, synonyms = {}) {
  const meant = Object.keys(synonyms).filter((word) => query.includes(word));
  const whole = [query, ...meant.map((word) => synonyms[word])].join(" ");
  const every = (whole.normalize("NFKC").match(PARTS) ?? []).flatMap((part) =>
    HAN.test(part) ? hanUnits(part) : nameUnits(part),
  );
  const isNear = (_, i) => i < MOST / 2 || i >= every.length - MOST / 2;
  const all = every.filter(isNear);
  if (all.some((unit) => !unit.asking)) {
    for (const unit of all) {
      if (unit.asking) Object.assign(unit, { weight: 0.15, optional: true });
    }
  }
  const unique = new Map([...rows(all), ...all].map((unit) => [unit.words.join(" "), unit]));
  return [...unique.values()];
}

// Return the units of neighbouring words: where both stand in a row, more is meant.
function rows(all) {
  return all.slice(1).flatMap((next, i) => {
    const both = [all[i], next];
    if (both.some((unit) => unit.run)) return [];
    const words = both.flatMap((unit) => unit.words);
    const weight = both.some((unit) => unit.optional) ? 0.15 : 0.5;
    return [{ text: words.join(" "), words, weight, optional: true }];
  });
}

function nameUnits(part) {
  return (part.match(NAMES) ?? []).flatMap((name) => {
    const words = name.toLowerCase().split("_").filter(Boolean);
    const alone = part.replace(/^\p{P}+|\p{P}+$/gu, "") === name && part[0] !== ".";
    const asking = /^\d+$/.test(name) || (alone && ASKING.has(name.toLowerCase()));
    return words.length ? [{ text: name, words, weight: 1, asking }] : [];
  });
}

function hanUnits(part) {
  const runs = part.split(ASKING_HAN).filter(Boolean);
  return runs.length ? runs.flatMap((run) => runUnits(run, false)) : runUnits(part, true);
}

// Return the units of a stretch of Chinese: each two neighbours, and the words of one
// character.  Where the browser sees a new word begin, a pair tells little.
function runUnits(run, asking) {
  const starts = wordStarts(run);
  return [...run].flatMap((first, i) => {
    const unit = (words, weight) => ({ text: words.join(""), words, weight, asking, run });
    const alone = starts.has(i) && starts.has(i + 1) && !FUNCTION_HAN.includes(first);
    const second = run[i + 1];
    const pair = second && unit([first, second], starts.has(i + 1) ? 0.15 : 1);
    return [alone && unit([first], 0.5), pair].filter(Boolean);
  });
}

function wordStarts(run) {
  if (!Intl.Segmenter) return new Set([0, run.length]);
  const words = new Intl.Segmenter("zh", { granularity: "word" }).segment(run);
  return new Set([...[...words].map(({ index }) => index), run.length]);
}

// Return the stretches of a run that none of some units covers.
export function uncovered(run, units) {
  const left = [...run];
  for (const { text } of units.filter((unit) => unit.run)) {
    for (let at = run.indexOf(text); at >= 0; at = run.indexOf(text, at + 1)) {
      left.fill(" ", at, at + text.length);
    }
  }
  return left.join("").split(/ +/).filter(Boolean);
}
