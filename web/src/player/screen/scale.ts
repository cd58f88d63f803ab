/** How large a picture is drawn: whole device pixels for each of its own, so that all are equally large. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FittedSize extends Size {
  /** Whether every pixel of the picture covers the same whole number of device pixels. */
  readonly isWhole: boolean;
}

/** A picture that is so large was not drawn pixel by pixel: its pixels may be of unequal sizes, and nobody sees it. */
const fineSide = 360;
/** So much larger such a picture becomes at least when its pixels need not be whole. */
const worthwhileGain = 1.25;

/**
 * The largest size in CSS pixels that fits. `pixelAspect` is how much wider than high the game's pixels are meant to be. A space that is too
 * small for one device pixel each gets a smoothly shrunken picture, and a large picture that would stay small for the sake of whole pixels a
 * smoothly grown one.
 */
export function fitPicture(
  picture: Size,
  space: Size,
  devicePixelRatio: number,
  pixelAspect = 1,
): FittedSize {
  const spaceWidth = space.width * devicePixelRatio;
  const spaceHeight = space.height * devicePixelRatio;
  let fitted: FittedSize | null = null;
  for (let vertical = 1; vertical * picture.height <= spaceHeight; vertical += 1) {
    const horizontal = Math.max(1, Math.round(vertical * pixelAspect));
    if (horizontal * picture.width > spaceWidth) break;
    fitted = {
      width: (horizontal * picture.width) / devicePixelRatio,
      height: (vertical * picture.height) / devicePixelRatio,
      isWhole: true,
    };
  }
  const meantWidth = picture.width * pixelAspect;
  const scale = Math.max(0, Math.min(space.width / meantWidth, space.height / picture.height));
  const isFine = Math.max(picture.width, picture.height) >= fineSide;
  const gain = fitted === null ? Number.POSITIVE_INFINITY : (scale * picture.height) / fitted.height;
  if (fitted !== null && !(isFine && gain >= worthwhileGain)) return fitted;
  return { width: meantWidth * scale, height: picture.height * scale, isWhole: false };
}
