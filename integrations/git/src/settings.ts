import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  path: {
    type: 'list',
    path: true,
    required: true,
    description: 'Folder of a repository (working tree or bare), or a list of folders. The name of the folder becomes the name of the repository.',
    example: '.',
  },
  maxCommits: {
    type: 'integer',
    default: 1000,
    min: 0,
    description: 'How many commits of HEAD are read for each repository, the newest first. Contributors are the authors of these commits.',
    example: 1000,
  },
} as const satisfies SettingsSpec;

export type GitSettings = SettingsOf<typeof settings>;
