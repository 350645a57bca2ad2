import { createServer } from 'node:http';
import { answersUsage, listen } from './own-server';

/** A record of about `bytes` bytes of JSON, always the same for one number. */
export function makeRecord(id: number, bytes: number): Record<string, unknown> {
  const record = {
    id,
    name: `record-${id}`,
    closed: id % 3 === 0,
    owner: { login: `user${id % 97}`, mail: `User${id % 97}@Example.org`, id: id % 97 },
    stats: { done: id % 10, total: 10 },
    labels: [
      { name: `l${id % 7}`, color: 'red' },
      { name: 'common', color: 'grey' },
      { name: `m${id % 11}`, color: 'blue' },
    ],
    updatedAt: new Date(1_700_000_000_000 + id * 1_000).toISOString(),
    description: '',
  };
  const missing = Math.max(0, bytes - JSON.stringify(record).length);
  record.description = `text of ${id} `.repeat(Math.ceil(missing / 10)).slice(0, missing);
  return record;
}

/** A paged HTTP source in a process of its own: `node source.ts COUNT BYTES PAGE`. Pages are made when asked for, so that it holds nothing. */
function serve(count: number, bytes: number, page: number): void {
  let requests = 0;
  const server = createServer((request, response) => {
    if (answersUsage(request, response)) return;
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/requests') return void response.end(String(requests));
    requests++;
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const end = Math.min(count, offset + page);
    const records: string[] = [];
    for (let id = offset; id < end; id++) records.push(JSON.stringify(makeRecord(id, bytes)));
    response.setHeader('content-type', 'application/json');
    response.end(`{"records":[${records.join(',')}],"next":${end < count ? end : null}}`);
  });
  listen(server);
}

if (require.main === module) serve(Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]));
