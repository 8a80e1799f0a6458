/** Loaded before a bundle (`--import`), makes timers that come every half minute come every tenth of a second. */
const set = globalThis.setInterval;
const faster: typeof set = Object.assign(
  (work: () => void, milliseconds?: number) => set(work, milliseconds === 30_000 ? 100 : milliseconds),
  set,
);
globalThis.setInterval = faster;
