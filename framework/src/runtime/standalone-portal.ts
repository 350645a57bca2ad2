import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Settings } from '../config';
import type { Log } from '../contract';
import type { Portal } from '../portal';
import type { Clock } from '../shared';
import { openPortal } from './open-portal';

/** The portal for a command that starts nothing else: the built-in one is served on a free loopback port meanwhile. Undefined without `port`. */
export async function standalonePortal(settings: Settings, with_: { readonly clock: Clock; readonly log: Log }): Promise<{ readonly portal: Portal; close(): Promise<void> } | undefined> {
  const open = openPortal(settings, with_);
  if (!open) return undefined;
  const server = createServer((request, response) => {
    if (!open.localPortal?.handler(request, response)) response.writeHead(404).end();
  });
  if (open.localPortal) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = open.localPortal ? `http://127.0.0.1:${(server.address() as AddressInfo).port}` : '';
  return {
    portal: open.connect(url, () => undefined),
    async close() {
      await open.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
