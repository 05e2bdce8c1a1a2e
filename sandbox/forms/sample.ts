import type { JsonObject, JsonValue } from "../json/lossless.ts";
import { isObject } from "../json/lossless.ts";
import { textOf } from "../records/ids.ts";
import { readLines } from "../records/lines.ts";

/** Forms, the files that they are in Drive, and responses that say by `formId` to which form they belong. */
export interface FormsSample {
  readonly files: readonly JsonObject[];
  readonly forms: readonly JsonObject[];
  readonly responses: readonly JsonObject[];
}

const climate = "1FAIpQLSclimateOfTheSchoolInSpring0000000001";
const lunch = "1FAIpQLSlunchAskedOfNobodyInParticular000002";
const unanswered = "1FAIpQLSfieldTripThatNobodyAnsweredYet00003";

const options = (...values: readonly string[]): JsonValue[] => values.map((value) => ({ value }));
const question = (itemId: string, title: string, questionId: string, kind: JsonObject): JsonObject => ({
  itemId,
  title,
  questionItem: { question: { questionId, required: true, ...kind } },
});

/** One question of each kind that Google Forms has, and what is no question. */
const climateItems: readonly JsonObject[] = [
  { itemId: "00000001", title: "Welcome", textItem: {} },
  question("00000002", "How do you like school?", "1a000001", {
    choiceQuestion: { type: "RADIO", options: [...options("Much", "Somewhat", "Little"), { isOther: true }] },
  }),
  question("00000003", "Which clubs are you in?", "1a000002", {
    choiceQuestion: { type: "CHECKBOX", options: options("Chess", "Drama", "Robotics") },
  }),
  question("00000004", "Your grade", "1a000003", {
    choiceQuestion: { type: "DROP_DOWN", options: options("9", "10", "11", "12") },
  }),
  question("00000005", "I feel safe here", "1a000004", {
    scaleQuestion: { low: 1, high: 5, lowLabel: "Never", highLabel: "Always" },
  }),
  question("00000006", "What should change?", "1a000005", { textQuestion: { paragraph: true } }),
  { itemId: "00000007", title: "More", pageBreakItem: {} },
  {
    itemId: "00000008",
    title: "How hard is",
    questionGroupItem: {
      questions: [
        { questionId: "1a000006", rowQuestion: { title: "Mathematics" } },
        { questionId: "1a000007", rowQuestion: { title: "Reading" } },
      ],
      grid: { columns: { type: "RADIO", options: options("Easy", "Right", "Hard") } },
    },
  },
  question("00000009", "First day here", "1a000008", { dateQuestion: { includeYear: true } }),
  question("0000000a", "Usual way to school takes", "1a000009", { timeQuestion: { duration: true } }),
  question("0000000b", "A picture of it", "1a00000a", { fileUploadQuestion: { folderId: "f1", maxFiles: 1 } }),
  question("0000000c", "Rate the canteen", "1a00000b", {
    ratingQuestion: { ratingScaleLevel: 5, iconType: "STAR" },
  }),
];
const lunchItems: readonly JsonObject[] = [
  question("00000021", "What did you eat?", "2b000001", { textQuestion: {} }),
  question("00000022", "Was it good?", "2b000002", {
    choiceQuestion: { type: "RADIO", options: options("Yes", "No") },
  }),
];

const form = (formId: string, title: string, items: readonly JsonObject[]): JsonObject => ({
  id: formId,
  formId,
  info: { title, documentTitle: title },
  revisionId: "00000003",
  responderUri: `https://docs.google.com/forms/d/e/${formId}/viewform`,
  items: [...items],
});

const texts = (questionId: string, ...values: readonly string[]): JsonObject => ({
  questionId,
  textAnswers: { answers: values.map((value) => ({ value })) },
});
const byQuestion = (answers: readonly JsonObject[]): JsonObject =>
  Object.fromEntries(answers.map((answer) => [textOf(answer.questionId), answer]));

/** The mail addresses of the first students of Grand Bend. */
function addresses(count: number): string[] {
  const associations = readLines("edfi/grandbend/studentEducationOrganizationAssociations.jsonl.gz");
  return associations.slice(0, count).flatMap(({ electronicMails }) => {
    const [mail] = Array.isArray(electronicMails) ? electronicMails : [];
    return mail !== undefined && isObject(mail) ? [textOf(mail.electronicMailAddress)] : [];
  });
}

const pick = (list: readonly string[], index: number): string => list[index % list.length] ?? "";

function climateAnswers(index: number): JsonObject {
  const clubs = ["Chess", "Drama", "Robotics"].filter((_, club) => (index + club) % 3 !== 0);
  const upload = { fileId: `file${index}`, fileName: `way-${index}.png`, mimeType: "image/png" };
  return byQuestion([
    texts("1a000001", pick(["Much", "Somewhat", "Little", "It depends"], index)),
    ...(clubs.length > 0 ? [texts("1a000002", ...clubs)] : []),
    texts("1a000003", pick(["9", "10", "11", "12"], index)),
    texts("1a000004", String(1 + (index % 5))),
    ...(index % 2 === 0 ? [texts("1a000005", `"Later" starts,\nand less homework (${index})`)] : []),
    texts("1a000006", pick(["Easy", "Right", "Hard"], index)),
    texts("1a000007", pick(["Right", "Hard", "Easy"], index)),
    texts("1a000008", "2010-08-23"),
    texts("1a000009", "00:25:00"),
    ...(index === 0 ? [{ questionId: "1a00000a", fileUploadAnswers: { answers: [upload] } }] : []),
    texts("1a00000b", String(1 + ((index + 2) % 5))),
  ]);
}

const responseId = (name: string, index: number): string =>
  `ACYDBN${name}${String(index).padStart(4, "0")}${"k3JYq0vX9b".repeat(6)}`;
const minute = (index: number): string => String(index % 60).padStart(2, "0");

/** Three forms: twelve students and one stranger answered the first, four people without an address the second, nobody the third. */
export function formsSample(): FormsSample {
  const people = [...addresses(12), "somebody.else@example.com"];
  const climateResponses = people.map((respondentEmail, index): JsonObject => {
    const at = `2011-03-${String(14 + (index % 5))}T15:${minute(index)}:30.250Z`;
    const times = { createTime: at, lastSubmittedTime: at };
    const id = responseId("climate", index);
    return { id, formId: climate, responseId: id, ...times, respondentEmail, answers: climateAnswers(index) };
  });
  const lunchResponses = Array.from({ length: 4 }, (_, index): JsonObject => {
    const at = `2011-05-02T17:${minute(index)}:00Z`;
    const answers = byQuestion([texts("2b000001", `Soup ${index}`), texts("2b000002", index % 2 === 0 ? "Yes" : "No")]);
    const id = responseId("lunch", index);
    return { id, formId: lunch, responseId: id, createTime: at, lastSubmittedTime: at, answers };
  });
  const titles = new Map([
    [climate, "School climate, spring"],
    [lunch, "Lunch"],
    [unanswered, "Field trip"],
  ]);
  const files = [...titles].map(([id, name]): JsonObject => {
    return { id, name, createdTime: "2011-02-01T08:00:00.000Z", modifiedTime: "2011-02-02T08:00:00.000Z" };
  });
  const items = new Map([
    [climate, climateItems],
    [lunch, lunchItems],
  ]);
  const forms = [...titles].map(([id, title]) => form(id, title, items.get(id) ?? []));
  return { files, forms, responses: [...climateResponses, ...lunchResponses] };
}
