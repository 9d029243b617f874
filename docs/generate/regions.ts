/** A part of a page that a program writes, between `<!-- kind: name -->` and `<!-- end -->`. */
export interface Region {
  readonly name: string;
  /** What stands there now. */
  readonly text: string;
}

const regionsOf = (kind: string) => new RegExp(`<!-- ${kind}: (.+?) -->\\n([\\s\\S]*?)<!-- end -->`, 'g');

/** The regions of a kind in a page, in order. */
export function regions(page: string, kind: string): Region[] {
  return [...page.matchAll(regionsOf(kind))].map(([, name, text]) => ({ name, text: text.trim() }));
}

/** The page with what `fill` says in its regions of a kind; where that is undefined, a region stays as it is. */
export function withRegions(
  page: string,
  kind: string,
  fill: (region: Region) => string | undefined,
): string {
  return page.replace(regionsOf(kind), (whole, name: string, text: string) => {
    const filled = fill({ name, text: text.trim() });
    return filled === undefined ? whole : `<!-- ${kind}: ${name} -->\n\n${filled.trim()}\n\n<!-- end -->`;
  });
}
