module.exports = { ...require('../../jest.preset.js'), displayName: 'aws-cloudtrail-sqs', rootDir: __dirname };
