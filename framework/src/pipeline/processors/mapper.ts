import type { SettingsSpec } from '../../contract';
import { isObject, type Json } from '../../shared';
import { expandDots } from './expand-dots';
import { childPath } from './paths';
import { isError, readConfig } from './read-config';
import { compileTemplate, type TemplateProblem } from './template/compile-template';
import type { CreateProcessor, ProcessorProblem } from './types';

export const mapperSettings = {
  outputEvent: { type: 'object', required: true, template: true, description: 'What replaces the data; texts in it are templates.' },
  onMissing: { type: 'string', enum: ['null', 'omit', 'error'], default: 'null', description: 'What a placeholder gives, standing alone, when its path is missing.' },
  expandDots: { type: 'boolean', default: false, description: 'Output key `a.b` becomes nested objects.' },
} as const satisfies SettingsSpec;

/** A part of the output; undefined: it is left out. */
type Node = { readonly is: 'static'; readonly value: Json } | { readonly is: 'made'; make(data: Json): Json | undefined };

/** A placeholder that stands alone. */
interface Leaf {
  readonly path: string;
  value(data: Json): Json | undefined;
}

interface Compiler {
  readonly omit: boolean;
  readonly lenient: boolean;
  readonly problems: ProcessorProblem[];
  readonly leaves: Leaf[];
}

const NULL: Node = { is: 'static', value: null };
const REMEDIES = {
  TEMPLATE_SYNTAX: 'write {{ path }}, {{ path ?? fallback }} or {{ path | function }}',
  TEMPLATE_PATH: 'write names joined by dots',
  TEMPLATE_FUNCTION: 'use a known function',
  TEMPLATE_LITERAL: 'close it with }}, or write \\{{ if it is meant as text',
} as const satisfies Readonly<Record<TemplateProblem['code'], string>>;

function compileText(text: string, path: string, compiler: Compiler): Node {
  const { template, problems } = compileTemplate(text);
  for (const { code, message } of problems) {
    const severity = code === 'TEMPLATE_LITERAL' || compiler.lenient ? 'warning' : 'error';
    compiler.problems.push({ path, code, severity, message, remedy: REMEDIES[code] });
  }
  if (!template) return NULL;
  if (template.is === 'static') return { is: 'static', value: template.text(null) };
  if (template.is === 'text') return { is: 'made', make: template.text };
  compiler.leaves.push({ path, value: template.value });
  return { is: 'made', make: compiler.omit ? template.value : (data) => template.value(data) ?? null };
}

function compileList(items: readonly unknown[], path: string, compiler: Compiler): Node {
  const nodes = items.map((item, index) => compileNode(item, childPath(path, index), compiler));
  if (nodes.every((node) => node.is === 'static')) return { is: 'static', value: nodes.map((node) => node.value) };
  return { is: 'made', make: (data) => nodes.map((node) => (node.is === 'static' ? node.value : node.make(data))).filter((item) => item !== undefined) };
}

/** A member of any name: `__proto__` is a name like others in JSON. */
function setMember(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  else target[key] = value;
}

function compileObject(value: Readonly<Record<string, unknown>>, path: string, compiler: Compiler): Node {
  const members = Object.entries(value).map(([key, item]) => {
    const at = childPath(path, key);
    if (key.includes('{{')) {
      compiler.problems.push({ path: at, code: 'TEMPLATE_LITERAL', severity: 'warning', message: 'a key is no template; the braces in it stand as text', remedy: 'write the key itself' });
    }
    return { key, node: compileNode(item, at, compiler) };
  });
  const make = (data: Json): Json => {
    const result: Record<string, Json> = {};
    for (const { key, node } of members) {
      const made = node.is === 'static' ? node.value : node.make(data);
      if (made !== undefined) setMember(result, key, made);
    }
    return result;
  };
  return members.every(({ node }) => node.is === 'static') ? { is: 'static', value: make(null) } : { is: 'made', make };
}

function compileNode(value: unknown, path: string, compiler: Compiler): Node {
  if (typeof value === 'string') return compileText(value, path, compiler);
  if (Array.isArray(value)) return compileList(value, path, compiler);
  if (isObject(value)) return compileObject(value, path, compiler);
  return { is: 'static', value: value as Json };
}

/** These are what a sink knows the entity by; the source gives them. */
const RESERVED = ['_id', '_eventId'];

/** Makes the data anew from templates. */
export const createMapper: CreateProcessor = (config, context) => {
  const { settings, problems } = readConfig(mapperSettings, config, context.lenient);
  if (!settings) return { problems };
  const { onMissing } = settings;
  const expanded = settings.expandDots ? expandDots(settings.outputEvent, 'outputEvent') : { value: settings.outputEvent, problems: [] };
  const compiler: Compiler = { omit: onMissing === 'omit', lenient: context.lenient, problems: [...problems, ...expanded.problems], leaves: [] };
  for (const key of RESERVED) {
    if (!Object.hasOwn(expanded.value, key)) continue;
    const message = `${key} is the identity, which the source gives`;
    compiler.problems.push({ path: childPath('outputEvent', key), code: 'CONFIG_INVALID', severity: 'error', message, remedy: 'choose another name' });
  }
  const output = compileNode(expanded.value, 'outputEvent', compiler);
  if (compiler.problems.some(isError)) return { problems: compiler.problems };
  const required = onMissing === 'error' ? compiler.leaves : [];
  return {
    problems: compiler.problems,
    processor: {
      type: 'mapper',
      process(event) {
        // What a delete is about is gone, and its delivery says little of it: a missing field must not keep the entity alive.
        const missing = event.operation === 'write' ? required.find((leaf) => leaf.value(event.data) === undefined) : undefined;
        if (missing) return { is: 'dead', code: 'FIELD_MISSING', message: `${missing.path}: the data has no such field` };
        const data = output.is === 'static' ? output.value : (output.make(event.data) ?? null);
        return { is: 'event', event: { ...event, data } };
      },
    },
  };
};
