import { Failure } from '../failure.ts';
import { type Attributes, malformed, parseAttributes } from './attributes.ts';

const CODE = 'exporter-malformed';
/** Exporters that write to where they are told: `dest`, a file or a directory. */
const WITH_DEST = ['oci', 'docker', 'local', 'tar'];

/**
 * Reads one entry of `outputs`.
 * @throws Failure `exporter-malformed`
 */
export function parseExporter(entry: string): Attributes {
  const attributes = parseAttributes(entry, { input: 'outputs', code: CODE });
  const type = attributes.get('type') ?? '';
  if (!WITH_DEST.includes(type) && type !== 'image') {
    throw new Failure({
      code: CODE,
      message: `outputs: there is no exporter "${type}".`,
      hint: `Use ${WITH_DEST.join(', ')} or image.`,
    });
  }
  if (WITH_DEST.includes(type) && ['', '-'].includes(attributes.get('dest') ?? '')) {
    throw malformed({ input: 'outputs', code: CODE, reason: `type=${type} has no dest, the path that it writes to` });
  }
  return attributes;
}
