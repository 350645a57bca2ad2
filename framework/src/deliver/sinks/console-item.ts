import { createHash } from 'node:crypto';
import type { SettingsSpec } from '../../contract';
import { compileTemplate } from '../../pipeline';
import { isObject, type Json, type JsonObject } from '../../shared';
import type { DocumentItem, SinkProblem } from '../sink';
import { childPath } from '../../config';
import { identityOf } from './document';

const text = (description: string, required = false) => ({ type: 'string', required, description }) as const;
const icon = { mediaType: text('Its media type.'), base64Data: text('Its bytes in base64.') };
const documentation = { type: 'object', template: true, members: { type: text('Its form, such as `markdown`.'), url: text('Where it lies.') }, description: 'Documentation of the item.' } as const;
const labels = { type: 'object', template: true, description: 'Labels: name → text.' } as const;
const annotations = { type: 'object', template: true, description: 'Annotations: name → text.' } as const;
const tags = { type: 'list', template: true, description: 'Tags.' } as const;
const links = { type: 'list', template: true, members: { displayName: text('What it shows.'), url: text('Where it leads.') }, description: 'Links.' } as const;
const maintainers = { type: 'list', template: true, members: { name: text('Name.'), email: text('Mail address.') }, description: 'Maintainers.' } as const;

/** Texts in all of these are templates, and what is declared is sent: an item's field has the name of the key without `Template`. */
export const itemSettings = {
  categoryIdTemplate: { ...text('Category.'), template: true },
  descriptionTemplate: { ...text('Description.'), template: true },
  imageUrlTemplate: { ...text('Address of an image.'), template: true },
  releaseDateTemplate: { ...text('Date of the release.'), template: true },
  repositoryUrlTemplate: { ...text('Address of the repository.'), template: true },
  supportedByTemplate: { ...text('Who supports it.'), template: true },
  supportedByImageUrlTemplate: { ...text("Address of the supporter's image."), template: true },
  documentation,
  labels,
  annotations,
  tags,
  links,
  maintainers,
  relationships: { type: 'list', template: true, members: { type: text('What it is to the other.'), target: text('The other item.') }, description: 'Relations to other items.' },
  version: { type: 'object', template: true, members: { name: text('Its name.'), releaseNote: text('What is new.') }, description: 'Version.' },
  visibility: {
    type: 'object',
    members: { public: { type: 'boolean', description: 'Seen by everybody.' }, allTenants: { type: 'boolean', description: 'Seen by all companies.' } },
    description: 'Who sees it.',
  },
  catalogMetadata: {
    type: 'object',
    template: true,
    members: {
      displayName: text('Shown name.'),
      description: text('Description.'),
      icon: { type: 'object', members: icon, description: 'Icon.' },
      documentation,
      labels,
      annotations,
      tags,
      links,
      maintainers,
      publisher: { type: 'object', members: { name: text('Name.'), url: text('Address.'), image: { type: 'object', members: icon, description: 'Image.' } }, description: 'Publisher.' },
    },
    description: 'The older form of the keys above, which win over it.',
  },
} as const satisfies SettingsSpec;

const TEMPLATE = 'Template';

type Render = (data: Json) => Json;

/** A text, list or object whose texts are templates, compiled. A template that does not compile (told by `templateProblems`) renders nothing. */
export function compileTexts(value: Json): Render {
  if (typeof value === 'string') {
    const { template } = compileTemplate(value);
    return template ? (data) => template.text(data) : () => '';
  }
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map(compileTexts);
    return (data) => items.map((render) => render(data));
  }
  if (!isObject(value)) return () => value;
  const members = Object.entries(value as JsonObject).map(([key, item]) => [key, compileTexts(item)] as const);
  return (data) => Object.fromEntries(members.map(([key, render]) => [key, render(data)]));
}

export function templateProblems(value: Json, path: string): readonly SinkProblem[] {
  if (typeof value === 'string') {
    return compileTemplate(value).problems.map(({ code, message }) => ({
      path,
      code,
      severity: code === 'TEMPLATE_LITERAL' ? 'warning' : 'error',
      message,
      remedy: 'correct the template',
    }));
  }
  const members: readonly (readonly [string | number, Json])[] = Array.isArray(value) ? [...(value as readonly Json[]).entries()] : isObject(value) ? Object.entries(value as JsonObject) : [];
  return members.flatMap(([key, item]) => templateProblems(item, childPath(path, key)));
}

/** The metadata of an item, by the names of its fields. */
export function compileMetadata(settings: Readonly<Record<string, unknown>>): (data: Json) => JsonObject {
  const older = isObject(settings['catalogMetadata']) ? settings['catalogMetadata'] : {};
  const direct = Object.keys(itemSettings).flatMap((key) => (key === 'catalogMetadata' || settings[key] === undefined ? [] : [[fieldOf(key), settings[key]] as const]));
  const render = compileTexts({ ...older, ...Object.fromEntries(direct) } as JsonObject);
  return (data) => render(data) as JsonObject;
}

const fieldOf = (key: string): string => (key.endsWith(TEMPLATE) ? key.slice(0, -TEMPLATE.length) : key);

/** Lower case; whatever is no letter, digit or underscore becomes one dash, none at the ends. */
export const slug = (given: string): string => given.toLowerCase().replace(/[^a-z0-9_]+/g, '-').replace(/^-|-$/g, '');

const sha1 = (given: string): string => createHash('sha1').update(given).digest('hex');

/** The catalog's id of a thing: short and safe whatever its name holds. */
export function itemIdOf(item: DocumentItem, template: Render | undefined): string {
  const named = template ? slug(template(item.data ?? null) as string) : [slug(item.kind), ...identityOf(item).map(({ name, value }) => `${slug(name)}-${slug(value)}`)].join('-');
  return sha1(named === '' ? item.canonicalId : named);
}
