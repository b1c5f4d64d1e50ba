/** Something the user can mend: printed as one sentence, without a stack, exit code 2. */
export class UserError extends Error {}
