import { type CollectionTag, Pair, parse, type ScalarTag, YAMLMap } from 'yaml';
import { at } from '../../src/json.ts';
import { readText } from './workflows/documents.ts';

/** Values of parameters and pseudo parameters by their names. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** The template of CloudFormation as it is written. */
export interface Template {
  /** Names of its parameters. */
  readonly parameters: readonly string[];
  /** Its resources with these values, as CloudFormation would make them. */
  resources(values: Values): unknown;
}

const SCALARS = ['Ref', 'Sub', 'GetAtt', 'Condition'];
const LISTS = ['Equals', 'If', 'Not', 'And'];

/** Reads a template of this project. Functions that it does not use are not known. */
export async function readTemplate(path: string): Promise<Template> {
  const template: unknown = parse(await readText(path), {
    customTags: [...SCALARS.map(scalarTag), ...LISTS.map(listTag)],
  });
  const parameters: [string, unknown][] = Object.entries(Object(at(template, 'Parameters')));
  const defaults = parameters.flatMap(([name, parameter]) => {
    const value = at(parameter, 'Default');
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return {
    parameters: parameters.map(([name]) => name),
    resources: (values) => {
      const all: Values = { ...Object.fromEntries(defaults), ...values };
      return render(at(template, 'Resources'), { values: all, conditions: at(template, 'Conditions') });
    },
  };
}

/** "!Ref x" is the short form of { Ref: x }, "!Sub x" that of { "Fn::Sub": x }. */
function longName(tag: string): string {
  return tag === 'Ref' || tag === 'Condition' ? tag : `Fn::${tag}`;
}

function scalarTag(name: string): ScalarTag {
  return { tag: `!${name}`, resolve: (text) => ({ [longName(name)]: text }) };
}

function listTag(name: string): CollectionTag {
  return {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (list) => {
      const map = new YAMLMap();
      map.add(new Pair(longName(name), list));
      return map;
    },
  };
}

interface Scope {
  readonly values: Values;
  readonly conditions: unknown;
}

/** Undefined stands for AWS::NoValue. */
function render(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((one) => render(one, scope)).filter((one) => one !== undefined);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[name = '', argument] = [], ...others] = Object.entries(value);
  const call = others.length === 0 ? FUNCTIONS[name] : undefined;
  if (call !== undefined) {
    return call(argument, scope);
  }
  const rendered = Object.entries(value).map(([key, one]) => [key, render(one, scope)]);
  return Object.fromEntries(rendered.filter(([, one]) => one !== undefined));
}

const FUNCTIONS: Readonly<Record<string, (argument: unknown, scope: Scope) => unknown>> = {
  Ref: (name, scope) => (name === 'AWS::NoValue' ? undefined : valueNamed(String(name), scope)),
  'Fn::Sub': (text, scope) =>
    String(text).replaceAll(/\$\{(.*?)\}/g, (_, name: string) => `${valueNamed(name, scope)}`),
  'Fn::If': (list, scope) => render(at(list, isTrue(at(list, '0'), scope) ? '1' : '2'), scope),
};

function valueNamed(name: string, { values }: Scope): string | readonly string[] {
  const value = values[name];
  if (value === undefined) {
    throw new Error(`The template asks for ${name}, which has no value`);
  }
  return value;
}

/** @param condition the name of one, or a function */
function isTrue(condition: unknown, scope: Scope): boolean {
  if (typeof condition === 'string') {
    return isTrue(at(scope.conditions, condition), scope);
  }
  const [[name, argument] = []] = Object.entries(Object(condition));
  const list: unknown[] = Array.isArray(argument) ? argument : [];
  switch (name) {
    case 'Condition':
      return isTrue(argument, scope);
    case 'Fn::Equals':
      return render(list[0], scope) === render(list[1], scope);
    case 'Fn::Not':
      return !isTrue(list[0], scope);
    case 'Fn::And':
      return list.every((one) => isTrue(one, scope));
    default:
      throw new Error(`The template has a condition that is not known here: ${name}`);
  }
}
