// Fetches and compiles what the servers of the tests need, so that no test has to wait for it. Needs java, javac, mvn.
require('../../framework/bin/hook.js');

const { prepareJars } = require('./jars.ts');

async function main() {
  for (const server of ['kafka', 'mongo']) console.log(`${server}: ${await prepareJars(server)}`);
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
