// What every project's jest.config.js starts from: TypeScript by swc, no build step, and one way to name slow suites:
// x.test.ts needs nothing; x.int.test.ts starts real servers on free loopback ports.
const path = require('node:path');

module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.[jt]s$': [require.resolve('@swc/jest'), require('./framework/bin/swc-options.js')] },
  // ESM-only packages that jest has to be told to transform.
  transformIgnorePatterns: ['/node_modules/(?!(jq-wasm|@marcbachmann/cel-js)/)'],
  moduleNameMapper: {
    '^@integration-framework/framework$': path.join(__dirname, 'framework/src/contract/index.ts'),
    '^@integration-framework/framework/testkit$': path.join(__dirname, 'framework/src/testkit/index.ts'),
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
  // Ends a test that hangs; how fast a machine is, no test judges.
  testTimeout: 300_000,
};
