import type { Scatter } from './frontier.js';

const SVG = 'http://www.w3.org/2000/svg';
/** How close to a point the pointer must be, pixels. */
const REACH = 40;

export interface LinkEvents {
  /** Called with the highlighted point. */
  readonly onPoint: (index: number) => void;
  /** Called with the points inside the brushed rectangle; undefined if there is none. */
  readonly onBrush: (indices: readonly number[] | undefined) => void;
}

/**
 * Links scatter plots of the same points: the point under the pointer, or reached with the arrow keys, is ringed in all
 * plots; a rectangle drawn in one fades the points outside it in all.
 */
export class LinkedPlots {
  private scatters: readonly Scatter[] = [];
  private rings: SVGCircleElement[] = [];
  private brushes: SVGRectElement[] = [];
  private brushed: ReadonlySet<number> | undefined;
  private looked: number | undefined;

  constructor(private readonly events: LinkEvents) {}

  /** Connects plots; to be called again when they have been redrawn. */
  connect(scatters: readonly Scatter[]): void {
    this.scatters = scatters;
    this.rings = scatters.map(({ svg }) => this.added(svg, 'circle', 'ring'));
    this.brushes = scatters.map(({ svg }) => this.added(svg, 'rect', 'brush'));
    for (const ring of this.rings) ring.setAttribute('r', '7');
    for (const scatter of scatters) this.listen(scatter);
    this.showBrushed();
    if (this.looked !== undefined) this.look(this.looked);
  }

  /** Rings a point. */
  look(index: number): void {
    this.looked = index;
    this.scatters.forEach(({ x, y }, i) => {
      this.rings[i].setAttribute('cx', String(x[index]));
      this.rings[i].setAttribute('cy', String(y[index]));
      this.rings[i].removeAttribute('display');
    });
    this.events.onPoint(index);
  }

  private added<K extends 'circle' | 'rect'>(
    svg: SVGSVGElement,
    tag: K,
    name: string,
  ): SVGElementTagNameMap[K] {
    const shape = document.createElementNS(SVG, tag);
    shape.setAttribute('class', name);
    shape.setAttribute('display', 'none');
    svg.append(shape);
    return shape;
  }

  private listen(scatter: Scatter): void {
    const { svg } = scatter;
    svg.setAttribute('tabindex', '0');
    svg.setAttribute('role', 'application');
    let from: { x: number; y: number } | undefined;
    svg.addEventListener('pointerdown', (event) => {
      if (event.pointerType === 'touch') return;
      from = placeOf(event, svg);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener('pointermove', (event) => {
      const at = placeOf(event, svg);
      if (from) return this.brush(scatter, from, at);
      const index = nearest(scatter, at);
      if (index !== undefined) this.look(index);
    });
    svg.addEventListener('pointerup', (event) => {
      const at = placeOf(event, svg);
      const moved = from && Math.hypot(at.x - from.x, at.y - from.y) > 4;
      from = undefined;
      if (moved) return;
      this.clear();
      const index = nearest(scatter, at);
      if (index !== undefined) this.look(index);
    });
    svg.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (event.key === 'Escape') this.clear();
      if (step === undefined) return;
      event.preventDefault();
      this.step(scatter, step);
    });
  }

  /** Moves to the next point along the horizontal axis, among the brushed ones if there are any. */
  private step({ x }: Scatter, by: number): void {
    const order = x.map((_, i) => i).filter((i) => this.brushed?.has(i) ?? true);
    order.sort((a, b) => x[a] - x[b]);
    const at = this.looked === undefined ? -1 : order.indexOf(this.looked);
    const next = order[at === -1 ? 0 : Math.min(order.length - 1, Math.max(0, at + by))];
    if (next !== undefined) this.look(next);
  }

  private brush(scatter: Scatter, a: Place, b: Place): void {
    const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
    const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)];
    const inside = scatter.x.flatMap((x, i) => {
      const y = scatter.y[i];
      return left <= x && x <= right && top <= y && y <= bottom ? [i] : [];
    });
    this.brushed = new Set(inside);
    const own = this.scatters.indexOf(scatter);
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    for (const [i, shape] of this.brushes.entries())
      shape.setAttribute('display', i === own ? 'inline' : 'none');
    for (const [name, value] of Object.entries(box)) this.brushes[own].setAttribute(name, String(value));
    this.showBrushed();
    this.events.onBrush(inside);
  }

  private clear(): void {
    if (!this.brushed) return;
    this.brushed = undefined;
    for (const shape of this.brushes) shape.setAttribute('display', 'none');
    this.showBrushed();
    this.events.onBrush(undefined);
  }

  private showBrushed(): void {
    for (const { dots } of this.scatters)
      dots.forEach((dot, i) => {
        dot.classList.toggle('faded', this.brushed !== undefined && !this.brushed.has(i));
      });
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The pointer's position in the units of the drawing, which may be displayed narrower than it was drawn. */
function placeOf({ clientX, clientY }: PointerEvent, svg: SVGSVGElement): Place {
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM()!.inverse());
  return { x, y };
}

function nearest({ x, y }: Scatter, at: Place): number | undefined {
  let best: number | undefined;
  let least = REACH;
  for (let i = 0; i < x.length; i++) {
    const distance = Math.hypot(x[i] - at.x, y[i] - at.y);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}
