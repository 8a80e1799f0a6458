import * as core from '@actions/core';
import { explain } from '../failure.ts';
import { run } from '../main.ts';
import { docsAddress } from '../runner.ts';

const cancellation = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => cancellation.abort());
}

try {
  await run(process.env, cancellation.signal);
  process.exitCode = 0;
} catch (error) {
  const { title, message } = explain(error, docsAddress(process.env));
  core.error(message, { title });
  if (core.isDebug() && error instanceof Error) {
    core.debug(error.stack ?? '');
  }
  process.exitCode = 1;
}
// Work that went on beside what failed, such as a download, has nobody to work for any more.
process.exit();
