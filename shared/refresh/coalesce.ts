/**
 * Makes one call answer many askers. Who asks while a call is under way waits for its end, together with all others who ask
 * meanwhile, and they share the next call. So sixty loads that end within seconds cost a few looks at the models, not sixty that
 * stand in each other's way for the lease. No asker is answered by a call that began before it asked.
 *
 * @param call takes what each asker brought, in the order of asking; its failure is the failure of each of them
 * @param waitMsMax how long an asker waits for a call under way; a build of minutes must not use up the time of the next function
 */
export function coalesced<Asked, Result>(
  call: (askers: readonly Asked[]) => Promise<Result>,
  waitMsMax: number,
): (asked: Asked) => Promise<Result> {
  let underWay: Promise<void> = Promise.resolve();
  let gathering: { readonly askers: Asked[]; readonly answer: Promise<Result> } | undefined;

  const next = async (askers: readonly Asked[]): Promise<Result> => {
    await atMostFor(waitMsMax, underWay);
    // Who asks from here on may have a cause that this call does not see.
    gathering = undefined;
    const answer = call(askers);
    const ended = answer.then(
      () => undefined,
      () => undefined,
    );
    underWay = ended;
    return answer;
  };

  return (asked) => {
    if (gathering) {
      gathering.askers.push(asked);
    } else {
      const askers = [asked];
      gathering = { askers, answer: next(askers) };
    }
    return gathering.answer;
  };
}

async function atMostFor(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
