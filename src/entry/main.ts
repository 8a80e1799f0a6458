import { run } from '../main.ts';
import { guard } from './guard.ts';

const cancellation = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => cancellation.abort());
}

await guard(() => run(process.env, cancellation.signal));
