declare module 'picomatch' {
  interface Picomatch {
    /** Does the text match one of the patterns? */
    (patterns: string | readonly string[], options?: { readonly dot?: boolean }): (text: string) => boolean;
    /** The pattern taken apart: what stands before the first wildcard. */
    scan(pattern: string): { readonly base: string; readonly isGlob: boolean; readonly glob: string };
  }
  const picomatch: Picomatch;
  export default picomatch;
}
