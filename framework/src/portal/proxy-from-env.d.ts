declare module 'proxy-from-env' {
  /** URL of the proxy for `url` by HTTP_PROXY, HTTPS_PROXY and NO_PROXY; empty for none. */
  export function getProxyForUrl(url: string): string;
}
