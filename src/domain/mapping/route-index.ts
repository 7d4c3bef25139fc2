/** What an index has to know of a route: the whole literal segments that its paths begin with. */
interface Headed {
  readonly path: { readonly head: readonly string[] };
}

/** Where the walk along a path's segments has come to. */
interface Node<Route> {
  /** The routes to try when it ends here, in their order. */
  readonly routes: readonly Route[];
  readonly next: ReadonlyMap<string, Node<Route>>;
}

/**
 * Sorts routes by the segments of their heads, so that a path is compared with the routes of its own head, and not with
 * all of them. A route that begins with a placeholder has no head: it is tried with every path, at its place.
 *
 * @returns what finds the routes that may take a path, in their order.
 */
export const createRouteIndex = <Route extends Headed>(
  routes: readonly Route[],
): ((path: string) => readonly Route[]) => {
  const root = nodeOf(routes, 0);
  return (path) => {
    let node = root;
    let start = 0;
    while (node.next.size > 0) {
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      const next = node.next.get(path.slice(start, end));
      if (next === undefined) break;
      node = next;
      start = end + 1;
    }
    return node.routes;
  };
};

/** So many are tried in less time than it takes to look for a segment. */
const FEW = 2;

/** Of routes whose heads agree in their first `depth` segments, as far as they have them. */
const nodeOf = <Route extends Headed>(routes: readonly Route[], depth: number): Node<Route> => {
  if (routes.length <= FEW) return { routes, next: new Map() };
  const ended = routes.filter(({ path }) => path.head.length <= depth);
  const segments = new Set(routes.flatMap(({ path }) => path.head[depth] ?? []));
  const next = [...segments].map((segment) => {
    const inside = routes.filter(({ path }) => path.head.length <= depth || path.head[depth] === segment);
    return [segment, nodeOf(inside, depth + 1)] as const;
  });
  return { routes: ended, next: new Map(next) };
};
