/** What `hello` says of this page, browser and display. */
import { isTouchOnly } from "@/lib/touch-only";
import type { ClientDescription } from "@/protocol/client-messages";
import { findBrowserName } from "./browser-name";
import type { ClientFacts } from "./drivers/ticket";
import { measureClockStepUs } from "./time";

/** One page load has one name, through all its episodes and connections. (`crypto.randomUUID` is missing on a lab's plain-HTTP address.) */
const pageLoad = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, "0"),
).join("");
const sampledFrames = 20;

let refreshHz: number | null = null;
let clockStepUs: number | null = null;

/** Watches some frames go by, so that the display's rate is known when a game begins. */
export function measureRefreshRate(): void {
  if (refreshHz !== null) return;
  const frameTimesMs: number[] = [];
  const watch = (frameMs: number) => {
    frameTimesMs.push(frameMs);
    if (frameTimesMs.length <= sampledFrames) requestAnimationFrame(watch);
    else refreshHz = computeRate(frameTimesMs);
  };
  requestAnimationFrame(watch);
}

/** By the median interval: a single late frame says nothing about the display. */
export function computeRate(frameTimesMs: readonly number[]): number | null {
  const intervals = frameTimesMs.slice(1).map((ms, index) => ms - (frameTimesMs[index] as number));
  const median = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)];
  return median === undefined || median <= 0 ? null : Math.round(10_000 / median) / 10;
}

export function describeClient(): ClientFacts {
  clockStepUs ??= measureClockStepUs();
  const client: ClientDescription = {
    name: "skill-arcade-web",
    version: import.meta.env.VITE_VERSION ?? "0.0.0",
    browser: findBrowserName(navigator.userAgent),
    device_pixel_ratio: devicePixelRatio,
    input_device: isTouchOnly() ? "touch" : "keyboard",
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(refreshHz === null ? {} : { refresh_hz: refreshHz }),
  };
  return { page_load: pageLoad, client, clock_step_us: clockStepUs };
}
