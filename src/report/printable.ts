import { stripVTControlCharacters } from 'node:util';

/** What moves or hides text: control characters, separators of lines, and marks that turn the direction of writing. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * One line of text from elsewhere as the log can show it outside of `stop-commands`, and a message can have it. The runner takes
 * `::command::` from the beginning of a line, blanks left out, and `##[command]` from anywhere in a line that is no `::command::`; it
 * takes a carriage return for the end of a line, too. Nothing of that is left, and nothing that moves or hides text.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse), src/Runner.Worker/ActionCommandManager.cs;
 * .NET, StreamReader.ReadLine.
 */
export function printable(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll(HIDDEN, picture)
    .replaceAll('##[', '## [')
    .replace(/^(\s*)::/, '$1: :')
    .toWellFormed();
}

/** A text of several lines, each as `printable` shows it. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}

/** Control characters have pictures of their own in Unicode; the others are shown as unknown. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (character === '\t') {
    return character;
  }
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
}

/** What no word has in it: a secret that does is rare, and JSON without blanks is not. */
const BETWEEN_WORDS = /[\s"'`,;&(){}<>|[\]]/;

/**
 * Cuts a text that is longer than a number of characters, at its end. A word is there whole or not at all: the runner masks a secret only
 * where it stands whole.
 */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${beginning(text, length - 1)}…`;
}

/** Cuts a text that is longer than a number of characters in its middle: its end may be what says most. */
export function clipMiddle(text: string, length: number): string {
  const half = Math.floor((length - 3) / 2);
  return text.length <= length ? text : `${beginning(text, half)} … ${ending(text, half)}`;
}

function beginning(text: string, length: number): string {
  let end = length;
  while (end > 0 && isInWord(text, end)) {
    end -= 1;
  }
  return text.slice(0, end);
}

function ending(text: string, length: number): string {
  let start = text.length - length;
  while (start < text.length && isInWord(text, start)) {
    start += 1;
  }
  return text.slice(start);
}

/** Whether a cut before this character is in the middle of a word. */
function isInWord(text: string, at: number): boolean {
  return !BETWEEN_WORDS.test(text.charAt(at - 1)) && !BETWEEN_WORDS.test(text.charAt(at));
}
