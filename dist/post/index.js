import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 464:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _post_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(986);
/* harmony import */ var _report_printable_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(755);


// What is asked to end here is what post ends anyway, and it has a limit of its own.
for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => undefined);
}
// Without the toolkit: loading it would take longer than the work.
await (0,_post_js__WEBPACK_IMPORTED_MODULE_0__/* .cleanUp */ .n)(process.env, (message) => console.log(`::warning::${(0,_report_printable_js__WEBPACK_IMPORTED_MODULE_1__/* .printableLines */ .fk)(message).replaceAll('%', '%25').replaceAll('\n', '%0A')}`));
// What could not be ended, such as a program that hangs, has been told of.
process.exit();

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 986:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  n: () => (/* binding */ cleanUp)
});

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

// EXTERNAL MODULE: ./lib/report/printable.js + 1 modules
var report_printable = __nccwpck_require__(755);
;// CONCATENATED MODULE: ./lib/failure.js


/** An error with a name in docs/troubleshooting.md and a way out. Anything else that is thrown is a bug of the action. */
class failure_Failure extends Error {
    code;
    hint;
    location;
    constructor({ code, message, hint, location, cause }) {
        super(message, { cause });
        this.name = 'Failure';
        this.code = code;
        this.hint = hint;
        this.location = location;
    }
}
/**
 * Ends the reading of inputs when any of them has a problem: all of them are the one error that a step shows.
 * @throws Failure `inputs-invalid`, or the only problem
 */
function throwTogether(problems) {
    const [first, ...others] = new Set(problems);
    if (first !== undefined) {
        throw joinFailures([first, ...others]);
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
 * Characters that GitHub takes of a message, the rest of which it drops, and those that a line of it and the hint may have: a value that is
 * repeated may have any length, and what to change stands at the end. Source: actions/runner, src/Runner.Worker/ExecutionContext.cs.
 */
const SHOWN = { message: 4096, line: 1000, hint: 1500 };
/**
 * Turns whatever was thrown into what the user reads. What it repeats, such as a value or a server's answer, is text there.
 * @param docs address of docs/troubleshooting.md, without fragment
 */
function explain(error, docs) {
    const failure = error instanceof failure_Failure ? error : unexpected(error);
    const what = failure.message.split(/\r?\n/).map((line) => clipMiddle(printable(line), SHOWN.line));
    const end = [clip(printableLines(failure.hint), SHOWN.hint), printable(`More: ${docs}#${failure.code}`)].join('\n');
    return {
        title: failure.code,
        message: [clip(what.join('\n'), SHOWN.message - end.length - 1), end].join('\n'),
        location: failure.location,
    };
}
/** What was thrown, in its own words. */
function failure_messageOf(error) {
    return error instanceof Error ? error.message : String(error);
}
/** The code of an error of Node, such as `ENOENT`. */
function codeOf(error) {
    return textAt(error, 'code');
}
/** The messages of an error and of everything that caused it, outermost first. */
function causes(error) {
    const messages = [];
    for (let current = error; current !== undefined && messages.length < 8;) {
        messages.push(failure_messageOf(current));
        current = current instanceof Error ? current.cause : undefined;
    }
    return messages;
}
/** What is thrown and is no failure: a bug. */
function unexpected(error) {
    return new failure_Failure({
        code: 'unexpected',
        message: causes(error).join(': '),
        hint: 'This is a bug of the action. Please report it with the log of a run with debug logging (ACTIONS_STEP_DEBUG).',
        cause: error,
    });
}

;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: ./lib/machine/run.js

/** None of the step's own variables: some are secrets, and what is started may outlive the step. */
const PLAIN_ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' };
/**
 * Runs a program with the rights of a daemon and returns what it printed. Arguments are never given to a shell.
 * @param timeout milliseconds; 0 for none
 */
async function run_runAs(privilege, argv, timeout = 0) {
    // What runs as root cannot be ended from here.
    const limited = privilege === 'sudo' && timeout > 0 ? ['timeout', '-s', 'KILL', String(Math.ceil(timeout / 1000)), ...argv] : argv;
    return run(argvOf(privilege, limited), timeout);
}
/** What starts a program with these rights. */
function argvOf(privilege, argv) {
    return privilege === 'sudo' ? ['sudo', '-n', '--', ...argv] : argv;
}
/** @param timeout milliseconds, after which nobody waits for the program; 0 for none */
function run([program, ...args], timeout = 0) {
    return new Promise((resolve) => {
        const child = (0,external_node_child_process_namespaceObject.execFile)(program, args, { env: PLAIN_ENVIRONMENT }, (error, stdout, stderr) => {
            clearTimeout(timer);
            const isStarted = child.pid !== undefined;
            const code = error === null ? 0 : isStarted ? run_codeOf(error) : 127;
            resolve({ code, stdout, stderr: stderr || (isStarted ? '' : `${program} cannot be started`) });
        });
        const giveUp = () => {
            child.kill('SIGKILL');
            // It may be root's, or wait in the kernel: then it does not end by that.
            resolve({ code: null, stdout: '', stderr: `${program} has not ended in ${Math.ceil(timeout / 1000)} s` });
        };
        const timer = timeout > 0 ? setTimeout(giveUp, timeout) : undefined;
    });
}
function run_codeOf({ code }) {
    return typeof code === 'number' ? code : null;
}

;// CONCATENATED MODULE: ./lib/machine/processes.js




/** The process with this number, or undefined when there is none or it has ended and waits to be reaped. */
async function processOf(pid) {
    if (!hasProc()) {
        return processes_exists(pid) ? { pid, start: '' } : undefined;
    }
    const stat = await (0,promises_namespaceObject.readFile)(`${PROC}/${pid}/stat`, 'utf8').catch(() => '');
    // The name of the program stands in parentheses and may hold anything, parentheses and spaces included.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = fields[18];
    return start === undefined || state === 'Z' ? undefined : { pid, start };
}
/** Where the kernel tells of processes. Other systems than Linux have no such place: there a process is its number alone. */
const PROC = '/proc';
function hasProc() {
    return (0,external_node_fs_namespaceObject.existsSync)(`${PROC}/self`);
}
function processes_exists(pid) {
    try {
        process.kill(pid, 0);
        return true;
    }
    catch (error) {
        return codeOf(error) === 'EPERM';
    }
}
async function isAlive({ pid, start }) {
    return (await processOf(pid))?.start === start;
}
/** Waits until a process has ended, at most so long. @returns whether it has */
async function waitForEnd(process, milliseconds) {
    const deadline = Date.now() + milliseconds;
    while (await isAlive(process)) {
        if (Date.now() > deadline) {
            return false;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
}
/** The processes of which a file in /proc says something. */
async function processesWith(file, fits) {
    const pids = (await (0,promises_namespaceObject.readdir)(PROC).catch(() => [])).filter((name) => /^\d+$/.test(name));
    const found = pids.map(async (pid) => {
        const text = await (0,promises_namespaceObject.readFile)(`${PROC}/${pid}/${file}`, 'utf8').catch(() => '');
        return fits(text) ? await processOf(Number(pid)) : undefined;
    });
    return (await Promise.all(found)).filter((process) => process !== undefined);
}
/** Milliseconds that sending a signal may take: sudo may hang. */
const PATIENCE = 3_000;
/** By the shell's own `kill`: not every image has a program of that name. */
async function signal(processes, { name, privilege }) {
    const pids = processes.map(({ pid }) => String(pid));
    await run_runAs(privilege, ['sh', '-c', 'kill -s "$@"', 'sh', name, ...pids], PATIENCE);
}

;// CONCATENATED MODULE: ./lib/machine/owner.js



/** The running step: what belongs to it ends with it. */
function owner_stepOwner() {
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
    return { pid, start: (await processOf(pid))?.start ?? '', ...(await placeOfProcesses()) };
}
async function placeOfProcesses() {
    if (!hasProc()) {
        return { boot: '', namespace: '' };
    }
    const boot = await (0,promises_namespaceObject.readFile)(`${PROC}/sys/kernel/random/boot_id`, 'utf8');
    return { boot: boot.trim(), namespace: await (0,promises_namespaceObject.readlink)(`${PROC}/self/ns/pid`) };
}
async function owner_whereIs(owner) {
    const { boot, namespace } = await placeOfProcesses();
    if ((boot === '') !== (owner.boot === '')) {
        // Where /proc is hidden, nobody can be looked at whose record comes from where it is not, and the other way round.
        return 'unknown';
    }
    if (owner.boot !== boot) {
        return 'gone';
    }
    if (owner.namespace !== namespace) {
        return 'unknown';
    }
    return (await isAlive(owner)) ? 'here' : 'gone';
}
/** Reads what was written as JSON; undefined when it is none. */
function readOwner(value) {
    const [pid, start] = [numberAt(value, 'pid'), textAt(value, 'start')];
    const [boot, namespace] = [textAt(value, 'boot'), textAt(value, 'namespace')];
    return pid === undefined || start === undefined || boot === undefined || namespace === undefined
        ? undefined
        : { pid, start, boot, namespace };
}
/** What a runner sends to a step that is cancelled, and how long each may take. Milliseconds. */
const ROUNDS = [
    { name: 'SIGINT', wait: 4_000 },
    { name: 'SIGKILL', wait: 2_000 },
];
/**
 * Ends a step that still runs, as a runner does that cancels it. In a container job no signal of the runner gets there.
 * @throws Error when it does not end
 */
async function endStep(step) {
    // Where the system tells of no start, the number may be another process by now.
    if (step.start === '' || step.pid === process.pid || (await owner_whereIs(step)) !== 'here') {
        return;
    }
    for (const { name, wait } of ROUNDS) {
        try {
            process.kill(step.pid, name);
        }
        catch {
            // It has ended meanwhile.
        }
        if (await waitForEnd(step, wait)) {
            return;
        }
    }
    throw new Error(`the step (process ${step.pid}) does not end`);
}

;// CONCATENATED MODULE: ./lib/machine/maker.js




/** What is made for a moment and is as old as this belongs to nobody. Milliseconds. */
const OLD = 3_600_000;
/**
 * A part of the name of what this process makes for a moment. By it others see whether its maker still lives: letters, digits and
 * hyphens, at most 30, because the paths of sockets are short.
 */
async function makerTag() {
    const { pid, start, boot, namespace } = await owner_stepOwner();
    return `${pid}-${start}-${placeOf(boot, namespace)}`;
}
/** Whether the maker of something has ended. @param tag of its name */
async function maker_isMakerGone(path, tag) {
    const [pid, start = '', place] = tag.split('-');
    const { boot, namespace } = await owner_stepOwner();
    if (place === placeOf(boot, namespace)) {
        return !(await isAlive({ pid: Number(pid), start }));
    }
    // Of another boot, or of a PID namespace into which nobody can look from here.
    const made = await (0,promises_namespaceObject.stat)(path).catch(() => undefined);
    return made === undefined || Date.now() - made.mtimeMs > OLD;
}
function placeOf(boot, namespace) {
    return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 8);
}

;// CONCATENATED MODULE: ./lib/machine/scratch.js







const RECORD = 'record.json';
const STAGING = '.new-';
const BULK_PREFIX = 'buildkit-aws-';
/**
 * Where a scratch directory of this name is, whether it exists or not.
 * @param temp the runner's, without links: what is mounted below it is listed by its real path
 */
function scratch_scratchAt(name, temp) {
    return { directory: join(scratchBase(), name), bulk: join(temp, BULK_PREFIX + name) };
}
/** Whether these are paths as `scratchAt` makes them: nothing else is ever taken away. */
function isScratch({ directory, bulk }) {
    const name = (0,external_node_path_namespaceObject.basename)(directory);
    return ((0,external_node_path_namespaceObject.dirname)(directory) === scratchBase() &&
        /^(?:step|daemon|rootless)-[0-9a-f]+$/.test(name) &&
        (0,external_node_path_namespaceObject.basename)(bulk) === BULK_PREFIX + name);
}
/** One place per user on this machine; /tmp itself, because the path of a socket has at most 104 characters. */
function scratchBase() {
    return process.getuid === undefined ? (0,external_node_path_namespaceObject.join)((0,external_node_os_namespaceObject.tmpdir)(), 'buildkit-aws') : `/tmp/buildkit-aws-${process.getuid()}`;
}
/**
 * Makes the directory; its record is there from the first moment on that others can see it.
 * @throws Failure `temp-unusable`
 */
async function createScratch(scratch, owner) {
    const staging = await momentary(scratch.directory);
    try {
        await makeInBase(staging);
        await writeRecord({ ...scratch, directory: staging }, owner);
        await rename(staging, scratch.directory);
    }
    catch (cause) {
        await rm(staging, { recursive: true, force: true }).catch(() => undefined);
        throw new Failure({
            code: 'temp-unusable',
            message: `The private directory ${scratch.directory} cannot be made: ${messageOf(cause)}.`,
            hint: `Make room in /tmp, and have ${scratchBase()} removed if it is not this user's alone.`,
            cause,
        });
    }
}
/**
 * A private directory for one moment of this process, which the next run removes when this one is killed.
 * @param work gets its path, which is short enough for a socket
 */
async function inPassing({ directory }, work) {
    const passing = await momentary(directory);
    await makeInBase(passing);
    try {
        return await work(passing);
    }
    finally {
        await (0,promises_namespaceObject.rm)(passing, { recursive: true, force: true });
    }
}
/** Where this process makes, or takes away, what others know by its path. */
async function momentary(directory) {
    return `${directory}${STAGING}${await makerTag()}`;
}
/** Takes away what was made for a moment by a process that was killed in that moment. */
async function removeMomentary(directory) {
    for (const name of await (0,promises_namespaceObject.readdir)((0,external_node_path_namespaceObject.dirname)(directory)).catch(() => [])) {
        const [of, maker] = name.split(STAGING);
        const path = (0,external_node_path_namespaceObject.join)((0,external_node_path_namespaceObject.dirname)(directory), name);
        if (of === (0,external_node_path_namespaceObject.basename)(directory) && maker !== undefined && (await maker_isMakerGone(path, maker))) {
            await (0,promises_namespaceObject.rm)(path, { recursive: true, force: true });
        }
    }
}
/** A job that ends takes the empty base away: then it is made again. */
async function makeInBase(directory, attempts = 20) {
    try {
        await (0,promises_namespaceObject.mkdir)(scratchBase(), { recursive: true, mode: 0o700 });
        await checkBase();
        await (0,promises_namespaceObject.mkdir)(directory, { mode: 0o700 });
    }
    catch (error) {
        if (attempts === 0 || codeOf(error) !== 'ENOENT') {
            throw error;
        }
        await makeInBase(directory, attempts - 1);
    }
}
/** What is read here decides what root ends and removes: it must come from this user. Windows keeps the directory itself to its user. */
async function checkBase() {
    const found = await (0,promises_namespaceObject.lstat)(scratchBase());
    const isOpen = process.getuid !== undefined && (found.uid !== process.getuid() || (found.mode & 0o077) !== 0);
    if (!found.isDirectory() || isOpen) {
        throw new Error(`${scratchBase()} belongs to another user or is open to others`);
    }
}
/** Writes down who it belongs to now. The step that makes it is the one that does this, also later. */
async function writeRecord({ directory, bulk }, owner) {
    const file = join(directory, RECORD);
    const maker = await stepOwner();
    await writeFile(`${file}.new`, JSON.stringify({ owner, maker, bulk }), { mode: 0o600 });
    await rename(`${file}.new`, file);
}
async function readRecord(directory) {
    try {
        const record = parseJson(await (0,promises_namespaceObject.readFile)((0,external_node_path_namespaceObject.join)(directory, RECORD), 'utf8'));
        const owner = readOwner(at(record, 'owner'));
        return owner && { owner, maker: readOwner(at(record, 'maker')), bulk: textAt(record, 'bulk') ?? '' };
    }
    catch {
        return undefined;
    }
}
/** Whether there is a directory with a record. */
async function scratch_exists({ directory }) {
    return (await readRecord(directory)) !== undefined;
}
/**
 * This user's scratch whose owner is gone: of a job that was killed, or of a machine that went down. What lies in this
 * runner's own temp without a record of its owner is of an earlier job, because a runner has one job at a time.
 */
async function scratch_abandonedScratch(temp) {
    const names = await readdir(scratchBase()).catch(() => []);
    if (names.length > 0) {
        await checkBase();
    }
    const recorded = await Promise.all(names.map((name) => abandoned(join(scratchBase(), name))));
    const orphaned = (await readdir(temp).catch(() => []))
        .flatMap((name) => (name.startsWith(BULK_PREFIX) ? [name.slice(BULK_PREFIX.length)] : []))
        .filter((name) => !names.includes(name))
        .map((name) => scratch_scratchAt(name, temp));
    return [...recorded.flat(), ...orphaned];
}
/** What a step has made, whomever it belongs to by now. A step that has run on has made more than what it had saved then. */
async function scratchMadeBy({ pid, start, boot, namespace }) {
    const isIts = (maker) => maker?.pid === pid && maker.start === start && maker.boot === boot && maker.namespace === namespace;
    return (await recordedScratch()).filter(({ maker }) => isIts(maker));
}
/**
 * This user's scratch of such names.
 * @returns with each whether the step that has made it still runs
 */
async function findScratch(fits) {
    const found = (await recordedScratch()).filter(({ directory }) => fits(basename(directory)));
    return Promise.all(found.map(async ({ directory, bulk, maker }) => {
        const isMakerAlive = maker !== undefined && (await whereIs(maker)) !== 'gone';
        return { directory, bulk, isMakerAlive };
    }));
}
async function recordedScratch() {
    const names = await (0,promises_namespaceObject.readdir)(scratchBase()).catch(() => []);
    const directories = names.filter((name) => !name.includes(STAGING)).map((name) => (0,external_node_path_namespaceObject.join)(scratchBase(), name));
    const found = directories.map(async (directory) => {
        const record = await readRecord(directory);
        return record === undefined ? [] : [{ directory, bulk: record.bulk, maker: record.maker }];
    });
    return (await Promise.all(found)).flat();
}
async function abandoned(directory) {
    const [, maker] = basename(directory).split(STAGING);
    if (maker !== undefined) {
        // Whoever made it was ended before anything else came to be.
        if (await isMakerGone(directory, maker)) {
            // What cannot be removed is no reason to leave all others.
            await rm(directory, { recursive: true, force: true }).catch(() => undefined);
        }
        return [];
    }
    const record = await readRecord(directory);
    if (record === undefined || (await whereIs(record.owner)) !== 'gone') {
        return [];
    }
    // Whoever has ended may have handed it over just before, between the two looks.
    const heir = (await readRecord(directory))?.owner;
    const isHandedOver = heir?.pid !== record.owner.pid && heir !== undefined && (await whereIs(heir)) !== 'gone';
    return isHandedOver ? [] : [{ directory, bulk: record.bulk }];
}
/**
 * Removes the directory and, when it was the last one, the place that all of them stand in. It is renamed first: a removal that
 * is cut short is one that the next run finds, as the record may be gone already and the secrets not.
 */
async function removeDirectory(directory) {
    const leaving = await momentary(directory);
    const isRenamed = await (0,promises_namespaceObject.rename)(directory, leaving).then(() => true, () => false);
    await (0,promises_namespaceObject.rm)(isRenamed ? leaving : directory, { recursive: true, force: true });
    await removeMomentary(directory);
    await (0,promises_namespaceObject.rmdir)((0,external_node_path_namespaceObject.dirname)(directory)).catch(() => undefined);
}

;// CONCATENATED MODULE: ./lib/machine/daemon-scratch.js




const DAEMON_PID = 'daemon.pid';
/** Data of a daemon, in `bulk`; a link where they are kept beyond the job. */
const DAEMON_ROOT = 'root';
/** In `bulk`, so that what a rootless daemon has made can be removed with nothing but the path: a link to the program. */
const ROOTLESSKIT = 'rootlesskit';
/** Beside the link in `bulk`, which the runner may have emptied. */
const KEPT = 'kept';
/** Whether a daemon runs, or has run, from here. */
function isOfDaemon({ directory }) {
    return !(0,external_node_path_namespaceObject.basename)(directory).startsWith('step-');
}
/** Whose rights a daemon of this scratch has: what root has made takes root to remove, and a user who could start it has sudo. */
function privilegeOf({ directory }) {
    if ((0,external_node_path_namespaceObject.basename)(directory).startsWith('rootless-')) {
        return 'rootless';
    }
    return process.getuid?.() === 0 ? 'root' : 'sudo';
}
/** Digits by which the fingerprint of a daemon tells it from others. */
const FINGERPRINT = 10;
/** Digits in front that tell one daemon from an earlier one with the same fingerprint, which somebody may be taking away at that moment. */
const daemon_scratch_OWN_DIGITS = 6;
/**
 * Name of the scratch of a new daemon: sixteen digits, because the paths of sockets are short.
 * @param fingerprint hexadecimal digits
 */
function newDaemonName(privilege, fingerprint) {
    return `${prefixOf(privilege)}${randomBytes(daemon_scratch_OWN_DIGITS / 2).toString('hex')}${fingerprint.slice(0, FINGERPRINT)}`;
}
/** Name of the scratch of another daemon with the same fingerprint. @param own its digits in front */
function daemon_scratch_nameOfSibling(name, own) {
    const start = name.indexOf('-') + 1;
    return name.slice(0, start) + own + name.slice(start + daemon_scratch_OWN_DIGITS);
}
/** Whether scratch of this name is that of a daemon with such a fingerprint. */
function hasFingerprint(name, privilege, fingerprint) {
    return name.startsWith(prefixOf(privilege)) && name.endsWith(fingerprint.slice(0, FINGERPRINT));
}
function prefixOf(privilege) {
    return privilege === 'rootless' ? 'rootless-' : 'daemon-';
}
/** Control group of the build steps of a daemon that runs as root from scratch of this name. */
function cgroupOf(name) {
    return BULK_PREFIX + name;
}
/** Where the data of a daemon are that are kept beyond its job; undefined when they go with it. */
async function keptRootOf({ directory, bulk }) {
    const links = [(0,external_node_path_namespaceObject.join)(bulk, DAEMON_ROOT), (0,external_node_path_namespaceObject.join)(directory, KEPT)].map((link) => (0,promises_namespaceObject.readlink)(link).catch(() => undefined));
    return (await Promise.all(links)).find((target) => target !== undefined);
}
/** The process of a daemon that was started from here, also when whoever started it was killed right after. */
async function readDaemonProcess(directory) {
    const [pid, start] = (await (0,promises_namespaceObject.readFile)((0,external_node_path_namespaceObject.join)(directory, DAEMON_PID), 'utf8').catch(() => '')).trim().split(' ');
    return pid && start ? { pid: Number(pid), start } : undefined;
}

;// CONCATENATED MODULE: ./lib/machine/leftovers.js





/** What takes no time by itself may hang, such as a mount whose server has gone. Milliseconds. */
const leftovers_PATIENCE = 4_000;
/** The processes of a daemon by the directory that it works in: its number may not be written down any more. */
async function findDaemon({ bulk }) {
    const root = (0,external_node_path_namespaceObject.join)(bulk, DAEMON_ROOT);
    return processesWith('cmdline', (line) => line.includes(`\0--root\0${root}\0`));
}
/**
 * Ends the build steps that a killed daemon has left running.
 * @param name of the daemon's scratch
 */
async function leftovers_endSteps(name, privilege) {
    const cgroup = cgroupOf(name);
    const steps = privilege === 'rootless' ? await stepsByMounts(name) : await stepsByCgroup(cgroup);
    await end(steps, privilege);
    if (privilege !== 'rootless') {
        const groups = ['-depth', '-type', 'd', '(', '-name', cgroup, '-o', '-path', `*/${cgroup}/*`, ')'];
        await run_runAs(privilege, ['find', '/sys/fs/cgroup', ...groups, '-exec', 'rmdir', '{}', ';'], leftovers_PATIENCE);
    }
}
/** Ends a daemon at once, also one that is just being started: who starts it has the same arguments. */
async function endDaemon(scratch, privilege) {
    for (let round = 0; round < 5; round += 1) {
        const found = await findDaemon(scratch);
        if (found.length === 0) {
            return;
        }
        await end(found, privilege);
    }
}
/** Ends processes at once, and waits until they are gone, for at most two seconds. */
async function end(processes, privilege) {
    if (processes.length > 0) {
        await signal(processes, { name: 'KILL', privilege });
        await Promise.all(processes.map((process) => waitForEnd(process, 2_000)));
    }
}
/** Source: cgroups(7). One line per hierarchy: number, controllers, path. */
function stepsByCgroup(cgroup) {
    return processesWith('cgroup', (text) => text.split('\n').some((line) => line.split(':')[2]?.split('/').includes(cgroup)));
}
/**
 * A rootless daemon gives no control group to its steps. But the file systems that they see come from its scratch, and nothing
 * outside of its namespaces sees these.
 */
function stepsByMounts(name) {
    return processesWith('mountinfo', (text) => text.includes(`${name}/`));
}
/** @throws when something stays mounted */
async function unmountBelow(directories, privilege) {
    // Last mounted first; lazily, because a step that was just ended may still hold one for a moment.
    const paths = (await mountsBelow(directories)).reverse();
    if (paths.length > 0) {
        // All at once: where one hangs, each would.
        await run_runAs(privilege, ['umount', '-l', '--', ...paths], leftovers_PATIENCE);
    }
    const [left] = await mountsBelow(directories);
    if (left !== undefined) {
        throw new Error(`${left} is still mounted`);
    }
}
/** Source: proc_pid_mountinfo(5); spaces and the like are written as octal numbers. */
async function mountsBelow(directories) {
    const table = await (0,promises_namespaceObject.readFile)('/proc/self/mountinfo', 'utf8');
    return table
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
        .map((path) => path.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
        .filter((path) => directories.some((directory) => path.startsWith((0,external_node_path_namespaceObject.join)(directory, '/'))));
}

;// CONCATENATED MODULE: ./lib/machine/clients.js




/** A variable of all programs that a step starts, and of what they start in turn. */
const MARK = 'BUILDKIT_AWS_STEP';
/** Marks all that this process will start with the name of its step. */
function markPrograms(name) {
    process.env[MARK] = name;
}
/** What may be in the middle of writing gets so long to end by itself. Milliseconds. */
const GRACE = 500;
/**
 * What a step has started goes on by itself when the step is killed: buildctl, for which its daemon would wait, or a clone. All of it
 * has the name of the step among its variables or a path of the scratch among its arguments; what that has started in turn is in
 * its process group. Git takes its locks away when it is asked to end.
 */
async function stopClients(scratch) {
    await stopAll(() => findClients(scratch));
}
/** The same for a step that has no scratch. */
async function stopMarked(name) {
    await stopAll(() => findMarked(name));
}
async function stopAll(find) {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
        const clients = await find();
        if (clients.length === 0) {
            return;
        }
        clients.forEach((client) => {
            send(client, signal);
        });
        await Promise.all(clients.map((client) => waitForEnd(client, GRACE)));
    }
}
async function findClients(scratch) {
    const { directory, bulk } = scratch;
    // Below the other place of a daemon is what its build steps are about, and those end with it.
    const places = isOfDaemon(scratch) ? [`${directory}/`] : [`${directory}/`, `${bulk}/`];
    const [named, marked, daemons] = await Promise.all([
        processesWith('cmdline', (line) => places.some((place) => line.includes(place))),
        isOfDaemon(scratch) ? [] : findMarked((0,external_node_path_namespaceObject.basename)(directory)),
        findDaemon(scratch),
    ]);
    const others = new Set([process.pid, ...daemons.map(({ pid }) => pid)]);
    return [...named, ...marked].filter(({ pid }) => !others.has(pid));
}
function findMarked(name) {
    return processesWith('environ', (text) => `\0${text}`.includes(`\0${MARK}=${name}\0`));
}
function send({ pid }, signal) {
    for (const target of [-pid, pid]) {
        try {
            process.kill(target, signal);
        }
        catch {
            // It has ended, leads no group, or belongs to another user.
        }
    }
}

;// CONCATENATED MODULE: external "node:net"
const external_node_net_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:net");
;// CONCATENATED MODULE: ./lib/plan/subnets.js

/**
 * 198.18.0.0/15 is for tests of network devices: nothing that a build may want to reach has its address there, unlike in the private
 * ranges, where what lies behind the default route cannot be seen. Source: RFC 2544, appendix C; RFC 6890.
 */
const RANGE = { base: numberOf('198.18.0.0'), prefix: 15 };
/** 253 build steps at the same time. */
const PREFIX = 24;
/** More than that are not tried: then it is not other daemons that are in the way. */
const CANDIDATES = 32;
/**
 * The subnets that a daemon may take, in the order in which it tries them: begun at a place of its own, so that several daemons
 * seldom want the same one, without those that the machine has a route into.
 * @param fingerprint hexadecimal digits
 * @param taken what the machine has routes for
 */
function candidateSubnets(fingerprint, taken) {
    const size = 2 ** (32 - PREFIX);
    const count = 2 ** (PREFIX - RANGE.prefix);
    const start = Number.parseInt(fingerprint.slice(0, 8), 16);
    return Array.from({ length: count }, (_, index) => ({
        base: RANGE.base + ((start + index) % count) * size,
        prefix: PREFIX,
    }))
        .filter((subnet) => !taken.some((other) => overlaps(subnet, other)))
        .slice(0, CANDIDATES);
}
/** Whether two subnets have an address in common. A default route is in nobody's way. */
function overlaps(one, other) {
    const size = 2 ** (32 - Math.min(one.prefix, other.prefix));
    return other.prefix > 0 && Math.floor(one.base / size) === Math.floor(other.base / size);
}
/** Reads `10.1.2.0/24`; undefined when it is none. */
function parseSubnet(text) {
    const [address = '', prefix = ''] = text.split('/');
    const bits = Number(prefix);
    if (!isIPv4(address) || !/^\d{1,2}$/.test(prefix) || bits > 30) {
        return undefined;
    }
    const size = 2 ** (32 - bits);
    return { base: Math.floor(numberOf(address) / size) * size, prefix: bits };
}
function subnets_formatSubnet({ base, prefix }) {
    return `${addressOf(base)}/${prefix}`;
}
/** The address that the machine itself has in a subnet: the first one, as the plugin that hands out the others expects. */
function subnets_gatewayOf({ base, prefix }) {
    return `${addressOf(base + 1)}/${prefix}`;
}
function numberOf(address) {
    return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
function addressOf(number) {
    return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
/**
 * What the machine has routes for.
 * @param table text of /proc/net/route: addresses are hexadecimal, with their bytes in the order of the machine, which is little-endian.
 * Source: Linux, net/ipv4/fib_trie.c, fib_route_seq_show.
 */
function parseRoutes(table) {
    return table
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t'))
        .map(([device = '', destination = '', , , , , , mask = '']) => ({
        device,
        base: littleEndian(destination),
        prefix: 32 - Math.log2(2 ** 32 - littleEndian(mask)),
    }));
}
function littleEndian(hexadecimal) {
    const bytes = hexadecimal.match(/../g) ?? [];
    return Number.parseInt(bytes.reverse().join('') || '0', 16);
}

;// CONCATENATED MODULE: ./lib/plan/network-files.js

/** All bridges of the action begin with it, so that they can be told from others. */
const network_files_BRIDGE_PREFIX = 'bk-';
/**
 * Where machines in clouds tell what they are, with the keys of their roles: AWS and most others, and ECS and EKS, are link-local;
 * then Azure's agent and Alibaba. IPv6, where AWS has fd00:ec2::254, does not leave a bridge at all.
 * Source: Amazon EC2, ECS and EKS user guides; Azure, "What is IP address 168.63.129.16?"; Alibaba Cloud, "Instance metadata".
 */
const METADATA = (/* unused pure expression or super */ null && (['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32']));
/**
 * The rules of the firewall for a bridge, as iptables-restore reads them: what steps send to this machine or to instance metadata is
 * refused at once, all else goes out under the machine's address; nobody begins to talk to a step. They stand before all
 * other rules, because others such as Docker's drop what they do not know. Name servers are excepted, as some are at those very addresses.
 */
function network_files_networkRules({ bridge, subnet, nameservers, comment }) {
    const names = nameservers.flatMap((address) => ['udp', 'tcp'].map((protocol) => `-i ${bridge} -d ${address} -p ${protocol} --dport 53 -j ACCEPT`));
    const chains = {
        nat: {
            // A published port of a container would otherwise be a way to what this machine refuses.
            PREROUTING: [`-i ${bridge} -m addrtype --dst-type LOCAL -j ACCEPT`],
            POSTROUTING: [`-s ${formatSubnet(subnet)} ! -o ${bridge} -j MASQUERADE`],
        },
        filter: {
            INPUT: [...names, `-i ${bridge} ${ANSWERS} -j ACCEPT`, ...refuse(`-i ${bridge}`)],
            FORWARD: [
                ...names,
                ...METADATA.flatMap((address) => refuse(`-i ${bridge} -d ${address}`)),
                `-i ${bridge} -o ${bridge} -j ACCEPT`,
                // Steps of other daemons.
                ...refuse(`-i ${bridge} -o ${network_files_BRIDGE_PREFIX}+`),
                `-i ${bridge} -j ACCEPT`,
                `-o ${bridge} ${ANSWERS} -j ACCEPT`,
                ...refuse(`-o ${bridge}`),
            ],
        },
    };
    const tables = Object.entries(chains).map(([table, its]) => {
        const lines = Object.entries(its).flatMap(([chain, rules]) => rules.map((rule, index) => `-I ${chain} ${index + 1} ${rule.replace(' -j ', ` -m comment --comment ${comment} -j `)}`));
        return [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
    });
    return tables.join('');
}
const ANSWERS = '-m conntrack --ctstate RELATED,ESTABLISHED';
/** Says no at once: a program that looks for metadata goes on, instead of waiting. TCP would try again after a second. */
function refuse(packets) {
    return [`${packets} -p tcp -j REJECT --reject-with tcp-reset`, `${packets} -j REJECT`];
}
/**
 * The network as CNI's plugins are told of it. Masquerading is in the rules above; addresses are kept track of in a directory of the daemon's own,
 * not in the one that all daemons of a machine share.
 * Source: containernetworking/plugins v1.9.1, bridge and host-local.
 */
function networkConfig({ bridge, subnet, comment }, { mtu, state }) {
    const [gateway] = gatewayOf(subnet).split('/');
    const ipam = { type: 'host-local', dataDir: state, ranges: [[{ subnet: formatSubnet(subnet), gateway }]] };
    const plugin = { type: 'bridge', bridge, isDefaultGateway: true, ipMasq: false, mtu, ipam };
    return JSON.stringify({ cniVersion: '1.0.0', name: comment, plugins: [plugin] });
}

;// CONCATENATED MODULE: ./lib/machine/network.js








/** Programs of the system that a network of its own takes. */
const NETWORK_PROGRAMS = (/* unused pure expression or super */ null && (['ip', 'iptables']));
/** Where they are, also for a user whose PATH has only programs for users. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
/** Name of the interface that build steps of a daemon are behind; the digits in the name of its scratch tell it from others. */
function bridgeOf({ directory }) {
    const [, digits = ''] = (0,external_node_path_namespaceObject.basename)(directory).split('-');
    return network_files_BRIDGE_PREFIX + digits.slice(0, 15 - network_files_BRIDGE_PREFIX.length);
}
/** Stands in the rules of the firewall that are for a daemon. */
function commentOf({ directory }) {
    return BULK_PREFIX + (0,external_node_path_namespaceObject.basename)(directory);
}
/** Exit code: another one has this subnet. Source: sysexits.h, EX_TEMPFAIL. */
const TAKEN = 75;
/** Written on the bridge when the machine forwarded nothing before, and when who made it has begun to take it away. */
const [QUIET, LEAVING] = ['forwarding-was-off', 'leaving'];
const PREPARE = `PATH=$PATH:${SYSTEM_DIRECTORIES.join(':')}
forwarding=/proc/sys/net/ipv4/ip_forward
ours() { ip -o link show type bridge | grep ": ${network_files_BRIDGE_PREFIX}"; }
`;
/**
 * Runs as root: $1 is the bridge, $2 its address, $3 the subnet, $4 its largest packet, $5 the rules.
 * The bridge comes first and goes last: where there is none, there is nothing else. The kernel lets only one have the route, so two daemons
 * that start at the same time never share a subnet. Without IPv6 on the bridge, no step finds a link-local way to this machine.
 */
const CONNECT = (/* unused pure expression or super */ null && (`${PREPARE}
give_up() { ip link del "$bridge"; exit "$1"; }
bridge=$1
ip link add name "$bridge" mtu "$4" type bridge || exit 1
ipv6=/proc/sys/net/ipv6/conf/$bridge/disable_ipv6
[ ! -e "$ipv6" ] || echo 1 >"$ipv6" || give_up 1
ip addr add "$2" dev "$bridge" noprefixroute && ip link set "$bridge" up || give_up 1
ip route add "$3" dev "$bridge" scope link src "\${2%/*}" || give_up ${TAKEN}
if [ "$(cat $forwarding)" = 0 ] || ours | grep -q "alias ${QUIET}"; then
  ip link set "$bridge" alias ${QUIET}
fi
[ "$(cat $forwarding)" = 1 ] || echo 1 >$forwarding || exit 1
printf %s "$5" | iptables-restore --noflush -w 5 || exit 1
`));
/**
 * Runs as root: $1 is the bridge, $2 the comment of its rules, $3 where the daemon kept the namespaces of its steps.
 * What CNI remembers of them is not in the daemon's own directory. The machine stops forwarding if it did not before and nobody has rules for it, another
 * daemon or somebody else. A daemon that starts at this moment has none yet: it is looked for after that, and gets it back.
 */
const DISCONNECT = `${PREPARE}
bridge=$1
others() { ours | grep -v ": $bridge:" | grep -qv "alias ${QUIET}-${LEAVING}"; }
rules() { iptables-save 2>/dev/null | grep -e '^\\*' -e '^COMMIT' -e "^-A.*--comment \\"\\{0,1\\}$2\\"\\{0,1\\} "; }
for attempt in 1 2 3; do
  rules "$@" | grep -q '^-A' || break
  rules "$@" | sed 's/^-A/-D/' | iptables-restore --noflush -w 5
done
find /var/lib/cni/results -type f -exec grep -qF "\\"$3/" {} ';' -exec rm -f {} ';' 2>/dev/null
if ip -o link show "$bridge" | grep -q "alias ${QUIET}"; then
  ip link set "$bridge" alias ${QUIET}-${LEAVING}
  if ! iptables -S FORWARD | grep -q '^-A'; then
    echo 0 >$forwarding
    ! others || echo 1 >$forwarding
  fi
fi
for port in $(ip -o link show master "$bridge" | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'); do ip link del "$port"; done
ip link del "$bridge"
! rules "$@" | grep -q '^-A'
`;
/**
 * Makes the network of the build steps of a daemon: a bridge, with rules that keep it away from this machine.
 * @returns it, or why it cannot be made, in words of the system
 */
async function connectBridge(scratch, options) {
    const { subnets, nameservers, mtu, privilege } = options;
    const [bridge, comment] = [bridgeOf(scratch), commentOf(scratch)];
    await disconnectLeft(scratch, privilege);
    let last;
    for (const subnet of subnets) {
        const network = { bridge, subnet, nameservers, comment };
        const args = [bridge, gatewayOf(subnet), formatSubnet(subnet), String(mtu), networkRules(network)];
        last = await runAs(privilege, ['sh', '-c', CONNECT, 'sh', ...args]);
        if (last.code === 0) {
            return network;
        }
        if (last.code !== TAKEN) {
            // The bridge is the mark of what there may be of rules and forwarding.
            await disconnectBridge(scratch, privilege).catch(() => undefined);
            break;
        }
    }
    return { refusal: last?.stderr.trim().split('\n')[0] || 'this machine has a route into every subnet for it' };
}
/** Takes away what earlier daemons of the same kind have left where nothing else is left of them, as after /tmp was emptied. */
async function disconnectLeft(scratch, privilege) {
    const shared = bridgeOf(scratch).slice(BRIDGE_PREFIX.length + OWN_DIGITS);
    for (const bridge of await interfaces()) {
        if (bridge.startsWith(BRIDGE_PREFIX) && bridge.endsWith(shared)) {
            const own = bridge.slice(BRIDGE_PREFIX.length, BRIDGE_PREFIX.length + OWN_DIGITS);
            const left = scratchAt(nameOfSibling(basename(scratch.directory), own), dirname(scratch.bulk));
            if (!(await exists(left))) {
                // What cannot be removed is in nobody's way.
                await disconnectBridge(left, privilege).catch(() => undefined);
            }
        }
    }
}
/**
 * Takes the network of a daemon away that has ended, with all that belongs to it, whoever made it.
 * @throws when something of it stays
 */
async function disconnectBridge(scratch, privilege) {
    const bridge = bridgeOf(scratch);
    if (!(await hasInterface(bridge))) {
        return;
    }
    const namespaces = (0,external_node_path_namespaceObject.join)(scratch.bulk, DAEMON_ROOT, 'net');
    const { code, stderr } = await run_runAs(privilege, [
        'sh',
        '-c',
        DISCONNECT,
        'sh',
        bridge,
        commentOf(scratch),
        namespaces,
    ]);
    if (code !== 0 || (await hasInterface(bridge))) {
        throw new Error(`the network ${bridge} of build steps cannot be removed: ${stderr.trim()}`);
    }
}
async function hasInterface(name) {
    return (await interfaces()).includes(name);
}
/** Source: proc_pid_net(5). */
async function interfaces() {
    const table = await (0,promises_namespaceObject.readFile)(`${PROC}/self/net/dev`, 'utf8').catch(() => '');
    return [...table.matchAll(/^ *(?<name>[^\s:]+):/gm)].map(({ groups }) => groups?.name ?? '');
}

;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./lib/machine/slots.js






/** @param number from 1 */
function slotAt(root, { number, privilege, uid }) {
    // What a rootless daemon keeps has the ids of its user, and no other daemon can read it.
    const name = privilege === 'rootless' ? `rootless-${uid}-slot-${number}` : `slot-${number}`;
    return slotOf(join(root, name));
}
function slotOf(directory) {
    return { directory, lock: `${directory}.lock` };
}
/**
 * Takes away what a daemon that was killed has left running and mounted; the data stay.
 * @returns false when a living daemon has the slot
 * @throws when something cannot be ended, or locks do not work
 */
async function recoverSlot(slot, privilege) {
    return whileLocked(slot, { privilege, patience: 0 }, async () => {
        const name = await lastIn(slot);
        if (name !== undefined) {
            await endSteps(name, privilege);
        }
        await clearSlot(slot, privilege);
    });
}
/** The same when the daemon of that scratch ends; another one may have the slot already. */
async function leaveSlot(slot, { name, privilege }) {
    if ((await lastIn(slot)) === name) {
        // Its last process may hold the lock for a moment more.
        await whileLocked(slot, { privilege, patience: 5 }, () => clearSlot(slot, privilege));
    }
}
/**
 * BuildKit's own record of its builds goes: nobody asks for it in another job, where a cache was kept by the runner it has the runner's token
 * in it, and what is deleted from it stays in the file in parts.
 * Source: BuildKit v0.32.2, cmd/buildkitd/main.go (history.db); experiments.
 */
async function clearSlot({ directory }, privilege) {
    await unmountBelow([directory], privilege);
    await run_runAs(privilege, ['rm', '-f', (0,external_node_path_namespaceObject.join)(directory, 'history.db')]);
}
/** Name of the scratch whose daemon has taken the slot last. */
async function lastIn({ lock }) {
    const name = (await (0,promises_namespaceObject.readFile)(lock, 'utf8').catch(() => '')).trim();
    return /^(?:daemon|rootless)-[0-9a-f]+$/.test(name) ? name : undefined;
}
/** Holds a lock until its input ends. The file can be read by everybody, whatever the umask of root is. */
const HOLD = `umask 022; exec flock "$@" sh -c 'echo locked; cat >/dev/null'`;
/**
 * @param options.patience seconds
 * @returns whether the lock could be had
 * @throws Error when locks do not work
 */
async function whileLocked({ lock }, { privilege, patience }, work) {
    const wait = patience === 0 ? ['-n'] : ['-w', String(patience)];
    const [program, ...args] = argvOf(privilege, ['sh', '-c', HOLD, 'sh', ...wait, lock]);
    const holder = (0,external_node_child_process_namespaceObject.spawn)(program, args, { env: PLAIN_ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] });
    const ended = (0,external_node_events_namespaceObject.once)(holder, 'close');
    const errors = [];
    holder.stderr.on('data', (chunk) => errors.push(chunk.toString()));
    const [outcome] = await Promise.race([(0,external_node_events_namespaceObject.once)(holder.stdout, 'data'), ended]);
    if (!Buffer.isBuffer(outcome)) {
        // Source: flock(1): 1 when another one holds the lock.
        if (outcome === 1 && errors.length === 0) {
            return false;
        }
        throw new Error(`flock does not work on ${lock}: ${errors.join('').trim() || `it ended with ${outcome}`}`);
    }
    try {
        await work();
        return true;
    }
    finally {
        holder.stdin.end();
        await ended;
    }
}

;// CONCATENATED MODULE: ./lib/machine/dispose.js











/** What a step waits for when it takes something down: nobody should wait for longer, and what is left the next run finds. Milliseconds. */
const dispose_PATIENCE = 45_000;
/** Of the patience, for a removal that is not done in time to be ended. Milliseconds. */
const MARGIN = 500;
/**
 * Takes scratch away with all that runs, is mounted or lies below it. What is gone already does not matter, and no
 * record is needed: everything follows from the paths. Data that are kept beyond the job stay where they are.
 * @param patience milliseconds; what has not ended by then is left to the next run
 * @throws Error when something cannot be ended or removed, or not in that time
 */
async function disposeScratch(scratch, patience = dispose_PATIENCE) {
    if (!isScratch(scratch)) {
        throw new Error('this is no scratch directory of the action');
    }
    const deadline = Date.now() + patience;
    const work = isOfDaemon(scratch) ? disposeOfDaemon(scratch, deadline) : disposeOfStep(scratch);
    const late = new Promise((_, reject) => {
        setTimeout(() => reject(new Error(`it takes more than ${Math.ceil(patience / 1000)} s`)), patience).unref();
    });
    await Promise.race([work, late]);
}
async function disposeOfStep(scratch) {
    await stopClients(scratch);
    // Work that goes on in this process may put something there meanwhile.
    await (0,promises_namespaceObject.rm)(scratch.bulk, { recursive: true, force: true, maxRetries: 3 });
    await removeDirectory(scratch.directory);
}
async function disposeOfDaemon(scratch, deadline) {
    const privilege = privilegeOf(scratch);
    await disposeDaemon(scratch, privilege);
    // Before nobody waits any more: what is not ended by then would go on. One that is zero would be none.
    const left = () => Math.max(1, deadline - Date.now() - MARGIN);
    if (privilege === 'rootless') {
        await removeMapped(scratch, left);
    }
    const { code, stderr } = await run_runAs(privilege, ['rm', '-rf', '--', scratch.bulk], left());
    if (code !== 0) {
        throw new Error(stderr.trim());
    }
    await removeDirectory(scratch.directory);
}
/**
 * Takes away what jobs that were killed have left on this machine.
 * @param temp the runner's
 * @param warn called with what could not be removed
 */
async function sweep(temp, warn) {
    const found = await abandonedScratch(temp).catch((error) => {
        warn(`Leftovers of other runs cannot be looked for: ${messageOf(error)}`);
        return [];
    });
    const removing = found.map((scratch) => disposeScratch(scratch).catch((error) => {
        const reason = messageOf(error);
        warn(`${scratch.bulk}, left by a job that was killed, cannot be removed: ${reason}`);
    }));
    await Promise.all(removing);
}
async function disposeDaemon(scratch, privilege) {
    const name = (0,external_node_path_namespaceObject.basename)(scratch.directory);
    const [found] = await findDaemon(scratch);
    const daemon = (await readDaemonProcess(scratch.directory)) ?? found;
    await stopClients(scratch);
    if (daemon !== undefined) {
        await stop(daemon, privilege);
    }
    // What rootlesskit has started is ended by the kernel a moment after it.
    await endDaemon(scratch, privilege);
    await leftovers_endSteps(name, privilege);
    // BuildKit mounts also below its directory for what is temporary, which is the small one.
    await unmountBelow([scratch.bulk, scratch.directory], privilege);
    if (privilege !== 'rootless') {
        await disconnectBridge(scratch, privilege);
    }
    const kept = await keptRootOf(scratch);
    if (kept !== undefined) {
        await leaveSlot(slotOf(kept), { name, privilege });
    }
}
/**
 * Ends a daemon, whose builds have nobody to work for any more: one TERM lets it write down what it knows, the third one ends it at
 * once, and a KILL ends what hangs. rootlesskit hands them on, and what it runs ends with it.
 * Source: BuildKit's signal handling, util/appcontext.
 */
async function stop(daemon, privilege) {
    const rounds = [
        { signals: ['TERM'], wait: 3_000 },
        { signals: ['TERM', 'TERM'], wait: 1_000 },
        { signals: ['KILL'], wait: 2_000 },
    ];
    for (const { signals, wait } of rounds) {
        for (const name of signals) {
            if (await isAlive(daemon)) {
                await signal([daemon], { name, privilege });
            }
        }
        if (await waitForEnd(daemon, wait)) {
            return;
        }
    }
    throw new Error(`the BuildKit daemon (process ${daemon.pid}) does not end`);
}
/** Files of the subordinate ids of a user are its own only inside of such a user namespace. */
async function removeMapped(scratch, left) {
    const data = (0,external_node_path_namespaceObject.join)(scratch.bulk, DAEMON_ROOT);
    const own = await run(['rm', '-rf', '--', data], left());
    if (own.code === 0) {
        return;
    }
    const mapped = await inPassing(scratch, (directory) => run([(0,external_node_path_namespaceObject.join)(scratch.bulk, ROOTLESSKIT), `--state-dir=${(0,external_node_path_namespaceObject.join)(directory, 's')}`, 'rm', '-rf', '--', data], left()));
    if (mapped.code !== 0) {
        throw new Error(mapped.stderr.trim());
    }
}

;// CONCATENATED MODULE: ./lib/state.js


/** Name under which the state is saved: `core.saveState` hands it to post as STATE_cleanup. */
const STATE_NAME = 'cleanup';
function formatState({ step, scratch }) {
    return JSON.stringify({ step, scratch: scratch.map(({ directory, bulk }) => ({ directory, bulk })) });
}
/** Reads what main has saved; nothing when main did not get that far. */
function parseState(text) {
    try {
        const state = parseJson(text ?? '');
        const scratch = at(state, 'scratch');
        const entries = Array.isArray(scratch) ? scratch : [];
        return {
            step: readOwner(at(state, 'step')),
            scratch: entries.flatMap((entry) => {
                const [directory, bulk] = [textAt(entry, 'directory'), textAt(entry, 'bulk')];
                return directory === undefined || bulk === undefined ? [] : [{ directory, bulk }];
            }),
        };
    }
    catch {
        return { step: undefined, scratch: [] };
    }
}

;// CONCATENATED MODULE: ./lib/post.js





/** Milliseconds for what post does, which may take 20 s with its own start and end: a runner that cancels a job does not wait for long. */
const post_PATIENCE = 15_000;
/**
 * Takes away what the step has left for the rest of the job: its daemon, and all of it when the step was killed. A step that still
 * runs is ended first.
 * It reads saved state only, and a problem is a warning: the image is where it should be.
 * @param warn shows one message to the user
 */
async function cleanUp(env, warn) {
    const deadline = Date.now() + post_PATIENCE;
    const { step, scratch } = parseState(env[`STATE_${STATE_NAME}`]);
    if (step !== undefined) {
        await endStep(step).catch((error) => warn(failure_messageOf(error)));
    }
    const made = step === undefined ? [] : await scratchMadeBy(step);
    const unsaved = made.filter(({ directory }) => scratch.every((one) => one.directory !== directory));
    const removing = [...scratch, ...unsaved].map(({ directory, bulk }) => disposeScratch({ directory, bulk }, deadline - Date.now()).catch((error) => {
        warn(`${directory} and ${bulk} could not be removed: ${failure_messageOf(error)}. The next run on this machine tries again.`);
    }));
    await Promise.all(removing);
}


/***/ }),

/***/ 755:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  fk: () => (/* binding */ printableLines)
});

// UNUSED EXPORTS: clip, clipMiddle, printable

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./lib/report/printable.js

/** What moves or hides text: control characters, separators of lines, and marks that turn the direction of writing. */
const HIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/**
 * One line of text from elsewhere as the log can show it outside of `stop-commands`, and a message can have it. The runner takes
 * `::command::` from the beginning of a line, blanks left out, and `##[command]` from anywhere in a line that is no `::command::`; it
 * takes a carriage return for the end of a line, too. Nothing of that is left, and nothing that moves or hides text.
 * Source: actions/runner, src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse), src/Runner.Worker/ActionCommandManager.cs;
 * .NET, StreamReader.ReadLine.
 */
function printable(line) {
    return (0,external_node_util_namespaceObject.stripVTControlCharacters)(line)
        .replaceAll(HIDDEN, picture)
        .replaceAll('##[', '## [')
        .replace(/^(\s*)::/, '$1: :')
        .toWellFormed();
}
/** A text of several lines, each as `printable` shows it. */
function printableLines(text) {
    return text.split(/\r?\n/).map(printable).join('\n');
}
/** Control characters have pictures of their own in Unicode; the others are shown as unknown. */
function picture(character) {
    const code = character.charCodeAt(0);
    if (character === '\t') {
        return character;
    }
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
}
/** What no word has in it: a secret that does is rare, and JSON without blanks is not. */
const BETWEEN_WORDS = /[\s"'`,;&(){}<>|[\]]/;
/**
 * Cuts a text that is longer than a number of characters, at its end. A word is there whole or not at all: the runner masks a secret only
 * where it stands whole.
 */
function clip(text, length) {
    return text.length <= length ? text : `${beginning(text, length - 1)}…`;
}
/** Cuts a text that is longer than a number of characters in its middle: its end may be what says most. */
function clipMiddle(text, length) {
    const half = Math.floor((length - 3) / 2);
    return text.length <= length ? text : `${beginning(text, half)} … ${ending(text, half)}`;
}
function beginning(text, length) {
    let end = length;
    while (end > 0 && isInWord(text, end)) {
        end -= 1;
    }
    return text.slice(0, end);
}
function ending(text, length) {
    let start = text.length - length;
    while (start < text.length && isInWord(text, start)) {
        start += 1;
    }
    return text.slice(start);
}
/** Whether a cut before this character is in the middle of a word. */
function isInWord(text, at) {
    return !BETWEEN_WORDS.test(text.charAt(at - 1)) && !BETWEEN_WORDS.test(text.charAt(at));
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
