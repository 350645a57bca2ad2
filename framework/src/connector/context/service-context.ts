import { ElementRefused, type BlueprintName, type Element, type ElementRef, type Json, type JsonObject, type NewElement, type PageRequest, type Service, type ServiceContext, type UpsertResult } from '../../contract';
import { isObject } from '../../shared';
import { givenOf, type Reading, type Upserted, type Writer, type Writing } from '../elements';
import { blueprintOf, services, validateClassification, validateLink, type ElementProblem } from '../services';

const MOST = 1_000;

export interface ServiceContextDeps {
  readonly reading: Reading;
  readonly writing: Writing;
  readonly writer: Writer;
  /** Who removes, for the archive: the connector and its instance. */
  readonly by: string;
}

/** What a caller without types asks for. */
type AnyService = ServiceContext<Service>;

/** The calls of one service: what belongs to it, checked, and handed on. */
export function createServiceContext(service: Service, { reading, writing, writer, by }: ServiceContextDeps): AnyService {
  const definition = services.get(service)!;
  const mayWrite = (blueprint: string): void => {
    if (!definition.blueprints.includes(blueprint)) throw new ElementRefused(blueprint, `the service ${service} does not write it; it writes ${definition.blueprints.join(', ')}`);
  };
  const mayRead = (blueprint: string): void => {
    if (!definition.blueprints.includes(blueprint) && !definition.reads.includes(blueprint) && !definition.reads.includes('any')) {
      throw new ElementRefused(blueprint, `the service ${service} does not read it; it reads ${[...definition.blueprints, ...definition.reads].join(', ')}`);
    }
  };
  const nameOf = (ref: ElementRef): string => `${ref.blueprint} ${ref.identifier}`;
  const refuse = (name: string, problems: readonly ElementProblem[]): void => {
    if (problems.length > 0) throw new ElementRefused(name, problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  };

  async function put(blueprint: BlueprintName, elements: readonly NewElement[]): Promise<readonly Upserted[]> {
    mayWrite(blueprint);
    if (elements.length > MOST) throw new ElementRefused(blueprint, `${elements.length} elements in one call; give at most ${MOST}`);
    return writing.upsert(writer, blueprint, elements);
  }

  /** A named relation of the blueprint is what the element says; a link with an open end is kept beside it. */
  async function changeLink(given: { readonly relation: string; readonly from: ElementRef; readonly to: ElementRef }, properties: JsonObject | undefined): Promise<void> {
    const { relation, from, to } = given;
    mayWrite(from.blueprint);
    refuse(nameOf(from), validateLink({ ...given, properties: properties ?? {} }));
    const named = blueprintOf(from.blueprint)!.relations[relation];
    if (!named) {
      if (!definition.links.includes(relation)) throw new ElementRefused(nameOf(from), `the service ${service} does not make the link ${relation}; it makes ${definition.links.join(', ') || 'none'}`);
      return void (await writing.keep(writer, from, ({ links, ...kept }) => {
        const { [`${to.blueprint}/${to.identifier}`]: _before, ...others } = links?.[relation] ?? {};
        return { ...kept, links: { ...links, [relation]: { ...others, ...(properties && { [`${to.blueprint}/${to.identifier}`]: properties }) } } };
      }));
    }
    await writing.revise(writer, from, (content) => {
      const before = content.relations[relation];
      const ends = (Array.isArray(before) ? before : before === undefined ? [] : [before]).filter((end) => end !== to.identifier);
      const next = properties ? (named.many ? [...ends, to.identifier] : [to.identifier]) : ends;
      const fields = { ...content.relationProperties?.[relation], ...(properties && { [to.identifier]: properties }) };
      const withFields = next.map((end) => ({ to: end, ...(fields[end] && { properties: fields[end] }) }));
      return givenOf(content, { relations: { [relation]: named.many ? withFields : (withFields[0] ?? null) } });
    });
  }

  const calls = {
    async create(blueprint: BlueprintName, element: NewElement): Promise<ElementRef> {
      const [result] = await put(blueprint, [element]);
      if (result!.error) throw result!.error;
      return { blueprint, identifier: element.identifier };
    },
    async upsert(blueprint: BlueprintName, elements: readonly NewElement[]): Promise<readonly UpsertResult[]> {
      return (await put(blueprint, elements)).map(({ error: _error, ...result }) => result);
    },
    async update(ref: ElementRef, properties: Readonly<Record<string, Json>>, { merge = true, relations }: { readonly merge?: boolean; readonly relations?: JsonObject } = {}) {
      mayWrite(ref.blueprint);
      await writing.revise(writer, ref, (content) => {
        const next = { ...content, properties: merge ? { ...content.properties, ...properties } : properties };
        return givenOf(next, { ...(relations && { relations }), replace: !merge && relations !== undefined });
      });
    },
    async remove(ref: ElementRef, { method = writer.onMissing, confirm }: Parameters<AnyService['remove']>[1] & object = {}) {
      mayWrite(ref.blueprint);
      return writing.remove(writer, ref, { method, by, ...(confirm !== undefined && { confirm }) });
    },
    async get(ref: ElementRef) {
      mayRead(ref.blueprint);
      return reading.get(writer, ref);
    },
    async byName(blueprint: BlueprintName, qualifiedName: string) {
      mayRead(blueprint);
      return reading.byName(writer, blueprint, qualifiedName);
    },
    async find(blueprint: BlueprintName, filter: Readonly<Record<string, unknown>> = {}, page: PageRequest = {}) {
      mayRead(blueprint);
      return reading.find(writer, blueprint, ({ properties }) => Object.entries(filter).every(([name, value]) => isSame(properties[name], value)), page);
    },
    async children(ref: ElementRef, blueprint: BlueprintName, page: PageRequest = {}) {
      mayRead(blueprint);
      return reading.children(writer, ref, blueprint, page);
    },
    owned(blueprint: BlueprintName): AsyncIterable<Element> {
      mayWrite(blueprint);
      return reading.owned(writer, blueprint);
    },
    link: (relation: string, from: ElementRef, to: ElementRef, properties: JsonObject = {}) => changeLink({ relation, from, to }, properties),
    unlink: (relation: string, from: ElementRef, to: ElementRef) => changeLink({ relation, from, to }, undefined),
    async classify(ref: ElementRef, name: string, properties: JsonObject = {}) {
      mayWrite(ref.blueprint);
      refuse(nameOf(ref), validateClassification(ref.blueprint, name, properties));
      await writing.keep(writer, ref, (kept) => ({ ...kept, classifications: { ...kept.classifications, [name]: properties } }));
    },
    async declassify(ref: ElementRef, name: string) {
      mayWrite(ref.blueprint);
      await writing.keep(writer, ref, ({ classifications = {}, ...kept }) => {
        const { [name]: _before, ...others } = classifications;
        return { ...kept, classifications: others };
      });
    },
  };
  return calls as unknown as AnyService;
}

const isSame = (one: unknown, other: unknown): boolean => (isObject(one) || Array.isArray(one) ? JSON.stringify(one) === JSON.stringify(other) : one === other);
