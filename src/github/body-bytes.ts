/**
 * The most that goes into the body of an issue or a comment. GitHub says 65,536 characters; no text of so many bytes has
 * more of them.
 */
export const bodyBytes = 60_000
