const WITHHELD = '[redacted]';
/** JSON in a message in JSON in a log line: each step quotes what it holds once more. */
const QUOTED = 4;

/** How a text may stand in another one: as it is, quoted in JSON, in a URL, in base64. The longest first: one may be the beginning of another. */
function formsOf(text: string): readonly string[] {
  const base64 = Buffer.from(text).toString('base64').replace(/=+$/, '');
  const forms = new Set([text, encodeURIComponent(text), encodeURI(text), base64, base64.replaceAll('+', '-').replaceAll('/', '_')]);
  let quoted = text;
  for (let depth = 0; depth < QUOTED; depth++) forms.add((quoted = JSON.stringify(quoted).slice(1, -1)));
  return [...forms];
}

/** Takes these values out of a text, in whatever form they stand in it. Empty ones are passed over. */
export function withhold(text: string, values: readonly string[]): string {
  const forms = values.filter((value) => value !== '').flatMap(formsOf);
  return forms.sort((a, b) => b.length - a.length).reduce((rest, form) => (rest.includes(form) ? rest.replaceAll(form, WITHHELD) : rest), text);
}
