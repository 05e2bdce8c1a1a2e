/**
 * Words that are repeated of what a source says about an error: those that its software may use, and no others. A source may quote the record it
 * stumbled over, and nobody can tell a name from a word but by knowing all the words.
 */
const words = new Set(
  `a able about above access account action active actual after again all allowed already also an and another any api application applied
are as asked assigned at attribute auth authenticate authenticated authentication authorisation authorised authorization authorize authorized
available bad basic be bearer because been before being below between body both but by bytes call caller can cannot case change changes
changequeries characters check claim claims client clients code collection column configuration configured conflict connection connections
constructed construction contact contain contains content could count create credentials cursor data database date default delete denied
descriptor descriptors detail details did disabled distinct does down due during each ed empty enabled endpoint endpoints entity equal error
errors exceed exceeded exceeds exist existing exists expected expire expired expires export failed failure feature fetch fi field fields file filter
first for forbidden format found from function gateway get given go gone granted greater group had has have header headers here host http https id
identifiers identifying if in inactive include included incorrect incorrectly instance insufficient integer internal into invalid is issued
it item items its json key keys known large last later least length less license limit limited link list loaded lock log login long longer
maintenance malformed matching max maximum maxchangeversion may media method min minchangeversion minimum missing mode model modified more
most must name named namespace negative never new next no none not null number object occurred ods of off offset old omitted on once one only
operation or order organization other out over overload overloaded own page pagesize pages pagetoken parameter parameters parse partition
partitions password path paths per perform permission permissions permitted please policy post present problem processed profile properties
property protected provided put query queue range rate read readable reading reason received record records reference referenced refused
related request requested requests require required requires resource resources response restricted result retry role roles route rows same
schema scheme scope scopes security see send served server service set should size snapshot snapshots some source specific specified
statement status still string supplied support supported take temporarily temporary tenant than that the their them then there these this throttled
throughput time timed timeout times to token tokens too total true try type unable unauthorised unauthorized unauthenticated unavailable unexpected
unique unknown unprocessable unsupported until up update upper url use used user using valid validation validationerrors value values version
versions was were what when where whether which while will with without write wrong year years you your zip`.split(
    /\s+/,
  ),
);

const toldMax = 500;
/** Longer texts are pages of something. */
const lookedAtMax = 4000;

function isKnown(token: string): boolean {
  const parts = token
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  return parts.length === 0 || parts.every((part) => words.has(part));
}

/** What a source says of an error, as far as it may be repeated: every word that is not known stands as `…`; numbers do, too. */
export function told(text: string): string {
  return text
    .slice(0, lookedAtMax)
    .replaceAll(/[^\s"'“”‘’«»()[\]{}<>,;:!?]+/g, (token) => {
      const end = token.endsWith(".") ? "." : "";
      return isKnown(token) ? token : `…${end}`;
    })
    .replaceAll(/…(?:[\s"'“”‘’«»()[\]{}<>,;:…]*…)+/g, "…")
    .slice(0, toldMax);
}

/** The same, as a sentence behind one of ours; nothing where the source says nothing. */
export function saidBySource(text: string): string {
  const repeated = told(text).trim();
  return repeated === "" || repeated === "…" ? "" : ` The source says: ${repeated}`;
}
