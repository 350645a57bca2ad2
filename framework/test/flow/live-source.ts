import type { AnyKind, Change, Delivery, Integration, JsonObject, ListenContext, Message } from '../../src/contract';
import { createSource, type KindOptions, type Source, type Thing } from './source';

export interface LiveKind extends KindOptions {
  /** Its events only ask. */
  readonly claims?: 'ask' | 'decide';
}

export interface LiveSource extends Source {
  /** Hands deliveries over as a queue does; resolves once they are durable. */
  send(...events: readonly ThingEvent[]): Promise<void>;
  /** As text, as it comes. */
  sendText(...messages: readonly Message[]): Promise<void>;
  /** Called when it begins to listen. */
  onListen: (context: ListenContext<unknown>) => Promise<void>;
}

/** A delivery: what happened to a thing. */
export interface ThingEvent {
  readonly kind?: string;
  readonly type?: string;
  readonly thing: Thing;
  /** Member of the delivery beside the thing. */
  readonly note?: unknown;
  /** The vendor's id of the delivery. */
  readonly delivery?: string;
}

const TYPES = ['changed', 'removed', 'renamed'];

/** A source in memory that tells of its changes: kinds `a`, `b`… with a key, a `version` where they have one, and the delivery `{type, kind, thing, note}`. */
export function createLiveSource(kinds: Readonly<Record<string, LiveKind>>): LiveSource {
  const base = createSource(kinds);
  let ready = (): void => undefined;
  const listening = new Promise<void>((resolve) => (ready = resolve));
  let context: ListenContext<unknown> | undefined;

  const changes = ({ body }: Delivery & { readonly type: string }): readonly Change[] => {
    const { type, kind, thing } = body as unknown as { readonly type: string; readonly kind: string; readonly thing: Thing };
    const keys = [{ name: 'id', value: thing.id, identity: true }];
    if (type === 'removed') return [{ is: 'gone', kind, keys, row: thing }];
    return [{ is: 'changed', kind, keys, row: thing }];
  };

  const integration: Integration = {
    ...base.integration,
    kinds: base.integration.kinds!.map((kind): AnyKind<unknown> => {
      const { claims } = kinds[kind.name]!;
      return { ...kind, envelope: (row: unknown) => ({ type: 'read', kind: kind.name, thing: row as JsonObject }), importType: 'import', ...(claims && { claims }) };
    }),
    live: { eventType: [{ member: 'type' }], events: TYPES, rowPlaces: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, ['thing']])), changes },
    async listen(given: ListenContext<unknown>) {
      context = given;
      ready();
      return source.onListen(given);
    },
  };
  const source: LiveSource = Object.assign(base, {
    integration,
    onListen: (given: ListenContext<unknown>) => new Promise<void>((_resolve, reject) => given.signal.addEventListener('abort', () => reject(given.signal.reason as Error), { once: true })),
    send: (...events: readonly ThingEvent[]) =>
      source.sendText(
        ...events.map(({ kind = 'a', type = 'changed', thing, note, delivery }) => ({ text: JSON.stringify({ type, kind, thing, ...(note !== undefined && { note }) }), ...(delivery !== undefined && { id: delivery }) })),
      ),
    async sendText(...messages: readonly Message[]) {
      await listening;
      await context!.deliver('queue', messages);
    },
  });
  return source;
}
