// Fetches and compiles what the servers of the tests need, so that no test has to wait for it. Needs java, javac, mvn, npm, python3 with pip.
require('../../framework/bin/hook.js');

const { prepareJars } = require('./jars.ts');
const { prepareMoto } = require('./moto.ts');
const { preparePackages } = require('./packages.ts');
const { prepareWildFly } = require('../../integrations/jboss/test/wildfly.ts');

async function main() {
  for (const server of ['kafka', 'mongo']) console.log(`${server}: ${await prepareJars(server)}`);
  console.log(`github: ${await preparePackages('github')}`);
  console.log(`moto: ${await prepareMoto()}`);
  console.log(`wildfly: ${await prepareWildFly()}`);
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
