import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  pullRequests: {
    type: 'string',
    enum: ['open', 'all'],
    default: 'all',
    description: 'Which pull requests exist for the catalog: with `open` a closed one leaves it.',
    example: 'open',
  },
} as const satisfies SettingsSpec;

export type GithubSettings = SettingsOf<typeof settings>;
