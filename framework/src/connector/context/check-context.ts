import { opendir } from 'node:fs/promises';
import type { CommonContext, Connection, Direction, Disposer, Service, ServiceContext } from '../../contract';
import { isSelected } from '../../shared';
import type { OpenedContext } from '../lifecycle';

const nothing = async (): Promise<void> => undefined;
const disposer: Disposer = nothing;
const page = async () => ({ elements: [] });

/** A catalog without anything in it, which takes every write and keeps none. */
const emptyService: ServiceContext<Service> = {
  create: async (blueprint, { identifier }) => ({ blueprint, identifier }),
  upsert: async (_blueprint, elements) => elements.map(({ identifier }) => ({ identifier, is: 'created' })),
  update: nothing,
  remove: async () => false,
  get: async () => undefined,
  byName: async () => undefined,
  find: page,
  children: page,
  owned: async function* () {},
  link: nothing,
  unlink: nothing,
  classify: nothing,
  declassify: nothing,
};

/**
 * What an instance gets that is only tried: nothing that it does is written, nobody is told, and no group of Kafka is joined. Whatever a listener needs of the entry or
 * of this machine is looked at; `mayBeCalled` throws where nothing says who may call.
 */
export function checkContext(of: { readonly services: readonly Service[]; readonly endpoint: Connection['endpoint']; readonly direction: Direction; mayBeCalled(): void }): OpenedContext {
  const disposers: Disposer[] = [];
  const keep = (dispose: Disposer): Disposer => {
    disposers.push(dispose);
    return dispose;
  };
  const common: CommonContext = {
    outTopic: { subscribe: async () => disposer },
    inTopic: { send: async () => 'applied' },
    listeners: {
      async webhook() {
        of.mayBeCalled();
        return disposer;
      },
      async directory(path) {
        await (await opendir(path)).close();
        return disposer;
      },
      kafka: async () => disposer,
      external: async (register) => {
        const dispose = await register(nothing);
        return keep(async () => void (await dispose()));
      },
    },
    targets: { add: () => undefined, remove: () => undefined },
    zones: { publish: nothing, withdraw: nothing },
    externalIds: { attach: nothing, confirm: nothing, find: async () => [] },
    endpoint: of.endpoint,
    direction: of.direction,
    shouldCatalogue: (name, excluded, included) => isSelected(name, { ...(excluded && { excluded }), ...(included && { included }) }),
  };
  return {
    members: { ...Object.fromEntries(of.services.map((service) => [service, emptyService])), ...common },
    async unregister() {
      await Promise.allSettled(disposers.splice(0).map((dispose) => dispose()));
    },
    close: () => undefined,
  };
}
