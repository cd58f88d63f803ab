/** How a page gets its driver. The app plays through the server (`live-engine.ts`); tests and the made-up arcade of `dev/` put something else here. */
import { createContext } from "react";
import type { Options } from "@/api/options";
import type { Driver } from "@/player/drivers/driver";
import type { ResumeKey } from "@/player/drivers/ticket";

export type MakeDriver = (gameId: string, options: Options, resume: ResumeKey | null) => Driver;

/** Null for the real one, which only the page that plays loads. */
export const DriverMaker = createContext<MakeDriver | null>(null);
