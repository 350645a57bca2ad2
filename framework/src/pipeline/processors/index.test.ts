import { createProcessor, processorSettings, processorTypes } from './index';
import { context, event, processed } from './test/event';

test('each type has its settings', () => {
  expect(processorTypes).toEqual(['mapper', 'filter', 'rpc-plugin', 'cloud-vendor-aggregator']);
  for (const type of processorTypes) expect(Object.keys(processorSettings(type) ?? {})).not.toEqual([]);
  expect(processorSettings('nosuch')).toBeUndefined();
});

test('a processor is made by its type', () => {
  const { processor, problems } = createProcessor('mapper', { type: 'mapper', outputEvent: { a: '{{ b }}' } }, context());
  expect(problems).toEqual([]);
  expect(processed(processor!, event({ b: 1 }))).toMatchObject({ event: { data: { a: 1 } } });
});

test('an unknown type is a problem', () => {
  expect(createProcessor('maper', {}, context())).toMatchObject({ problems: [{ path: 'type', code: 'CONFIG_ENUM', severity: 'error' }] });
});

test('nothing is started by compiling', () => {
  const { processor, problems } = createProcessor('rpc-plugin', { modulePath: 'no-such-command' }, context());
  expect(processor).toBeUndefined();
  expect(problems[0]?.code).toBe('PLUGIN_MISSING');
});
