module.exports = { ...require('../../jest.preset.js'), displayName: 'gcp-inventory-pubsub', rootDir: __dirname };
