import { hashText } from '../../contract';
import { fakeClock } from '../../testkit';
import { keepDeadLetter, outputId, rowId, rowKey, storeRequest, type Run, type Store } from '../../store';

const AT = Date.UTC(2026, 0, 1);

/** A branch of the integration `first`, as a run leaves it: its row, its output, its entity. Exact numbers and names with `/` are in it. */
export async function fillBranches(store: Store, names: readonly string[], integration = 'first'): Promise<void> {
  const scope = { integration, kind: 'branch' };
  const rows = names.map((name) => {
    const text = `{"name":${JSON.stringify(name)},"size":12345678901234567890}`;
    return { key: rowKey(['repo', name]), text, hash: hashText(text), name };
  });
  await store.rows.observe({ scope, truth: 'listed', by: 'page', stamp: 1, seen: 1, partition: '', rows, mapping: 'm', at: AT });
  await store.outputs.rewrite({
    pipeline: integration,
    integration,
    kind: 'branch',
    sinks: ['catalog'],
    mapping: 'm',
    departures: 'now',
    at: AT,
    rows: rows.map(({ key, text, hash, name }) => {
      const body = JSON.stringify({ blueprint: 'gitBranch', identifier: `repo/${name}`, properties: { text }, relations: {} });
      return { row: rowId(scope, key), face: hash, parts: [{ output: outputId(integration, 'gitBranch', `repo/${name}`), resource: 0, body, hash: hashText(body) }] };
    }),
  });
  await store.catalog.write(
    names.map((name) => ({
      blueprint: 'gitBranch',
      identifier: `repo/${name}`,
      integration,
      kind: 'branch',
      title: name,
      icon: null,
      team: ['core'],
      properties: '{"size":12345678901234567890}',
      relations: '{"repository":"repo"}',
      updatedAt: AT,
    })),
  );
}

/** A run that ended as `state`, asked for at `at`. */
export async function fillRun(store: Store, run: { readonly integration: string; readonly state: Run['state']; readonly at?: number }): Promise<string> {
  const clock = fakeClock(run.at ?? AT);
  const { runId } = await storeRequest(store.documents, { identifier: run.integration, cause: 'start' }, { clock, token: 'token-of-the-owner' });
  const stored = (await store.documents.get<Run>('runs', runId))!;
  const kind = {
    kind: 'branch',
    state: run.state,
    generation: 1,
    rows: { received: 1, stored: 1, unchanged: 0, outvoted: 0, skipped: 0, deadLettered: 0, gone: 0 },
    resources: [],
    guard: { candidates: 12, alive: 20, rule: 'share' as const },
    startStamp: 1,
    alive: 20,
    storedOutputs: 20,
    planned: true,
    swept: false,
  };
  const { rev, ...rest } = stored;
  await store.documents.replace<Run>('runs', { ...rest, state: run.state, startedAt: clock.now(), endedAt: clock.now() + 1_000, kinds: [kind], selector: 'hash-of-settings', error: 'one kind is held' }, rev);
  return runId;
}

export const fillDeadLetter = (store: Store, letter: { readonly integration: string; readonly code: string; readonly payload?: string }): Promise<number> =>
  keepDeadLetter(store.documents, { pipeline: letter.integration, stage: 'sink', message: 'refused', ...letter }, fakeClock(AT));
