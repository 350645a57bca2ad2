// Preloaded into a measured process: tells its parent at the end what it cost.
const { resourceUsage } = process;
process.on('exit', () => {
  const usage = resourceUsage.call(process);
  process.send?.({ cpu: (usage.userCPUTime + usage.systemCPUTime) / 1e6, peak: Math.round(usage.maxRSS / 1024) });
});
