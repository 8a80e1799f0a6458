import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/**
 * Loaded before a bundle (`--import`), makes time pass for it: what it waits for with `node:timers/promises` is over at once,
 * and its monotonic clock has moved on by as much. Timeouts of requests and the clock of signatures stay as they are.
 * FAST_CLOCK_KEEPS: milliseconds of a pause that is kept, because something is done again and again after it.
 */
const kept = Number(process.env.FAST_CLOCK_KEEPS);
const [now, wait] = [performance.now.bind(performance), timers.setTimeout];
let skipped = 0;
performance.now = () => now() + skipped;
timers.setTimeout = (milliseconds = 0, value, options) => {
  if (milliseconds === kept) {
    return wait(milliseconds, value, options);
  }
  skipped += milliseconds;
  return wait(0, value, options);
};
syncBuiltinESMExports();
