import type { Area, Replacement } from './row.ts';

/** An error is shown as it comes: with the characters that move and hide text. */
const RAW_ERROR: Replacement = {
  file: 'src/failure.ts',
  from: 'clipMiddle(printable(line), SHOWN.line)',
  to: 'clipMiddle(line, SHOWN.line)',
};
/** So is what a build has said, before it becomes an error. */
const RAW_REASON: Replacement = {
  file: 'src/buildkit/errors.ts',
  from: "said.split('\\n').map(printable).join('\\n')",
  to: 'said',
};
const RAW_OUTPUT: Replacement = {
  file: 'src/buildkit/errors.ts',
  from: '.map((line) => clip(printable(line), SHOWN.line))',
  to: '.map((line) => clip(line, SHOWN.line))',
};
/** And what stands in the log. */
const RAW_LOG: Replacement = {
  file: 'src/log.ts',
  from: "core.info(printable(line.replaceAll(/[\\r\\n]+/g, ' ')));",
  to: 'core.info(line);',
};

export const area: Area = {
  title: 'Hostile input',
  rows: [
    {
      fault: 'Every input has commands of the runner, of a terminal, of a shell and of buildctl on one line',
      outcome: 'One error that shows them as text; nothing of them is obeyed, and no file is made.',
      test: {
        file: 'hostile-inputs.test.ts',
        name: 'is text when all of action.yml are hostile: a line',
      },
      mutant: RAW_ERROR,
    },
    {
      fault: 'Every input of the merge action has such commands on lines of their own',
      outcome: 'One error that shows them as text.',
      test: {
        file: 'hostile-inputs.test.ts',
        name: 'is text when all of merge/action.yml are hostile: lines',
      },
      mutant: { file: 'src/report/printable.ts', from: '    .replaceAll(HIDDEN, picture)\n', to: '' },
    },
    {
      fault: 'An input is as long as the machine lets a variable be',
      outcome: 'The error has the input, the reason, what to change and the link, within what GitHub shows.',
      test: {
        file: 'hostile-inputs.test.ts',
        name: 'may be as long as the machine lets one of action.yml be',
      },
      mutant: [
        { file: 'src/failure.ts', from: 'clipMiddle(printable(line), SHOWN.line)', to: 'printable(line)' },
        {
          file: 'src/failure.ts',
          from: "clip(what.join('\\n'), SHOWN.message - end.length - 1)",
          to: "what.join('\\n')",
        },
      ],
    },
    {
      fault: 'extraArgs has a flag that would send the image elsewhere',
      outcome: 'It is refused by its name before anything starts.',
      test: { file: 'bad-inputs.test.ts', name: 'refused flag: one error with code, reason and way out' },
      mutant: { file: 'src/plan/extra-args.ts', from: "  output: 'Use the input outputs.',\n", to: '' },
    },
    {
      fault: 'A Git tag has lines, commands and quotes in its name',
      outcome: 'The tag of the image has a dash in their place, and all of its labels are text.',
      test: { file: 'hostile-source.test.ts', name: 'are text: a tag' },
      mutant: { file: 'src/plan/tags.ts', from: "\n    .replace(/[^\\w.-]/gu, '-')", to: '' },
    },
    {
      fault: 'Steps of a build print commands of the runner',
      outcome: 'They are text in the log of the build.',
      test: {
        file: 'hostile-source.test.ts',
        name: 'and what its steps print are text when it succeeds',
      },
      mutant: {
        file: 'src/commands.ts',
        from: '    process.stdout.write(`::stop-commands::${token}\\n`);\n',
        to: '',
      },
    },
    {
      fault: 'A step prints commands and characters that move text, and fails',
      outcome: 'Its last lines are text in the one error of the step.',
      test: {
        file: 'hostile-source.test.ts',
        name: 'and what is wrong in a Dockerfile are text: a step that fails',
      },
      mutant: [RAW_ERROR, RAW_OUTPUT],
    },
    {
      fault: 'The lines of a Dockerfile around an error are commands of the runner',
      outcome: 'They are text where the log shows them.',
      test: {
        file: 'hostile-source.test.ts',
        name: 'and what is wrong in a Dockerfile are text: an instruction that is none',
      },
      mutant: [
        RAW_LOG,
        {
          file: 'src/buildkit/excerpt.ts',
          from: 'clip(printable(text), SHOWN_LENGTH)',
          to: 'clip(text, SHOWN_LENGTH)',
        },
      ],
    },
    {
      fault: 'A warning of BuildKit repeats commands of the runner',
      outcome: 'They are text in the annotation.',
      test: { file: 'annotations.test.ts', name: 'is text in warnings' },
      mutant: {
        file: 'src/report/annotations.ts',
        from: 'clip(printable(line), SHOWN_LENGTH)',
        to: 'clip(line, SHOWN_LENGTH)',
      },
    },
    {
      fault: 'The workspace has a Dockerfile whose name has lines and commands in it',
      outcome: 'The error that proposes it shows the name as text.',
      test: { file: 'hostile-source.test.ts', name: 'are text where they are proposed' },
      mutant: RAW_ERROR,
    },
    {
      fault: 'A Git server answers with commands of the runner',
      outcome: 'They are text in the error.',
      test: { file: 'hostile-source.test.ts', name: 'is on a server whose words are text' },
      mutant: RAW_ERROR,
    },
    {
      fault: 'The build context has the form of a Git repository whose settings name a program',
      outcome: 'Git passes it over, and the program is not run.',
      test: {
        file: 'hostile-source.test.ts',
        name: 'runs nothing that a directory of it names, though it looks like a repository itself',
      },
      mutant: [
        { file: 'src/source/commit.ts', from: "  'safe.bareRepository=explicit',\n", to: '' },
        { file: 'src/source/commit.ts', from: "  'log.showSignature=false',\n", to: '' },
      ],
    },
    {
      fault: 'A registry refuses a manifest with commands of the runner',
      outcome: 'They are text in the error.',
      test: { file: 'hostile-answers.test.ts', name: 'is text when it refuses: a manifest' },
      mutant: [RAW_ERROR, RAW_REASON],
    },
    {
      fault: 'A registry refuses what a merge reads with commands of the runner',
      outcome: 'They are text in the error.',
      test: { file: 'hostile-answers.test.ts', name: 'is text when a merge is refused' },
      mutant: RAW_ERROR,
    },
    {
      fault: 'AWS answers with commands of the runner',
      outcome: 'They are text in the error.',
      test: { file: 'hostile-answers.test.ts', name: 'is text: of an identity' },
      mutant: RAW_ERROR,
    },
    {
      fault: 'AWS names an address of its registry that is none',
      outcome: 'The step fails with what is wrong, and not as if the action had a mistake.',
      test: { file: 'hostile-answers.test.ts', name: 'is text: of its own address' },
      mutant: {
        file: 'src/aws/ecr.ts',
        from: "URL.parse(proxyEndpoint ?? '')?.host || undefined;",
        to: 'proxyEndpoint === undefined ? undefined : new URL(proxyEndpoint).host;',
      },
    },
    {
      fault: 'A scan finds packages whose names are HTML and Markdown',
      outcome: 'They are text in the summary, and commands among them are text in the log.',
      test: { file: 'hostile-answers.test.ts', name: 'is text in what a scan has found' },
      mutant: { file: 'src/report/findings.ts', from: "cell.replaceAll(/[`|]/g, ' ')", to: 'cell' },
    },
    {
      fault: 'A daemon that does not start logs commands of the runner',
      outcome: 'They are text in the error.',
      test: { file: 'hostile-answers.test.ts', name: 'is text when it does not start' },
      mutant: [
        RAW_ERROR,
        { file: 'src/buildkit/daemon-log.ts', from: 'clip(printable(line), WIDTH)', to: 'clip(line, WIDTH)' },
      ],
    },
    {
      fault: 'A file that inputs name has commands of the runner in place of its fields',
      outcome: 'They are text in the error.',
      test: {
        file: 'hostile-answers.test.ts',
        name: 'is text, in whatever file it is that an input names: JSON of another shape',
      },
      mutant: RAW_ERROR,
    },
  ],
};
