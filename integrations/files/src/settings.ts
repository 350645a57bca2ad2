import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  include: { type: 'list', description: 'Globs of the files that are taken, relative to the root (`**/*.csv`). Default: all.', example: ['**/*.csv', '**/*.avro'] },
  exclude: { type: 'list', description: 'Globs of files and folders that are left out, also of those that `include` takes.', example: ['tmp/**'] },
  maxBytes: { type: 'integer', min: 1_024, max: 67_108_864, default: 262_144, description: 'How much of the beginning of a file is read for its structure.', example: 262_144 },
} as const satisfies SettingsSpec;

export type FilesSettings = SettingsOf<typeof settings>;
