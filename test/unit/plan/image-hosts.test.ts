import { describe, expect, it } from 'vitest';
import { ecrHostsOf, imagesIn } from '../../../src/plan/image-hosts.ts';

const TOKYO = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const DUAL = '123456789012.dkr-ecr.us-west-2.on.aws';

describe('the images of a Dockerfile', () => {
  it.each([
    ['FROM', 'FROM a/b:1', ['a/b:1']],
    ['in lower case and indented', '  from\ta/b:1  as x', ['a/b:1']],
    ['with a platform', 'FROM --platform=$BUILDPLATFORM a/b:1 AS x', ['a/b:1']],
    ['a digest', 'FROM a/b@sha256:00 AS x', ['a/b@sha256:00']],
    ['a variable after the host', 'FROM a/b:${TAG:-1}', ['a/b:${TAG:-1}']],
    ['several', 'FROM a/b\nFROM c/d\r\nCOPY --from=e/f /x /y\r\n', ['a/b', 'c/d', 'e/f']],
    ['COPY with other flags', 'COPY --chown=1:1 --from=a/b --link x y', ['a/b']],
    ['COPY with quotes', 'COPY --from="a/b" x y', ['a/b']],
    ['COPY without from', 'COPY --link --from x y', []],
    ['COPY of a file named so', 'COPY x --from=a/b', []],
    ['RUN with a mount', 'RUN --mount=type=bind,from=a/b,target=/x ls', ['a/b']],
    ['RUN with from first and last', 'RUN --mount=from=a/b,target=/x --mount=target=/y,from=c/d ls', ['a/b', 'c/d']],
    ['RUN that is about one', 'RUN echo --mount=from=a/b FROM c/d', []],
    ['a mount whose target ends so', 'RUN --mount=type=tmpfs,target=/from=a ls', []],
    ['a line that goes on', 'FROM \\\n  --platform=linux/amd64 \\  \n  a/b \\\n AS x', ['a/b']],
    ['comments and blank lines in between', 'FROM \\\n# FROM c/d\n\n  a/b', ['a/b']],
    ['comments', '# FROM a/b\n   # FROM c/d\nFROM e/f', ['e/f']],
    ['another escape', '# escape=`\nFROM `\n a/b\nRUN dir C:\\\nFROM c/d', ['a/b', 'c/d']],
    ['an escape that comes too late', 'ARG X\n# escape=`\nRUN x`\nFROM a/b', ['a/b']],
    ['a byte order mark', '\uFEFFFROM a/b', ['a/b']],
    ['a frontend', '# syntax=a/frontend:1\nFROM a/b', ['a/frontend:1', 'a/b']],
    ['a heredoc', 'RUN <<EOF\nFROM a/b\nEOF\nFROM c/d', ['c/d']],
    ['a heredoc in quotes', 'RUN cat <<"EOF" > /x\nFROM a/b\nEOF\nFROM c/d', ['c/d']],
    ['a heredoc with tabs', 'RUN <<-EOF\nFROM a/b\n\t\tEOF\nFROM c/d', ['c/d']],
    ['a heredoc that tabs do not end', 'RUN <<EOF\n\tEOF\nFROM a/b\nEOF\nFROM c/d', ['c/d']],
    ['two heredocs', 'COPY <<one <<two /x/\nFROM a/b\none\nFROM c/d\ntwo\nFROM e/f', ['e/f']],
    ['a heredoc with a number', 'RUN cat 3<<EOF <&3\nFROM a/b\nEOF\nFROM c/d', ['c/d']],
    ['a heredoc with a comment', 'RUN <<EOF\n# EOF\nFROM a/b\\\nEOF\nFROM c/d', ['c/d']],
    ['a heredoc behind a mount', 'RUN --mount=from=x/y,target=/x <<EOF\nFROM a/b\nEOF\nFROM c/d', ['x/y', 'c/d']],
    ['a heredoc of a child', 'ONBUILD RUN <<EOF\nFROM a/b\nEOF\nFROM c/d', ['c/d']],
    ['a heredoc without an end', 'RUN <<EOF\nFROM a/b', ['a/b']],
    ['a heredoc in a text', 'RUN echo "a <<EOF b"\nFROM a/b\nEOF', ['a/b']],
    ['no heredoc in JSON', 'RUN ["cat", "<<EOF"]\nFROM a/b\nEOF', ['a/b']],
    ['a here string', 'RUN cat <<<EOF\nFROM a/b\nEOF', ['a/b']],
    ['no heredoc of ENV', 'ENV A=<<EOF\nFROM a/b\nEOF', ['a/b']],
    ['nothing', '', []],
    ['something else', '{"a": "FROM b/c"}', []],
  ])('%s', (_, dockerfile, images) => {
    expect(imagesIn(dockerfile)).toEqual(images);
  });
});

describe('hosts of ECR', () => {
  it.each([
    ['of a private image', [`${TOKYO}/app:1`], [TOKYO]],
    ['each once', [`${TOKYO}/app:1`, `docker-image://${TOKYO}/other`, `${DUAL}/a`], [TOKYO, DUAL]],
    ['of a public image', ['public.ecr.aws/docker/library/node:24'], ['public.ecr.aws']],
    ['whose tag is a variable', [`${TOKYO}/app:\${TAG}`], [TOKYO]],
    ['of a variable', ['${REGISTRY}/app', `\${X}${TOKYO}/app`], []],
    ['without an image', [TOKYO, 'builder', 'scratch'], []],
    ['of others', ['docker.io/library/node', 'node', `${TOKYO}.evil.example/app`, `evil.example/${TOKYO}/app`], []],
    ['in addresses', [`https://${TOKYO}/app`, `local:${TOKYO}/app`], []],
  ])('%s', (_, images, hosts) => {
    expect(ecrHostsOf(images)).toEqual(hosts);
  });
});
