// A plugin for tests: what it does stands in the event's data, as `do`. Answers in any order.
const readline = require('node:readline');

const answer = (id, members) => process.stdout.write(`${JSON.stringify({ id, ...members })}\n`);
const held = [];

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'init') return answer(id, { result: { name: 'node', version: process.version, concurrency: 2 } });
  if (method !== 'process') return answer(id, { result: {} });
  const { data } = params.event;
  if (data.do === 'crash') process.exit(1);
  if (data.do === 'discard') return answer(id, { result: { discard: true, reason: 'of more than a word' } });
  if (data.do === 'hold') return held.push(id);
  if (data.do === 'release') for (const one of held.splice(0)) answer(one, { result: { event: { data: 'released' } } });
  return answer(id, { result: { event: { data: { ...data, by: 'node' } } } });
}).on('close', () => process.exit(0));
