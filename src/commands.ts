import { randomUUID } from 'node:crypto';

/** Whether the runner takes commands from what is printed. */
export interface Commands {
  /** Runs work that prints what builds say. That is data: the runner takes no commands from it meanwhile, and none of the action either. */
  without<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Has the runner take commands, also in the middle of such work: what others print comes before or after all of it.
   * @param print writes the commands, each on a line of its own, and nothing else, before it returns
   */
  issue(print: () => void): void;
}

/**
 * Source: actions/runner, src/Runner.Worker/ActionCommandManager.cs: what stops commands is itself one, and names what ends that.
 */
export function openCommands(): Commands {
  let token: string | undefined;
  const stop = () => {
    token = randomUUID();
    process.stdout.write(`::stop-commands::${token}\n`);
  };
  const resume = () => {
    process.stdout.write(`::${token}::\n`);
    token = undefined;
  };
  return {
    without: async (work) => {
      stop();
      try {
        return await work();
      } finally {
        resume();
      }
    },
    issue: (print) => {
      const isStopped = token !== undefined;
      if (isStopped) {
        resume();
      }
      print();
      if (isStopped) {
        stop();
      }
    },
  };
}
