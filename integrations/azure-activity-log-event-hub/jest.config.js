module.exports = { ...require('../../jest.preset.js'), displayName: 'azure-activity-log-event-hub', rootDir: __dirname };
