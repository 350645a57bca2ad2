import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** CPU seconds of this process so far: on a machine with few cores they are taken from what is measured. */
export function answersUsage(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== '/usage') return false;
  const { user, system } = process.cpuUsage();
  response.end(String((user + system) / 1e6));
  return true;
}

/** Listens on a free port and tells the parent which; ends with it, because then its standard input closes. */
export function listen(server: Server, close: () => void = () => undefined): void {
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify(server.address())));
  process.stdin
    .on('end', () => {
      close();
      process.exit(0);
    })
    .resume();
}
