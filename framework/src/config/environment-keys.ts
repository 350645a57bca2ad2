import { members } from './spec';

/** Process settings: environment variables only. */
export const environmentMembers = members({
  CONFIGURATION_PATH: { type: 'string', default: './config.yaml', description: 'Used when no `--config` is given.' },
  HTTP_PORT: { type: 'integer', default: 8080, min: 0, max: 65_535, description: '0 = any free port, printed.' },
  HTTP_ADDRESS: { type: 'string', default: '127.0.0.1', description: 'A container sets `0.0.0.0`.' },
  API_TOKEN: { type: 'secret', description: 'Needed for `/api` when the address is not loopback.' },
  PUBLIC_URL: {
    type: 'string',
    pattern: { regexp: /^https?:\/\/[^\s/@]+(\/\S*)?$/, says: 'an http or https URL' },
    defaultText: '`http://127.0.0.1:<port>`',
    description: 'Under which others reach us; required for `WEBHOOK` with a remote portal.',
  },
  SERVICE_PREFIX: { type: 'string', defaultText: 'empty', description: 'Before vendor webhook and import paths; a leading `/` is added, a trailing one removed.' },
  DATA_DIR: { type: 'string', defaultText: '`.data` beside the first configuration file', description: 'Created with mode 0700. A relative path is taken from the working directory.' },
  LOG_LEVEL: {
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic', 'silent'],
    anyCase: true,
    default: 'info',
    description: '`warning` is `warn`, `panic` is `fatal`.',
  },
  LOG_FORMAT: { type: 'string', enum: ['pretty', 'json'], anyCase: true, defaultText: '`pretty` on a terminal, else `json`', description: 'Of the lines on stderr.' },
  DELAY_SHUTDOWN_SECONDS: { type: 'number', min: 0, defaultText: '0 on loopback, else 10', description: 'Only after SIGTERM.' },
  SHUTDOWN_GRACE_SECONDS: { type: 'number', min: 0, default: 30, description: 'Time for what is under way.' },
  PORT_CLIENT_ID: { type: 'secret', description: 'Wins over `port.clientId`.' },
  PORT_CLIENT_SECRET: { type: 'secret', description: 'Wins over `port.clientSecret`.' },
  PORT_BASE_URL: { type: 'string', description: 'Wins over `port.baseUrl`.' },
  KAFKA_BROKERS: { type: 'string', description: 'Comma list; brokers of the trigger when neither portal nor file names any, and of listeners of connectors when the file names none.' },
  ALLOW_UNAUTHENTICATED_WEBHOOKS: { type: 'boolean', default: false, description: 'A missing `authentication` means `none`.' },
  CONFIG_LENIENT: { type: 'boolean', default: false, description: 'Unknown keys are warnings.' },
});

/** Obeyed by other parts, or no single variable: for the reference page. */
export const otherVariables: Readonly<Record<string, string>> = {
  'HTTP_PROXY, HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS': 'Obeyed by every outgoing HTTP call.',
  'FRAMEWORK__A__B': 'Sets the key `a.b` over the files. Segments match without regard to case, `_` and `-`; a segment of `INTEGRATIONS` is an identifier or an index; the value is read as YAML unless the key is text.',
};
