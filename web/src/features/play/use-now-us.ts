import { useEffect, useState } from "react";
import type { Time } from "@/player/time";

/** The time, looked at every so often. */
export function useNowUs(time: Time, intervalMs: number): number {
  const [nowUs, setNowUs] = useState(() => time.nowUs());
  useEffect(() => {
    const timer = setInterval(() => setNowUs(time.nowUs()), intervalMs);
    return () => clearInterval(timer);
  }, [time, intervalMs]);
  return nowUs;
}
