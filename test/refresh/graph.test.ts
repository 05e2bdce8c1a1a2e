import { describe, expect, test } from "@jest/globals";
import { catalogueOf } from "../../shared/refresh/catalogue.ts";
import { graphOf, selectModels } from "../../shared/refresh/graph.ts";
import { modelFile, smallSchool } from "./world.ts";

const graph = graphOf(catalogueOf(smallSchool.map(modelFile)));

describe("graphOf", () => {
  test("puts each model behind what it reads", () => {
    const order = graph.models.map(({ name }) => name);
    for (const { name, inputs } of graph.models) {
      for (const input of inputs) expect(order.indexOf(input)).toBeLessThan(order.indexOf(name));
    }
  });

  test("knows the endpoints that a model is made of", () => {
    expect([...graph.endpoints("marts.wide_student")].sort()).toEqual([
      "current_edfi.schools",
      "current_edfi.students",
    ]);
    expect([...graph.endpoints("ref.codes")]).toEqual([]);
  });

  test.each([
    [["a reads b", "b reads c", "c reads a"], "marts.a reads marts.b reads marts.c reads marts.a"],
    [["a reads a"], "marts.a reads marts.a"],
  ])("refuses the circle %j, naming it", (edges, circle) => {
    const files = edges.map((edge) => {
      const [model = "", input = ""] = edge.split(" reads ");
      return modelFile({ path: `marts/${model}`, sql: `select id from marts.${input}` });
    });
    expect(() => graphOf(catalogueOf(files))).toThrow(`Models read each other in a circle: ${circle}`);
  });
});

describe("selectModels", () => {
  test.each([
    ["codes", ["ref.codes"]],
    ["ref.codes", ["ref.codes"]],
    ["fct_student_school+", ["marts.fct_student_school", "marts.wide_student"]],
    [
      "+fct_student_school",
      ["marts.fct_student_school", "ref.codes", "staging.stg_edfi__schools", "staging.stg_edfi__students"],
    ],
    [
      "stg_edfi__schools+ codes",
      ["marts.fct_student_school", "marts.wide_student", "ref.codes", "staging.stg_edfi__schools"],
    ],
    ["wide_student,codes", ["marts.wide_student", "ref.codes"]],
  ])("%s means %j", (term, names) => {
    expect([...selectModels(graph, [term])].sort()).toEqual(names);
  });

  test("asks which is meant when two datasets share a name", () => {
    const twins = graphOf(
      catalogueOf(["ref/x", "marts/x"].map((path) => modelFile({ path, sql: "select '1' as id" }))),
    );
    expect(() => selectModels(twins, ["x"])).toThrow("x may be marts.x or ref.x");
    expect([...selectModels(twins, ["ref.x"])]).toEqual(["ref.x"]);
  });
});
