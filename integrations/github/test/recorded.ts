import { createRequire } from 'node:module';
import { parseJson, toJson, type Delivery, type JsonObject } from '@integration-framework/framework';

interface Recorded {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}

/** Every payload that the makers of Octokit recorded, as GitHub sends it. Their file holds how often an event came along with its examples. */
export const recorded: readonly Delivery[] = (createRequire(__filename)('@octokit/webhooks-examples/api.github.com/index.json') as readonly Recorded[]).flatMap(({ name, examples }) =>
  examples.map((example, index) => ({ headers: { 'x-github-event': name, 'x-github-delivery': `${name}-${index}` }, body: parseJson(toJson(example)) })),
);
