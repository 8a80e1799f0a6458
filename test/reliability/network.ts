import type { Area } from './row.ts';

const RULES = 'src/plan/network-files.ts';
const SCRIPTS = 'src/machine/network.ts';
const ISOLATION = 'reaches what is elsewhere, and neither services of the machine nor instance metadata';
const KILLED = 'goes in post after its daemon was killed in the middle of a RUN';
const SIDE_BY_SIDE = 'have a network each';

export const area: Area = {
  title: 'Build steps and the network',
  rows: [
    {
      fault: 'A Dockerfile asks for instance metadata, as EC2, ECS and EKS have it',
      outcome: 'It is refused at once: there are no keys of the machine for a RUN.',
      test: { file: 'build-network.test.ts', name: ISOLATION },
      mutant: { file: RULES, from: '...METADATA.flatMap((address) => refuse(`-i ${bridge} -d ${address}`)),', to: '' },
    },
    {
      fault: 'A Dockerfile asks a service that listens on the loopback address of the runner',
      outcome: 'Its loopback address is another one: build steps have a network of their own.',
      test: { file: 'build-network.test.ts', name: ISOLATION },
      mutant: { file: 'src/buildkit/network.ts', from: "networkMode: 'cni'", to: "networkMode: 'host'" },
    },
    {
      fault: 'A Dockerfile asks a service that listens on all addresses of the runner',
      outcome: 'It is refused at once, by whatever address of the machine.',
      test: { file: 'build-network.test.ts', name: ISOLATION },
      mutant: { file: RULES, from: '...refuse(`-i ${bridge}`)]', to: ']' },
    },
    {
      fault: 'A Dockerfile asks the runner for a port that is published for a container',
      outcome: 'It is not led on to the container, but refused.',
      test: {
        file: 'build-network.test.ts',
        name: 'does not reach a service of the machine by a port that is published elsewhere',
      },
      mutant: { file: RULES, from: '[`-i ${bridge} -m addrtype --dst-type LOCAL -j ACCEPT`]', to: '[]' },
    },
    {
      fault: 'The firewall of the machine drops what is forwarded, as Docker sets it up',
      outcome: 'Build steps reach what is elsewhere all the same.',
      test: {
        file: 'build-network.test.ts',
        name: 'reaches what is elsewhere also where others have what is forwarded dropped',
      },
      mutant: { file: RULES, from: '`-i ${bridge} -j ACCEPT`,', to: '' },
    },
    {
      fault: 'The name server of the runner is on the runner itself',
      outcome: 'Build steps can ask it, and nothing else there.',
      test: {
        file: 'build-network.test.ts',
        name: 'reaches the name server of the machine and nothing beside it: on the machine itself',
      },
      mutant: { file: RULES, from: 'INPUT: [...names, ', to: 'INPUT: [' },
    },
    {
      fault: 'The name server of the runner has the address of the instance metadata, as on Google Cloud',
      outcome: 'Build steps can ask it for names, and not for metadata.',
      test: {
        file: 'build-network.test.ts',
        name: 'reaches the name server of the machine and nothing beside it: at the address of the metadata',
      },
      mutant: { file: RULES, from: 'FORWARD: [\n        ...names,', to: 'FORWARD: [' },
    },
    {
      fault: 'A self-hosted runner has no iptables',
      outcome: 'Build steps use the network of the machine, and a warning says what a Dockerfile can reach.',
      test: { file: 'build-network-host.test.ts', name: 'warns of what a RUN can reach: it has no iptables' },
      mutant: {
        file: 'src/machine/network-facts.ts',
        from: 'missing: programs.flatMap((program) => (program.path === undefined ? [program.name] : [])),',
        to: 'missing: [],',
      },
    },
    {
      fault: 'The iptables of a self-hosted runner does not work',
      outcome: 'Build steps use the network of the machine, and the warning has the words of iptables.',
      test: { file: 'build-network-host.test.ts', name: 'warns of what a RUN can reach: its iptables does not work' },
      mutant: {
        file: SCRIPTS,
        from: 'iptables-restore --noflush -w 5 || exit 1',
        to: 'iptables-restore --noflush -w 5 || true',
      },
    },
    {
      fault: 'The only name server of a self-hosted runner is on its loopback address',
      outcome:
        'Build steps use the network of the machine, because names would not be resolved otherwise, with a warning.',
      test: {
        file: 'build-network-host.test.ts',
        name: 'warns of what a RUN can reach: its name server is on loopback',
      },
      mutant: {
        file: 'src/plan/build-network.ts',
        from: 'asked.length > 0 && nameservers.length === 0',
        to: 'asked.length < nameservers.length',
      },
    },
    {
      fault: 'The BuildKit of `buildkitPath` has no network plugins',
      outcome: 'Build steps use the network of the machine, and a warning names the plugins.',
      test: { file: 'build-network-host.test.ts', name: 'is one whose BuildKit has no plugins' },
      mutant: {
        file: 'src/buildkit/network.ts',
        from: 'missing: [...missing, ...facts.missing]',
        to: 'missing: facts.missing.slice(missing.length)',
      },
    },
    {
      fault: 'The archive of a mirror has no network plugins',
      outcome: 'The build goes on with the network of the machine, and the archive is not downloaded again to look.',
      test: {
        file: 'install.test.ts',
        name: 'of an archive without plugins gives its steps the network of the machine',
      },
      mutant: {
        file: 'src/buildkit/install.ts',
        from: 'programs: PLUGIN_NAMES, optional: true',
        to: 'programs: PLUGIN_NAMES',
      },
    },
    {
      fault: 'The daemon does not start with a network for its steps, although the machine has all that it takes',
      outcome:
        'Another one is started with the network of the machine, and the warning has the last words of the first.',
      test: {
        file: 'build-network-host.test.ts',
        name: 'is one on which the daemon does not start with it: the step starts another one',
      },
      mutant: { file: 'src/buildkit/daemon.ts', from: "plan.kind !== 'bridge' || ", to: "plan.kind === 'bridge' || " },
    },
    {
      fault: 'The daemon is killed in the middle of a RUN',
      outcome: 'Post removes bridge, interfaces, rules of the firewall and what CNI remembers, and nothing of others.',
      test: { file: 'build-network-leftovers.test.ts', name: KILLED },
      mutant: { file: 'src/machine/dispose.ts', from: 'await disconnectBridge(scratch, privilege);', to: '' },
    },
    {
      fault: 'The daemon is killed on a machine that forwarded nothing before',
      outcome: 'Post switches forwarding off again.',
      test: { file: 'build-network-leftovers.test.ts', name: KILLED },
      mutant: { file: SCRIPTS, from: 'echo 0 >$forwarding', to: ':' },
    },
    {
      fault: 'Job and daemon are killed in the middle of a RUN',
      outcome: 'The next run on the machine removes the network of that daemon, also what CNI remembers of it.',
      test: {
        file: 'build-network-leftovers.test.ts',
        name: 'is found by the next run after job and daemon were killed',
      },
      mutant: {
        file: SCRIPTS,
        from: `find /var/lib/cni/results -type f -exec grep -qF "\\\\"$3/" {} ';' -exec rm -f {} ';' 2>/dev/null`,
        to: '',
      },
    },
    {
      fault:
        'A daemon was killed, and all that is left of it is its network, as after `/tmp` and `RUNNER_TEMP` were emptied',
      outcome: 'The step of that job that runs again takes it away and makes its own.',
      test: {
        file: 'build-network-leftovers.test.ts',
        name: 'is made anew where that of a killed daemon is all that is left of it',
      },
      mutant: {
        file: SCRIPTS,
        from: 'await disconnectLeft(scratch, privilege);',
        to: 'void disconnectLeft;',
      },
    },
    {
      fault: 'Somebody else has come to need forwarding while a daemon ran',
      outcome: 'It stays on.',
      test: {
        file: 'build-network-leftovers.test.ts',
        name: 'leaves forwarding on where somebody else has come to need it',
      },
      mutant: { file: SCRIPTS, from: "if ! iptables -S FORWARD | grep -q '^-A'; then", to: 'if true; then' },
    },
    {
      fault: 'A Dockerfile asks a build step of another job on the same machine',
      outcome: 'It is refused at once.',
      test: { file: 'build-network-leftovers.test.ts', name: SIDE_BY_SIDE },
      mutant: { file: RULES, from: '...refuse(`-i ${bridge} -o ${BRIDGE_PREFIX}+`),', to: '' },
    },
    {
      fault: 'One of several daemons on a machine that forwarded nothing before ends',
      outcome: 'The others keep their network: forwarding stays on until the last one has ended.',
      test: { file: 'build-network-leftovers.test.ts', name: SIDE_BY_SIDE },
      mutant: [
        { file: SCRIPTS, from: "if ! iptables -S FORWARD | grep -q '^-A'; then", to: 'if true; then' },
        { file: SCRIPTS, from: '! others || echo 1 >$forwarding', to: ':' },
      ],
    },
    {
      fault: 'Two daemons want the same subnet at the same moment',
      outcome: 'The kernel gives it to one of them, and the other takes the next one.',
      test: {
        file: 'build-network-leftovers.test.ts',
        name: 'do not share a subnet that both want at the same moment',
      },
      mutant: { file: SCRIPTS, from: 'give_up ${TAKEN}', to: 'give_up 1' },
    },
  ],
};
