import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseState } from '../../src/state.ts';
import { readCommandFile } from './command-file.ts';
import { type Ended, runProgram } from './program-run.ts';

/** What the runner gives to a step of a job, and what a job looks like from outside. */
export interface Job {
  readonly workspace: string;
  /** RUNNER_TEMP. */
  readonly temp: string;
  readonly toolCache: string;
  readonly home: string;
  /** Variables of every step; change them to change the runner. */
  readonly env: Record<string, string>;
  /** Runs the action as a step with these `with:` values. */
  step(inputs: Readonly<Record<string, string>>, options?: StepOptions): Promise<StepResult>;
  /** Runs post of every step, the last one first, as the runner does at the end of a job; also of one that still runs. */
  post(options?: StepOptions): Promise<Ended>;
  /** Directories that the steps so far have asked post to take away. */
  scratch(): readonly string[];
  /** Nobody runs post: the job was killed. */
  forget(): void;
  /** Removes the directories of the job. */
  remove(): Promise<void>;
}

export interface StepOptions {
  /** The action that runs: without it, that of action.yml; `merge` is merge/action.yml, which leaves nothing for post. */
  readonly action?: 'merge';
  readonly env?: Readonly<Record<string, string>>;
  /** Program and arguments that the step is started by, such as a namespace or another user. */
  readonly through?: readonly string[];
  /** Program that runs the bundle, and where the bundles are, when not those of this checkout. */
  readonly node?: string;
  readonly dist?: string;
  /** Called when the process runs. */
  readonly onStart?: (pid: number) => void;
  /** Set to end it: SIGINT, as a runner that cancels. */
  readonly signal?: AbortSignal;
}

export interface StepResult extends Ended {
  readonly outputs: Readonly<Record<string, string>>;
  /** What post would get, by its name. */
  readonly state: Readonly<Record<string, string>>;
  /** GitHub's Markdown. */
  readonly summary: string;
  /** Messages of `::error::`, decoded. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Secrets that the step has had masked. */
  readonly masks: readonly string[];
  /** The log without the lines that only the runner reads: what people see, before masking. */
  readonly log: string;
}

export interface JobOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What is checked out, beside the files. */
  readonly directory?: string;
  readonly event?: { readonly name: string; readonly ref: string; readonly payload?: unknown };
  /** Kept between jobs of a machine; one of its own when it is not given. */
  readonly toolCache?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '../..');

/** Sets up a job as GitHub's runner does: directories, event, variables. */
export async function openJob({ files = {}, directory, event, toolCache, env = {} }: JobOptions = {}): Promise<Job> {
  const root = await mkdtemp('/tmp/bka-job-');
  const [workspace, temp, home] = [join(root, 'work'), join(root, 'temp'), join(root, 'home')];
  await Promise.all([workspace, temp, home].map((directory) => mkdir(directory)));
  if (directory !== undefined) {
    await cp(directory, workspace, { recursive: true });
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(workspace, name, '..'), { recursive: true });
    await writeFile(join(workspace, name), text);
  }
  const eventPath = join(root, 'event.json');
  const { name = 'push', ref = 'refs/heads/main', payload = {} } = event ?? {};
  await writeFile(
    eventPath,
    JSON.stringify({ repository: { full_name: 'org/app', default_branch: 'main' }, ...Object(payload) }),
  );
  const tools = toolCache ?? join(root, 'tools');
  await mkdir(tools, { recursive: true });
  const variables: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_REF: ref,
    GITHUB_REPOSITORY: 'org/app',
    GITHUB_ACTOR: 'someone',
    GITHUB_RUN_ID: root.slice(-6),
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'build',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_ACTION_REPOSITORY: 'org/buildkit-aws',
    GITHUB_ACTION_REF: 'v1',
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: tools,
    ...env,
  };
  const states: (() => Promise<Record<string, string>>)[] = [];
  const scratch: string[] = [];
  return {
    workspace,
    temp,
    toolCache: tools,
    home,
    env: variables,
    step: async (inputs, options = {}) => {
      const { action, ...others } = options;
      const files = await commandFiles(temp);
      const inputsHere = await inputVariables(inputs, join(action ?? '', 'action.yml'));
      const running = readCommandFile.bind(undefined, files.GITHUB_STATE);
      if (action === undefined) {
        states.push(running);
      }
      const ended = await runNode(action ?? 'main', { ...variables, ...inputsHere, ...files }, others);
      const state = await running();
      if (states.includes(running)) {
        states.splice(states.indexOf(running), 1, async () => state);
      }
      scratch.push(...scratchIn(state));
      const result = {
        ...ended,
        ...readLog(ended.output),
        outputs: await readCommandFile(files.GITHUB_OUTPUT),
        state,
        summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
      };
      await rm(files.directory, { recursive: true });
      return result;
    },
    post: async (options = {}) => {
      let last: Ended = { code: 0, output: '' };
      for (const read of states.splice(0).reverse()) {
        const state = await read();
        scratch.push(...scratchIn(state));
        const saved = Object.fromEntries(Object.entries(state).map(([key, value]) => [`STATE_${key}`, value]));
        const ended = await runNode('post', { ...variables, ...saved }, options);
        last = { code: last.code || ended.code, output: last.output + ended.output };
      }
      return last;
    },
    scratch: () => scratch,
    forget: () => {
      states.splice(0);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function scratchIn({ cleanup }: Readonly<Record<string, string>>): string[] {
  return parseState(cleanup).scratch.map(({ directory }) => directory);
}

/** For a step that waits for long: see `fast-clock.ts`. */
export const FAST: StepOptions = {
  env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'fast-clock.ts')}` },
};

/** The same, but the looks at the daemon, every half minute, stay as they are: they would be what the time is spent with. */
export const FAST_PAUSES: StepOptions = { env: { ...FAST.env, FAST_CLOCK_KEEPS: '30000' } };

/** For a step that looks at something every half minute: see `fast-intervals.ts`. */
export const FAST_INTERVALS: StepOptions = {
  env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'fast-intervals.ts')}` },
};

function runNode(bundle: 'main' | 'merge' | 'post', env: Record<string, string>, options: StepOptions): Promise<Ended> {
  const { through = [], node = process.execPath, dist = join(ROOT, 'dist'), ...others } = options;
  const command = [...through, node, join(dist, bundle, 'index.js')];
  return runProgram(command, { ...others, env: { ...env, ...options.env } });
}

/** Defaults of action.yml apply to what is not given at all; a name that it does not have is a mistake of the test. */
async function inputVariables(given: Readonly<Record<string, string>>, file: string): Promise<Record<string, string>> {
  const { inputs }: { inputs: Record<string, { default?: string }> } = parse(await readFile(join(ROOT, file), 'utf8'));
  const unknown = Object.keys(given).find((name) => inputs[name] === undefined);
  if (unknown !== undefined) {
    throw new Error(`${file} has no input ${unknown}`);
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { default: value = '' }]) => [
      `INPUT_${name.toUpperCase()}`,
      given[name] ?? value,
    ]),
  );
}

async function commandFiles(temp: string) {
  const directory = await mkdtemp(join(temp, '_runner_file_commands-'));
  await chmod(directory, 0o755);
  const file = (name: string) => join(directory, name);
  const files = { GITHUB_OUTPUT: file('output'), GITHUB_STATE: file('state'), GITHUB_STEP_SUMMARY: file('summary') };
  await Promise.all(Object.values(files).map((path) => writeFile(path, '').then(() => chmod(path, 0o666))));
  return { ...files, directory };
}

function readLog(output: string) {
  const lines = output.split('\n');
  const command = (name: string) =>
    lines.flatMap((line) => new RegExp(`^::${name}(?: [^:]*)?::(.*)$`).exec(line)?.slice(1) ?? []).map(decode);
  return {
    errors: command('error'),
    warnings: command('warning'),
    masks: command('add-mask'),
    log: lines.filter((line) => !/^::(?:add-mask|debug)::/.test(line)).join('\n'),
  };
}

function decode(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
