import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ServiceError } from "../../src/domain/errors.ts";
import { HashingSlots } from "../../src/domain/users/index.ts";

/** A hash that ends when it is told to. */
function hash() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => ended, end };
}

/** Lets everything that is ready to go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Slots whose clock moves as the test says. */
function slotsOf(slots: number, queue: number, longestWaitMs?: number) {
  const clock = { ms: 0 };
  return { clock, hashing: new HashingSlots(slots, queue, longestWaitMs, () => clock.ms) };
}

/** How many hashes fit beside those that run and wait already. Ends them all. */
async function roomOf(hashing: HashingSlots): Promise<number> {
  const { work, end } = hash();
  const admitted: Promise<void>[] = [];
  while (!hashing.full) admitted.push(hashing.run(work));
  end();
  await Promise.all(admitted);
  return admitted.length;
}

describe("hashes", () => {
  it("run as many at once as there are slots, and the next in order of arrival", async () => {
    const { hashing } = slotsOf(2, 10);
    const begun: number[] = [];
    const hashes = Array.from({ length: 5 }, hash);
    const all = hashes.map(({ work }, n) =>
      hashing.run(() => {
        begun.push(n);
        return work();
      }),
    );
    expect(begun).toEqual([0, 1]);
    expect([hashing.running, hashing.waiting]).toEqual([2, 3]);
    hashes[1]?.end();
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    for (const { end } of hashes) end();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect([hashing.running, hashing.waiting]).toEqual([0, 0]);
  });

  it("beyond the queue are refused, and one that fails gives its slot back", async () => {
    const { hashing } = slotsOf(1, 1);
    const { work, end } = hash();
    const failing = hashing.run(() => work().then(() => Promise.reject(new Error("no memory"))));
    const waiting = hashing.run(work);
    const refusal = await hashing.run(work).catch((fault: unknown) => fault);
    expect(refusal).toBeInstanceOf(ServiceError);
    expect(refusal).toMatchObject({ code: "TooManyRequestsException" });
    end();
    await expect(failing).rejects.toThrow("no memory");
    await waiting;
    expect(await roomOf(hashing)).toBe(2);
  });

  it("wait no longer than they may, however slow the machine, and fill the queue of a quick one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 5_000 }),
        async (slots, queue, tookMs) => {
          const longestWaitMs = 500;
          const { hashing, clock } = slotsOf(slots, queue, longestWaitMs);
          for (let n = 0; n < 3; n++) {
            const { work, end } = hash();
            const done = hashing.run(work);
            clock.ms += tookMs;
            end();
            await done;
          }
          const waiting = (await roomOf(hashing)) - slots;
          expect(waiting).toBeLessThanOrEqual(queue);
          if (waiting > slots) expect((waiting * tookMs) / slots).toBeLessThanOrEqual(longestWaitMs);
          else expect(waiting).toBe(Math.min(queue, slots));
          if ((queue * tookMs) / slots <= longestWaitMs) expect(waiting).toBe(queue);
        },
      ),
    );
  });

  it("that were slow once do not keep others out when they are quick again", async () => {
    const { hashing, clock } = slotsOf(1, 32, 500);
    const take = async (ms: number) => {
      const { work, end } = hash();
      const done = hashing.run(work);
      clock.ms += ms;
      end();
      await done;
    };
    await take(60_000);
    expect(await roomOf(hashing)).toBe(2);
    for (let n = 0; n < 100; n++) await take(10);
    expect(await roomOf(hashing)).toBe(33);
  });
});
