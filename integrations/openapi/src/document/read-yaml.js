// Runs in a thread of its own: YAML of some megabytes takes seconds, and may be made to take longer.
const { parentPort, workerData } = require('node:worker_threads');
const { parse } = require('yaml');

try {
  // Not `silent`: that takes what is cut off for whole.
  // Aliases are objects that stand in several places: the text of all of them together is bounded by maxAliasCount.
  parentPort.postMessage({ json: JSON.stringify(parse(workerData, { maxAliasCount: 100, logLevel: 'error' })) });
} catch (err) {
  parentPort.postMessage({ fault: String(err.message).split('\n')[0] });
}
