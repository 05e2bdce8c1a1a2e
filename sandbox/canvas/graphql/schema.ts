/** Types of Canvas's GraphQL, as far as they are imitated. */

/** A type whose objects are the records of a resource. */
export interface ObjectType {
  readonly resource: string;
  /** Plain fields, with the member of the record that each shows. `_id` and `id` every type has. */
  readonly fields: Readonly<Record<string, string>>;
  /** Lists in pages: what they hold, and the member by which its records say whose they are. */
  readonly connections: Readonly<Record<string, { readonly type: string; readonly member: string }>>;
}

export const types: Readonly<Record<string, ObjectType>> = {
  Account: {
    resource: "accounts",
    fields: { name: "name", sisId: "sis_account_id" },
    connections: { coursesConnection: { type: "Course", member: "root_account_id" } },
  },
  Course: {
    resource: "courses",
    fields: { name: "name", courseCode: "course_code", state: "workflow_state", sisId: "sis_course_id" },
    connections: {
      sectionsConnection: { type: "Section", member: "course_id" },
      modulesConnection: { type: "Module", member: "course_id" },
      assignmentsConnection: { type: "Assignment", member: "course_id" },
      submissionsConnection: { type: "Submission", member: "course_id" },
    },
  },
  Section: { resource: "sections", fields: { name: "name", sisId: "sis_section_id" }, connections: {} },
  Module: {
    resource: "modules",
    fields: {
      name: "name",
      position: "position",
      unlockAt: "unlock_at",
      requireSequentialProgress: "require_sequential_progress",
    },
    connections: {},
  },
  Assignment: {
    resource: "assignments",
    fields: {
      name: "name",
      dueAt: "due_at",
      unlockAt: "unlock_at",
      lockAt: "lock_at",
      pointsPossible: "points_possible",
      gradingType: "grading_type",
      position: "position",
      state: "workflow_state",
      createdAt: "created_at",
      updatedAt: "updated_at",
    },
    connections: { submissionsConnection: { type: "Submission", member: "assignment_id" } },
  },
  Submission: {
    resource: "submissions",
    fields: {
      userId: "user_id",
      assignmentId: "assignment_id",
      attempt: "attempt",
      score: "score",
      grade: "grade",
      late: "late",
      missing: "missing",
      excused: "excused",
      submittedAt: "submitted_at",
      gradedAt: "graded_at",
      state: "workflow_state",
    },
    connections: {},
  },
};

/** What a query begins with: one object by its id. */
export const roots: Readonly<Record<string, string>> = {
  account: "Account",
  course: "Course",
  assignment: "Assignment",
};
