import fc from 'fast-check';
import { createPipelineAccount, type PipelineAccount } from './account';

const SINKS = ['a', 'b', 'c'];
const ENDINGS = ['filtered', 'stale', 'superseded', 'unchanged', 'delivered', 'dead', 'pending'] as const;

function expectClosed(account: PipelineAccount, sinks: readonly string[] = SINKS): void {
  for (const sink of sinks) {
    const counts = account.counts(sink, 0);
    expect({ sink, accepted: counts.accepted, negative: ENDINGS.filter((name) => counts[name] < 0) }).toEqual({ sink, accepted: ENDINGS.reduce((sum, name) => sum + counts[name], 0), negative: [] });
  }
}

const state = (output: string, hash: string, sinks: readonly string[] = ['a', 'b']) => ({ output, state: hash, sinks });
const landed = (output: string, hash: string, sink: string) => ({ output, state: hash, sink });

describe('the account of a pipeline', () => {
  it('on the rows feed the newest event replaces one that waits, in the feed or at a sink', () => {
    const account = createPipelineAccount(['a', 'b']);
    account.accepted('row');
    account.accepted('row');
    const first = account.begin('row');
    account.processed('row', first, { made: [state('o', 'one')], rest: 'unchanged', since: account.mark() });
    account.settled(landed('o', 'one', 'a'), 'delivered');
    account.accepted('row');
    expect([account.counts('a', 0), account.counts('b', 0)]).toMatchObject([{ superseded: 1, delivered: 1, pending: 1 }, { superseded: 1, delivered: 0, pending: 2 }]);
    account.processed('row', account.begin('row'), { made: [state('o', 'two')], rest: 'unchanged', since: account.mark() });
    // The older state lands late at b: it was superseded.
    account.settled(landed('o', 'one', 'b'), 'delivered');
    expect(account.counts('b', 0)).toMatchObject({ superseded: 2, pending: 1 });
    account.settled(landed('o', 'two', 'a'), 'delivered');
    account.settled(landed('o', 'two', 'b'), 'dead');
    expect([account.counts('a', 0), account.counts('b', 0)]).toMatchObject([{ accepted: 3, superseded: 1, delivered: 2, pending: 0 }, { accepted: 3, superseded: 2, dead: 1, pending: 0 }]);
    expect([account.waiting(), account.entered()]).toEqual([0, 0]);
  });

  it('what is filtered or fails leaves the state before it on its way', () => {
    const account = createPipelineAccount(['a']);
    account.accepted('row');
    account.processed('row', account.begin('row'), { made: [state('o', 'one', ['a'])], rest: 'unchanged', since: account.mark() });
    for (const rest of ['filtered', 'dead'] as const) {
      account.accepted('row');
      account.processed('row', account.begin('row'), { made: [], rest, since: account.mark() });
    }
    account.settled(landed('o', 'one', 'a'), 'delivered');
    expect(account.counts('a', 0)).toMatchObject({ accepted: 3, filtered: 1, dead: 1, delivered: 1, pending: 0 });
  });

  it('an event that comes while an older one is processed replaces it', () => {
    const account = createPipelineAccount(['a']);
    account.accepted('row');
    const token = account.begin('row');
    account.accepted('row');
    account.processed('row', token, { made: [state('o', 'one', ['a'])], rest: 'unchanged', since: account.mark() });
    account.settled(landed('o', 'one', 'a'), 'delivered');
    expect(account.counts('a', 0)).toMatchObject({ accepted: 2, superseded: 1, pending: 1 });
    account.processed('row', account.begin('row'), { made: [], rest: 'unchanged', since: account.mark() });
    expect(account.counts('a', 0)).toMatchObject({ accepted: 2, superseded: 1, unchanged: 1, pending: 0 });
  });

  it('what lands between reading the outputs and this counting is not waited for', () => {
    const account = createPipelineAccount(['a', 'b']);
    const process = (since: number): void => {
      account.accepted('row');
      account.processed('row', account.begin('row'), { made: [state('o', 'one')], rest: 'unchanged', since });
    };
    process(account.mark());
    const since = account.mark();
    account.settled(landed('o', 'one', 'a'), 'delivered');
    account.settled(landed('o', 'one', 'b'), 'dead');
    // The same state once more, of outputs that were read before that.
    process(since);
    expect(['a', 'b'].map((sink) => account.counts(sink, 0))).toMatchObject([{ accepted: 2, delivered: 1, unchanged: 1, pending: 0 }, { accepted: 2, dead: 1, unchanged: 1, pending: 0 }]);
    // Sent once more, and read afterwards.
    process(account.mark());
    expect(account.counts('a', 0)).toMatchObject({ pending: 1 });
  });

  it('an event of several outputs ends as the worst of them, an output of several rows ends the events of all', () => {
    const account = createPipelineAccount(['a']);
    for (const row of ['one', 'two']) {
      account.accepted(row);
      account.processed(row, account.begin(row), { made: [state('shared', 'h', ['a']), state(row, 'h', ['a'])], rest: 'unchanged', since: account.mark() });
    }
    account.settled(landed('one', 'h', 'a'), 'dead');
    account.settled(landed('two', 'h', 'a'), 'delivered');
    expect(account.counts('a', 0)).toMatchObject({ pending: 2 });
    account.settled(landed('shared', 'h', 'a'), 'delivered');
    expect(account.counts('a', 0)).toMatchObject({ accepted: 2, dead: 1, delivered: 1, pending: 0 });
  });

  it('on the events feed a later event of a thing supersedes the state of an earlier one; who wants all counts each', () => {
    const account = createPipelineAccount(['a', 'b', 'c']);
    for (const event of ['1', '2']) {
      account.acceptedEvent(event);
      account.processed(event, account.beginEvent(event, SINKS), { made: [state('o', event)], rest: 'unchanged', since: account.mark(), sinks: ['a', 'b'] });
      account.end(event, ['c'], 'delivered');
    }
    account.settled(landed('o', '2', 'a'), 'delivered');
    account.settled(landed('o', '2', 'b'), 'delivered');
    expect(SINKS.map((sink) => account.counts(sink, 0))).toMatchObject([{ superseded: 1, delivered: 1 }, { superseded: 1, delivered: 1 }, { accepted: 2, delivered: 2 }]);
    expectClosed(account);
  });

  it('an event for some sinks only counts for those', () => {
    const account = createPipelineAccount(SINKS);
    account.beginEvent('again', ['a', 'b']);
    expect(SINKS.map((sink) => account.counts(sink, 0).accepted)).toEqual([1, 1, 0]);
    expect(account.entered()).toBe(1);
  });

  it('a question waits as long as questions are open', () => {
    const account = createPipelineAccount(['a', 'b']);
    account.asked();
    account.acceptedEvent('e');
    account.asked('e', ['a']);
    account.end('e', ['b'], 'delivered');
    expect([account.counts('a', 1), account.counts('a', 0), account.counts('b', 0)]).toMatchObject([
      { accepted: 2, pending: 1, superseded: 1 },
      { accepted: 2, pending: 0, superseded: 2 },
      { accepted: 2, delivered: 1, superseded: 1 },
    ]);
  });

  it('what an earlier process left waits from the beginning, and what is due no more was replaced', () => {
    const account = createPipelineAccount(['a']);
    account.carry('a', 5);
    expect([account.counts('a', 0), account.waiting(), account.entered()]).toMatchObject([{ accepted: 5, pending: 5 }, 5, 5]);
    account.settled(landed('x', 'h', 'a'), 'delivered');
    account.beginEvent('left', ['a']);
    account.end('left', ['a'], 'dead');
    account.due('a', 1);
    expect(account.counts('a', 0)).toMatchObject({ accepted: 5, delivered: 1, dead: 1, superseded: 2, pending: 1 });
    expect(account.carries()).toBe(true);
    account.due('a', 0);
    expect([account.carries(), account.waiting(), account.entered()]).toEqual([false, 0, 5]);
  });

  it('an event that is found before it is told of counts once, also beside what was left', () => {
    const account = createPipelineAccount(['a']);
    account.carry('a', 1);
    for (const event of ['new', 'left']) {
      account.beginEvent(event, ['a']);
      account.end(event, ['a'], 'delivered');
    }
    account.acceptedEvent('new');
    expect([account.counts('a', 0), account.entered()]).toMatchObject([{ accepted: 2, delivered: 2, pending: 0 }, 1]);
    account.beginEvent('another', ['a']);
    account.acceptedEvent('another');
    expect([account.counts('a', 0), account.entered()]).toMatchObject([{ accepted: 3, pending: 1 }, 1]);
  });

  it('an event that was read counts once, as one that nobody took in, also when it is found and done before', () => {
    const account = createPipelineAccount(['a', 'b']);
    account.carry('a', 1);
    account.beginEvent('found', ['a']);
    account.end('found', ['a'], 'delivered');
    account.readEvent('found', ['a']);
    account.readEvent('read', ['a']);
    expect([account.counts('a', 0), account.counts('b', 0).accepted, account.entered()]).toMatchObject([{ accepted: 3, delivered: 1, pending: 2 }, 0, 3]);
    account.end('read', ['a'], 'dead');
    account.due('a', 0);
    expect(account.counts('a', 0)).toMatchObject({ accepted: 3, delivered: 1, dead: 1, superseded: 1, pending: 0 });
  });

  it('closes at every moment, whatever comes', () => {
    const key = fc.constantFrom('x', 'y', 'z');
    const some = fc.subarray(SINKS);
    const hash = fc.constantFrom('1', '2', '');
    const command = fc.oneof(
      fc.tuple(fc.constant('accepted'), key),
      fc.tuple(fc.constant('begin'), key),
      fc.tuple(fc.constant('processed'), key, hash, some, fc.constantFrom('filtered', 'dead', 'unchanged')),
      fc.tuple(fc.constant('event'), key, some),
      fc.tuple(fc.constant('told'), key),
      fc.tuple(fc.constant('read'), key, some),
      fc.tuple(fc.constant('made'), key, hash, some),
      fc.tuple(fc.constant('end'), key, some, fc.constantFrom('stale', 'delivered', 'dead')),
      fc.tuple(fc.constant('asked'), fc.option(key, { nil: undefined }), some),
      fc.tuple(fc.constant('settled'), key, hash, fc.constantFrom(...SINKS), fc.constantFrom('delivered', 'dead')),
      fc.tuple(fc.constant('carry'), fc.constantFrom(...SINKS), fc.nat(3)),
      fc.tuple(fc.constant('due'), fc.constantFrom(...SINKS), fc.nat(3)),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const account = createPipelineAccount(SINKS);
        const tokens = new Map<string, number>();
        for (const [name, of, ...more] of commands as unknown as [string, string, ...never[]][]) {
          if (name === 'accepted') account.accepted(of);
          else if (name === 'begin') tokens.set(of, account.begin(of));
          else if (name === 'processed') account.processed(of, tokens.get(of) ?? 0, { made: [state(of, more[0]!, more[1])], rest: more[2]!, since: account.mark() });
          else if (name === 'event') tokens.set(`e${of}`, account.beginEvent(`e${of}`, more[0]!));
          else if (name === 'told') account.acceptedEvent(`e${of}`);
          else if (name === 'read') account.readEvent(`e${of}`, more[0]!);
          else if (name === 'made') account.processed(`e${of}`, tokens.get(`e${of}`) ?? 0, { made: [state('one', more[0]!, more[1])], rest: 'unchanged', since: account.mark(), sinks: ['a', 'b'] });
          else if (name === 'end') account.end(`e${of}`, more[0]!, more[1]!);
          else if (name === 'asked') account.asked((of as string | undefined) && `e${of}`, more[0]);
          else if (name === 'settled') account.settled(landed(of === 'z' ? 'one' : of, more[0]!, more[1]!), more[2]!);
          else if (name === 'carry') account.carry(of, more[0]!);
          else account.due(of, more[0]!);
          expectClosed(account);
        }
      }),
      { numRuns: 500 },
    );
  });
});
