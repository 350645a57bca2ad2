import { reads } from './reads';

const seen = (expression: string): readonly [readonly string[], readonly string[] | 'all'] => {
  const { names, data } = reads(expression);
  return [[...names], data === 'all' ? data : [...data]];
};

test.each<readonly [string, readonly string[], readonly string[] | 'all']>([
  ["eventType.startsWith('jira:')", ['eventType'], []],
  ['data.issue.fields.points > 5', ['data'], ['issue']],
  ['data["issue"].id == "1" && data.action == "opened"', ['data'], ['issue', 'action']],
  ['has(data.action)', ['data'], ['action']],
  ['data.issues.exists(i, i.id == data.main)', ['data'], ['issues', 'main']],
  ['size(data) > 3', ['data'], 'all'],
  ['data[kind] == 1', ['data', 'kind'], 'all'],
  ['"action" in data', ['data'], 'all'],
  ['data.exists(k, k == "action")', ['data'], 'all'],
  ['cel.bind(x, data, x.action == "a")', ['cel', 'data'], 'all'],
  ['data.list.exists(data, data.action == "a")', ['data'], ['list']],
  ['data.list.exists(eventType, eventType == "a")', ['data'], ['list']],
  ['{"a": operation}["a"] == "write" ? receivedAt < timestamp("2026-01-01T00:00:00Z") : !(source in [kind])', ['operation', 'receivedAt', 'source', 'kind'], []],
  ['keys.id == "1"', ['keys'], []],
  ['eventType ==', [], []],
])('%s', (expression, names, data) => {
  expect(seen(expression)).toEqual([names, data]);
});
