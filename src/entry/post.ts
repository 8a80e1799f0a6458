import { cleanUp } from '../post.ts';
import { printableLines } from '../report/printable.ts';

// Without the toolkit: loading it would take longer than the work.
await cleanUp(process.env, (message) =>
  console.log(`::warning::${printableLines(message).replaceAll('%', '%25').replaceAll('\n', '%0A')}`),
);
