import { isDeepStrictEqual } from 'node:util';
import { ElementMissing, NotAnAsset, ZonesNotConfigured, type AuditLog, type ElementRef, type ExternalId, type ExternalIds, type JsonObject, type Zones } from '../../contract';
import { auditMessages } from '../../audit';
import type { Clock } from '../../shared';
import { keptHeader, ownZones, type Refusal, type Registry, type Writer, type Writing } from '../elements';
import { blueprintOf } from '../services';

export interface AssetDeps {
  readonly registry: Registry;
  readonly writing: Writing;
  readonly writer: Writer;
  readonly auditLog: AuditLog;
  refused(refusal: Refusal): void;
  readonly clock: Clock;
}

/** Where an asset is seen: the list is replaced, and both ways are told, where they change it. */
export function createZones({ writing, writer, auditLog, refused }: AssetDeps): Zones {
  async function move(ref: ElementRef, zones: readonly string[], message: (typeof auditMessages.context)['published'] | (typeof auditMessages.context)['withdrawn']): Promise<void> {
    let before: readonly string[] = [];
    const changed = await writing.keep(writer, ref, (kept, at) => {
      before = ownZones(at);
      return isDeepStrictEqual(before, zones) ? kept : { ...kept, zones };
    });
    if (changed) auditLog.log(message === auditMessages.context.published ? 'publish' : 'withdraw', message, { connectorName: writer.entry.identifier, ...ref, zones: zones.join(', ') || 'all', previousZones: before.join(', ') || 'all' });
  }
  const refusal = (ref: ElementRef, error: Error): Error => {
    refused({ ...ref, error });
    return error;
  };
  const mustBeAsset = (ref: ElementRef): void => {
    if (!blueprintOf(ref.blueprint)?.asset) throw refusal(ref, new NotAnAsset(ref.blueprint));
  };
  return {
    async publish(ref) {
      mustBeAsset(ref);
      const { publish } = writer.entry.zones;
      if (!publish) throw refusal(ref, new ZonesNotConfigured(writer.entry.identifier));
      await move(ref, publish, auditMessages.context.published);
    },
    async withdraw(ref) {
      mustBeAsset(ref);
      await move(ref, writer.entry.zones.default, auditMessages.context.withdrawn);
    },
  };
}

/** Names of the third party, kept beside the element under its metadata source. */
export function createExternalIds({ registry, writing, writer, clock }: AssetDeps): ExternalIds {
  const stamped = (id: JsonObject): JsonObject => ({ ...id, lastSynchronized: new Date(clock.now()).toISOString() });
  const put = (ref: ElementRef, name: string, make: (before: JsonObject | undefined) => JsonObject): Promise<void> =>
    writing.note(writer, ref, (kept) => {
      const mine = kept.externalIds?.[writer.home] ?? {};
      return { ...kept, externalIds: { ...kept.externalIds, [writer.home]: { ...mine, [name]: make(mine[name]) } } };
    });
  return {
    attach: (ref, id: ExternalId) => put(ref, id.externalIdentifier, () => stamped(id as unknown as JsonObject)),
    confirm: (ref, externalIdentifier) =>
      put(ref, externalIdentifier, (before) => {
        if (!before) throw new ElementMissing(`the external identifier ${externalIdentifier} of ${ref.blueprint} ${ref.identifier}`);
        return stamped(before);
      }),
    async find(externalIdentifier) {
      const found: ElementRef[] = [];
      for (const blueprint of writer.entry.kinds.keys()) {
        for await (const page of registry.pages(blueprint)) {
          for (const { row, content } of page) if (keptHeader(row).externalIds?.[writer.home]?.[externalIdentifier]) found.push({ blueprint, identifier: content.identifier } as ElementRef);
        }
      }
      return found;
    },
  };
}
