import { sign } from './sign';

test.each([
  ['{"a":1}', 'v1,le9U9djM5I2v1a25wBjKeRlHwj/VRKKgzUn4wR2wjDw='],
  ['{"name":"é"}', 'v1,VphKn7cFgXNT/P6hFZy6LY0EVHzz9+giQDGGVjJEHaQ='],
  ['{"name":"\\u00e9"}', 'v1,ao0XjPjAMH2O7zg2nudndib8Q2DoY1UIYJuseXgVfjo='],
  ['{"action":"Create","context":{"runId":"r_1"},"headers":{}}', 'v1,u25nKKXhlSELO5XXJ5oiivGqw0nPKgUGv1KjzIPjFEo='],
])('%s', (body, signature) => {
  expect(sign('test', { timestamp: 1_713_277_889, body })).toBe(signature);
});
