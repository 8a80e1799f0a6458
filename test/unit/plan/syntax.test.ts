import { describe, expect, it } from 'vitest';
import { builtInMinor, readSyntax } from '../../../src/plan/syntax.ts';

describe('the syntax of a Dockerfile', () => {
  it.each([
    ['docker/dockerfile:1', 0],
    ['docker.io/docker/dockerfile:1', 0],
    ['docker/dockerfile:1.0', 0],
    ['docker/dockerfile:1.4', 4],
    ['docker/dockerfile:1.7.1', 7],
    ['docker/dockerfile:1.26', 26],
    ['docker/dockerfile', undefined],
    ['docker/dockerfile:latest', undefined],
    ['docker/dockerfile:2', undefined],
    ['docker/dockerfile:10', undefined],
    ['docker/dockerfile:1-labs', undefined],
    ['docker/dockerfile:1.7-labs', undefined],
    ['docker/dockerfile:1.2.1-experimental', undefined],
    ['docker/dockerfile:experimental', undefined],
    [`docker/dockerfile:1@sha256:${'0'.repeat(64)}`, undefined],
    [`docker/dockerfile@sha256:${'0'.repeat(64)}`, undefined],
    ['docker/dockerfile-upstream:1', undefined],
    ['a.example/docker/dockerfile:1', undefined],
    ['docker/dockerfileX1', undefined],
    ['tonistiigi/dockerfile:1', undefined],
  ])('%s needs version 1.%s', (image, minor) => {
    expect(readSyntax(`# syntax=${image}\nFROM scratch\n`)).toEqual({ image, minor });
  });

  it.each([
    ['no blanks', '#syntax=docker/dockerfile:1\n'],
    ['many blanks', '#\t syntax \t= docker/dockerfile:1 \t\nFROM scratch'],
    ['other letters', '# SynTax=docker/dockerfile:1'],
    ['CRLF', '# syntax=docker/dockerfile:1\r\nFROM scratch\r\n'],
    ['a BOM', '\uFEFF# syntax=docker/dockerfile:1\n'],
    ['a shebang before it', '#!/usr/bin/env -S docker build\n# syntax=docker/dockerfile:1\n'],
    ['a BOM and a shebang before it', '\uFEFF#!/bin/sh\n# syntax=docker/dockerfile:1\n'],
    ['another directive before it', '# escape=`\n# syntax=docker/dockerfile:1\n'],
    ['a directive with blanks before it', '# check=skip=StageNameCasing, FromAsCasing\n# syntax=docker/dockerfile:1\n'],
    ['both before it', '# Escape=\\\r\n# check=error=true\r\n# syntax=docker/dockerfile:1\r\n'],
  ])('may be written with %s', (_, dockerfile) => {
    expect(readSyntax(dockerfile)).toEqual({ image: 'docker/dockerfile:1', minor: 0 });
  });

  it.each([
    ['nothing', ''],
    ['no directive', 'FROM scratch\n'],
    ['a comment before it', '# The shop\n# syntax=docker/dockerfile:1\n'],
    ['something like a directive before it', '# author=me\n# syntax=docker/dockerfile:1\n'],
    ['a blank line before it', '\n# syntax=docker/dockerfile:1\n'],
    ['an instruction before it', 'ARG A=b\n# syntax=docker/dockerfile:1\n'],
    ['a blank at its start', ' # syntax=docker/dockerfile:1\n'],
    ['no value', '# syntax=\n'],
    ['another directive', '# escape=`\nFROM scratch\n'],
    ['a shebang in the second line', '# escape=`\n#!/bin/sh\n# syntax=docker/dockerfile:1\n'],
  ])('is none with %s', (_, dockerfile) => {
    expect(readSyntax(dockerfile)).toBeUndefined();
  });

  it('is the first one', () => {
    expect(readSyntax('# escape=`\n# syntax=a.example/b:1\n# syntax=docker/dockerfile:1\n')).toEqual({
      image: 'a.example/b:1',
      minor: undefined,
    });
  });

  it('with arguments is never the one that is built in', () => {
    expect(readSyntax('# syntax=docker/dockerfile:1 --fake\n')?.minor).toBeUndefined();
  });
});

it.each([
  ['v0.32.2', 26],
  ['v0.33.0', 27],
  ['v0.31.2', 25],
  ['v0.23.2', 17],
  ['v0.12.0', 6],
  ['v0.32.0-rc1', 26],
  ['v1.0.0', undefined],
  ['0.32.2', undefined],
  ['', undefined],
])('BuildKit %j has 1.%s built in', (version, minor) => {
  expect(builtInMinor(version)).toBe(minor);
});
