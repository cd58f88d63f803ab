import { type CSSProperties, type RefObject, useLayoutEffect, useState } from "react";
import { fitPicture, type Size } from "@/player/screen/scale";

export interface Fitted {
  readonly style: CSSProperties;
  readonly isWhole: boolean;
}

/** Places a picture in the middle of its space, on whole device pixels, and follows the space's size. */
export function useFittedSize(
  spaceRef: RefObject<HTMLElement | null>,
  picture: Size,
  pixelAspect: number,
): Fitted {
  const [space, setSpace] = useState({ width: 0, height: 0, ratio: 1 });
  useLayoutEffect(() => {
    const element = spaceRef.current;
    if (element === null) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSpace({ width, height, ratio: window.devicePixelRatio });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // Zooming changes the device's pixels without always changing the space.
    window.addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, [spaceRef]);
  const { width, height, isWhole } = fitPicture(picture, space, space.ratio, pixelAspect);
  const centre = (free: number) => Math.floor((free / 2) * space.ratio) / space.ratio;
  const left = centre(space.width - width);
  const top = centre(space.height - height);
  return { style: { width, height, left, top }, isWhole };
}
