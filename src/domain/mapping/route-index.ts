/** A node of the tree of literal segments. */
interface Node<Route> {
  /** The candidates for a text that leaves the tree at this node, in their order. */
  readonly routes: readonly Route[];
  readonly next: ReadonlyMap<string, Node<Route>>;
}

/**
 * Sorts routes by the literal segments at their start, so a text is compared only with routes that start like it. A
 * route without literal segments is a candidate for every text and keeps its place in the order.
 *
 * @returns A function that finds the candidates for a text, in the order of the routes.
 */
export const createRouteIndex = <Route>(
  routes: readonly Route[],
  segmentsOf: (route: Route) => readonly string[],
): ((text: string) => readonly Route[]) => {
  const root = createNode(routes, segmentsOf, 0);
  return (text) => {
    let node = root;
    let start = 0;
    while (node.next.size > 0) {
      const slash = text.indexOf('/', start);
      const end = slash === -1 ? text.length : slash;
      const next = node.next.get(text.slice(start, end));
      if (next === undefined) break;
      node = next;
      start = end + 1;
    }
    return node.routes;
  };
};

/** Matching this many routes takes less time than looking up a segment. */
const MAX_UNSORTED = 2;

/** @param routes Routes whose first `depth` literal segments are equal, as far as they have so many. */
const createNode = <Route>(
  routes: readonly Route[],
  segmentsOf: (route: Route) => readonly string[],
  depth: number,
): Node<Route> => {
  if (routes.length <= MAX_UNSORTED) return { routes, next: new Map() };
  const endsHere = (route: Route) => segmentsOf(route).length <= depth;
  const segments = new Set(routes.flatMap((route) => segmentsOf(route)[depth] ?? []));
  const next = [...segments].map((segment) => {
    const inside = routes.filter((route) => endsHere(route) || segmentsOf(route)[depth] === segment);
    return [segment, createNode(inside, segmentsOf, depth + 1)] as const;
  });
  return { routes: routes.filter(endsHere), next: new Map(next) };
};
