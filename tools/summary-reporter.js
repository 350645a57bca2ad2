// The last lines of a test run: what was skipped because this machine lacks something, and `N passed, N failed`.
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    const broken = results.numRuntimeErrorTestSuites;
    if (skipped > 0) {
      const files = results.testResults.filter((file) => file.numPendingTests > 0).map((file) => `${file.testFilePath} (${file.numPendingTests})`);
      console.log(`\nSKIPPED ${skipped} tests, because this machine lacks what they need:\n  ${files.join('\n  ')}`);
    }
    console.log(`\n${results.numPassedTests} passed, ${results.numFailedTests + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
};
