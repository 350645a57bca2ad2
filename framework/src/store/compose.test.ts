import { canonicalEntity, hashText } from '../contract';
import { alignOutput, overlay, pendingSinks, replaceParts, settleOutput, type OutputState, type Replacement } from './compose';
import type { Part } from './store';

const part = (row: string, resource: number, entity: object, search = false): Part => {
  const whole = { blueprint: 'bp', identifier: 'e', properties: {}, relations: {}, ...entity };
  return { row: `entry/${row}`, resource, body: JSON.stringify(whole), hash: hashText(canonicalEntity(whole)), ...(search && { search }) };
};
const replace = (before: OutputState | undefined, rows: readonly string[], parts: readonly Part[], more: Partial<Replacement> = {}): OutputState => {
  const composed = replaceParts(before, { _id: 'p/bp/e', pipeline: 'p', integration: 'entry', rows: new Set(rows.map((row) => `entry/${row}`)), parts, sinks: ['s'], departures: 'now', at: 10, ...more });
  if (composed.is === 'remove') throw new Error('removed');
  return composed.output;
};
const accepted = (output: OutputState): OutputState => settleOutput(output, [{ output: output._id, sink: 's', is: 'accepted', hash: output.hash }], 20) as OutputState;
const entityOf = (output: OutputState): unknown => JSON.parse(overlay(output)!);

const a = part('issue/1', 0, { title: 'A', properties: { x: 1, y: 1 } });
const b = part('bug/2', 1, { title: 'B', icon: 'I', properties: { y: 2, z: null }, relations: { r: 'to' } });

test('parts are laid over each other in resource order; kinds are those of the parts, the first first', () => {
  const output = replace(undefined, ['bug/2', 'issue/1'], [b, a]);
  expect(output.parts).toEqual([a, b]);
  expect(output.kinds).toEqual(['issue', 'bug']);
  expect(entityOf(output)).toEqual({ blueprint: 'bp', identifier: 'e', title: 'B', icon: 'I', properties: { x: 1, y: 2, z: null }, relations: { r: 'to' } });
});

test('an output of one part has its hash and its body; of several the hash of what they make together', () => {
  const one = replace(undefined, ['issue/1'], [a]);
  expect([one.hash, overlay(one)]).toEqual([a.hash, a.body]);
  const two = replace(one, ['bug/2'], [b]);
  expect(two.hash).toBe(hashText(canonicalEntity(JSON.parse(overlay(two)!))));
  // The same entity in one part, or in two.
  expect(replace(undefined, ['issue/1'], [part('issue/1', 0, JSON.parse(overlay(two)!))]).hash).toBe(two.hash);
});

test('what only a departed part had is sent as null until every sink accepted, and no more once a part has it again', () => {
  const both = accepted(replace(undefined, ['issue/1', 'bug/2'], [a, b]));
  const left = replace(both, ['bug/2'], []);
  expect(left.cleared).toEqual(['icon', 'properties.z', 'relations.r']);
  expect(entityOf(left)).toEqual({ blueprint: 'bp', identifier: 'e', title: 'A', icon: null, properties: { x: 1, y: 1, z: null }, relations: { r: null } });
  expect(replace(left, ['bug/2'], [part('bug/2', 1, { icon: 'J' })]).cleared).toEqual(['properties.z', 'relations.r']);
  expect(accepted(left)).toMatchObject({ cleared: [] });
});

test('a key that the mapping of a part that stays no longer gives is left alone', () => {
  const output = replace(accepted(replace(undefined, ['issue/1'], [a])), ['issue/1'], [part('issue/1', 0, { title: 'A' })]);
  expect(output).toMatchObject({ cleared: [], due: 10 });
});

test('a property with a dot in its name is cleared under its whole name', () => {
  const output = replace(undefined, ['issue/1', 'bug/2'], [a, part('bug/2', 1, { properties: { 'a.b': 1 } })]);
  expect(entityOf(replace(output, ['bug/2'], []))).toMatchObject({ properties: { x: 1, y: 1, 'a.b': null } });
});

test('a gone output has no entity; held it has no due, and it stays as it is when it is looked at again', () => {
  const output = accepted(replace(undefined, ['issue/1'], [a]));
  const held = replace(output, ['issue/1'], [], { departures: 'held' });
  expect(held).toMatchObject({ gone: true, hash: '', parts: [], kinds: ['issue'] });
  expect(held).not.toHaveProperty('due');
  expect(overlay(held)).toBeUndefined();
  expect(replaceParts(held, { ...held, rows: new Set(['entry/issue/1']), parts: [], sinks: ['s'], departures: 'now', at: 30 })).toEqual({ is: 'same', output: held });
  expect(pendingSinks(held).map((sink) => sink.sink)).toEqual(['s']);
});

test('an output that no sink ever heard of goes without a trace', () => {
  const output = replace(undefined, ['issue/1'], [a], { sinks: [] });
  expect(output).not.toHaveProperty('due');
  expect(replaceParts(output, { ...output, rows: new Set(['entry/issue/1']), parts: [], sinks: [], departures: 'held', at: 30 })).toEqual({ is: 'remove' });
});

test('integers beyond 2^53 keep their digits in what is sent', () => {
  const big = { ...a, body: '{"blueprint":"bp","identifier":"e","properties":{"n":12345678901234567890}}' };
  expect(overlay(replace(undefined, ['issue/1', 'bug/2'], [big, b]))).toContain('"n":12345678901234567890');
});

test('a part of an older event does not replace a later one, in an output and among what is given', () => {
  const made = (order: number, title: string): Part => ({ ...part('issue/1', 0, { title }), order });
  const output = replace(undefined, ['issue/1'], [made(5, 'five')]);
  expect(replace(output, ['issue/1'], [made(4, 'four')])).toEqual(output);
  expect(replace(output, ['issue/1'], [made(7, 'seven'), made(6, 'six')])).toMatchObject({ parts: [{ order: 7 }] });
  expect(replace(output, ['issue/1'], [a]).parts).toEqual([a]);
  // A later event that says the same is remembered, though nothing has to be sent.
  const settled = accepted(output);
  expect(replace(settled, ['issue/1'], [made(6, 'five')])).toEqual({ ...settled, parts: [made(6, 'five')] });
});

test('what a removal said is kept by the output that lost its last part by it', () => {
  const output = accepted(replace(undefined, ['issue/1', 'bug/2'], [a, b]));
  const removals = new Map([['entry/issue/1', 'first'], ['entry/bug/2', 'second']]);
  const left = replace(output, ['issue/1'], [], { removals });
  expect(left).not.toHaveProperty('last');
  const gone = replace(left, ['bug/2'], [], { removals });
  expect(gone).toMatchObject({ gone: true, last: 'second' });
  expect(replace(gone, ['issue/1'], [], { removals })).toEqual(gone);
  expect(replace(gone, ['issue/1'], [a])).not.toHaveProperty('last');
});

test('a sink that writes otherwise now has to be told again, and nobody else', () => {
  const output = accepted(replace(undefined, ['issue/1'], [a], { sinks: ['s'] }));
  expect(alignOutput(output, { sinks: ['s'], at: 50 })).toBeUndefined();
  expect(alignOutput(output, { sinks: ['s'], reshaped: ['other'], at: 50 })).toBeUndefined();
  expect(alignOutput(output, { sinks: ['s'], reshaped: ['s'], at: 50 })).toEqual({ ...output, due: 50, sinks: [{ sink: 's', at: 20 }] });
  const held = replace(output, ['issue/1'], [], { departures: 'held' });
  expect(alignOutput(held, { sinks: ['s'], reshaped: ['s'], at: 50 })).toBeUndefined();
});
