import { ElementRefused, NotHome, type BlueprintName, type NewElement } from '../../contract';
import { blueprintOf, validateElement } from '../services';
import type { Writer } from './element-entry';
import { elementRow, withParent, type ElementRow } from './element-row';
import type { Located, Registry } from './registry';

/** What may be said of an element: a row of ours, or one that another entry holds and that belongs to nobody. */
export type Verdict = { readonly is: 'taken'; readonly content: ElementRow; readonly at: Located | undefined } | { readonly is: 'refused'; readonly identifier: string; readonly error: ElementRefused | NotHome };

/** Checks the form of an element. Throws ElementRefused with every problem. */
export function contentOf(blueprint: BlueprintName, given: NewElement, home: string): ElementRow {
  const name = `${blueprint} ${typeof given?.identifier === 'string' ? given.identifier : ''}`.trim();
  const definition = blueprintOf(blueprint)!;
  const element = withParent(definition, given);
  if (!element) throw new ElementRefused(name, `a ${blueprint} is no part of a ${given.parent!.blueprint}`);
  const problems = validateElement({ blueprint, identifier: element.identifier, properties: element.properties, relations: element.relations });
  if (problems.length > 0) throw new ElementRefused(name, problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  return elementRow(definition, element, element.owned === false ? undefined : home);
}

/** Whose are they, and what becomes of what is said? In the turn of the blueprint. */
export async function judge(registry: Registry, writer: Writer, blueprint: BlueprintName, contents: readonly ElementRow[]): Promise<readonly Verdict[]> {
  const there = await registry.locate(blueprint, contents.map(({ identifier }) => identifier));
  const named = contents.filter((content) => nameOf(content) !== undefined && nameOf(content) !== (there.has(content.identifier) ? nameOf(there.get(content.identifier)!.content) : undefined));
  const holders = named.length === 0 ? new Map<string, Located>() : await registry.named(blueprint, named.map((content) => nameOf(content)!));
  return contents.map((content): Verdict => {
    const at = there.get(content.identifier);
    const refused = (at && refusalOf(at, writer, blueprint)) ?? nameTaken(holders.get(nameOf(content) ?? ''), { writer, blueprint, content });
    if (refused) return { is: 'refused', identifier: content.identifier, error: refused };
    // It lies in a row of another entry, whose comparisons must not speak of it: so it stays nobody's.
    const { home: _home, ...nobodys } = content;
    return { is: 'taken', content: at && at.content.home === undefined && at.entry !== writer.entry ? nobodys : content, at };
  });
}

/** Why this writer may not change an element that is there. */
export function refusalOf({ content, entry, row }: Located, writer: Writer, blueprint: string): NotHome | undefined {
  const name = `${blueprint} ${content.identifier}`;
  if (content.home === undefined) return undefined;
  if (content.home !== writer.home) return new NotHome(name, content.home);
  // Within one source: what a target holds that is there now is not another's.
  const held = entry === writer.entry && row.partition !== '' && row.partition !== writer.target && entry.isPresent(row.partition);
  return held ? new NotHome(name, `${content.home}, target ${row.partition}`) : undefined;
}

/** A name of an element of somebody else. Within one source the other is on its way out: it had the name under another identifier. */
function nameTaken(holder: Located | undefined, of: { readonly writer: Writer; readonly blueprint: string; readonly content: ElementRow }): NotHome | undefined {
  if (!holder || holder.content.identifier === of.content.identifier || holder.content.home === of.writer.home) return undefined;
  return new NotHome(`the qualifiedName ${nameOf(of.content)} of ${of.blueprint}`, holder.content.home ?? `${holder.entry.identifier} (${holder.content.identifier})`);
}

const nameOf = ({ properties }: ElementRow): string | undefined => {
  const name = properties['qualifiedName'];
  return typeof name === 'string' ? name : undefined;
};
