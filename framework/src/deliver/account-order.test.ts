import fc from 'fast-check';
import type { Settlement } from '../store';
import { replaceParts, settleOutput, type OutputState } from '../store/compose';
import { createPipelineAccount, madeOf, stateOf, type MadeState, type PipelineAccount } from './account';

const SINKS = ['a', 'b'];
const IDS = ['x', 'y'];

type Gives = readonly { readonly output: string; readonly hash: string }[];

interface World {
  readonly account: PipelineAccount;
  /** What a row (or the next event of a thing) gives is written, and nobody has told the account yet. `late`: what is told then is read again. */
  process(row: string, gives: Gives, late: boolean): void;
  /** The account is told of everything that was written, in order; last of what is late. */
  tell(): void;
  /** A sink takes in hand what it owes. */
  fly(output: string, sink: string): void;
  /** The store knows what the sink says. */
  land(output: string, sink: string, refused: boolean): void;
  /** And so does the account. */
  hear(output: string, sink: string): void;
  deliver(output: string): void;
}

/** Two rows, two outputs and two sinks, by the rules of the store. */
function world(feed: 'rows' | 'events'): World {
  const account = createPipelineAccount(SINKS);
  const outputs = new Map<string, OutputState>();
  const flights = new Map<string, { readonly output: OutputState; said?: Settlement }>();
  let untold: { readonly row: string; readonly late: boolean; tell(): void }[] = [];
  let events = 0;

  function put(id: string, composed: { readonly is: string; readonly output?: OutputState }): OutputState | undefined {
    if (composed.is === 'remove') outputs.delete(id);
    else outputs.set(id, composed.output!);
    return outputs.get(id);
  }

  /** Gives each output that the row gave before or gives now, as it is then. */
  function rewrite(row: string, gives: Gives, order: number | undefined): readonly MadeState[] {
    const gave = [...outputs.values()].filter(({ parts }) => parts.some((part) => part.row === row)).map(({ _id }) => _id);
    return [...new Set([...gives.map(({ output }) => output), ...gave])].map((id) => {
      const parts = gives.filter(({ output }) => output === id).map(({ hash }) => ({ row, resource: 0, body: `{"title":"${hash}"}`, hash, ...(order !== undefined && { order }) }));
      const composed = replaceParts(outputs.get(id), { _id: id, pipeline: 'p', integration: 'i', rows: new Set([row]), parts, sinks: SINKS, departures: 'now', at: 0 });
      return madeOf(id, put(id, composed));
    });
  }

  const flightOf = (id: string, sink: string): string => `${id} ${sink}`;
  const self: World = {
    account,
    process(row, gives, late) {
      const event = `${row} ${++events}`;
      if (feed === 'events') {
        if (untold.length > 0) self.tell(); // one after the other
        account.acceptedEvent(event);
      } else if (untold.some((one) => one.row === row)) return;
      const since = account.mark();
      const token = feed === 'rows' ? account.begin(row) : account.beginEvent(event, SINKS);
      const made = rewrite(row, feed === 'rows' ? gives : gives.slice(0, 1).map(({ hash }) => ({ output: row, hash })), feed === 'rows' ? undefined : events);
      const now = (): readonly MadeState[] => (late ? made.map(({ output }) => madeOf(output, outputs.get(output))) : made);
      const tell = (): void => account.processed(feed === 'rows' ? row : event, token, { made: now(), rest: 'unchanged', since, ...(feed === 'events' && { sinks: SINKS }) });
      untold.push({ row, late, tell });
    },
    tell() {
      const all = untold;
      untold = [];
      for (const late of [false, true]) for (const one of all) if (one.late === late) one.tell();
    },
    fly(id, sink) {
      const output = outputs.get(id);
      if (output && !flights.has(flightOf(id, sink)) && madeOf(id, output).sinks.includes(sink)) flights.set(flightOf(id, sink), { output });
    },
    land(id, sink, refused) {
      const flight = flights.get(flightOf(id, sink));
      const stored = outputs.get(id);
      if (!flight || flight.said) return;
      const { hash, gone } = flight.output;
      flight.said = { output: id, sink, ...(refused ? { is: 'refused', error: 'no', hash } : gone ? { is: 'letGo' } : { is: 'accepted', hash }) };
      if (!stored) return;
      const settled = settleOutput(stored, [flight.said], 1);
      put(id, settled === 'remove' ? { is: 'remove' } : { is: 'write', output: settled });
    },
    hear(id, sink) {
      const flight = flights.get(flightOf(id, sink));
      if (!flight?.said) return;
      flights.delete(flightOf(id, sink));
      account.settled({ output: id, state: stateOf(flight.output), sink }, flight.said.is === 'refused' ? 'dead' : 'delivered');
    },
    deliver(id) {
      for (const sink of SINKS) {
        self.fly(id, sink);
        self.land(id, sink, false);
        self.hear(id, sink);
      }
    },
  };
  return self;
}

/** What is on its way lands, then what it left open. */
function rest(of: World): void {
  of.tell();
  for (let pass = 0; pass < 2; pass++) for (const id of IDS) of.deliver(id);
}

const waiting = ({ account }: World): unknown => ({ pending: SINKS.map((sink) => account.counts(sink, 0).pending), waiting: account.waiting() });
const nothing = { pending: [0, 0], waiting: 0 };

describe.each(['events', 'rows'] as const)('the account of a pipeline on the %s feed', (feed) => {
  it('an older state waits no more when sinks took the newer one before the account was told of it', () => {
    const one = world(feed);
    one.process('x', [{ output: 'x', hash: '1' }], false);
    one.tell();
    one.process(feed === 'rows' ? 'y' : 'x', [{ output: 'x', hash: '2' }], false);
    one.deliver('x');
    one.tell();
    expect(waiting(one)).toEqual(nothing);
    expect(one.account.counts('a', 0).superseded).toBe(1);
  });

  it('nor when the newer one was taken and is read only then', () => {
    const one = world(feed);
    one.process('x', [{ output: 'x', hash: '1' }], false);
    one.tell();
    one.process('x', [], true);
    one.deliver('x');
    one.tell();
    expect(waiting(one)).toEqual(nothing);
  });

  it('nothing waits once everything has landed, whoever hears of it first', () => {
    const id = fc.constantFrom(...IDS);
    const sink = fc.constantFrom(...SINKS);
    const gives = fc.uniqueArray(fc.record({ output: id, hash: fc.constantFrom('1', '2', '3') }), { maxLength: 2, selector: ({ output }) => output });
    const command = fc.oneof(
      fc.record({ is: fc.constant('process'), of: id, gives, late: fc.boolean(), sink }),
      fc.record({ is: fc.constantFrom('tell', 'fly', 'land', 'refuse', 'hear', 'deliver'), of: id, sink, gives: fc.constant([]), late: fc.constant(false) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const all = world(feed);
        for (const { is, of, gives: given, late, sink: by } of commands) {
          if (is === 'process') all.process(of, given, late);
          else if (is === 'land' || is === 'refuse') all.land(of, by, is === 'refuse');
          else all[is as 'tell' | 'fly' | 'hear' | 'deliver'](of, by);
        }
        rest(all);
        expect(waiting(all)).toEqual(nothing);
      }),
      { numRuns: 2_000 },
    );
  });
});
