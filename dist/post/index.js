import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 464:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _post_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(60);

// Without the toolkit: loading it would take longer than the work.
await (0,_post_js__WEBPACK_IMPORTED_MODULE_0__/* .cleanUp */ .n)(process.env, (message) => console.log(`::warning::${message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}`));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 60:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  n: () => (/* binding */ cleanUp)
});

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./lib/failure.js
/**
 * Every way in which a step can fail for a reason that its user can do something about.
 * Each code is an anchor in docs/troubleshooting.md; test/unit/metadata.test.ts keeps the two in step.
 */
const FAILURE_CODES = (/* unused pure expression or super */ null && ([
    'inputs-invalid',
    'input-missing',
    'input-invalid',
    'image-name-malformed',
    'registry-malformed',
    'registry-not-ecr',
    'region-missing',
    'tag-malformed',
    'tag-reserved',
    'tag-not-derivable',
    'context-missing',
    'dockerfile-missing',
    'path-outside',
    'path-unreadable',
    'pair-malformed',
    'platform-unknown',
    'secret-unavailable',
    'ssh-unavailable',
    'exporter-malformed',
    'compression-conflict',
    'epoch-unknown',
    'cache-malformed',
    'cache-conflict',
    'cache-secret',
    'extra-args-malformed',
    'extra-args-refused',
    'buildkit-version-unknown',
    'credentials-file-missing',
    'credentials-file-empty',
    'credentials-profile-unknown',
    'credentials-profile-incomplete',
    'credentials-process-refused',
    'credentials-fork',
    'credentials-none',
    'credentials-refused',
    'credentials-expired',
    'ecr-denied',
    'ecr-unreachable',
    'ecr-failed',
    'runner-unsupported',
    'privileges-missing',
    'buildkit-download-failed',
    'buildkit-checksum-mismatch',
    'buildkit-archive-broken',
    'buildkit-programs-missing',
    'tool-cache-unusable',
    'daemon-not-started',
    'daemon-lost',
    'build-failed',
    'target-missing',
    'build-cancelled',
    'base-image-unavailable',
    'push-denied',
    'push-unauthenticated',
    'push-refused',
    'push-throttled',
    'repository-missing',
    'tag-immutable',
    'unexpected',
]));
/** An error with a name in docs/troubleshooting.md and a way out. Anything else that is thrown is a bug of the action. */
class failure_Failure extends Error {
    code;
    hint;
    constructor({ code, message, hint, cause }) {
        super(message, { cause });
        this.name = 'Failure';
        this.code = code;
        this.hint = hint;
    }
}
/** Joins the problems of all inputs into the one error that a step shows. */
function joinFailures(failures) {
    const [first, ...others] = failures;
    if (others.length === 0) {
        return first;
    }
    const list = failures.map(({ code, message, hint }, index) => `${index + 1}. ${message}\n   ${hint} (${code})`);
    return new failure_Failure({
        code: 'inputs-invalid',
        message: `${failures.length} inputs need a change:\n${list.join('\n')}`,
        hint: 'Nothing was downloaded, started or called.',
    });
}
/**
 * Turns whatever was thrown into what the user reads.
 * @param docs address of docs/troubleshooting.md, without fragment
 */
function explain(error, docs) {
    const failure = error instanceof failure_Failure ? error : unexpected(error);
    return {
        title: failure.code,
        message: [failure.message, failure.hint, `More: ${docs}#${failure.code}`].join('\n'),
    };
}
/** The messages of an error and of everything that caused it, outermost first. */
function causes(error) {
    const messages = [];
    for (let current = error; current !== undefined && messages.length < 8;) {
        messages.push(current instanceof Error ? current.message : String(current));
        current = current instanceof Error ? current.cause : undefined;
    }
    return messages;
}
function unexpected(error) {
    return new failure_Failure({
        code: 'unexpected',
        message: causes(error).join(': '),
        hint: 'This is a bug of the action. Please report it with the log of a run with debug logging (ACTIONS_STEP_DEBUG).',
        cause: error,
    });
}

;// CONCATENATED MODULE: ./lib/machine/privilege.js



/** Capability that mounting needs. Source: linux/capability.h. */
const CAP_SYS_ADMIN = (/* unused pure expression or super */ null && (1n << 21n));
const ELSEWHERE = 'Use a GitHub-hosted Ubuntu runner, give the user of the runner passwordless sudo, or run the job in a privileged container as root.';
/**
 * Finds out how to run BuildKit as root: directly, or by sudo without a password.
 * @throws Failure `privileges-missing`
 */
async function findPrivilege() {
    if (process.getuid?.() === 0) {
        await checkCapabilities();
        return 'root';
    }
    const { code, stderr } = await run('sudo', ['-n', 'true']);
    if (code === 0) {
        return 'sudo';
    }
    throw new Failure({
        code: 'privileges-missing',
        message: `buildkitMode: BuildKit runs as root on this machine, and the runner's user (uid ${process.getuid?.()}) has no way to become root: ${stderr.trim() || `sudo ended with ${code}`}.`,
        hint: ELSEWHERE,
    });
}
/**
 * Runs a program as root and returns what it printed. Arguments are never given to a shell.
 * The program gets none of the step's variables: some are secrets, and what is started may outlive the step.
 */
async function runAsRoot(privilege, argv) {
    const [program, ...args] = argv;
    return privilege === 'root' ? run(program, args) : run('sudo', ['-n', '--', program, ...args]);
}
function run(program, args) {
    return new Promise((resolve) => {
        const env = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' };
        (0,external_node_child_process_namespaceObject.execFile)(program, args, { env }, (error, stdout, stderr) => {
            const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
            resolve({ code, stdout, stderr: stderr || (code === 127 ? `${program} cannot be started` : '') });
        });
    });
}
/** Root of an unprivileged container may not mount: better said at once than by a daemon that dies. */
async function checkCapabilities() {
    const status = await readFile('/proc/self/status', 'utf8');
    const effective = /^CapEff:\s*(?<mask>[0-9a-f]+)$/m.exec(status)?.groups?.mask ?? '0';
    if ((BigInt(`0x${effective}`) & CAP_SYS_ADMIN) === 0n) {
        throw new Failure({
            code: 'privileges-missing',
            message: 'buildkitMode: this is root of a container that may not mount (CAP_SYS_ADMIN is missing), which BuildKit needs.',
            hint: ELSEWHERE,
        });
    }
}

;// CONCATENATED MODULE: ./lib/machine/processes.js

/** The process with this number, or undefined when there is none or it has ended and waits to be reaped. */
async function processes_processOf(pid) {
    const stat = await (0,promises_namespaceObject.readFile)(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name of the program stands in parentheses and may hold anything, parentheses and spaces included.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = fields[18];
    return start === undefined || state === 'Z' ? undefined : { pid, start };
}
async function processes_isAlive({ pid, start }) {
    return (await processes_processOf(pid))?.start === start;
}
/** Waits until a process has ended, at most so long. @returns whether it has */
async function waitForEnd(process, milliseconds) {
    const deadline = Date.now() + milliseconds;
    while (await processes_isAlive(process)) {
        if (Date.now() > deadline) {
            return false;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
}

;// CONCATENATED MODULE: ./lib/json.js
/** Parses JSON without trusting its shape: what is in it is read with `at`, `textAt` and `numberAt`. */
function parseJson(text) {
    return JSON.parse(text);
}
/** The value at a path of keys, or undefined where the path ends early. */
function at(value, ...path) {
    let current = value;
    for (const key of path) {
        if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
            return undefined;
        }
        current = Reflect.get(current, key);
    }
    return current;
}
/** The string at a path of keys, or undefined where there is none. */
function textAt(value, ...path) {
    const found = at(value, ...path);
    return typeof found === 'string' ? found : undefined;
}
/** The number at a path of keys, or undefined where there is none. */
function numberAt(value, ...path) {
    const found = at(value, ...path);
    return typeof found === 'number' ? found : undefined;
}

;// CONCATENATED MODULE: ./lib/machine/scratch.js




const RECORD = 'record.json';
const STAGING = '.new-';
const DAEMON_PID = 'daemon.pid';
/** The running step: what belongs to it ends with it. */
function stepOwner() {
    return ownerOf(process.pid);
}
/**
 * The running job: the runner's worker, whose child every step is. In a container job that process is out of sight
 * and the first one of the container stands for it.
 */
function jobOwner() {
    return ownerOf(process.ppid || 1);
}
async function ownerOf(pid) {
    return { pid, start: (await processOf(pid))?.start ?? '', boot: await bootId() };
}
async function bootId() {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
/** Where a scratch directory of this name is, whether it exists or not. */
function scratchAt(name, temp) {
    return { directory: join(scratchBase(), name), bulk: join(temp, `buildkit-aws-${name}`) };
}
/** One place per user on this machine; /tmp itself, because the path of a socket has at most 104 characters. */
function scratchBase() {
    return `/tmp/buildkit-aws-${process.getuid?.() ?? 0}`;
}
/**
 * Makes the directory; its record is there from the first moment on that others can see it.
 * @throws when another user has put something in its place, or when the directory exists
 */
async function createScratch(scratch, record) {
    await mkdir(scratchBase(), { recursive: true, mode: 0o700 });
    await checkBase();
    const staging = `${scratch.directory}${STAGING}${process.pid}`;
    await mkdir(staging, { mode: 0o700 });
    await writeRecord(staging, { ...record, bulk: scratch.bulk });
    await rename(staging, scratch.directory);
}
/** What is read here decides what root ends and removes: it must come from this user. */
async function checkBase() {
    const base = scratchBase();
    const found = await lstat(base);
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
        throw new Error(`${base} belongs to another user or is open to others; its owner has to remove it`);
    }
}
async function writeRecord(directory, record) {
    const file = join(directory, RECORD);
    await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${file}.new`, file);
}
async function readRecord(directory) {
    try {
        const record = parseJson(await (0,promises_namespaceObject.readFile)((0,external_node_path_namespaceObject.join)(directory, RECORD), 'utf8'));
        const owner = at(record, 'owner');
        const cgroup = textAt(record, 'daemon', 'cgroup');
        return {
            owner: {
                pid: numberAt(owner, 'pid') ?? 0,
                start: textAt(owner, 'start') ?? '',
                boot: textAt(owner, 'boot') ?? '',
            },
            bulk: textAt(record, 'bulk') ?? '',
            ...(cgroup === undefined
                ? {}
                : { daemon: { cgroup, privilege: textAt(record, 'daemon', 'privilege') === 'sudo' ? 'sudo' : 'root' } }),
        };
    }
    catch {
        return undefined;
    }
}
/** The process of a daemon that was started from here, also when whoever started it was killed right after. */
async function readDaemonProcess(directory) {
    const [pid, start] = (await (0,promises_namespaceObject.readFile)((0,external_node_path_namespaceObject.join)(directory, DAEMON_PID), 'utf8').catch(() => '')).trim().split(' ');
    return pid && start ? { pid: Number(pid), start } : undefined;
}
/** This user's scratch directories whose owner is gone: of a job that was killed, or of a machine that went down. */
async function scratch_abandonedScratch() {
    const base = scratchBase();
    const names = await readdir(base).catch(() => []);
    if (names.length === 0) {
        return [];
    }
    await checkBase();
    const boot = await bootId();
    const found = names.map(async (name) => ((await isAbandoned(join(base, name), boot)) ? [join(base, name)] : []));
    return (await Promise.all(found)).flat();
}
async function isAbandoned(directory, boot) {
    const owner = (await readRecord(directory))?.owner;
    if (owner !== undefined) {
        return owner.boot !== boot || !(await isAlive(owner));
    }
    const [, maker] = directory.split(STAGING);
    return maker !== undefined && (await processOf(Number(maker))) === undefined;
}
/** Removes the directory and, when it was the last one, the place that all of them stand in. */
async function removeDirectory(directory) {
    await (0,promises_namespaceObject.rm)(directory, { recursive: true, force: true });
    await (0,promises_namespaceObject.rmdir)((0,external_node_path_namespaceObject.join)(directory, '..')).catch(() => undefined);
}

;// CONCATENATED MODULE: ./lib/machine/dispose.js





/**
 * Takes a scratch directory away with all that runs, is mounted or lies below it. What is gone already does not matter.
 * @throws when something cannot be removed
 */
async function disposeScratch(directory) {
    const record = await readRecord(directory);
    if (record?.daemon !== undefined) {
        await disposeDaemon({ directory, bulk: record.bulk, ...record.daemon });
    }
    if (record !== undefined) {
        // What is left under it belongs to root when a daemon ran.
        await remove(record.daemon?.privilege ?? 'root', record.bulk);
    }
    await removeDirectory(directory);
}
/**
 * Takes away what jobs that were killed have left on this machine.
 * @param warn called with what could not be removed
 * @returns the directories that were removed
 */
async function sweep(warn) {
    const removed = [];
    for (const directory of await abandonedScratch()) {
        try {
            await disposeScratch(directory);
            removed.push(directory);
        }
        catch (error) {
            warn(`${directory}, left by a job that was killed, cannot be removed: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
    return removed;
}
async function disposeDaemon(options) {
    const { directory, bulk, privilege, cgroup } = options;
    const daemon = await readDaemonProcess(directory);
    if (daemon !== undefined) {
        await stop(daemon, privilege);
    }
    await killCgroup(cgroup, privilege);
    await unmountBelow(bulk, privilege);
}
/**
 * Ends a daemon: one TERM lets a running build end, the third one ends it at once, and a KILL ends what hangs.
 * Source: BuildKit's signal handling, util/appcontext.
 */
async function stop(daemon, privilege) {
    const rounds = [
        { signals: ['TERM'], wait: 8_000 },
        { signals: ['TERM', 'TERM'], wait: 2_000 },
        { signals: ['KILL'], wait: 2_000 },
    ];
    for (const { signals, wait } of rounds) {
        for (const signal of signals) {
            if (await processes_isAlive(daemon)) {
                await runAsRoot(privilege, ['kill', '-s', signal, String(daemon.pid)]);
            }
        }
        if (await waitForEnd(daemon, wait)) {
            return;
        }
    }
}
/** Ends the build steps that a killed daemon has left running: they are found by the cgroup that it gave to them. */
async function killCgroup(cgroup, privilege) {
    const steps = await processesIn(cgroup);
    if (steps.length > 0) {
        await runAsRoot(privilege, ['kill', '-s', 'KILL', ...steps.map(({ pid }) => String(pid))]);
        await Promise.all(steps.map((step) => waitForEnd(step, 2_000)));
    }
    const groups = ['-depth', '-type', 'd', '(', '-name', cgroup, '-o', '-path', `*/${cgroup}/*`, ')'];
    await runAsRoot(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';']);
}
async function processesIn(cgroup) {
    const pids = (await (0,promises_namespaceObject.readdir)('/proc')).filter((name) => /^\d+$/.test(name));
    const found = pids.map(async (pid) => {
        // Source: cgroups(7). One line per hierarchy: number, controllers, path.
        const lines = (await (0,promises_namespaceObject.readFile)(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')).split('\n');
        return lines.some((line) => line.split(':')[2]?.split('/').includes(cgroup))
            ? await processes_processOf(Number(pid))
            : undefined;
    });
    return (await Promise.all(found)).filter((process) => process !== undefined);
}
async function unmountBelow(directory, privilege) {
    // Last mounted first; lazily, because a step that was just ended may still hold one for a moment.
    for (const path of (await mountsBelow(directory)).reverse()) {
        await runAsRoot(privilege, ['umount', '-l', path]);
    }
    const [left] = await mountsBelow(directory);
    if (left !== undefined) {
        throw new Error(`${left} is still mounted`);
    }
}
/** Source: proc_pid_mountinfo(5); spaces and the like are written as octal numbers. */
async function mountsBelow(directory) {
    const table = await (0,promises_namespaceObject.readFile)('/proc/self/mountinfo', 'utf8');
    return table
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
        .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
        .filter((path) => path.startsWith((0,external_node_path_namespaceObject.join)(directory, '/')));
}
/** Removes what a scratch record names, and only if it is named as scratch is. */
async function remove(privilege, bulk) {
    if (!(0,external_node_path_namespaceObject.basename)(bulk).startsWith('buildkit-aws-')) {
        return;
    }
    const { code, stderr } = await runAsRoot(privilege, ['rm', '-rf', '--', bulk]);
    if (code !== 0) {
        throw new Error(stderr.trim());
    }
}

;// CONCATENATED MODULE: ./lib/state.js

/** Name under which the state is saved: `core.saveState` hands it to post as STATE_cleanup. */
const STATE_NAME = 'cleanup';
function formatState(state) {
    return JSON.stringify(state);
}
/** Reads what main has saved; nothing when main did not get that far. */
function parseState(text) {
    try {
        const scratch = at(parseJson(text ?? ''), 'scratch');
        return { scratch: Array.isArray(scratch) ? scratch.filter((path) => typeof path === 'string') : [] };
    }
    catch {
        return { scratch: [] };
    }
}

;// CONCATENATED MODULE: ./lib/post.js


/**
 * Takes away what the step has left for the rest of the job: its daemon, and all of it when the step was killed.
 * It reads saved state only, and a problem is a warning: the image is where it should be.
 * @param warn shows one message to the user
 */
async function cleanUp(env, warn) {
    const { scratch } = parseState(env[`STATE_${STATE_NAME}`]);
    for (const directory of scratch.toReversed()) {
        try {
            await disposeScratch(directory);
        }
        catch (error) {
            warn(`${directory} could not be removed: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
}


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(464);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
