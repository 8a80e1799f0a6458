import { quoteWord } from '../../src/plan/words.ts';

/** Bytes by which a secret, or a part of it, is known again. */
export interface Needle {
  /** What the test calls the secret. */
  readonly secret: string;
  /** How it is written there. */
  readonly form: string;
  readonly bytes: Buffer;
}

/** Of a long line three parts are looked for, so that one that was cut is found, too. */
const PART = 16;
/** A line that is shorter, such as a brace, could be anybody's. */
const SHORTEST = 8;

/** All that some secrets can be known by: each line, or parts of it, in every form that a program may write it in. */
export function needlesOf(secrets: Readonly<Record<string, string>>): Needle[] {
  return Object.entries(secrets).flatMap(([secret, value]) => {
    const forms = partsOf(value).flatMap((part) => formsOf(part));
    // What is written the same in several forms is called by the first of them.
    const needles = new Map(
      forms.toReversed().map(({ form, bytes }) => [bytes.toString('latin1'), { secret, form, bytes }]),
    );
    return [...needles.values()].filter(({ bytes }) => bytes.length >= SHORTEST);
  });
}

function partsOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const telling = lines.filter((line) => line.length >= SHORTEST && !/^-----(?:BEGIN|END) /.test(line));
  if (telling.length === 0) {
    throw new Error('A secret that is looked for needs a line of some length');
  }
  return telling.flatMap((line) => {
    const middle = Math.floor((line.length - PART) / 2);
    return line.length < 2 * PART
      ? [line]
      : [line.slice(0, PART), line.slice(middle, middle + PART), line.slice(-PART)];
  });
}

interface Form {
  readonly form: string;
  readonly bytes: Buffer;
}

/** The ways to write a text, as it is among them. */
export function formsOf(text: string): Form[] {
  const bytes = Buffer.from(text);
  const json = JSON.stringify(text).slice(1, -1);
  const texts: Readonly<Record<string, string>> = {
    plain: text,
    'reversed text': [...text].reverse().join(''),
    'lower-case hex': bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
    'percent-encoded': encodeURIComponent(text),
    'percent-encoded in small letters': encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase()),
    'percent-encoded (RFC 3986)': encodeURIComponent(text).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
    'form-encoded': new URLSearchParams([['', text]]).toString().slice(1),
    'data of a workflow command': text.replaceAll('%', '%25'),
    JSON: json,
    'JSON of Go': json.replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
    'JSON in JSON': JSON.stringify(json).slice(1, -1),
    'quoted for a shell': quoteWord(text).replaceAll(/^'|'$/g, ''),
    'backslashed for a shell': text.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'),
    'HTML with names': replaceAll(text, { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }),
    'HTML with numbers': replaceAll(text, { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }),
    'HTML of numbers alone': text.replaceAll(/[&<>"'`*_[\]~$@|\\:]/g, (character) => `&#${character.codePointAt(0)};`),
    Markdown: text.replaceAll(/[\\`*_{}[\]()#+!<>~&$@]/g, '\\$&').replaceAll('|', '&#124;'),
  };
  return [
    ...Object.entries(texts).map(([form, written]) => ({ form, bytes: Buffer.from(written) })),
    ...[0, 1, 2].flatMap((before) => base64In(bytes, before)),
    { form: 'UTF-16', bytes: Buffer.from(text, 'utf16le') },
  ];
}

/**
 * What base64 has of some bytes that come after others, as a password after its user: three bytes are four characters, so
 * there are three forms, and a character that has bits of a neighbour is none of it.
 */
function base64In(bytes: Buffer, before: number): Form[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes]);
  const [start, end] = [Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)];
  return (['base64', 'base64url'] as const).map((form) => ({
    form: `${form} after ${before} bytes`,
    bytes: Buffer.from(whole.toString(form).slice(start, end)),
  }));
}

function replaceAll(text: string, by: Readonly<Record<string, string>>): string {
  return [...text].map((character) => by[character] ?? character).join('');
}
