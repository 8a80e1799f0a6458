import { Failure } from '../../src/failure.ts';

/** What a user would read of something that has to fail. Anything else that is thrown is a bug, and passes through. */
export async function problemOf(action: () => unknown): Promise<Pick<Failure, 'code' | 'message' | 'hint'>> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Failure) {
      const { code, message, hint } = error;
      return { code, message, hint };
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}
