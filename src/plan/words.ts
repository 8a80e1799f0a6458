/** Blanks, or one piece of a word: in single quotes, in double quotes, behind a backslash, or plain. */
const PIECE =
  /(?<blanks>[ \t\r\n]+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>\r?\n|[\s\S])|(?<plain>[^ \t\r\n'"\\]+)/;

/**
 * Splits a text into words as a POSIX shell does before it expands anything: quotes and backslashes count, `$`, `*`, `;`
 * and `#` are text. None of the libraries for it keeps all of the rules (measured against sh).
 * Source: POSIX, Shell Command Language, 2.2 Quoting.
 * @throws Error that says what is open at the end
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const piece = new RegExp(PIECE, 'y');
  for (let at = 0; at < text.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const groups = piece.exec(text)?.groups;
    if (groups === undefined) {
      throw new Error(text[at] === '\\' ? 'it ends with a backslash' : `a quote is open: ${text[at]}`);
    }
    if (groups.blanks !== undefined) {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
    } else {
      word = pieceOf(groups, word);
    }
  }
  return word === undefined ? words : [...words, word];
}

function pieceOf(groups: Readonly<Record<string, string | undefined>>, word: string | undefined): string | undefined {
  const { single, double, escaped, plain } = groups;
  if (escaped !== undefined && /\n$/.test(escaped)) {
    // A line that goes on: it neither ends a word nor begins one.
    return word;
  }
  const inDouble = double?.replaceAll(/\\(\r?\n|[$`"\\])/g, (_, char: string) => (/\n$/.test(char) ? '' : char));
  return (word ?? '') + (single ?? inDouble ?? escaped ?? plain ?? '');
}

/** One word for a POSIX shell, whatever the text holds. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
