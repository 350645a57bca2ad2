import type { SettingsSpec } from '../contract';
import { isObject } from '../shared';
import { rootMembers } from './keys';
import type { Linter } from './lint';
import { nearest } from './nearest';
import { keySpecOf } from './parse-settings';
import { childPath } from './path';
import type { AuditSettings } from './settings';
import type { Members } from './spec';

/** The kinds of audit destinations, and the keys of each beside `kind`. */
export type DestinationSpecs = Readonly<Record<string, SettingsSpec>>;

const { kind } = rootMembers.audit.members.destinations.items.members;

/** The keys of a destination of one kind. */
export const destinationMembers = (spec: SettingsSpec): Members => ({ kind, ...Object.fromEntries(Object.entries(spec).map(([key, setting]) => [key, keySpecOf(setting)])) });

/** Reads `audit`: what stands in a destination is known by its kind. */
export function readAudit(written: unknown, linter: Linter, specs: DestinationSpecs): AuditSettings {
  const { destinations } = rootMembers.audit.members;
  const audit = linter.read({ ...rootMembers.audit, members: { destinations: { ...destinations, items: { type: 'any', description: '' } } } }, written, 'audit');
  const taken = new Set<string>();
  const read = (item: unknown, index: number): readonly AuditSettings['destinations'][number][] => {
    const at = childPath('audit.destinations', index);
    const name = linter.read({ ...destinations.items, members: { kind } }, isObject(item) ? { kind: item['kind'] } : item, at)?.kind;
    if (name === undefined) return [];
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) {
      const known = Object.keys(specs);
      const near = nearest(name, known);
      linter.report(`${at}.kind`, { code: 'CONFIG_ENUM', message: `there is no audit destination '${name}'`, remedy: near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean '${near}'?` });
      return [];
    }
    const settings = linter.read({ type: 'object', members: destinationMembers(spec), description: '' }, item, at);
    if (!settings) return [];
    // Two writers of one file would put aside what the other one writes.
    const place = [name, ...Object.entries(settings).flatMap(([key, value]) => (spec[key]?.path ? [String(value)] : []))].join(' ');
    if (taken.has(place)) linter.report(at, { code: 'IDENTIFIER_DUPLICATE', message: `two audit destinations are ${place}`, remedy: 'remove one of them' });
    taken.add(place);
    return [{ ...settings, kind: name }];
  };
  // A mistake beside the list does not hide those in it.
  const beside = isObject(written) && Array.isArray(written['destinations']) ? (written['destinations'] as readonly unknown[]) : destinations.default;
  return { destinations: (audit?.destinations ?? beside).flatMap(read) };
}
