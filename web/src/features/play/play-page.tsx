import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { fetchGames, fetchRunningEpisodes, type Game } from "@/api/client";
import { endedHere } from "@/api/ended-here";
import { computeStanding, pickBest } from "@/api/standing";
import { formButtonClass } from "@/components/button";
import { Notice } from "@/components/notice";
import { RefusalNotice } from "@/components/refusal-notice";
import { useOwnEpisodes } from "@/components/use-own-episodes";
import type { ResumeKey } from "@/player/drivers/ticket";
import { Cabinet } from "./cabinet";
import { ContinueOffer } from "./continue-offer";
import { savedGame } from "./saved-game";

export function PlayPage({ gameId }: { readonly gameId: string }) {
  const games = useQuery({ queryKey: ["games"], queryFn: fetchGames });
  if (games.isPending) return <Waiting />;
  if (games.isError) {
    return (
      <Aside>
        <RefusalNotice error={games.error} onRetry={() => void games.refetch()} />
      </Aside>
    );
  }
  const game = games.data.find(({ id }) => id === gameId);
  if (game === undefined) {
    return (
      <Aside>
        <Notice title="There's no such game here" action={<BackLink />}>
          The link may be old. Have a look at the other games.
        </Notice>
      </Aside>
    );
  }
  return <Rounds key={game.id} game={game} />;
}

interface Round {
  readonly number: number;
  readonly resume: ResumeKey | null;
}

/** One game after another on the same machine, beginning with the one that was left, if there is one. */
function Rounds({ game }: { readonly game: Game }) {
  const [chosen, setChosen] = useState<Round | null>(null);
  const queryClient = useQueryClient();
  const running = useQuery({
    queryKey: ["running", game.id],
    queryFn: () => fetchRunningEpisodes(game.id),
    // It is asked once, on arrival: what runs later was begun here.
    enabled: chosen === null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const own = useOwnEpisodes();
  const [bestHere, setBestHere] = useState<number | null>(null);
  if (chosen === null && (running.isPending || own.isPending)) return <Waiting />;
  const left = running.data?.find(({ n_steps }) => n_steps > 0);
  if (chosen === null && left !== undefined) {
    const resume = { episode_id: left.id, resume_token: savedGame.readToken(game.id, left.id) };
    return (
      <Aside>
        <ContinueOffer
          game={game}
          episode={left}
          onContinue={() => setChosen({ number: 1, resume })}
          onNewGame={() => setChosen({ number: 1, resume: null })}
        />
      </Aside>
    );
  }
  // Not being able to look for an old game is no reason to refuse a new one.
  const round = chosen ?? { number: 1, resume: null };
  // The server's list may lag behind what was played on this page a moment ago.
  const best = pickBest(game.metric, own.isSuccess ? computeStanding(game, own.data).best : null, bestHere);
  return (
    <Cabinet
      key={round.number}
      game={game}
      resume={round.resume}
      best={best}
      onEnded={(episodeId, ended) => {
        endedHere.note(episodeId, ended);
        setBestHere(pickBest(game.metric, bestHere, ended.metric));
        void queryClient.invalidateQueries({ queryKey: ["own-episodes"] });
      }}
      onNewGame={() => setChosen({ number: round.number + 1, resume: null })}
    />
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

function BackLink() {
  return (
    <Link to="/" className={formButtonClass({ look: "primary" })}>
      See all games
    </Link>
  );
}
