import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import type { Game, OwnGame } from "@/api/client";
import {
  applyOptions,
  completeOptions,
  describeMissing,
  describeOptions,
  findUnusual,
  type Options,
} from "@/api/options";
import { changeOwnGame, findBest, findRunning } from "@/api/own-games";
import { type Keys, withKeys } from "@/api/own-keys";
import { playedHere } from "@/api/played-here";
import { formButtonClass } from "@/components/button";
import { Notice } from "@/components/notice";
import { RefusalNotice } from "@/components/refusal-notice";
import { useGames } from "@/components/use-games";
import { tellOwnGames, useOwnGamesOnArrival } from "@/components/use-own-games";
import type { ResumeKey } from "@/player/drivers/ticket";
import { Cabinet } from "./cabinet";
import { ContinueOffer } from "./continue-offer";
import { playedKeys } from "./played-keys";
import { savedGame } from "./saved-game";

export interface PlayPageProps {
  readonly gameId: string;
  /** What the address says of options. */
  readonly wanted: Options;
  /** The game that is gone on with has other options than the address says. */
  readonly onOptions: (unusual: Options) => void;
}

export function PlayPage(props: PlayPageProps) {
  const games = useGames();
  const own = useOwnGamesOnArrival();
  if (games.isPending || own.isPending) return <Waiting />;
  if (games.isError) {
    return (
      <Aside>
        <RefusalNotice error={games.error} onRetry={() => void games.refetch()} />
      </Aside>
    );
  }
  const game = games.data.find(({ id }) => id === props.gameId);
  if (game === undefined) {
    return (
      <Aside>
        <Notice title="There's no such game here" action={<BackLink />}>
          The link may be old. Have a look at the other games.
        </Notice>
      </Aside>
    );
  }
  return <Rounds key={game.id} {...props} game={game} own={own.data?.get(game.id)} />;
}

interface Round {
  readonly number: number;
  readonly resume: ResumeKey | null;
  readonly options: Options;
  /** They stay as they are until the game's end. */
  readonly keys: Keys;
}

/** One game after another on the same machine, beginning with the one that was left, if there is one. */
function Rounds({
  game,
  own,
  wanted,
  onOptions,
}: PlayPageProps & { readonly game: Game; readonly own: OwnGame | undefined }) {
  const asked = useLocation({ select: ({ state }) => state.left });
  const queryClient = useQueryClient();
  const begin = (number: number, options: Options): Round => ({
    number,
    resume: null,
    options,
    keys: own?.keys ?? {},
  });
  const goOn = ({ episode_id, options }: NonNullable<OwnGame["running"]>): Round => ({
    number: 1,
    resume: { episode_id, resume_token: savedGame.readToken(game.id, episode_id) },
    options: completeOptions(game, options),
    keys: playedKeys.read(game.id, episode_id) ?? own?.keys ?? {},
  });
  const options = completeOptions(game, wanted);
  const missing = describeMissing(game, wanted);
  // What was left is looked at once, on arrival: what runs later was begun here.
  const [left] = useState(findRunning(own));
  const [round, setRound] = useState<Round | null>(() => {
    const isAsked = left !== null && asked?.episodeId === left.episode_id;
    if (isAsked && asked.isContinued) return goOn(left);
    // Nobody plays another game than the address asks for.
    if (missing !== null) return null;
    return isAsked || left === null ? begin(1, options) : null;
  });
  /** The number of the game that the player gave up for another: it is about to end. */
  const givenUp = useRef(0);
  if (round === null) {
    if (missing !== null) return <NoSuchOptions game={game} missing={missing} options={options} />;
    if (left === null) return null;
    return (
      <Aside>
        <ContinueOffer
          game={game}
          started={left.started}
          how={describeOptions(game, completeOptions(game, left.options))}
          onContinue={() => {
            setRound(goOn(left));
            onOptions(findUnusual(game, completeOptions(game, left.options)));
          }}
          onNewGame={() => setRound(begin(1, options))}
        />
      </Aside>
    );
  }
  return (
    <Cabinet
      key={round.number}
      game={withKeys(applyOptions(game, round.options), round.keys)}
      options={round.options}
      resume={round.resume}
      best={findBest(game, own, round.options)}
      onBegun={(episodeId) => playedKeys.keep(game.id, episodeId, round.keys)}
      onEnded={(episodeId, { n_steps, metric, status }, isKept) => {
        const counts = isKept && status !== "incomplete" && n_steps > 0;
        const ended = { metric: counts ? metric : null };
        playedHere.note({ episodeId, gameId: game.id, options: round.options, n_steps, ended });
        tellOwnGames(queryClient, playedHere.complete);
      }}
      onLeft={(episodeId, n_steps) => {
        if (givenUp.current === round.number) return;
        const running = {
          episode_id: episodeId,
          n_steps,
          options: { ...round.options },
          started: new Date().toISOString(),
        };
        playedHere.note({ episodeId, gameId: game.id, options: round.options, n_steps, ended: null });
        tellOwnGames(queryClient, (games) => changeOwnGame(games, game.id, () => ({ running })));
      }}
      onNewGame={() => {
        givenUp.current = round.number;
        setRound(begin(round.number + 1, round.options));
      }}
    />
  );
}

/** The game's page has the options that there are, and the game that was left, if there is one. */
function NoSuchOptions({
  game,
  missing,
  options,
}: {
  readonly game: Game;
  readonly missing: string;
  readonly options: Options;
}) {
  return (
    <Aside>
      <Notice
        title="This game can't be had like that"
        action={
          <>
            <Link
              to="/games/$gameId"
              params={{ gameId: game.id }}
              search={options}
              className={formButtonClass({ look: "primary" })}
            >
              Choose again
            </Link>
            <BackLink look="plain" />
          </>
        }
      >
        The link asks for “{missing}”, which {game.title} doesn't have.
      </Notice>
    </Aside>
  );
}

function Aside({ children }: { readonly children: ReactNode }) {
  return <div className="mx-auto max-w-7xl px-4 py-10 sm:px-8">{children}</div>;
}

function Waiting() {
  return (
    <div role="status" className="mx-auto max-w-7xl px-4 py-10 text-dim sm:px-8">
      <h1 className="text-3xl">Switching on the machine…</h1>
    </div>
  );
}

function BackLink({ look = "primary" }: { readonly look?: "primary" | "plain" }) {
  return (
    <Link to="/" className={formButtonClass({ look })}>
      See all games
    </Link>
  );
}
