module.exports = { ...require('../../jest.preset.js'), displayName: 'jira', rootDir: __dirname };
