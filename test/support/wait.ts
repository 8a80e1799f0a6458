import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds; fails when it does not come about. */
export async function waitFor(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`waited in vain for ${what}`);
    }
    await sleep(20);
  }
}
