import { expect, it } from 'vitest';
import { slotAt } from '../../../src/machine/slots.ts';

it.each([
  ['root', 1, '/kept/slot-1'],
  ['sudo', 2, '/kept/slot-2'],
  ['rootless', 1, '/kept/rootless-1001-slot-1'],
] as const)('the slot of a daemon that runs by %s', (privilege, number, directory) => {
  expect(slotAt('/kept', { number, privilege, uid: 1001 })).toEqual({ directory, lock: `${directory}.lock` });
});
