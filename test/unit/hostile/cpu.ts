/** Milliseconds of the processor that some work takes here: others on the machine do not count. */
export async function processorTime(work: () => unknown): Promise<number> {
  const begin = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(begin);
  return (user + system) / 1000;
}
