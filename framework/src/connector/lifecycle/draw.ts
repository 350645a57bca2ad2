import { created, invariants, next, statuses, transitions, type LifecycleEvent, type MachineState, type Status, type Transition } from './machine';

interface Edge {
  readonly from: Status;
  readonly to: Status;
  readonly events: readonly LifecycleEvent[];
}

const EVENTS = [...(Object.keys(transitions) as LifecycleEvent[]), 'pause', 'resume'] as const satisfies readonly LifecycleEvent[];

/** Every change of status that can happen, found by walking: all states that are reachable, all events. */
export function edges(): readonly Edge[] {
  const found = new Map<string, { from: Status; to: Status; events: Set<LifecycleEvent> }>();
  const seen = new Set<string>();
  const open: MachineState[] = [true, false].flatMap((polls) => [true, false].map((engages) => ({ ...created(), polls, engages })));
  for (let state = open.pop(); state; state = open.pop()) {
    const key = JSON.stringify({ ...state, failing: [...state.failing].sort() });
    if (seen.has(key)) continue;
    seen.add(key);
    for (const event of EVENTS) {
      const after = next(state, event);
      if (!after) continue;
      open.push(after);
      if (after.status === state.status || event === 'pause' || event === 'resume') continue;
      const edge = found.get(`${state.status} ${after.status}`) ?? { from: state.status, to: after.status, events: new Set() };
      edge.events.add(event);
      found.set(`${edge.from} ${edge.to}`, edge);
    }
  }
  const order = Object.keys(statuses);
  return [...found.values()]
    .map(({ from, to, events }) => ({ from, to, events: EVENTS.filter((event) => events.has(event)) }))
    .sort((a, b) => order.indexOf(a.from) - order.indexOf(b.from) || order.indexOf(a.to) - order.indexOf(b.to));
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const code = (names: readonly string[]): string => (names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', '));

/** docs/connector-lifecycle.md. */
export function drawLifecycle(): string {
  const all = edges();
  return `${[
    '# Lifecycle of a connector',
    '',
    'Generated from `framework/src/connector/lifecycle/machine.ts`, by which the process runs; a test fails when the two part.',
    'An instance works on one target. A failed attempt is tried again; a restart makes a new instance with a new instance id.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> CREATED',
    ...all.map(({ from, to, events }) => `  ${from} --> ${to}: ${events.join(', ')}`),
    '  STOPPED --> [*]',
    '```',
    '',
    '## Statuses',
    '',
    row('Status', 'Shown as', '`state` in REST', 'Runs on entry', 'Meaning'),
    row('---', '---', '---', '---', '---'),
    ...Object.entries(statuses).map(([name, spec]) => row(`\`${name}\``, spec.display, `\`${spec.state}\``, code(spec.entry), spec.meaning)),
    '',
    'While paused, a connector that was set up has the state `paused`; `pollState` and `engageState` are `OFF` once what was in flight has ended.',
    'From DEGRADED a success leads back to WAITING or RUNNING when nothing else is failing. Before `start` returned, DEGRADED means that `start` is tried again.',
    '',
    '## Events',
    '',
    row('Event', 'When', 'From'),
    row('---', '---', '---'),
    ...Object.entries(transitions).map(([name, transition]: [string, Transition]) => row(`\`${name}\``, transition.when, code(transition.from))),
    '',
    '`pause` and `resume` happen in every status.',
    '',
    '## What holds at all times',
    '',
    ...Object.entries(invariants).map(([name, text]) => `- **${name}**: ${text}`),
  ].join('\n')}\n`;
}
