import { cleanUp } from '../post.ts';
import { printableLines } from '../report/printable.ts';

// What is asked to end here is what post ends anyway, and it has a limit of its own.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => undefined);
}
// Without the toolkit: loading it would take longer than the work.
await cleanUp(process.env, (message) =>
  console.log(`::warning::${printableLines(message).replaceAll('%', '%25').replaceAll('\n', '%0A')}`),
);
// What could not be ended, such as a program that hangs, has been told of.
process.exit();
