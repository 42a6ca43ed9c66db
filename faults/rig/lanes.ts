/**
 * Does `rounds` rounds, one after the other in each lane, all lanes at once: a fault that is mostly waiting (for a silence, a poll, a process
 * that starts) costs as little as its longest wait. What a round touches belongs to its lane alone.
 */
export async function inLanes<T>(lanes: readonly T[], rounds: number, round: (lane: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      while (next < rounds) {
        const index = next;
        next += 1;
        await round(lane, index);
      }
    }),
  );
}
