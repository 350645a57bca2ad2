import { overlay, parseOutputId, type Output } from '../store';
import type { Sink, SinkItem } from './sink';
import { createSinkQueue, type QueueOptions, type SinkQueue } from './sink-queue';

/** A sink in its place in a pipeline: with what turns outputs into items of its own. */
export interface Outlet {
  readonly name: string;
  readonly needsName: boolean;
  open(options: QueueOptions): SinkQueue;
}

export const outletOf = <TItem>(sink: Sink<TItem>, item: (output: Output, note: string | undefined) => TItem): Outlet => ({
  name: sink.name,
  needsName: sink.needsName,
  open: (options) => createSinkQueue({ ...options, sink, item }),
});

/** For sinks that hold entities: catalog and portal. */
export const entityOutlet = (sink: Sink): Outlet => outletOf(sink, entityItem);

function entityItem(output: Output, note: string | undefined): SinkItem {
  const { blueprint, identifier } = parseOutputId(output._id);
  const body = output.gone ? undefined : overlay(output);
  return {
    output: output._id,
    operation: output.gone ? 'delete' : 'write',
    integration: output.integration,
    kind: output.kinds[0] ?? '',
    blueprint,
    identifier: output.identifier ?? identifier,
    search: identifier.startsWith('?') && output.identifier === undefined,
    ...(body !== undefined && { body }),
    ...(note !== undefined && { note }),
  };
}
