/** An idle node keeps a tenth of its even part, so that its first requests are served before the next exchange. */
const RESERVE = 10;

/**
 * What each node may admit of a limit, by what each was asked for: nobody less than it needs while others have more than they
 * need, and what nobody needs in even parts. Every node that has the same figures comes to the same shares. They add up to the
 * limit, unless it is smaller than the number of nodes: each has one at least.
 * @param demands requests per period, in the order of the nodes' names
 */
export function nodeShares(limit: number, demands: readonly number[]): number[] {
  const nodes = demands.length;
  const reserve = Math.max(1, Math.floor(limit / (nodes * RESERVE)));
  const needs = demands.map((demand) => Math.max(demand, reserve));
  const shares = new Array<number>(nodes).fill(0);
  let left = limit;
  const byNeed = [...needs.keys()].sort((a, b) => (needs[a] ?? 0) - (needs[b] ?? 0) || a - b);
  byNeed.forEach((node, index) => {
    const share = Math.min(needs[node] ?? 0, Math.floor(left / (nodes - index)));
    shares[node] = share;
    left -= share;
  });
  const even = Math.floor(left / nodes);
  const remainder = left % nodes;
  return shares.map((share, node) => Math.max(1, share + even + (node < remainder ? 1 : 0)));
}
