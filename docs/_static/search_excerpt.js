// Put the text of a page together again from its words in the index, which
// _ext/tested_gallery/site/search_index.py has cut.

import { HAN } from "./search_query.js";

export const MARK = "ǀ"; // closes a word that is not Chinese
const BEFORE = 40; // width of what is shown, in letters: in front of the place, and in all
const WIDTH = 280;

// Return what a page says around a place, as [{string, marked}].
//
// `content` is its text in the index, `start` where the text begins behind the title,
// `hit` the set of places to be marked.
export function excerptOf(content, place, start, hit) {
  const pieces = content.split(" ").map(readPiece);
  let first = Math.max(place, start);
  for (let room = BEFORE; first > start && room > 0; first -= 1) room -= pieces[first - 1].width;
  let last = first;
  for (let room = WIDTH; last < pieces.length && room > 0; last += 1) room -= pieces[last].width;
  while (pieces[last]?.joined && pieces[last - 1].after === "_") last += 1; // half a name
  const parts = [{ string: first > start ? "… " : "", marked: false }];
  const add = (string, marked) => {
    if (parts.at(-1).marked === marked) parts.at(-1).string += string;
    else if (string) parts.push({ string, marked });
  };
  for (let i = first; i < last; i += 1) {
    const { joined, word, after } = pieces[i];
    if (!joined && i > first) add(" ", false);
    add(word, hit.has(i));
    add(after, after === "_" && hit.has(i) && hit.has(i + 1));
  }
  add(last < pieces.length ? " …" : "", false);
  return parts;
}

function readPiece(piece) {
  const joined = piece.startsWith("~"); // no blank before it
  const plain = piece.slice(joined ? 1 : 0).replaceAll("^", "_").replaceAll("＾", "^");
  const han = HAN.test(plain[0]);
  const end = han ? 1 : Math.max(plain.indexOf(MARK), 0);
  const width = plain.length + (han ? 1 : 0) + (joined ? 0 : 1);
  return { joined, word: plain.slice(0, end), after: plain.slice(end).replace(MARK, ""), width };
}
