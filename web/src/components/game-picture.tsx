import { formPictureUrl, type Game } from "@/api/client";

/** The screens of the shelf are as wide as an old television's. */
const tubeAspect = 4 / 3;

/** A game as its own environment paints it, in a dark tube, with its pixels as wide as they are meant to be. */
export function GamePicture({
  game,
  isOut = false,
}: {
  readonly game: Pick<Game, "id" | "picture">;
  /** Switched off: it cannot be played. */
  readonly isOut?: boolean;
}) {
  const { width, height, pixel_aspect } = game.picture;
  const aspect = (width * pixel_aspect) / height;
  const fit = aspect < tubeAspect ? "h-full w-auto" : "h-auto w-full";
  return (
    <div className="bezel flex aspect-4/3 items-center justify-center overflow-hidden rounded-lg p-2.5 motion-safe:transition-shadow group-hover:shadow-[0_0_0_2px_var(--color-accent)]">
      <img
        src={formPictureUrl(game.id)}
        alt=""
        width={width}
        height={height}
        loading="lazy"
        decoding="async"
        style={{ aspectRatio: aspect }}
        className={`pixelated object-fill ${fit} ${isOut ? "opacity-35 grayscale" : ""}`}
      />
    </div>
  );
}
