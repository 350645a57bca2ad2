import { isObject } from '../shared';
import { entryMembers } from './entry-keys';
import { defaultOf } from './lint';
import { childPath } from './path';
import type { PipelineDelivery, WrittenPipeline, WrittenStep } from './settings';
import type { Parsed } from './spec';
import { unprinted } from './unprinted';

type Checked = Parsed<typeof entryMembers.pipelines>;

/**
 * `pipelines` of an entry, its shape checked. Walks what is written and not what was checked: an item that was refused is not in the latter, and every other item still
 * is told its own problems, at its own index.
 */
export function readPipelines(written: unknown, checked: Checked | undefined, path: string): readonly WrittenPipeline[] | undefined {
  if (!Array.isArray(written)) return undefined;
  const whole = checked?.length === written.length ? checked : undefined;
  return written.map((item: unknown, index): WrittenPipeline => {
    const at = childPath(path, index);
    const members = isObject(item) ? item : {};
    const name = whole?.[index]?.name;
    return {
      ...(name !== undefined && { name }),
      path: at,
      processors: readSteps(members['processors'], childPath(at, 'processors'), 'processor'),
      sinks: readSteps(members['sinks'], childPath(at, 'sinks'), 'sink'),
      delivery: deliveryOf(whole?.[index]?.delivery ?? defaultOf(entryMembers.pipelines.items.members.delivery)),
    };
  });
}

function readSteps(written: unknown, path: string, what: 'processor' | 'sink'): readonly WrittenStep[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((item: unknown, index): readonly WrittenStep[] => {
    if (!isObject(item) || typeof item['type'] !== 'string') return [];
    const { type, ...members } = item;
    const { name, ...rest } = members;
    const config = unprinted(what === 'sink' ? rest : members);
    return [{ type, ...(what === 'sink' && typeof name === 'string' && { name }), config, path: childPath(path, index) }];
  });
}

function deliveryOf({ batchWait, maxAge, backoff, ...delivery }: Checked[number]['delivery']): PipelineDelivery {
  const { initial, factor, max, jitter } = backoff;
  return { ...delivery, batchWaitMs: batchWait, maxAgeMs: maxAge, backoff: { initialMs: initial, factor, maxMs: max, jitter: jitter === 'full' } };
}
