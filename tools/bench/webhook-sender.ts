import { createHash, createHmac } from 'node:crypto';
import net from 'node:net';
import { parseArgs } from 'node:util';

/** What one flood was, as its sender saw it. */
export interface Flood {
  readonly sent: number;
  readonly accepted: number;
  /** Answers that were not 200. */
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds until the answer. */
  readonly p50: number;
  readonly p99: number;
  readonly cpuSeconds: number;
}

/** A Jira event of about 2 KB about one of the entities, the n-th of them newer than all before. */
export function deliveryOf(n: number, entities: number): string {
  const id = 10_000 + (n % entities);
  const fields = Object.fromEntries(Array.from({ length: 44 }, (_, at) => [`field${at}`, `${at} ${createHash('sha1').update(`${id}/${at}`).digest('base64url').slice(0, 16)}`]));
  const updated = new Date(1_760_000_000_000 + n * 1_000).toISOString().replace('Z', '+0000');
  const issue = { id: String(id), key: `SHOP-${id}`, fields: { summary: `change ${n} of ${id}`, created: '2026-01-01T00:00:00.000+0000', updated, description: 'd'.repeat(300), ...fields } };
  return JSON.stringify({ timestamp: n, webhookEvent: 'jira:issue_updated', issue });
}

/** Sends them all over kept connections, each as soon as the one before is answered; signed before the clock starts. */
export async function flood(of: { readonly url: string; readonly secret: string; readonly count: number; readonly entities: number; readonly connections: number }): Promise<Flood> {
  const { hostname, port, pathname } = new URL(of.url);
  const requests = Array.from({ length: of.count }, (_, n) => {
    const body = deliveryOf(n, of.entities);
    const signature = createHmac('sha256', of.secret).update(body).digest('hex');
    const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\nx-hub-signature: sha256=${signature}\r\nx-atlassian-webhook-identifier: bench-${process.pid}-${n}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return Buffer.from(head + body);
  });
  const took = new Float64Array(of.count);
  let [next, accepted, refused] = [0, 0, 0];
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(
    Array.from(
      { length: of.connections },
      () =>
        new Promise<void>((resolve, reject) => {
          const socket = net.connect(Number(port), hostname);
          let text = '';
          let mine = -1;
          let at = 0;
          const send = (): void => {
            mine = next++;
            if (mine >= of.count) {
              socket.end();
              return resolve();
            }
            at = performance.now();
            socket.write(requests[mine]!);
          };
          socket.setNoDelay(true).on('connect', send).on('error', reject).on('data', (data) => {
            text += data.toString('latin1');
            const end = text.indexOf('\r\n\r\n');
            const length = end < 0 ? undefined : /content-length: (\d+)/i.exec(text)?.[1];
            if (length === undefined || text.length < end + 4 + Number(length)) return;
            took[mine] = performance.now() - at;
            if (text.startsWith('HTTP/1.1 200') && text.includes('"accepted"')) accepted++;
            else refused++;
            text = '';
            send();
          });
        }),
    ),
  );
  const seconds = (performance.now() - begun) / 1_000;
  const used = process.cpuUsage(cpu);
  took.sort();
  return { sent: of.count, accepted, refused, seconds, p50: took[Math.floor(of.count * 0.5)]!, p99: took[Math.floor(of.count * 0.99)]!, cpuSeconds: (used.user + used.system) / 1e6 };
}

if (require.main === module) {
  const { values } = parseArgs({ options: { url: { type: 'string' }, secret: { type: 'string' }, count: { type: 'string' }, entities: { type: 'string' }, connections: { type: 'string' } } });
  void flood({ url: values.url!, secret: values.secret!, count: Number(values.count), entities: Number(values.entities), connections: Number(values.connections) }).then((result) => console.log(JSON.stringify(result)));
}
