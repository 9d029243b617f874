/** The address after `#`: a view, the thing it shows, and its settings. */
export interface Route {
  /** `#/devices/pixel3` has the parts `devices` and `pixel3`. */
  readonly parts: readonly string[];
  readonly settings: URLSearchParams;
}

/** The current route; addresses from before there were views belong to the first view. */
export function currentRoute(): Route {
  const text = location.hash.replace(/^#/, '');
  if (!text.startsWith('/')) return { parts: ['predict'], settings: new URLSearchParams(text) };
  const [path, settings = ''] = text.split(/\?(.*)/s);
  const parts = path.split('/').filter(Boolean).map(decoded);
  return { parts: parts.length > 0 ? parts : ['predict'], settings: new URLSearchParams(settings) };
}

/** The address of a view. */
export function addressOf(parts: readonly string[], settings: Record<string, string> = {}): string {
  const query = new URLSearchParams(settings).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${query && `?${query}`}`;
}

/** Settings for the metric shown; none for latency. */
export function metricSettings(metric: string): Record<string, string> {
  return metric === 'latency' ? {} : { metric };
}

export function goTo(parts: readonly string[], settings: Record<string, string> = {}): void {
  location.hash = addressOf(parts, settings);
}

/** Updates the address to what a view shows, without navigating. */
export function remember(parts: readonly string[], settings: Record<string, string>): void {
  history.replaceState(null, '', addressOf(parts, settings));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
