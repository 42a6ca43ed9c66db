/** What a name leads to. */
export interface Chain {
  /** References below it on the longest way down; counts nothing below a circle. */
  readonly height: number;
  /** The first circle that it leads into, its first name again at the end; absent where every way down ends. */
  readonly circle?: readonly string[];
}

const END: Chain = { height: 0 };

interface Visit {
  readonly name: string;
  readonly below: readonly string[];
  next: number;
  height: number;
  circle: readonly string[] | undefined;
}

/**
 * Follows references between segments, or between flags. Each name is walked once however many lead to it, and without recursion,
 * so neither a wide graph nor a long chain in a hostile repository costs more than its references.
 */
export class DependencyGraph {
  readonly #next: (name: string) => readonly string[];
  readonly #known: Map<string, Chain> = new Map();

  constructor(next: (name: string) => readonly string[]) {
    this.#next = next;
  }

  chainOf(start: string): Chain {
    const walked = this.#known.get(start);
    if (walked !== undefined) return walked;
    // Most names lead to none.
    const first = this.#next(start);
    if (first.length === 0) {
      this.#known.set(start, END);
      return END;
    }
    const open: Visit[] = [];
    const places = new Map<string, number>();
    const enter = (name: string, below: readonly string[]): void => {
      places.set(name, open.length);
      open.push({ name, below, next: 0, height: 0, circle: undefined });
    };
    enter(start, first);
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const name = visit.below[visit.next];
      visit.next += 1;
      if (name === undefined) {
        this.#known.set(visit.name, {
          height: visit.height,
          ...(visit.circle === undefined ? {} : { circle: visit.circle }),
        });
        places.delete(visit.name);
        open.pop();
        const above = open.at(-1);
        // The one above looks at this name again, and finds it known.
        if (above !== undefined) above.next -= 1;
        continue;
      }
      const [known, place] = [this.#known.get(name), places.get(name)];
      if (known !== undefined) {
        visit.height = Math.max(visit.height, known.height + 1);
        visit.circle ??= known.circle;
      } else if (place !== undefined) visit.circle ??= [...open.slice(place).map((each) => each.name), name];
      else enter(name, this.#next(name));
    }
    return this.#known.get(start) ?? END;
  }
}
