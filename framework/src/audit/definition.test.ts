import { fillTexts, findFaults, placeholdersOf, type AuditLog, type MessageDefinition } from '.';
import type { AuditLog as ContractLog, AuditMessage } from '../contract';

const texts = { message: '{a} of {b}', systemAction: 'waits {c} ms', userAction: 'look at {a}' } as const;
const moved = { id: 'TEST-0001', severity: 'INFO', ...texts } as const satisfies MessageDefinition;
const plain = { id: 'TEST-0002', severity: 'INFO', message: 'so', systemAction: 'so', userAction: 'none' } as const satisfies MessageDefinition;

describe('parameters are checked by the compiler', () => {
  const heard: unknown[] = [];
  const log: Pick<AuditLog, 'log' | 'logException'> = { log: (...said) => void heard.push(said), logException: (...said) => void heard.push(said) };

  it('takes what the texts name, no more and no less', () => {
    log.log('test', moved, { a: 1, b: 'x', c: 2n });
    log.log('test', plain, {});
    log.logException('test', moved, { a: null, b: {}, c: [] }, new Error('x'));
    // @ts-expect-error c is missing
    log.log('test', moved, { a: 1, b: 2 });
    // @ts-expect-error d is one too many
    log.log('test', moved, { a: 1, b: 2, c: 3, d: 4 });
    // @ts-expect-error a has no value
    log.log('test', moved, { a: undefined, b: 2, c: 3 });
    // @ts-expect-error plain has no parameters
    log.log('test', plain, { a: 1 });
    // @ts-expect-error c is missing here too
    log.logException('test', moved, { a: 1, b: 2 }, new Error('x'));
    // @ts-expect-error UNKNOWN is no severity of a message
    log.log('test', { ...plain, severity: 'UNKNOWN' }, {});
    expect(heard).toHaveLength(9);
  });

  it('takes anything for a definition whose texts only run time knows', () => {
    const message: AuditMessage = moved;
    log.log('test', message, { a: 1, whatever: 2 });
    const contract: ContractLog = log;
    const definition: MessageDefinition = message;
    contract.log('test', definition, {});
    expect(heard).toHaveLength(11);
  });
});

describe('texts', () => {
  it('name their placeholders once each, in order', () => expect(placeholdersOf(texts)).toEqual(['a', 'b', 'c']));

  it('are filled in one pass: a value that looks like a placeholder stays text, one without value stays as it is', () => {
    const values: Readonly<Record<string, string>> = { a: '{b}', b: '$& $1' };
    expect(fillTexts(texts, (name) => values[name])).toEqual({ message: '{b} of $& $1', systemAction: 'waits {c} ms', userAction: 'look at {b}' });
  });
});

describe('findFaults', () => {
  const unset = { ...moved, severity: 'UNKNOWN' } as unknown as MessageDefinition;
  it.each<[string, MessageDefinition | Parameters<typeof findFaults>[0][number]]>([
    ['the severity is UNKNOWN', unset],
    ['the severity is LOUD', { ...moved, severity: 'LOUD' } as unknown as MessageDefinition],
    ['message is empty', { ...plain, message: ' ' }],
    ['systemAction is empty', { ...plain, systemAction: '' }],
    ['userAction is empty', { ...plain, userAction: undefined } as unknown as MessageDefinition],
    ['message has a brace that belongs to no placeholder', { ...plain, message: 'of {Connector name}' }],
    ['userAction has a brace that belongs to no placeholder', { ...plain, userAction: 'look at {a' }],
    ['the id must be <COMPONENT>-<nnnn>', { ...plain, id: 'test-1' }],
    ['the id must be <COMPONENT>-404-<nnn>', { id: 'TEST-400-001', httpStatus: 404, ...texts }],
    ['somebody has to do something about it: userAction must not be none', { ...plain, severity: 'ERROR' }],
    ['somebody has to do something about it: userAction must not be none', { id: 'TEST-404-001', httpStatus: 404, ...texts, userAction: 'none' }],
  ])('says: %s', (fault, definition) => expect(findFaults([definition])).toEqual([`${definition.id}: ${fault}`]));

  it('says that an id is used twice, and nothing where nothing is wrong', () => {
    expect(findFaults([moved, plain])).toEqual([]);
    expect(findFaults([moved, plain, moved])).toEqual(['TEST-0001: the id is used twice']);
  });
});
