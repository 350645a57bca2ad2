/** Every code that a problem of a configuration has, and when. */
export const codes = {
  CONFIG_SYNTAX: 'A file, or the value of a `FRAMEWORK__` variable, is neither YAML nor JSON.',
  CONFIG_MISSING_FILE: 'A file or folder that is named is not there.',
  CONFIG_UNKNOWN_KEY: 'A key that nobody knows; the nearest known one is named.',
  CONFIG_TYPE: 'A value of another type or form.',
  CONFIG_REQUIRED: 'A key or variable that is needed is missing.',
  CONFIG_ENUM: 'A word that is none of the known ones.',
  CONFIG_LIMIT: 'Too small, too large, too few or too many.',
  CONFIG_INVALID: 'The integration refuses its settings and says why.',
  SECRET_FORM: 'A secret in plain text (an error under `source` and `pipelines`, else a warning), or an unknown form of one.',
  SECRET_MISSING: 'A variable or file that is referred to is unset, unreadable or empty.',
  AUTH_REQUIRED: 'A webhook would stand open; as a warning: it does, by `authentication: none`.',
  ROUTE_DUPLICATE: 'Two routes alike, or a route that belongs to the framework.',
  IDENTIFIER_DUPLICATE: 'Two entries with one identifier.',
  INTEGRATION_UNKNOWN: 'No folder has the name of this type.',
  INTEGRATION_DUPLICATE: 'Two folders have the name of this type.',
  INTEGRATION_BROKEN: 'The folder of the integration cannot be loaded, or its code is not what defineIntegration returns.',
  NOT_YET: 'Known, and without effect in this release.',
} as const;

export type ProblemCode = keyof typeof codes;
