import type { JsonObject } from '@integration-framework/framework';

/** GitHub's API as a person's script calls it: for filling the emulator, and for reading what it lists. */
export interface GithubApi {
  send(method: string, path: string, body?: object): Promise<JsonObject>;
  /** Every element of a list, over all its pages. */
  list(path: string): Promise<readonly JsonObject[]>;
}

export function githubApi(url: string, token: string): GithubApi {
  const call = async (method: string, address: string, body?: object): Promise<Response> => {
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${address} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  return {
    async send(method, path, body) {
      const text = await (await call(method, url + path, body)).text();
      return text === '' ? {} : (JSON.parse(text) as JsonObject);
    },
    async list(path) {
      const rows: JsonObject[] = [];
      for (let next: string | undefined = url + path; next !== undefined; ) {
        const response = await call('GET', next);
        rows.push(...((await response.json()) as JsonObject[]));
        next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      }
      return rows;
    },
  };
}
