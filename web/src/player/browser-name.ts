/** Most browsers' user agents name other browsers too; the first of these that is there is the one. */
const makes: readonly (readonly [name: string, version: RegExp])[] = [
  ["Edge", /Edg\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Firefox", /Firefox\/(\d+)/],
  ["Chrome", /Chrome\/(\d+)/],
  ["Safari", /Version\/(\d+).*Safari/],
];
const systems = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux"];

/** Such as "Firefox 145 on Linux". */
export function findBrowserName(userAgent: string): string {
  const system = systems.find((name) => userAgent.includes(name)) ?? "an unknown system";
  for (const [name, version] of makes) {
    const found = version.exec(userAgent);
    if (found !== null) return `${name} ${found[1]} on ${system}`;
  }
  return `an unknown browser on ${system}`;
}
