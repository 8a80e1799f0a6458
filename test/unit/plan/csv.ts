/**
 * Reads one record of RFC 4180, as strictly as BuildKit does (Go's encoding/csv without LazyQuotes): a quote may only
 * stand around a whole field or, doubled, inside of one that is quoted.
 * @throws when the text is anything else than one record
 */
export function parseCsv(text: string): string[] {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const {
      quoted,
      bare = '',
      end = '',
    } = /^(?:"(?<quoted>(?:[^"]|"")*)"|(?<bare>[^",\r\n]*))(?<end>,|$)/.exec(rest)?.groups ?? {};
    const length = (quoted === undefined ? bare.length : quoted.length + 2) + end.length;
    if (length < rest.length && end === '') {
      throw new Error(`not CSV: ${rest}`);
    }
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === '') {
      return fields;
    }
    rest = rest.slice(length);
  }
}
