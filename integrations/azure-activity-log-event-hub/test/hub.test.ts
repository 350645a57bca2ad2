import { openHub } from '../src/hub';
import type { AzureSettings } from '../src/settings';

test("the vendor's client loads, and ends when it is told to", async () => {
  const settings = { eventHubNamespace: '127.0.0.1', eventHubName: 'activity' } as AzureSettings;
  const stop = new AbortController();
  const asked: string[] = [];
  const hub = await openHub(settings, async (audience) => {
    asked.push(audience);
    return { value: 'token', expiresAt: Date.now() + 3_600_000 };
  });
  const partitions = hub.partitions(stop.signal);
  setImmediate(() => stop.abort());
  await expect(partitions).rejects.toMatchObject({ name: 'AbortError' });
  await hub.read('0', { after: undefined, signal: stop.signal, take: () => Promise.reject(new Error('nothing is there')) });
  await hub.close();
  expect(asked.filter((audience) => audience !== 'eventHubs')).toEqual([]);
});
