/** Marks that turn the direction of writing, so that text is read as other text. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** One line, as it is read. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(TURNING, '\ufffd')
    .trim();
}

/**
 * Words as they are, up to so many characters, on one line. A word is shown whole or not at all: the runner masks secrets in a summary only
 * where they stand whole.
 */
export function shorten(text: string, length: number): string {
  // More is never shown, and a command may have megabytes.
  const words = text
    .slice(0, length * 4 + 1)
    .replaceAll(TURNING, '\ufffd')
    .split(/[\s\p{Cc}]+/u);
  const isCut = text.length > length * 4;
  const known = (isCut ? words.slice(0, -1) : words).filter((word) => word !== '');
  const shown: string[] = [];
  let used = 0;
  for (const word of known) {
    used += word.length + 1;
    if (used > length) {
      break;
    }
    shown.push(word);
  }
  return isCut || shown.length < known.length ? [...shown, '…'].join(' ') : shown.join(' ');
}

/** A text of one line as code, also in a table. Whatever is in it, it ends nothing and is no HTML. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') {
    return '';
  }
  if (line.includes('|')) {
    // A table takes a bar for the end of a cell, also in code.
    return `<code>${html(line)}</code>`;
  }
  const ticks = '`'.repeat(longestRun(line) + 1);
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${padding}${line}${padding}${ticks}`;
}

/** A table of rows, the first of which is its head. No cell has a bar or a line end. */
export function table([head, ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return head === undefined ? [] : [line(head), line(head.map(() => ':---')), ...rows.map(line), ''];
}

/** Lines as a block of code that nothing in them ends. Colours of a terminal are left out. */
export function block(text: string, language = ''): string[] {
  const plain = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a colour begins
    .replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .replaceAll(TURNING, '\ufffd');
  const fence = '`'.repeat(Math.max(3, longestRun(plain) + 1));
  return [`${fence}${language}`, ...plain.split('\n'), fence, ''];
}

/** A sentence that may name anything: it is shown as it is. */
export function prose(text: string): string {
  return (
    oneLine(text)
      .replaceAll(/[\\`*_{}[\]()#+!<>~&$@]/g, '\\$&')
      .replaceAll('://', ':\\//')
      .replaceAll('|', '&#124;')
      // Neither a list nor the line below a heading.
      .replace(/^(?=[-=\d])/, '\u200b')
  );
}

/** A text inside of HTML. */
export function html(text: string): string {
  const line = oneLine(text);
  return line.replaceAll(/[&<>"'`*_[\]~$@|\\:]/g, (character) => `&#${character.codePointAt(0)};`);
}

/**
 * What is shown when it is asked for.
 * @param title HTML
 */
export function details(
  title: string,
  lines: readonly string[],
  { isOpen = false }: { readonly isOpen?: boolean } = {},
): string[] {
  return [`<details${isOpen ? ' open' : ''}><summary>${title}</summary>`, '', ...lines, '</details>', ''];
}

function longestRun(text: string): number {
  return [...text.matchAll(/`+/g)].reduce((longest, [run]) => Math.max(longest, run.length), 0);
}
