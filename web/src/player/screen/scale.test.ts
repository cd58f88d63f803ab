import { expect, test } from "vitest";
import { fitPicture } from "./scale";

const breakout = { width: 160, height: 210 };

test("pixels become whole numbers of the display's pixels", () => {
  expect(fitPicture(breakout, { width: 1000, height: 700 }, 1)).toEqual({
    width: 480,
    height: 630,
    isWhole: true,
  });
});

test("a finer display has finer steps", () => {
  const { width, height } = fitPicture(breakout, { width: 1000, height: 740 }, 2);
  expect([width, height]).toEqual([560, 735]);
  expect(fitPicture(breakout, { width: 1000, height: 700 }, 1.5).height * 1.5).toBe(210 * 5);
});

test("wide pixels are widened by whole pixels too", () => {
  expect(fitPicture(breakout, { width: 1000, height: 700 }, 1, 1.75)).toEqual({
    width: 800,
    height: 630,
    isWhole: true,
  });
});

test("too small a space gets the whole picture, shrunken", () => {
  const fitted = fitPicture({ width: 600, height: 400 }, { width: 300, height: 400 }, 1);
  expect(fitted).toEqual({ width: 300, height: 200, isWhole: false });
});

test("a large picture grows smoothly where whole pixels would leave it small, and only there", () => {
  const rendered = { width: 600, height: 400 };
  expect(fitPicture(rendered, { width: 1010, height: 684 }, 1)).toEqual({
    width: 1010,
    height: (400 * 1010) / 600,
    isWhole: false,
  });
  expect(fitPicture(rendered, { width: 700, height: 684 }, 1)).toEqual({ ...rendered, isWhole: true });
  const table = { width: 384, height: 376 };
  expect(fitPicture(table, { width: 1010, height: 684 }, 1)).toMatchObject({ height: 684, isWhole: false });
});

test("a small picture keeps whole pixels however much room is left", () => {
  expect(fitPicture({ width: 96, height: 96 }, { width: 1010, height: 684 }, 1)).toEqual({
    width: 672,
    height: 672,
    isWhole: true,
  });
});
