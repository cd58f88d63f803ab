import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import type { Game, OwnGame } from "@/api/client";
import { applyOptions, describeMissing, describeOptions, type Options } from "@/api/options";
import { findBest, findRunning } from "@/api/own-games";
import { withKeys } from "@/api/own-keys";
import { formButtonClass } from "@/components/button";
import { ControlList } from "@/components/control-list";
import { FavouriteStar } from "@/components/favourite-star";
import { formatNumber } from "@/components/format-number";
import { formatProgress } from "@/components/format-progress";
import { GameMarks, markFlashing, markPacing } from "@/components/game-marks";
import { GamePicture } from "@/components/game-picture";
import { Icon } from "@/components/icons";
import { KeyCap } from "@/components/key-cap";
import { Notice } from "@/components/notice";
import { PlayLink } from "@/components/play-link";
import { RefusalNotice } from "@/components/refusal-notice";
import { useGames } from "@/components/use-games";
import { useInstallation } from "@/components/use-installation";
import { useOwnGames } from "@/components/use-own-games";
import { useTitle } from "@/components/use-title";
import { BestScores } from "./best-scores";
import { KeyDialog } from "./key-dialog";
import { OptionChooser } from "./option-chooser";
import { useOptions } from "./use-options";

export interface GamePageProps {
  readonly gameId: string;
  /** What the address says of options. */
  readonly wanted: Options;
  readonly onChoose: (unusual: Options) => void;
}

/** A game before it begins: what it is about, how it is played, how far one came in it. */
export function GamePage(props: GamePageProps) {
  const games = useGames();
  const game = games.data?.find(({ id }) => id === props.gameId);
  return (
    <div className="mx-auto max-w-6xl px-4 py-6 sm:px-8 sm:py-8">
      <Link to="/" className={formButtonClass({ look: "quiet", size: "small" }, "-ml-3")}>
        <Icon name="back" />
        All games
      </Link>
      <div className="mt-4">
        {games.isPending && <Waiting />}
        {games.isError && <RefusalNotice error={games.error} onRetry={() => void games.refetch()} />}
        {games.isSuccess && game === undefined && <NoSuchGame />}
        {game !== undefined && <Machine key={game.id} {...props} game={game} />}
      </div>
    </div>
  );
}

function Machine({ game: usual, wanted, onChoose }: GamePageProps & { readonly game: Game }) {
  useTitle(usual.title);
  const { data: owns } = useOwnGames();
  const own = owns?.get(usual.id);
  const { options, choose } = useOptions(usual, wanted, onChoose);
  const withOptions = applyOptions(usual, options);
  const game = withKeys(withOptions, own?.keys ?? {});
  const hasKeys = game.controls.length + game.sequences.length > 0;
  return (
    <>
      {/* Two columns, each of its own height. In one, on a phone, what they hold is mixed: what it looks like, the way in, how it is played, the keys. */}
      <div className="flex flex-col md:grid md:grid-cols-2 md:items-start md:gap-x-8 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)] lg:gap-x-12">
        <div className="contents md:order-2 md:block">
          <div className="order-2 mt-7 md:mt-0">
            <div className="flex items-start justify-between gap-4">
              <h1 className="text-4xl sm:text-5xl">{game.title}</h1>
              <FavouriteStar
                game={game}
                isOn={owns === undefined ? null : (own?.favourite ?? false)}
                className="mt-0.5 -mr-2.5"
              />
            </div>
            <p className="mt-3 text-lg text-dim">{game.summary}</p>
            <div className="mt-4 empty:hidden">
              <GameMarks marks={[markPacing(game), game.sound ? "With sound" : null, markFlashing(game)]} />
            </div>
            {game.unavailable === null ? (
              <Start
                game={game}
                own={own}
                options={options}
                missing={describeMissing(game, wanted)}
                onChoose={choose}
              />
            ) : (
              <div className="mt-7">
                <Notice
                  heading="h2"
                  title="This machine is out of order"
                  action={
                    <Link to="/" className={formButtonClass({ look: "primary" })}>
                      See all games
                    </Link>
                  }
                >
                  <p>Pick another one meanwhile. Whoever runs this arcade may like to know why:</p>
                  <p className="mt-2 text-sm">{game.unavailable}</p>
                </Notice>
              </div>
            )}
          </div>
          <div className="order-4 mt-10 md:mt-12">
            <Section
              title="Controls"
              aside={hasKeys && <KeyDialog game={withOptions} own={owns === undefined ? null : own} />}
            >
              <ControlList game={game} />
              {game.pointer_axes.length > 0 && (
                <p className="mt-3 text-dim">Move the mouse over the picture to steer.</p>
              )}
              {game.pointer.length > 0 && (
                <p className="mt-3 text-dim">
                  {hasKeys ? "You can also click or tap the picture." : "Click or tap the picture."}
                </p>
              )}
            </Section>
          </div>
        </div>
        <div className="contents md:order-1 md:block">
          <div className="order-1">
            <GamePicture game={game} isOut={game.unavailable !== null} />
          </div>
          <div className="order-3 mt-12 space-y-10">
            <Section title="How to play">
              <Lines lines={game.instructions} />
            </Section>
            {game.tips.length > 0 && (
              <Section title="Good to know">
                <Lines lines={game.tips} />
              </Section>
            )}
            {game.flashing && (
              <p className="rounded-md border border-line p-4 text-sm">
                <strong>Flashing pictures.</strong> Don't play this one if flashing light is bad for you.
              </p>
            )}
          </div>
        </div>
      </div>
      <div className="mt-12">
        <BestScores game={game} options={options} />
      </div>
    </>
  );
}

/** The options, the way in, and how far one came with these options. */
function Start({
  game,
  own,
  options,
  missing,
  onChoose,
}: {
  readonly game: Game;
  readonly own: OwnGame | undefined;
  readonly options: Options;
  /** What the address asks for and the game does not have. */
  readonly missing: string | null;
  readonly onChoose: (name: string, value: Options[string]) => void;
}) {
  const running = findRunning(own);
  const best = findBest(game, own, options);
  const installation = useInstallation();
  const play = useRef<HTMLAnchorElement>(null);
  useEnter(play);
  return (
    <>
      {missing !== null && (
        <p role="alert" className="mt-6 rounded-md border border-line p-4 text-alarm wrap-anywhere">
          The link asks for “{missing}”, which this game doesn't have. Choose again here.
        </p>
      )}
      {game.options.length > 0 && (
        <div className="mt-6 space-y-4">
          {game.options.map((option) => (
            <OptionChooser
              key={option.name}
              option={option}
              value={options[option.name]}
              onChoose={(value) => onChoose(option.name, value)}
            />
          ))}
        </div>
      )}
      {installation?.recording === false && (
        <p className="mt-6 rounded-md border border-line p-4 text-sm">
          <strong>Games are not recorded just now.</strong> You can play as always, but scores aren't kept.
        </p>
      )}
      <div className="mt-7 flex flex-wrap items-center gap-3">
        <PlayLink
          ref={play}
          game={game}
          options={options}
          running={running}
          className={formButtonClass({ look: "primary", size: "large" }, "min-w-44 max-xs:w-full")}
        >
          <Icon name="play" />
          {running === null ? "Play" : "Continue"}
          <span className="pointer-coarse:hidden">
            <KeyCap code="Enter" />
          </span>
        </PlayLink>
        {running !== null && (
          <PlayLink
            game={game}
            options={options}
            running={running}
            isContinued={false}
            className={formButtonClass({ look: "plain", size: "large" }, "max-xs:w-full")}
          >
            New game
          </PlayLink>
        )}
      </div>
      <dl className="mt-6 flex flex-wrap gap-x-10 gap-y-3">
        <Fact label="Your best">
          {best === null ? "None yet" : `${formatNumber(best)} ${game.metric.unit}`}
        </Fact>
        {running !== null && (
          <Fact label="Your game under way">
            {[formatProgress(game, running.n_steps), describeOptions(game, running.options)]
              .filter((words) => words !== null)
              .join(", ")}
          </Fact>
        )}
      </dl>
    </>
  );
}

/** Enter plays, unless it has a meaning where the focus is. */
function useEnter(link: { readonly current: HTMLAnchorElement | null }): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat);
      const { target } = event;
      const isTaken =
        target instanceof Element && target.closest("a, button, summary, textarea, [role=dialog]") !== null;
      if (event.key === "Enter" && isPlain && !isTaken && !event.defaultPrevented) link.current?.click();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [link]);
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="legend">{label}</dt>
      <dd className="numeric mt-1 text-lg">{children}</dd>
    </div>
  );
}

function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <div className="mb-4 flex min-h-9 items-center justify-between gap-4">
        <h2 className="text-2xl">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className="space-y-2">
      {lines.map((line) => (
        <li key={line} className="flex gap-2.5 before:text-accent before:content-['▪']">
          <span>{line}</span>
        </li>
      ))}
    </ul>
  );
}

function NoSuchGame() {
  return (
    <Notice
      title="There's no such game here"
      action={
        <Link to="/" className={formButtonClass({ look: "primary" })}>
          See all games
        </Link>
      }
    >
      The link may be old. Have a look at the other games.
    </Notice>
  );
}

function Waiting() {
  return (
    <div
      role="status"
      className="grid gap-x-8 gap-y-7 md:grid-cols-2 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)] lg:gap-x-12"
    >
      <div className="bezel aspect-4/3 rounded-lg" />
      <h1 className="text-4xl text-dim sm:text-5xl">Walking over to the machine…</h1>
    </div>
  );
}
