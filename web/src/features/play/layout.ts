/** Where the parts of the machine stand, as class names. */
export interface Layout {
  readonly page: string;
  readonly machine: string;
  readonly stage: string;
  /** Whether the stage is no higher than its picture can be drawn. */
  readonly isStageLimited: boolean;
  readonly toolbar: string;
}

/**
 * For a keyboard: the machine, and how to play beside it. For fingers the machine has the window for itself: held upright, one part is below the
 * other with the keys at the lower edge; held across, the keys are at the picture's two sides.
 */
export function layOut(has: {
  readonly touch: boolean;
  readonly fullScreen: boolean;
  /** The game has keys to be drawn on the glass, whether they are there just now or not. */
  readonly touchKeys: boolean;
  /** Nothing more is played here: the keys make room for what is to be read. */
  readonly end: boolean;
}): Layout {
  if (!has.touch) {
    return {
      page: "mx-auto grid max-w-[110rem] gap-x-10 gap-y-8 px-4 py-4 sm:px-8 sm:py-5 lg:grid-cols-[minmax(0,1fr)_19rem]",
      machine: `@container flex min-w-0 flex-col gap-3 bg-ground ${has.fullScreen ? "p-4" : ""}`,
      stage: has.fullScreen
        ? "min-h-0 flex-1"
        : "h-[calc(100dvh-13.5rem)] min-h-80 short:h-[calc(100dvh-7.5rem)] short:min-h-52",
      isStageLimited: !has.fullScreen,
      toolbar: "",
    };
  }
  const across =
    "landscape:grid landscape:grid-cols-[auto_minmax(0,1fr)_auto] landscape:grid-rows-[auto_minmax(0,1fr)] landscape:gap-x-4";
  // A phone held across has no height to spare for the page's head.
  const acrossHeight = "landscape:h-[calc(100dvh-4.5rem-1px)] short:h-[calc(100dvh-1rem)] landscape:min-h-64";
  const uprightHeight = has.touchKeys ? "h-[calc(100dvh-4.5rem-1px)] min-h-96" : "";
  const room = has.fullScreen ? "p-2" : `${uprightHeight} ${acrossHeight}`;
  const stageHeight = has.touchKeys || has.fullScreen ? "flex-1" : "h-[calc(100dvh-13rem)]";
  const column = has.touchKeys && !has.end ? "landscape:col-start-2" : "landscape:col-span-full";
  return {
    // On a phone four pixels less than the page's head has: with them a wide Atari picture would not fit 360 pixels six times, and be a third smaller.
    page: "grid gap-y-8 px-3 py-2 portrait:sm:px-8",
    machine: `@container flex min-w-0 scroll-my-2 flex-col gap-2 bg-ground ${across} ${room}`,
    stage: `min-h-40 ${stageHeight} landscape:row-start-2 landscape:h-full landscape:max-h-none! ${column}`,
    isStageLimited: !has.end,
    toolbar: "landscape:col-span-full landscape:row-start-1 landscape:justify-self-end",
  };
}
