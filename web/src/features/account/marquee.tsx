/** A row of lamps, as over an arcade's door: the letters in pixels, five high. */
const letters: Readonly<Record<string, readonly string[]>> = {
  A: ["01110", "10001", "11111", "10001", "10001"],
  C: ["01111", "10000", "10000", "10000", "01111"],
  D: ["11110", "10001", "10001", "10001", "11110"],
  E: ["11111", "10000", "11110", "10000", "11111"],
  I: ["1", "1", "1", "1", "1"],
  K: ["10001", "10010", "11100", "10010", "10001"],
  L: ["10000", "10000", "10000", "10000", "11111"],
  R: ["11110", "10001", "11110", "10010", "10001"],
  S: ["01111", "10000", "01110", "00001", "11110"],
};

interface Lamp {
  readonly x: number;
  readonly y: number;
}

function placeLamps(text: string): { lamps: readonly Lamp[]; width: number } {
  const lamps: Lamp[] = [];
  let left = 0;
  for (const letter of text) {
    const rows = letters[letter];
    for (const [y, row] of (rows ?? []).entries()) {
      for (const [x, lamp] of [...row].entries()) if (lamp === "1") lamps.push({ x: left + x, y });
    }
    left += (rows?.[0]?.length ?? 2) + 1;
  }
  return { lamps, width: left - 1 };
}

const sign = placeLamps("SKILL ARCADE");

export function Marquee() {
  return (
    <svg viewBox={`0 0 ${sign.width} 5`} aria-hidden="true" className="w-full max-w-sm text-accent">
      {sign.lamps.map(({ x, y }) => (
        <rect key={`${x},${y}`} x={x + 0.06} y={y + 0.06} width="0.88" height="0.88" fill="currentColor" />
      ))}
    </svg>
  );
}
