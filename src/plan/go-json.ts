/**
 * Writes JSON as Go's encoder does with an indent of two blanks: a Map becomes an object whose keys stand in the order of their
 * bytes, as those of Go's maps do; the keys of an object keep their order, as the fields of a structure do.
 * Source: Go, encoding/json, MarshalIndent and HTMLEscape.
 */
export function goJson(value: unknown, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return wrap(
      value.map((entry) => goJson(entry, deeper)),
      { open: '[', close: ']', indent },
    );
  }
  if (typeof value === 'object' && value !== null) {
    const entries = value instanceof Map ? [...value].sort(([a], [b]) => byBytes(a, b)) : Object.entries(value);
    return wrap(
      entries.map(([key, entry]) => `${scalar(String(key))}: ${goJson(entry, deeper)}`),
      { open: '{', close: '}', indent },
    );
  }
  return scalar(value);
}

function wrap(lines: readonly string[], around: { open: string; close: string; indent: string }): string {
  const { open, close, indent } = around;
  return lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`;
}

function scalar(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function byBytes(a: unknown, b: unknown): number {
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
