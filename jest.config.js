// `npm test`: every project at once. One project: npx jest --config framework/jest.config.js [path]; by Nx: npx nx test framework.
const fs = require('node:fs');
const path = require('node:path');

const integrations = fs.readdirSync(path.join(__dirname, 'integrations')).map((name) => `<rootDir>/integrations/${name}`);

module.exports = {
  // A run over projects takes these from here and not from the preset.
  // A worker that has grown is slow: it collects garbage again and again. It is replaced between two suites.
  workerIdleMemoryLimit: '600MB',
  testTimeout: require('./jest.preset').testTimeout,
  projects: ['<rootDir>/framework', '<rootDir>/tools', '<rootDir>/docs', ...integrations].filter((folder) => fs.existsSync(path.join(folder.replace('<rootDir>', __dirname), 'jest.config.js'))),
  reporters: ['default', '<rootDir>/tools/summary-reporter.js'],
};
